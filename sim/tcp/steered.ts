/**
 * Random events for one connection, steered to where mistakes are: edges of windows, of intervals, of what is acknowledged,
 * and the wrap of sequence numbers. For the model alone, and for comparing hardware with it.
 */
import type { Random } from '../random.ts';
import { TICK } from './clock.ts';
import type { OpenParameters, TcpEvent, Timer } from './events.ts';
import { ACK, FIN, PSH, RST, type Segment, type SegmentOptions, SYN } from './segment.ts';
import { seqAdd, seqDiff } from './sequence.ts';
import { NEVER, nextDeadline, type Tcb } from './tcb.ts';
import { deadlineOf } from './timers.ts';
import { tsval } from './timestamps.ts';

export interface SteeredOptions {
  /** Microseconds at the first event. */
  readonly startMicroseconds?: number;
}

export interface SteeredEvent {
  readonly event: TcpEvent;
  /** Microseconds; never before that of the event before. */
  readonly now: number;
}

const TIMERS: readonly Timer[] = ['retransmit', 'delayed_ack', 'keepalive', 'user'];
const SHIFTS: readonly (number | undefined)[] = [undefined, 0, 1, 2, 7, 14];

/**
 * How far time may run past a deadline that is armed: hardware compares by the sign of a difference, of 32 bits of
 * microseconds or 24 bits of ticks, and the scan that fires a timer is never later than half of that.
 */
export function horizon(tcb: Tcb): number {
  const fine = Math.min(tcb.retransmit_deadline, tcb.delayed_ack_deadline) + 2 ** 30;
  const slow = (Math.min(tcb.keepalive_deadline, tcb.user_deadline) + 2 ** 22) * TICK;
  return Math.min(fine, slow);
}

/** A generator of events; each call looks at the record as it is. The same stream gives the same events. */
export function steered(random: Random, options: SteeredOptions = {}): (tcb: Tcb) => SteeredEvent {
  let now = options.startMicroseconds ?? 1_000_000;
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const nudge = () => pick([0, 0, 0, 0, -1, 1]);

  const parameters = (): OpenParameters => ({
    iss: random.chance(0.7) ? seqAdd(0, -random.below(6000)) : random.uint32(),
    tsOffset: random.chance(0.5) ? seqAdd(0, -random.below(2_000_000)) : random.uint32(),
    mss: pick([536, 1460, 8960]),
    rxSize: 2 ** (12 + random.below(6)), txSize: 2 ** (12 + random.below(6)),
    windowScale: pick(SHIFTS), timestamps: random.chance(0.5), nagle: random.chance(0.5),
  });

  const synOptions = (): SegmentOptions => ({
    mss: pick([undefined, 1, 88, 536, 1460, 65_535]), wscale: pick([undefined, 0, 2, 14, 15]),
    ...(random.chance(0.6) ? { tsval: random.chance(0.5) ? seqAdd(0, -random.below(100)) : random.uint32(), tsecr: 0 } : {}),
  });

  const timestamps = (tcb: Tcb): SegmentOptions => {
    if (!(random.chance(0.02) ? !tcb.ts_ok : tcb.ts_ok)) return {};
    return { tsval: seqAdd(tcb.ts_recent, random.chance(0.9) ? random.below(3) : pick([-1, -2, 2 ** 31, 2 ** 31 - 1])), tsecr: seqAdd(tsval(tcb, now), -pick([0, 1, 5, 300, 2 ** 17, -1])) };
  };

  const segment = (tcb: Tcb): Segment => {
    // Loss recovery is many ACKs in a row that chance would hardly line up.
    if ((tcb.dup_acks > 0 || tcb.in_recovery || random.chance(0.1)) && tcb.snd_wnd > 0 && tcb.snd_nxt !== tcb.snd_una && tcb.state !== 'SYN_SENT' && random.chance(0.7)) {
      const ack = tcb.in_recovery && random.chance(0.4) ? pick([seqAdd(tcb.snd_una, tcb.snd_mss), seqAdd(tcb.recover, -1), tcb.recover, seqAdd(tcb.recover, 1)]) : tcb.snd_una;
      return { seq: tcb.rcv_nxt, ack, flags: ACK, window: Math.min(Math.floor(tcb.snd_wnd / 2 ** tcb.snd_wscale), 65_535), length: 0, options: timestamps(tcb) };
    }
    // So are holes: a little behind the last one, again and again.
    if (random.chance(tcb.intervals.length > 0 ? 0.25 : 0.05) && tcb.state !== 'SYN_SENT') {
      const last = tcb.intervals.at(-1)?.end ?? tcb.rcv_nxt;
      return { seq: seqAdd(last, 1 + random.below(20)), ack: tcb.snd_una, flags: ACK, window: 65_535, length: 1 + random.below(20), options: timestamps(tcb) };
    }
    // And the SYN,ACK of a simultaneous open, which crosses ours (9293 Figure 8).
    if (tcb.state === 'SYN_RECEIVED' && !tcb.passive && random.chance(0.1)) {
      return { seq: tcb.irs, ack: tcb.snd_nxt, flags: SYN | ACK, window: pick([0, 1, 1460, 65_535]), length: 0, options: { ...synOptions(), ...timestamps(tcb) } };
    }
    const handshake = tcb.state === 'SYN_SENT' || tcb.state === 'SYN_RECEIVED';
    const flags = random.chance(0.85)
      ? ACK | (random.chance(0.1) ? FIN : 0) | (random.chance(0.2) ? PSH : 0) | (tcb.state === 'SYN_SENT' && random.chance(0.7) ? SYN : 0)
      : pick([0, SYN, SYN | ACK, FIN, RST, RST | ACK, SYN | FIN, SYN | RST, ACK | FIN, SYN | ACK | FIN]);
    const edges = [tcb.rcv_nxt, tcb.rcv_nxt, tcb.rcv_nxt, tcb.rcv_adv, tcb.last_ack_sent];
    for (const { start, end } of tcb.intervals) edges.push(start, end);
    if (tcb.fin_held) edges.push(tcb.fin_seq);
    if (handshake) edges.push(tcb.irs);
    const mss = tcb.rcv_mss;
    const seq = tcb.state === 'SYN_SENT' ? (random.chance(0.7) ? seqAdd(0, -random.below(3000)) : random.uint32())
      : random.chance(0.5) ? tcb.rcv_nxt : seqAdd(pick(edges), pick([0, 0, 1, -1, mss, 2 * mss, -mss]));
    // A payload ends at an edge, or anywhere.
    const toEdge = seqDiff(pick(edges), seq) + nudge();
    const length = random.chance(0.4) ? 0 : random.chance(0.4) && toEdge > 0 && toEdge <= 9000 ? toEdge : pick([1, 2, 100, mss, mss]);
    const acks = [tcb.snd_nxt, tcb.snd_nxt, tcb.snd_una, tcb.snd_una, tcb.recover, tcb.rxt_nxt, tcb.snd_tail, seqAdd(tcb.snd_tail, 1), seqAdd(tcb.snd_una, tcb.snd_mss), seqAdd(tcb.snd_una, -tcb.max_snd_wnd), seqAdd(tcb.iss, 1)];
    const ack = (flags & ACK) === 0 ? 0 : seqAdd(pick(acks), random.chance(0.9) ? 0 : nudge());
    const window = random.chance(0.5) ? Math.min(tcb.snd_wnd >>> tcb.snd_wscale, 65_535) : pick([0, 0, 1, 100, 1460, 4096, 65_535]);
    return { seq, ack, flags, window, length: (flags & SYN) !== 0 && random.chance(0.9) ? 0 : length, options: (flags & SYN) !== 0 ? { ...synOptions(), ...timestamps(tcb) } : timestamps(tcb) };
  };

  const command = (tcb: Tcb): TcpEvent => {
    const given = seqDiff(tcb.snd_tail, seqAdd(tcb.iss, 1));
    const received = seqDiff(tcb.rcv_nxt, seqAdd(tcb.irs, 1)) - (tcb.fin_received ? 1 : 0);
    const read = seqDiff(tcb.rcv_user, seqAdd(tcb.irs, 1));
    const acknowledged = Math.max(seqDiff(tcb.snd_una, seqAdd(tcb.iss, 1)), 0);
    const draw = random.below(100);
    if (draw < 45) return { kind: 'send', tail: seqAdd(0, pick([given, given + 1, given + tcb.snd_mss, given + 3 * tcb.snd_mss, acknowledged + tcb.tx_size, acknowledged + tcb.tx_size + 1, given - 1])) };
    if (draw < 85) return { kind: 'receive', head: seqAdd(0, pick([received, received, read + 1, received + 1, read - 1, read + Math.floor((received - read) / 2)])) };
    if (draw < 90) return { kind: 'shutdown' };
    if (draw < 93) return { kind: 'close' };
    if (draw < 94) return { kind: 'abort', cause: pick(['guest', 'fault', 'silent', 'unreachable']) };
    if (draw < 95) return { kind: 'open', ...parameters() };
    if (draw < 97) return { kind: 'path_mtu', seq: random.chance(0.1) ? random.uint32() : seqAdd(pick([tcb.snd_una, tcb.snd_nxt, tcb.snd_nxt]), pick([0, -1, -1])), mss: pick([536, 1000, 1448, 8960]) };
    return { kind: 'set_option', nagle: random.chance(0.5), keepalive: random.chance(0.5), userTimeoutTicks: pick([0, 0, 1000, 300_000]) };
  };

  return (tcb) => {
    const draw = random.below(100);
    if (tcb.state === 'CLOSED' && !tcb.rst_due && draw < 80) {
      now += random.below(100);
      if (random.chance(0.5)) return { event: { kind: 'open', ...parameters() }, now };
      const syn: Segment = { seq: random.chance(0.7) ? seqAdd(0, -random.below(3000)) : random.uint32(), ack: 0, flags: SYN, window: pick([0, 1, 1460, 65_535]), length: 0, options: synOptions() };
      return { event: { kind: 'accept', ...parameters(), syn }, now };
    }
    if (draw < 45) {
      now += pick([0, 1, 10, 200, 1500]);
      return { event: { kind: 'segment', ...segment(tcb), ...(random.chance(0.05) ? { prepost: false } : {}) }, now };
    }
    if (draw < 75) {
      now += random.below(3);
      return { event: { kind: 'grant' }, now };
    }
    if (draw < 87) {
      const earliest = nextDeadline(tcb);
      const armed = TIMERS.filter((timer) => deadlineOf(tcb, timer) !== NEVER);
      // A cancelled timer, one that is early by a microsecond, or the one that is due.
      const timer = armed.length === 0 || random.chance(0.1) ? pick(TIMERS) : armed.find((timer) => deadlineOf(tcb, timer) === earliest)!;
      const deadline = deadlineOf(tcb, timer);
      if (deadline !== NEVER && random.chance(0.9)) now = Math.max(now, Math.min(deadline - (random.chance(0.05) ? 1 : 0), horizon(tcb)));
      return { event: { kind: 'timer', timer, deadline: deadline === NEVER ? now : deadline }, now };
    }
    now += random.below(50);
    return { event: command(tcb), now };
  };
}
