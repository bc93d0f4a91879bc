/**
 * What a packet is to the packet verbs of the library, and the check of it that they share.
 *
 * The check looks at every beat, adds no latency and makes no hardware.
 * It does not see that a beat without bytes ends a packet that has some: that takes memory (see `checkAxiStream`).
 */
import { assert, type Bool, type Packet, type Read, when } from '../index.ts';

/**
 * Shape of a beat: `Packet(W)`. A *dense* packet, which all packet verbs take and give: `keep` is all ones except in the
 * last beat; there it is a run of ones from lane 0, and 0 only in the single beat of an empty packet. `user` counts in the last beat.
 */
export type PacketShape = ReturnType<typeof Packet>;

/** Asserts that beats belong to dense packets, in the name of the block that relies on it. */
export function assertDense(block: string, valid: Bool, beat: Read<PacketShape>): void {
  const { keep, last } = beat;
  when(valid.and(last.not()), () => { assert(keep.andR(), `${block}: keep must be all ones before the last beat of a packet`); });
  when(valid.and(last), () => { assert(keep.and(keep.add(1)).eq(0), `${block}: keep must be a run of ones from byte 0`); });
}
