/** Records and segments made side by side, for places that a stream of events comes to too seldom. */
import type { Random } from '../../../../sim/random.ts';
import { ticksOf } from '../../../../sim/tcp/clock.ts';
import type { TcpConstants } from '../../../../sim/tcp/constants.ts';
import type { SegmentEvent } from '../../../../sim/tcp/events.ts';
import { ACK, FIN } from '../../../../sim/tcp/segment.ts';
import { seqAdd, seqDiff } from '../../../../sim/tcp/sequence.ts';
import { CLOSED_TCB, type Interval, NEVER, type State, type Tcb } from '../../../../sim/tcp/tcb.ts';

export interface Case {
  readonly tcb: Tcb;
  readonly event: SegmentEvent;
  /** Microseconds. */
  readonly now: number;
}

/**
 * A window of at most 60 bytes with up to four intervals and perhaps a FIN ahead in it, and a segment of at most 20 bytes: so
 * every way of overlapping, touching and missing edges, intervals and the FIN comes up, most of them around the wrap.
 */
export function denseCase(random: Random): Case {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const now = 10_000_000 + random.below(1_000_000_000);
  const rcv_nxt = seqAdd(0, -random.below(60));
  const window = 1 + random.below(60);
  const at = (offset: number) => seqAdd(rcv_nxt, offset);
  const fin = window > 1 && random.chance(0.3) ? 1 + random.below(window - 1) : undefined;
  const intervals: Interval[] = [];
  for (let start = 1 + random.below(4); intervals.length < 4 && random.chance(0.85);) {
    const end = start + 1 + random.below(6);
    if (end > (fin ?? window)) break;
    intervals.push({ start: at(start), end: at(end) });
    start = end + 1 + random.below(5);
  }
  const state = pick<State>(['ESTABLISHED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2']);
  const snd_una = seqAdd(0, -random.below(10));
  const flight = state === 'FIN_WAIT_1' ? 1 : 0;
  const tcb: Tcb = {
    ...CLOSED_TCB, state, iss: seqAdd(snd_una, -5), snd_una, snd_nxt: seqAdd(snd_una, flight), rxt_nxt: seqAdd(snd_una, flight), rxt_end: seqAdd(snd_una, flight),
    snd_tail: seqAdd(snd_una, state === 'FIN_WAIT_2' ? -1 : 0), fin_queued: state !== 'ESTABLISHED', snd_wnd: 1000, max_snd_wnd: 1000, snd_wl1: rcv_nxt, snd_wl2: snd_una, cwnd: 5000,
    irs: seqAdd(rcv_nxt, -1 - random.below(100)), rcv_nxt, rcv_adv: at(window), rcv_user: rcv_nxt, last_ack_sent: at(-random.below(5)), intervals,
    fin_held: fin !== undefined, fin_seq: at(fin ?? 0), rcv_closed: random.chance(0.1), rx_size: 2 ** (8 + random.below(23)), rto: 200_000,
    dupack_owed: random.below(8), delayed_ack_deadline: random.chance(0.5) ? NEVER : now + 5,
  };
  const event: SegmentEvent = {
    kind: 'segment', seq: at(random.below(window + 12) - 8), ack: seqAdd(snd_una, random.chance(0.5) ? flight : 0), flags: ACK | (random.chance(0.25) ? FIN : 0),
    window: pick([0, 10, 1000]), length: random.chance(0.15) ? 0 : 1 + random.below(20), options: {},
  };
  return { tcb, event, now };
}

/** The case, with fields that no invariant ties to others at zero, at their bounds and near what they are compared with. */
export function extremeCase({ tcb, event, now }: Case, random: Random, constants: TcpConstants): Case {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const near = (...values: number[]) => seqAdd(pick(values), pick([-1, 0, 1]));
  const upTo = (most: number) => pick([0, 1, 2, 535, 536, 1000, most, most - 1, Math.floor(most / 2), random.below(most)]);
  const ago = (ticks: number) => seqAdd(ticksOf(now) % 2 ** 32, -ticks);
  const groups: (() => Partial<Tcb>)[] = [
    () => ({ cwnd: pick([upTo(2 ** 30), 2 ** 30, tcb.ssthresh]) }),
    () => ({ ssthresh: upTo(2 ** 30) }),
    () => ({ bytes_acked: pick([upTo(2 ** 31), tcb.cwnd, Math.max(tcb.cwnd - 1, 0)]) }),
    () => ({ recover: near(tcb.snd_una, tcb.snd_nxt, event.ack, seqAdd(tcb.snd_una, tcb.snd_mss)) }),
    () => ({ dup_acks: pick([0, 1, 2, 3, 254, 255]) }),
    () => ({ in_recovery: random.chance(0.5), partial_acked: random.chance(0.5) }),
    () => ({ rtt_valid: true, srtt8: upTo(2 ** 30 - 8), rttvar4: upTo(2 ** 29) }),
    () => ({ rtt_valid: false, srtt8: 0, rttvar4: 0 }),
    () => ({ rto: 1 + upTo(2 ** 27 - 2), rto_backoff: random.below(16) }),
    () => ({ rtt_timing: true, rtt_seq: near(tcb.snd_una, tcb.snd_nxt, event.ack), rtt_start: now - pick([0, 1, 1000, 2 ** 27 - 1, 2 ** 27, 2 ** 27 + 1, 2 ** 31]) }),
    () => ({ max_snd_wnd: Math.max(tcb.snd_wnd, upTo(65_535 * 2 ** 14)) }),
    () => ({ syn_retransmitted: random.chance(0.5) }),
    () => ({ retries: pick([0, 1, 255]), probe_backoff: random.below(16), keepalive_probes: random.below(256) }),
    () => ({ dupack_owed: random.below(8), ack_now: random.chance(0.5) }),
    () => ({ challenged: true, challenge_at: ago(pick([0, 1, constants.challengeIntervalTicks, constants.challengeIntervalTicks + 1, 2 ** 31])) }),
    () => ({ ts_recent_at: ago(pick([0, 1, constants.tsRecentLifeTicks - 1, constants.tsRecentLifeTicks, constants.tsRecentLifeTicks + 1])) }),
    () => ({ rcv_closed: random.chance(0.5), keepalive: random.chance(0.5) }),
    () => ({ last_ack_sent: seqAdd(tcb.rcv_nxt, -pick([0, 1, 1000, 2920, 2921, 17_920])) }),
    () => ({ delayed_ack_deadline: random.chance(0.5) ? NEVER : now + 5 }),
  ];
  const changed = groups.filter(() => random.chance(0.4)).map((group) => group());
  return { tcb: Object.assign({}, tcb, ...changed) as Tcb, event, now };
}

/** How many intervals the segment joined or reached, by what the record was and is. */
export function joined(before: Tcb, after: Tcb): number {
  const moved = seqDiff(after.rcv_nxt, before.rcv_nxt) > 0;
  return before.intervals.length - after.intervals.length + (moved ? 0 : 1);
}
