/** Segments that no connection takes: RFC 9293 section 3.10.7.1. */
import { mux } from '@vtoe/hdl';
import type { Position } from './position.ts';
import type { Inputs, Outcome } from './stage.ts';

/** The RST that the sender of this segment accepts. */
export function resetFor({ event, segEnd }: Inputs & Position, { actions }: Outcome): void {
  const { ack_flag, ack, fin } = event.segment;
  actions.has_reset.set(true);
  // Without ACK it acknowledges all of the segment: SEG.SEQ + SEG.LEN.
  actions.reset.set({ seq: mux(ack_flag, ack, 0), ack: mux(ack_flag, 0, segEnd.add(fin.toUInt().zext(segEnd.width))), ack_flag: ack_flag.not() });
}
