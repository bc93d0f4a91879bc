/**
 * The defects of leading open stacks that concern one connection's state, each a scenario named for it; and each scenario is
 * seen to fail with the defect planted: in a patched model here, in hardware in
 * `test/hw/tcp/defects.test.ts`.
 */
import { expect } from 'vitest';
import type { Actions } from '../../../sim/tcp/actions.ts';
import { ticksOf } from '../../../sim/tcp/clock.ts';
import type { TcpEvent } from '../../../sim/tcp/events.ts';
import { seqAdd, seqDiff, seqLt } from '../../../sim/tcp/sequence.ts';
import { step as model, type Stepped } from '../../../sim/tcp/step.ts';
import { flightOf, type Tcb } from '../../../sim/tcp/tcb.ts';
import { FIN, established, inState, segmentEvent, SYN, Connection, PARAMETERS, IRS, ISS } from './connection.ts';

export type Step = typeof model;

export interface Defect {
  readonly name: string;
  readonly scenario: (step: Step) => void;
  readonly planted: Step;
}

/** A step whose record is changed afterwards. */
function after(patch: (result: Stepped, before: Tcb, event: TcpEvent, now: number) => Partial<Tcb> | undefined): Step {
  return (before, event, now, constants) => {
    const result = model(before, event, now, constants);
    const patched = patch(result, before, event, now);
    return patched === undefined ? result : { tcb: { ...result.tcb, ...patched }, actions: result.actions };
  };
}

const NOTHING: Actions = model(established().tcb, { kind: 'set_option' }, 0).actions;

/** Every way in which a segment can lie to two intervals [1000, 2000) and [3000, 4000): then all comes in order. */
function overlaps(step: Step): void {
  const edges = [0, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500];
  for (const from of edges) {
    for (const to of edges.filter((edge) => edge > from)) {
      const c = established({ step });
      const got = new Set<number>();
      const arrive = (seq: number, length: number) => {
        const { place } = c.segment({ seq, length, ack: 0 });
        if (place !== undefined) for (let i = 0; i < place.length; i += 500) got.add(seq + place.skip + i);
        return place;
      };
      arrive(1000, 1000);
      arrive(3000, 1000);
      const owed = c.tcb.dupack_owed;
      const place = arrive(from, to - from);
      const decided = place !== undefined || c.counters.includes('duplicate') || c.counters.includes('intervals_full');
      expect(decided, `${from}-${to} is neither placed nor counted`).toBe(true);
      expect(c.tcb.dupack_owed > owed || c.tcb.ack_now, `${from}-${to} is not acknowledged`).toBe(true);
      for (let seq = 0; seq < 5000; seq += 500) arrive(seq, 500);
      expect(seqDiff(c.tcb.rcv_nxt, c.tcb.irs) - 1, `${from}-${to} stops reception`).toBe(5000);
      expect(got.size).toBe(10);
    }
  }
}

/** Out of order across the wrap: IRS + 1 + 255 is 0. */
function wraps(step: Step): void {
  const c = established({ step });
  c.segment({ seq: 200, length: 100, ack: 0 });
  c.segment({ seq: 400, length: 100, ack: 0 });
  c.segment({ seq: 300, length: 100, ack: 0 });
  expect(c.tcb.intervals.map(({ start, end }) => [seqDiff(start, IRS) - 1, seqDiff(end, IRS) - 1])).toEqual([[200, 500]]);
  c.segment({ seq: 0, length: 200, ack: 0 });
  expect(seqDiff(c.tcb.rcv_nxt, IRS) - 1).toBe(500);
}

function bulk(step: Step, segments: number, window = 60_000): Connection {
  const c = established({ step, window, peer: { mss: 1000 }, constants: { initialWindowSegments: 40, initialWindowBytes: 40_000 } });
  c.send(segments * 1000);
  return c;
}

function duplicates(c: Connection, count: number, ack = 0): void {
  for (let i = 0; i < count; i++) c.segment({ ack, window: 60_000 });
}

export const DEFECTS: readonly Defect[] = [
  {
    name: 'overlap with the out-of-order block leaves no accept/drop decision and reception hangs',
    scenario: overlaps,
    planted: (before, event, now, constants) => {
      if (event.kind === 'segment' && event.length > 0) {
        const end = seqAdd(event.seq, event.length);
        const straddles = before.intervals.some((interval) => seqLt(event.seq, interval.start) && seqLt(interval.start, end));
        if (straddles) return { tcb: before, actions: NOTHING };
      }
      return model(before, event, now, constants);
    },
  },
  {
    name: 'out-of-order compares break at sequence wrap',
    scenario: wraps,
    // The larger number is taken for the later byte.
    planted: after(({ tcb }) => (tcb.intervals.some(({ start, end }) => end < start || start < tcb.rcv_nxt) ? { intervals: [] } : undefined)),
  },
  {
    name: 'no RTT estimate',
    scenario: (step) => {
      const c = established({ step });
      for (let i = 0; i < 20; i++) {
        c.send((i + 1) * 100);
        c.grant();
        c.now += 900_000;
        c.segment({ ack: (i + 1) * 100 });
      }
      expect(c.tcb.srtt8 / 8).toBeGreaterThan(800_000);
      expect(c.tcb.rto).toBeGreaterThan(900_000);
    },
    planted: after(() => ({ srtt8: 0, rttvar4: 0, rtt_valid: false, rto: 200_000 })),
  },
  {
    name: 'any duplicate ACK restarts the timer',
    scenario: (step) => {
      const c = bulk(step, 5);
      c.drain();
      const deadline = c.tcb.retransmit_deadline;
      c.now += 1000;
      duplicates(c, 2);
      expect(c.tcb.retransmit_deadline).toBe(deadline);
    },
    planted: after(({ tcb }, before, event, now) => (event.kind === 'segment' && tcb.dup_acks > before.dup_acks ? { retransmit_deadline: now + tcb.rto } : undefined)),
  },
  {
    name: 'at most 4 segments per retransmission event',
    scenario: (step) => {
      const c = bulk(step, 20);
      expect(c.drain()).toHaveLength(20);
      c.fire('retransmit');
      // Everything was lost; each retransmission arrives. One timeout is enough.
      const again = new Set<number>();
      for (let acked = 0; acked < 20;) {
        const sent = c.drain().filter(({ kind }) => kind === 'retransmission');
        expect(sent.length, `nothing is retransmitted after ${acked} segments`).toBeGreaterThan(0);
        for (const { seq } of sent) {
          again.add(seqDiff(seq, ISS) - 1);
          c.now += 100;
          c.segment({ ack: ++acked * 1000 });
        }
      }
      expect(again.size).toBe(20);
    },
    planted: after(({ tcb }, _, event) => (event.kind === 'timer' && seqDiff(tcb.rxt_end, tcb.rxt_nxt) > 4 * tcb.snd_mss ? { rxt_end: seqAdd(tcb.rxt_nxt, 4 * tcb.snd_mss) } : undefined)),
  },
  {
    name: 'cwnd not reduced on three duplicate ACKs',
    scenario: (step) => {
      const c = bulk(step, 20);
      c.drain();
      duplicates(c, 3);
      expect([c.tcb.ssthresh, c.tcb.cwnd]).toEqual([10_000, 13_000]); // 5681 3.2 steps 2 and 3
      expect(c.grant()).toMatchObject({ kind: 'retransmission', seq: seqAdd(ISS, 1), length: 1000 });
      c.segment({ ack: 20_000 });
      expect(c.tcb.cwnd).toBeLessThanOrEqual(10_000);
    },
    planted: after(({ tcb }, before, event) => (event.kind === 'segment' && tcb.in_recovery ? { ssthresh: before.ssthresh, cwnd: Math.max(tcb.cwnd, before.cwnd) } : undefined)),
  },
  {
    name: 'usable-window comparison reversed',
    scenario: (step) => {
      const c = bulk(step, 20, 5000);
      expect(c.drain().map(({ length }) => length)).toEqual([1000, 1000, 1000, 1000, 1000]);
      expect(flightOf(c.tcb)).toBe(5000);
    },
    planted: (before, event, now, constants) => {
      if (event.kind !== 'grant' || before.snd_wnd === 0) return model(before, event, now, constants);
      const usable = before.snd_wnd - flightOf(before);
      const result = model({ ...before, snd_wnd: usable >= before.snd_mss ? flightOf(before) : 60_000 }, event, now, constants);
      return { tcb: { ...result.tcb, snd_wnd: before.snd_wnd }, actions: result.actions };
    },
  },
  {
    name: 'sends larger than the window rejected',
    scenario: (step) => {
      const c = established({ step, window: 2000 });
      expect(c.do({ kind: 'send', tail: 20_000 }).refused).toBeUndefined();
      let sent = 0;
      while (sent < 20_000) {
        const segments = c.drain().filter(({ length }) => length > 0);
        expect(segments.length).toBeGreaterThan(0);
        for (const { length } of segments) sent += length;
        c.segment({ ack: sent, window: 2000 });
      }
    },
    planted: (before, event, now, constants) => (event.kind === 'send' && event.tail > before.snd_wnd ? { tcb: before, actions: { ...NOTHING, refused: 'out_of_range' } } : model(before, event, now, constants)),
  },
  {
    name: "peer's MSS ignored",
    scenario: (step) => {
      for (const [peer, expected] of [[{ mss: 536 }, 536], [{ mss: 9000 }, 1460], [{}, 536]] as const) {
        const c = established({ step, peer });
        c.send(5000);
        expect(c.grant()!.length).toBe(expected);
      }
    },
    planted: after(({ tcb }) => ({ snd_mss: tcb.rcv_mss })),
  },
  {
    name: 'constant ISN',
    scenario: (step) => {
      for (const iss of [0, 77, 0xffff_ffff]) {
        const c = new Connection({}, step);
        c.do({ kind: 'open', ...PARAMETERS, iss });
        expect(c.grant()!.seq).toBe(iss);
      }
    },
    planted: (before, event, now, constants) => model(before, event.kind === 'open' ? { ...event, iss: 1 } : event, now, constants),
  },
  {
    name: 'TIME_WAIT holds a connection for 60 s',
    scenario: (step) => {
      const c = inState('TIME_WAIT', { step });
      const { free, time_wait, final } = c.do({ kind: 'grant' });
      expect([free, final, c.tcb.state]).toEqual([true, true, 'CLOSED']);
      expect(time_wait).toMatchObject({ expires: ticksOf(c.now) + 58_595, snd_nxt: seqAdd(ISS, 2), rcv_nxt: seqAdd(IRS, 2) });
    },
    planted: (before, event, now, constants) => {
      const result = model(before, event, now, constants);
      return result.actions.time_wait === undefined ? result : { tcb: before, actions: { ...result.actions, free: false, time_wait: undefined } };
    },
  },
  {
    name: 'stalls after close or window pressure',
    scenario: (step) => {
      const c = established({ step, window: 1460 });
      c.send(4000);
      c.drain();
      c.segment({ ack: 1460, window: 0 });
      c.do({ kind: 'shutdown' });
      expect(c.tcb.eligible).toBe(false);
      c.fire('retransmit');
      const [probe] = c.drain();
      expect(probe).toMatchObject({ kind: 'probe', length: 1, seq: seqAdd(ISS, 1461) });
      c.segment({ ack: 1460, window: 0 }); // refused
      c.segment({ ack: 1460, window: 60_000 });
      const sent = c.drain();
      expect(sent.at(-1)!.flags & FIN).toBe(FIN);
      const covered = sent.reduce((sum, { length }) => sum + length, 0);
      expect(covered).toBe(4000 - 1460);
    },
    planted: after(({ tcb }) => (tcb.fin_queued && tcb.snd_wnd === 0 ? { retransmit_deadline: Infinity } : undefined)),
  },
  {
    name: 'Linux handshake failures',
    scenario: (step) => {
      const c = new Connection({}, step);
      // A Linux SYN: MSS, SACK permitted (left out by the parser), timestamps, window scale 7, window 64240.
      const { kind: _kind, ...syn } = segmentEvent({ seq: -1, flags: SYN, window: 64_240, options: { mss: 1460, wscale: 7, tsval: 0xdead_beef, tsecr: 0 } });
      c.do({ kind: 'accept', ...PARAMETERS, windowScale: 2, timestamps: true, syn });
      expect(c.tcb.snd_wnd).toBe(64_240); // a SYN's window is not scaled
      const answer = c.grant()!;
      expect(answer.options).toEqual({ mss: 1460, wscale: 2, tsval: answer.options.tsval, tsecr: 0xdead_beef });
      // Data right behind the ACK that completes: the ACK was lost.
      const actions = c.segment({ seq: 0, ack: 0, window: 502, length: 77, options: { tsval: 0xdead_bef0, tsecr: answer.options.tsval! } });
      expect([c.tcb.state, c.tcb.snd_wnd, actions.place]).toEqual(['ESTABLISHED', 502 * 128, { offset: 0, skip: 0, length: 77 }]);
    },
    planted: after(({ tcb }, _, event) => (event.kind === 'accept' ? { snd_wnd: event.syn.window * 2 ** tcb.snd_wscale } : undefined)),
  },
  {
    name: 'three out-of-order arrivals during a saturated egress give three pure ACKs',
    scenario: (step) => {
      const c = established({ step });
      c.send(20_000);
      for (const seq of [1000, 2000, 3000]) c.segment({ seq, length: 500, ack: 0 });
      const sent = c.drain();
      expect(sent.slice(0, 3).map(({ kind, ack, length }) => [kind, ack, length])).toEqual(Array.from({ length: 3 }, () => ['duplicate_ack', seqAdd(IRS, 1), 0]));
      expect(new Set(sent.slice(0, 3).map(({ window }) => window)).size).toBe(1); // else the peer does not count them
      expect(sent[3]!.kind).toBe('data');
    },
    planted: after(({ tcb }) => (tcb.dupack_owed > 1 ? { dupack_owed: 1 } : undefined)),
  },
  {
    name: 'a deadline that was cancelled or moved since the scan',
    scenario: (step) => {
      const c = bulk(step, 2);
      c.drain();
      const deadline = c.tcb.retransmit_deadline;
      c.now = deadline;
      c.segment({ ack: 1000 }); // moves it
      c.do({ kind: 'timer', timer: 'retransmit', deadline });
      expect(c.tcb.rto_backoff).toBe(0);
      c.segment({ ack: 2000 }); // cancels it
      c.do({ kind: 'timer', timer: 'retransmit', deadline });
      c.do({ kind: 'timer', timer: 'user', deadline });
      expect([c.tcb.rto_backoff, c.tcb.state, c.tcb.eligible]).toEqual([0, 'ESTABLISHED', false]);
    },
    planted: (before, event, now, constants) => model(event.kind === 'timer' && event.timer === 'retransmit' ? { ...before, retransmit_deadline: event.deadline } : before, event, now, constants),
  },
  {
    name: 'FIN with data, out of order',
    scenario: (step) => {
      const c = established({ step });
      c.segment({ seq: 100, length: 50, flags: FIN, ack: 0 });
      c.segment({ seq: 0, length: 60, ack: 0 });
      expect(c.tcb.state).toBe('ESTABLISHED');
      const { notify, rx_filled } = c.segment({ seq: 50, length: 60, ack: 0 });
      expect([c.tcb.state, notify & 16, rx_filled]).toEqual(['CLOSE_WAIT', 16, 150]);
      expect(c.drain().at(-1)!.ack).toBe(seqAdd(IRS, 152));
    },
    planted: after(({ tcb }) => (tcb.fin_held ? { fin_held: false } : undefined)),
  },
];
