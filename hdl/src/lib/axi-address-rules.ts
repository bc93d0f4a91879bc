/**
 * What AXI4 demands of the contents of an address channel: burst type, length and size, the 4 KiB page, exclusive accesses, memory type.
 *
 * Checked in every cycle in which the address is valid; no latency, no hardware.
 * The handshake is not its affair, nor whether data fit the address: see `checkAxi`.
 */
import { clog2, lit, type Read, UInt } from '../index.ts';
import { AXI_PAGE_BYTES, type AxiAddress } from './axi.ts';
import { implies, type Observed, type Rule } from './axi-rules.ts';

export type AddressShape = ReturnType<typeof AxiAddress>;

export interface AddressLimits {
  /** Only INCR bursts of full-width beats: what our engines send (default false). */
  readonly incrementing?: boolean;
  /** Most bytes of a burst, 4096 by default; a narrow burst counts with the bytes of its beats. */
  readonly maximumBytes?: number;
}

const PAGE_BITS = clog2(AXI_PAGE_BYTES);
/** Bytes of the longest burst, 256 beats of 128 bytes, and one more bit for a sum. */
const BYTES_WIDTH = 17;

/** Rules for AW or AR (`channel`) of a connection with beats of `beatBytes`. */
export function addressRules(rule: Rule, channel: 'AW' | 'AR', { valid, payload }: Observed<AddressShape>, beatBytes: number, limits: AddressLimits): void {
  const { addr, len, size, burst, lock, cache } = payload;
  const holds = (condition: Parameters<Rule>[0], sentence: string) => rule(implies(valid, condition), sentence);
  const bytes = burstBytes(payload);
  const page = addr.trunc(PAGE_BITS).zext(BYTES_WIDTH);
  const sizeMask = lit(UInt(BYTES_WIDTH), 1).shl(size).sub(1);
  const powerOfTwo = bytes.and(bytes.sub(1)).eq(0);

  holds(burst.is('RESERVED').not(), `${channel}BURST must not be 3, which is reserved (AMBA AXI A3.4.1)`);
  holds(size.le(clog2(beatBytes)), `${channel}SIZE must not exceed the data bus (AMBA AXI A3.4.1)`);
  holds(implies(burst.is('INCR'), page.and(sizeMask.not()).add(bytes).le(AXI_PAGE_BYTES)), `an ${channel} burst must not cross a 4 KiB boundary (AMBA AXI A3.4.1)`);
  holds(implies(burst.is('FIXED'), len.le(15)), `a FIXED ${channel} burst must not be longer than 16 beats (AMBA AXI A3.4.1)`);
  holds(implies(burst.is('WRAP'), len.eq(1).or(len.eq(3)).or(len.eq(7)).or(len.eq(15))), `a WRAP ${channel} burst must be 2, 4, 8 or 16 beats long (AMBA AXI A3.4.1)`);
  holds(implies(burst.is('WRAP'), page.and(sizeMask).eq(0)), `a WRAP ${channel} burst must start at a multiple of its size (AMBA AXI A3.4.1)`);
  holds(implies(lock, bytes.le(128).and(powerOfTwo).and(len.le(15))), `an exclusive ${channel} access must be a power of two of at most 128 bytes in at most 16 beats (AMBA AXI A7.2.4)`);
  holds(implies(lock, page.and(bytes.sub(1)).eq(0)), `an exclusive ${channel} access must start at a multiple of its bytes (AMBA AXI A7.2.4)`);
  holds(implies(cache.bit(1).not(), cache.bits(3, 2).eq(0)), `${channel}CACHE must not ask to allocate what is not modifiable (AMBA AXI A4.4)`);

  const { incrementing = false, maximumBytes } = limits;
  if (incrementing) holds(burst.is('INCR').and(size.eq(clog2(beatBytes))), `${channel} bursts must be INCR with full-width beats on this connection`);
  if (maximumBytes !== undefined) holds(bytes.le(maximumBytes), `${channel} bursts must not exceed ${maximumBytes} bytes on this connection`);
}

/** (len + 1) beats of 2^size bytes. */
export function burstBytes({ len, size }: Pick<Read<AddressShape>, 'len' | 'size'>) {
  return len.zext(BYTES_WIDTH).add(1).shl(size);
}
