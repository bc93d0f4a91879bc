/**
 * What a connection in TIME_WAIT does with a segment: RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191, RFC 5961, RFC 7323.
 *
 * Two combinational functions with a register between them. The model is `stepTimeWait` of `sim/tcp/time-wait.ts`.
 */
import { allOf, anyOf, Bool, type Read, type UInt } from '@vtoe/hdl';
import type { TimeWait } from './actions.ts';
import type { Segment } from './event.ts';

/** Everything that needs an addition. */
export function timeWaitDifferences(record: Read<typeof TimeWait>, segment: Segment) {
  const length = segment.length.zext(32).add(segment.syn.toUInt().zext(32)).add(segment.fin.toUInt().zext(32));
  return {
    /** From the left edge of the window. */
    offset: segment.seq.sub(record.rcv_nxt),
    inside: segment.seq.sub(record.rcv_nxt).lt(record.rcv_wnd.zext(32)),
    length,
    endsAtEdge: segment.seq.add(length).eq(record.rcv_nxt),
    tsvalAhead: segment.tsval.sub(record.ts_recent),
  };
}

export type TimeWaitDifferences = ReturnType<typeof timeWaitDifferences>;

export interface TimeWaitVerdict {
  /** Send <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>. */
  readonly ack: Bool;
  /** The record goes, and the SYN is looked up among the listeners. */
  readonly reuse: Bool;
  /** The record goes. */
  readonly close: Bool;
  /** 2 MSL begins again. */
  readonly restart: Bool;
}

/** At most one of `ack`, `reuse`, `close`; none of them: the segment is dropped. `restart` only with `ack`. */
export function timeWaitVerdict(record: Read<typeof TimeWait>, segment: Segment, v: TimeWaitDifferences): TimeWaitVerdict {
  const { syn, ack_flag, rst, fin, has_ts } = segment;
  const ahead = (x: UInt) => x.ne(0).and(x.bit(31).not());
  const stamps = record.ts_ok.and(has_ts);
  // RFC 6191 section 2: a SYN that cannot be an old one; if one of the two has no timestamps, the sequence number decides.
  const newer = anyOf(
    stamps.and(ahead(v.tsvalAhead)),
    anyOf(stamps.not(), v.tsvalAhead.eq(0)).and(ahead(v.offset)),
  );
  const reuse = allOf(syn, rst.not(), ack_flag.not(), newer);
  // RFC 7323 sections 3.2 and 5.3 R1, as for any connection.
  const checked = rst.not().and(record.ts_ok);
  const stampMissing = checked.and(has_ts.not());
  const stampOld = allOf(checked, has_ts, v.tsvalAhead.bit(31));
  // RFC 5961 section 3.2: only an exact RST ends it.
  const exact = v.offset.eq(0);
  const close = rst.and(exact);
  const challenged = rst.and(v.inside);
  // The peer's FIN again lies just left of the window. A FIN with a SYN gets its challenge ACK like any SYN.
  const finAgain = allOf(rst.not(), syn.not(), fin, v.endsAtEdge);
  // An empty ACK in place says nothing.
  const nothing = v.length.eq(0).and(exact);
  const restart = allOf(finAgain, reuse.not(), stampMissing.not(), stampOld.not());
  const ack = allOf(reuse.not(), stampMissing.not(), close.not(), anyOf(stampOld, challenged, allOf(rst.not(), nothing.not())));
  return { ack, reuse, close: close.and(reuse.not()), restart };
}
