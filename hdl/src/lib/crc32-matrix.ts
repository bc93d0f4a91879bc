/**
 * CRC-32 as matrices over GF(2), made when a module is elaborated.
 *
 * Bits are reflected as on the wire: the state's bit 31 is the coefficient of x^0, and bit 0 of a byte comes first.
 */
import { cat, lit, Bool, type UInt } from '../index.ts';

/** The generator polynomial, reflected (IEEE 802.3, 3.2.9). */
const POLYNOMIAL = 0xedb8_8320;

/** State before the first byte; the result is complemented too. */
export const INITIAL = 0xffff_ffff;

/** State after a packet that ended in its own frame check sequence. */
export const RESIDUE = 0xdebb_20e3;

/** Of each bit of the result, the least significant first, which bits of the argument it is the sum of. */
export type Rows = readonly bigint[];

/** The matrix `rows` times the bits of `x`: each bit of the result is the parity of some bits of `x`. */
export function times(rows: Rows, x: UInt): UInt {
  return cat(...rows.map((row) => (row === 0n ? lit(Bool, false) : x.and(row).xorR())).reverse());
}

/** What `bytes` bytes of data, lane 0 first, add to the state. */
export function dataRows(bytes: number): Rows {
  const columns: number[] = [];
  for (let lane = 0; lane < bytes; lane++) {
    for (let bit = 0; bit < 8; bit++) columns.push(afterZeros((1 << bit) >>> 0, bytes - lane));
  }
  return transposed(columns);
}

/** What the state becomes by `bytes` bytes of zeros; by less than none it goes back. */
export function stateRows(bytes: number): Rows {
  return transposed(Array.from({ length: 32 }, (_, bit) => afterZeros((1 << bit) >>> 0, bytes)));
}

/** The state after `bytes` zero bytes, or before -`bytes` of them. */
function afterZeros(state: number, bytes: number): number {
  let x = state;
  for (let bit = 0; bit < 8 * bytes; bit++) x = (x & 1) === 1 ? (x >>> 1 ^ POLYNOMIAL) >>> 0 : x >>> 1;
  // The polynomial's top bit tells whether it was added, as the bit shifted in above was 0.
  for (let bit = 0; bit < -8 * bytes; bit++) x = x >>> 31 === 1 ? ((x ^ POLYNOMIAL) << 1 | 1) >>> 0 : x << 1 >>> 0;
  return x;
}

function transposed(columns: readonly number[]): Rows {
  return Array.from({ length: 32 }, (_, row) => columns.reduce((bits, column, i) => bits | (BigInt(column >>> row & 1) << BigInt(i)), 0n));
}
