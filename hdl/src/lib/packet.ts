/** What a packet is to the packet verbs of the library. */
import type { Packet } from '../index.ts';

/**
 * Shape of a beat: `Packet(W)`. A *dense* packet, which all packet verbs take and give: `keep` is all ones except in the
 * last beat; there it is a run of ones from lane 0, and 0 only in the single beat of an empty packet. `user` counts in the last beat.
 */
export type PacketShape = ReturnType<typeof Packet>;
