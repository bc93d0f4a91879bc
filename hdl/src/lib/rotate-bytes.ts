/**
 * Rotates a word by whole bytes, by an amount known in hardware only: to bring a stream to another alignment.
 *
 * Combinational: one two-way multiplexer a bit for each bit of the amount, so log2 of the number of bytes in a row.
 * It neither keeps what is turned out at the end nor knows which bytes count: that is for a packet's `align`.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { mux, type UInt } from '../index.ts';

/**
 * Byte i of `word` becomes byte i + `amount` modulo the number of bytes n; with `'down'`, byte i - `amount`.
 *
 * @param word a UInt of n whole bytes; byte 0 in the least significant bits, as lane 0 of a stream
 * @param amount 1 to clog2(n) bits; where n is no power of two, amounts from n up count modulo n
 */
export function rotateBytes(word: UInt, amount: UInt, direction: 'up' | 'down' = 'up'): UInt {
  const bytes = word.width / 8;
  if (!Number.isInteger(bytes) || bytes < 2) usage(`rotateBytes: the word must have at least 2 whole bytes, not ${word.width} bits`);
  if (2 ** (amount.width - 1) >= bytes) usage(`rotateBytes: an amount of ${amount.width} bits is too wide for ${bytes} bytes`);
  if (direction !== 'up' && direction !== 'down') usage(`rotateBytes: direction must be 'up' or 'down', not ${describe(direction)}`);
  let turned = word;
  for (let bit = 0; bit < amount.width; bit++) {
    const distance = 8 * 2 ** bit;
    turned = mux(amount.bit(bit), direction === 'up' ? turned.rotl(distance) : turned.rotr(distance), turned);
  }
  return turned;
}
