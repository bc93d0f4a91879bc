/** Timestamps of a segment: PAWS, what is echoed, and the echo. RFC 7323 sections 3 to 5. */
import { allOf, type Bool, when } from '@vtoe/hdl';
import { seqLe, seqLt } from '@vtoe/hdl/lib';
import { ticksOf } from './clock.ts';
import type { Common } from './common.ts';
import type { Inputs, Outcome } from './stage.ts';

export type Timestamps = ReturnType<typeof timestampDifferences>;

export function timestampDifferences({ tcb, event, now, constants, tsval }: Inputs & Common) {
  const { segment } = event;
  return {
    /** 7323 5.3 R1, with the limit of section 5.5. */
    tsOld: allOf(tcb.ts_ok, segment.has_ts, seqLt(segment.tsval, tcb.ts_recent), ticksOf(now).sub(tcb.ts_recent_at).le(constants.ts_recent_life)),
    /** SEG.SEQ =< Last.ACK.sent, section 4.3 (2); the same of `rcv_nxt`, where a crossed SYN,ACK begins. */
    tsCandidate: seqLe(segment.seq, tcb.last_ack_sent),
    tsNextCandidate: seqLe(tcb.rcv_nxt, tcb.last_ack_sent),
    /** Ticks since the segment left that this one echoes. */
    tsEcho: tsval.sub(segment.tsecr),
  };
}

/** TS.Recent of this segment. */
export function setRecent({ event, now }: Inputs, { next }: Outcome): void {
  next.ts_recent.set(event.segment.tsval);
  next.ts_recent_at.set(ticksOf(now));
}

/** RFC 7323 section 4.3 (2) and section 5.3 R3, of an acceptable segment. */
export function keepRecent(v: Inputs & { readonly keepsRecent: Bool }, outcome: Outcome): void {
  when(v.keepsRecent, () => setRecent(v, outcome));
}
