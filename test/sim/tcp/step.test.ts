/** Directed tests, each named for the requirement of RFC 9293 (MUST-n, SHLD-n, MAY-n) or the section that it shows. */
import { describe, expect, test } from 'vitest';
import { NOTIFY } from '../../../sim/tcp/actions.ts';
import { TICK, ticksOf } from '../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS } from '../../../sim/tcp/constants.ts';
import { windowScaleFor } from '../../../sim/tcp/options.ts';
import { ACK, FIN, PSH, RST, SYN } from '../../../sim/tcp/segment.ts';
import { seqAdd, seqDiff } from '../../../sim/tcp/sequence.ts';
import { flightOf, nextDeadline } from '../../../sim/tcp/tcb.ts';
import { deadlineOf } from '../../../sim/tcp/timers.ts';
import { stepTimeWait, type TimeWait } from '../../../sim/tcp/time-wait.ts';
import { Connection, established, inState, IRS, ISS, PARAMETERS, segmentEvent } from './connection.ts';

const SECOND = 1_000_000;

describe('opening', () => {
  test('9293 3.10.1: an active OPEN sends <SEQ=ISS><CTL=SYN>', () => {
    const c = new Connection();
    c.do({ kind: 'open', ...PARAMETERS });
    expect(c.grant()).toMatchObject({ kind: 'syn', seq: ISS, ack: 0, flags: SYN, window: 32_768, length: 0 });
    expect([c.tcb.state, c.tcb.snd_una, c.tcb.snd_nxt]).toEqual(['SYN_SENT', ISS, ISS + 1]);
  });

  test('MUST-10, 9293 3.5 Figure 8: simultaneous open, the crossing SYN,ACK completes it', () => {
    const c = inState('SYN_SENT');
    c.segment({ seq: -1, flags: SYN, options: { mss: 1000 } });
    expect(c.grant()).toMatchObject({ kind: 'syn', seq: ISS, ack: seqAdd(IRS, 1), flags: SYN | ACK });
    expect(c.segment({ seq: -1, ack: 0, flags: SYN }).notify).toBe(NOTIFY.CONNECTED);
    expect([c.tcb.state, c.tcb.snd_mss]).toEqual(['ESTABLISHED', 1000]);
  });

  test('MUST-11: a RST in SYN_RECEIVED refuses an active open, and is not told after a passive one', () => {
    const active = inState('SYN_RECEIVED');
    expect(active.segment({ flags: RST })).toMatchObject({ free: true, notify: NOTIFY.RESET });
    const passive = inState('SYN_RECEIVED_PASSIVE');
    expect(passive.segment({ flags: RST })).toMatchObject({ free: true, notify: 0, final: false });
  });

  test('a passive open waits for a pre-posted ACCEPT: without one the ACK is dropped, and its repetition completes', () => {
    const c = inState('SYN_RECEIVED_PASSIVE');
    c.do({ ...segmentEvent({ ack: 0 }), prepost: false });
    expect([c.tcb.state, c.counters.at(-1)]).toEqual(['SYN_RECEIVED', 'no_prepost']);
    expect(c.segment({ ack: 0 }).notify).toBe(NOTIFY.ACCEPTED);
  });

  test('MUST-14, MUST-15, SHLD-5: MSS in both SYNs; a SYN without one means 536', () => {
    expect(inState('CLOSED').tcb.snd_mss).toBe(536);
    expect(established({ peer: {} }).tcb.snd_mss).toBe(536);
    const c = inState('SYN_RECEIVED_PASSIVE');
    c.do({ kind: 'timer', timer: 'retransmit', deadline: 0 });
    c.fire('retransmit');
    expect(c.grant()!.options.mss).toBe(1460);
  });

  test('MUST-16: Eff.snd.MSS is the smaller of both, less the options of every segment', () => {
    expect(established({ peer: { mss: 1000 } }).tcb.snd_mss).toBe(1000);
    expect(established({ peer: { mss: 9000 } }).tcb.snd_mss).toBe(1460);
    expect(established({ parameters: { timestamps: true }, peer: { mss: 1000, tsval: 1, tsecr: 0 } }).tcb.snd_mss).toBe(988);
  });

  test('MUST-65: no MSS option but on SYNs', () => {
    const c = established();
    c.send(10);
    expect(c.grant()!.options.mss).toBeUndefined();
  });

  test('a tiny MSS is raised to the floor', () => {
    expect(established({ peer: { mss: 1 } }).tcb.snd_mss).toBe(TCP_CONSTANTS.mssFloor);
  });

  test('MUST-23: a SYN is retransmitted for at least three minutes before the open fails', () => {
    const c = inState('SYN_SENT');
    const start = c.now;
    let last = start;
    for (;;) {
      const { notify } = c.fire('retransmit');
      if (notify !== 0) {
        expect(notify).toBe(NOTIFY.ERROR);
        break;
      }
      expect(c.grant()!.flags).toBe(SYN);
      last = c.now;
    }
    expect(c.now - start).toBeGreaterThanOrEqual(180 * SECOND);
    expect(last).toBeLessThan(c.now);
  });

  test('6298 5.7: after a SYN was retransmitted the RTO is 3 s; 5681 3.1: and IW one segment', () => {
    const c = inState('SYN_SENT');
    c.fire('retransmit');
    c.grant();
    c.segment({ seq: -1, ack: 0, flags: SYN, options: { mss: 1000 } });
    expect([c.tcb.rto, c.tcb.rto_backoff, c.tcb.cwnd]).toEqual([3 * SECOND, 0, 1000]);
  });
});

describe('7323 window scale', () => {
  test.each([[65_535, 0], [65_536, 1], [1 << 20, 5], [2 ** 30, 14]])('a ring of %i bytes needs shift %i', (size, shift) => {
    expect(windowScaleFor(size)).toBe(shift);
  });
  test('2.2: scaling only if both SYNs have it; the window of a SYN is not scaled', () => {
    const both = established({ parameters: { windowScale: 3 }, peer: { mss: 1460, wscale: 7 }, window: 1000 });
    expect([both.tcb.snd_wscale, both.tcb.rcv_wscale, both.tcb.snd_wnd]).toEqual([7, 3, 1000]);
    both.segment({ ack: 0, window: 10 });
    expect(both.tcb.snd_wnd).toBe(1280);
    const one = established({ parameters: { windowScale: 3 } });
    expect([one.tcb.snd_wscale, one.tcb.rcv_wscale]).toEqual([0, 0]);
  });
  test('2.3: a shift above 14 is taken as 14', () => {
    expect(established({ parameters: { windowScale: 3 }, peer: { wscale: 15 } }).tcb.snd_wscale).toBe(14);
  });
});

describe('7323 timestamps', () => {
  const stamped = () => established({ parameters: { timestamps: true }, peer: { mss: 1460, tsval: 1000, tsecr: 0 } });
  test('3.2: a segment without the option is dropped silently, a RST is not', () => {
    const c = stamped();
    c.segment({ ack: 0, length: 10 });
    expect([c.counters.at(-1), c.tcb.dupack_owed, c.tcb.rcv_nxt]).toEqual(['ts_missing', 0, seqAdd(IRS, 1)]);
    expect(c.segment({ flags: RST }).free).toBe(true);
  });
  test('5.3 R1: an older timestamp is answered by an ACK and dropped (PAWS)', () => {
    const c = stamped();
    expect(c.segment({ ack: 0, length: 10, options: { tsval: 999, tsecr: 0 } }).place).toBeUndefined();
    expect([c.counters.at(-1), c.tcb.dupack_owed]).toEqual(['paws', 1]);
  });
  test('5.5: after 24 days without one, any timestamp is taken', () => {
    const c = stamped();
    c.now += 25 * 86_400 * SECOND;
    expect(c.segment({ ack: 0, length: 10, options: { tsval: 999, tsecr: 0 } }).place).toBeDefined();
    expect(c.tcb.ts_recent).toBe(999);
  });
  test('4.3, 5.3 R3: TS.Recent only from segments at or left of Last.ACK.sent', () => {
    const c = stamped();
    c.segment({ seq: 100, length: 10, ack: 0, options: { tsval: 1010, tsecr: 0 } });
    expect(c.tcb.ts_recent).toBe(1000);
    c.segment({ seq: 0, length: 100, ack: 0, options: { tsval: 1005, tsecr: 0 } });
    expect(c.tcb.ts_recent).toBe(1005);
    // A delayed ACK echoes the first of what it acknowledges.
    c.segment({ seq: 110, length: 10, ack: 0, options: { tsval: 1020, tsecr: 0 } });
    expect(c.grant()!.options.tsecr).toBe(1005);
  });
  test('4.1: a sample comes from the echo, in whole ticks, and survives retransmission', () => {
    const c = stamped();
    c.send(100);
    const { tsval } = c.grant()!.options;
    c.now += 300 * 1024;
    c.segment({ ack: 100, options: { tsval: 1001, tsecr: tsval! } });
    expect(Math.abs(c.tcb.srtt8 - (300 * 1024))).toBeLessThanOrEqual(8 * 1024); // 7/8 of 0 + 1/8 of 300 ticks
  });
  test('5.4: the offset of the connection is part of TSval', () => {
    const tsvalOf = (tsOffset: number) => {
      const c = new Connection();
      c.do({ kind: 'open', ...PARAMETERS, timestamps: true, tsOffset });
      return c.grant()!.options.tsval!;
    };
    expect(seqDiff(tsvalOf(5), tsvalOf(0xffff_ffff))).toBe(6);
  });
});

describe('6298', () => {
  test('2.1 to 2.3: 1 s at first; R, R/2; then gains 1/8 and 1/4', () => {
    const c = new Connection({ rtoMin: 1 });
    c.do({ kind: 'open', ...PARAMETERS });
    c.grant();
    expect(c.tcb.retransmit_deadline - c.now).toBe(SECOND);
    c.now += 80_000;
    c.segment({ seq: -1, ack: 0, flags: SYN });
    expect([c.tcb.srtt8 / 8, c.tcb.rttvar4 / 4, c.tcb.rto]).toEqual([80_000, 40_000, 240_000]);
    c.send(10);
    c.grant();
    c.now += 160_000;
    c.segment({ ack: 10 });
    expect([c.tcb.srtt8 / 8, c.tcb.rttvar4 / 4, c.tcb.rto]).toEqual([90_000, 50_000, 290_000]);
  });
  test('5.1 to 5.3: starts when data leave, restarts with new ACKs, stops with the last', () => {
    const c = established({ peer: { mss: 1000 } });
    expect(c.tcb.retransmit_deadline).toBe(Infinity);
    c.send(2000);
    c.grant();
    const first = c.tcb.retransmit_deadline;
    c.now += 1000;
    c.grant();
    expect(c.tcb.retransmit_deadline).toBe(first);
    c.segment({ ack: 1000 });
    expect(c.tcb.retransmit_deadline).toBe(c.now + c.tcb.rto);
    c.segment({ ack: 2000 });
    expect(nextDeadline(c.tcb)).toBe(Infinity);
  });
  test('5.5, MUST-18 (Karn): backoff doubles, and lasts until data that were sent once are acknowledged', () => {
    const c = established({ constants: { rtoMin: SECOND } });
    c.send(100);
    c.grant();
    for (const expected of [2, 4, 8]) {
      c.fire('retransmit');
      expect(c.tcb.retransmit_deadline - c.now).toBe(expected * SECOND);
      expect(c.grant()!.kind).toBe('retransmission');
    }
    c.segment({ ack: 100 });
    expect(c.tcb.rto_backoff).toBe(3);
    c.send(200);
    c.grant();
    expect(c.tcb.retransmit_deadline - c.now).toBe(8 * SECOND);
    c.segment({ ack: 200 });
    expect(c.tcb.rto_backoff).toBe(0);
  });
  test('section 3: one segment is timed per window', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(3000);
    c.grant();
    const { rtt_seq } = c.tcb;
    c.drain();
    expect(c.tcb.rtt_seq).toBe(rtt_seq);
  });
  test('MUST-20: R1 doubts the path, R2 ends the connection, the guest is told (MUST-12)', () => {
    const c = established();
    c.send(10);
    c.grant();
    let timeouts = 0;
    for (;;) {
      const { notify } = c.fire('retransmit');
      timeouts++;
      if (notify !== 0) {
        expect(notify).toBe(NOTIFY.ERROR);
        break;
      }
      c.drain();
      expect(c.counters.includes('path_doubted')).toBe(timeouts >= 3);
    }
    expect(timeouts).toBe(TCP_CONSTANTS.retries + 1);
  });
});

describe('congestion', () => {
  const bulk = (constants = {}) => {
    const c = established({ peer: { mss: 1000 }, constants });
    c.send(60_000);
    return c;
  };
  test('6928: the initial window is ten segments', () => {
    expect(bulk().drain()).toHaveLength(10);
  });
  test('3465 2.2, 2.3: slow start by bytes, at most L = 2 segments an ACK', () => {
    const c = bulk();
    c.drain();
    c.segment({ ack: 1000 });
    expect(c.tcb.cwnd).toBe(11_000);
    c.segment({ ack: 6000 });
    expect(c.tcb.cwnd).toBe(13_000);
  });
  test('MUST-19, 5681 3.1: a timeout leaves one segment and half of the flight, once per segment', () => {
    const c = bulk();
    c.drain();
    c.fire('retransmit');
    expect([c.tcb.cwnd, c.tcb.ssthresh]).toEqual([1000, 5000]);
    expect(c.drain().map(({ kind }) => kind)).toEqual(['retransmission']);
    c.fire('retransmit');
    expect([c.tcb.cwnd, c.tcb.ssthresh]).toEqual([1000, 5000]);
    // 3465 2.3: L = 1 in the slow start that follows.
    c.drain();
    c.segment({ ack: 4000 });
    expect(c.tcb.cwnd).toBe(2000);
  });
  test('3465 2.1: congestion avoidance, one segment for each window of bytes', () => {
    const c = bulk();
    c.drain();
    c.fire('retransmit');
    c.drain();
    for (let ack = 1000; ack <= 10_000; ack += 1000) c.segment({ ack });
    expect(c.tcb.cwnd).toBe(6000); // 5000, reached after four ACKs; then 5000 bytes more
  });
  test('3042: the first two duplicate ACKs let one segment out each', () => {
    const c = bulk();
    c.drain();
    const { cwnd } = c.tcb;
    for (const flight of [11_000, 12_000]) {
      c.segment({ ack: 0 });
      expect(c.drain().map(({ kind }) => kind)).toEqual(['data']);
      expect([c.tcb.cwnd, flightOf(c.tcb)]).toEqual([cwnd, flight]);
    }
  });
  test('5681 section 2: not a duplicate with payload, FIN, another window, or nothing in flight', () => {
    const c = bulk();
    c.segment({ ack: 0 });
    c.drain();
    c.segment({ ack: 0, length: 1 });
    c.segment({ ack: 0, seq: 1, window: 59_999 });
    expect(c.tcb.dup_acks).toBe(0);
  });
  test('6582 3.2: recovery from two losses: partial ACK, next hole, full ACK', () => {
    const c = bulk();
    c.drain();
    for (let i = 0; i < 3; i++) c.segment({ ack: 0 });
    expect([c.tcb.ssthresh, c.tcb.cwnd, c.tcb.recover]).toEqual([5000, 8000, seqAdd(ISS, 10_001)]);
    expect(c.grant()).toMatchObject({ kind: 'retransmission', seq: seqAdd(ISS, 1), length: 1000 });
    for (let i = 0; i < 6; i++) c.segment({ ack: 0 });
    expect(c.tcb.cwnd).toBe(14_000);
    c.drain();
    c.now += 50;
    c.segment({ ack: 5000 }); // partial
    expect([c.tcb.cwnd, c.tcb.retransmit_deadline]).toEqual([10_000, c.now + c.tcb.rto]);
    expect(c.grant()).toMatchObject({ kind: 'retransmission', seq: seqAdd(ISS, 5001) });
    const deadline = c.tcb.retransmit_deadline;
    c.now += 50;
    c.segment({ ack: 7000 }); // partial again: the impatient variant does not restart the timer
    expect(c.tcb.retransmit_deadline).toBe(deadline);
    c.drain();
    c.segment({ ack: 10_000 }); // full
    expect([c.tcb.in_recovery, c.tcb.cwnd <= 5000]).toEqual([false, true]);
  });
  test('6582 3.2 step 2: after a timeout duplicates below recover start nothing', () => {
    const c = bulk();
    c.drain();
    c.fire('retransmit');
    c.drain();
    for (let i = 0; i < 4; i++) c.segment({ ack: 0 });
    expect([c.tcb.in_recovery, c.counters.includes('recovery_refused')]).toEqual([false, true]);
  });
  test('3.4: on a stream longer than 2^31 bytes SENT is still told, and three duplicates still mean loss', () => {
    const c = established({ parameters: { mss: 65_000, txSize: 2 ** 30, windowScale: 14 }, peer: { mss: 65_000, wscale: 14 }, window: 65_535 });
    let acked = 0;
    let told = 0;
    let rounds = 0;
    for (; acked < 2 ** 31 + 2 ** 27; rounds++) {
      c.send(seqAdd(0, acked + 2 ** 25));
      for (const { length } of c.drain()) acked += length;
      c.now += 1000;
      if ((c.segment({ ack: acked, window: 65_535 }).notify & NOTIFY.SENT) !== 0) told++;
    }
    expect(told).toBe(rounds);
    c.send(seqAdd(0, acked + 1_000_000));
    c.drain();
    for (let i = 0; i < 3; i++) c.segment({ ack: acked, window: 65_535 });
    expect([c.tcb.in_recovery, c.counters.includes('recovery_refused')]).toEqual([true, false]);
  });
  test('5681 4.1: after an idle RTO no more than the restart window', () => {
    const c = bulk();
    for (let ack = 0; ack < 60_000;) {
      for (const { length } of c.drain()) ack += length;
      c.segment({ ack });
    }
    expect(c.tcb.cwnd).toBeGreaterThan(10_000);
    c.send(120_000);
    c.now += 5 * SECOND;
    c.grant();
    expect(c.tcb.cwnd).toBe(10_000);
  });
});

describe('windows', () => {
  test('MUST-1, REC-1: windows up to 2^30 are unsigned', () => {
    const c = established({ parameters: { windowScale: 14 }, peer: { wscale: 14 }, window: 60_000 });
    c.segment({ ack: 0, window: 65_535 });
    expect(c.tcb.snd_wnd).toBe(65_535 * 2 ** 14);
  });
  test('9293 3.10.7.4, wl1 and wl2: an old segment does not set the window', () => {
    const c = established();
    c.segment({ seq: 0, length: 10, ack: 0, window: 5000 });
    c.segment({ seq: 10, length: 10, ack: 0, window: 4000 });
    c.segment({ seq: 5, length: 30, ack: 0, window: 9000 });
    expect(c.tcb.snd_wnd).toBe(4000);
  });
  test('9293 3.8.6: a retransmission with a newer ACK does', () => {
    const c = established();
    c.send(10);
    c.drain();
    c.segment({ seq: 10, length: 10, ack: 0, window: 4000 });
    c.segment({ seq: 0, length: 20, ack: 10, window: 3000 });
    expect(c.tcb.snd_wnd).toBe(3000);
  });
  test('MUST-34, SHLD-15, SHLD-16: a window that shrinks stops new data; what is inside is retransmitted', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(20_000);
    c.drain();
    c.segment({ seq: 0, length: 1, ack: 0, window: 1500 });
    expect(c.drain().map(({ kind }) => kind)).toEqual([]);
    c.fire('retransmit');
    const [first, ...rest] = c.drain();
    expect([first!.kind, first!.length, rest]).toEqual(['retransmission', 1000, []]);
    c.segment({ seq: 1, ack: 1000, window: 500 });
    expect(c.drain()).toMatchObject([{ kind: 'retransmission', length: 500 }]);
  });
  test('MUST-36, SHLD-29, SHLD-30: a zero window is probed with one octet, from the RTO on, doubling', () => {
    const c = established();
    c.segment({ ack: 0, window: 0 });
    c.send(1000);
    expect(c.tcb.eligible).toBe(false);
    const { rto } = c.tcb;
    expect(c.tcb.retransmit_deadline - c.now).toBe(rto);
    for (const factor of [2, 4, 8, 16]) {
      c.fire('retransmit');
      expect(c.grant()).toMatchObject({ kind: 'probe', length: 1, seq: seqAdd(ISS, 1) });
      expect(c.tcb.retransmit_deadline - c.now).toBe(factor * rto);
      c.segment({ ack: 0, window: 0 });
    }
    expect([c.tcb.cwnd > 1460, c.tcb.dup_acks]).toEqual([true, 0]); // no loss, no duplicate ACKs
    c.segment({ ack: 0, window: 10_000 });
    expect(c.drain().reduce((sum, { length }) => sum + length, 0)).toBe(1000);
  });
  test('MUST-37: a peer that answers probes keeps the connection for ever; one that is silent does not', () => {
    const c = established();
    c.segment({ ack: 0, window: 0 });
    c.send(1000);
    for (let i = 0; i < 100; i++) {
      c.fire('retransmit');
      c.drain();
      c.segment({ ack: 0, window: 0 });
    }
    expect(c.tcb.state).toBe('ESTABLISHED');
    for (let i = 0; i <= TCP_CONSTANTS.retries; i++) {
      expect(c.tcb.state).toBe('ESTABLISHED');
      c.fire('retransmit');
      c.drain();
    }
    expect(c.tcb.state).toBe('CLOSED');
  });
  test('a probe that is due has nothing to carry once all is acknowledged', () => {
    const c = established();
    c.send(10);
    c.drain();
    c.segment({ seq: 0, length: 1, ack: 0, window: 0 });
    c.drain();
    c.fire('retransmit');
    expect([c.tcb.probe_due, c.tcb.eligible]).toEqual([true, true]);
    c.segment({ seq: 1, ack: 10, window: 0 });
    expect([c.tcb.probe_due, c.tcb.eligible]).toEqual([false, false]);
  });
  test('MUST-38: SWS avoidance of the sender; 3.8.6.2.1 (4): the override', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(5000);
    c.drain();
    c.segment({ ack: 5000, window: 300 });
    c.send(8000);
    expect(c.tcb.eligible).toBe(false); // 300 of 3000, far from half of the largest window
    c.fire('retransmit');
    expect(c.grant()).toMatchObject({ kind: 'data', length: 300 });
  });
  test('MUST-39: SWS avoidance of the receiver: the edge moves by a segment or half of the ring', () => {
    const c = established({ parameters: { rxSize: 8192 }, constants: { delayedAck: 0 } });
    const edge = c.tcb.rcv_adv;
    c.segment({ length: 1000, ack: 0 });
    c.do({ kind: 'receive', head: 1000 });
    expect(c.grant()!.window).toBe(7192);
    expect(c.tcb.rcv_adv).toBe(edge);
    c.segment({ seq: 1000, length: 1000, ack: 0 });
    c.do({ kind: 'receive', head: 2000 });
    expect(c.grant()!.window).toBe(8192);
  });
  test('3.8.6.2.2: a guest that reads from a full ring sends an update', () => {
    const c = established({ parameters: { rxSize: 8192 } });
    c.segment({ length: 8192, ack: 0 });
    expect(c.drain().at(-1)!.window).toBe(0);
    c.do({ kind: 'receive', head: 100 });
    expect(c.tcb.eligible).toBe(false);
    c.do({ kind: 'receive', head: 1460 });
    expect(c.grant()).toMatchObject({ kind: 'ack', window: 1460 });
  });
  test('SHLD-14: the right edge never moves left', () => {
    const c = established({ parameters: { rxSize: 8192 }, constants: { delayedAck: 0 } });
    let edge = 0;
    for (let seq = 0; seq < 8192; seq += 512) {
      c.segment({ seq, length: 512, ack: 0 });
      const { ack, window } = c.drain().at(-1)!;
      expect(seqDiff(ack, IRS) + window).toBeGreaterThanOrEqual(edge);
      edge = seqDiff(ack, IRS) + window;
    }
  });
  test('MUST-66: with a zero window a RST at rcv_nxt is still taken, and a probe answered', () => {
    const full = () => {
      const c = established({ parameters: { rxSize: 4096 } });
      c.segment({ length: 4096, ack: 0 });
      c.drain();
      return c;
    };
    expect(full().segment({ seq: 4096, flags: RST }).free).toBe(true);
    const c = full();
    c.send(100);
    c.drain();
    expect(c.segment({ seq: 4096, length: 1, ack: 100 }).place).toBeUndefined();
    expect(c.tcb.snd_una).toBe(seqAdd(ISS, 101)); // the special allowance: its ACK counts
    expect(c.grant()).toMatchObject({ kind: 'duplicate_ack', window: 0 });
  });
});

describe('sending', () => {
  test('SHLD-7, MUST-17: Nagle holds a small segment while data are in flight, unless it is off', () => {
    for (const nagle of [true, false]) {
      const c = established({ parameters: { nagle } });
      c.send(100);
      c.drain();
      c.send(200);
      expect(c.drain().length).toBe(nagle ? 0 : 1);
      if (nagle) c.do({ kind: 'set_option', nagle: false });
      c.drain();
      expect(c.tcb.snd_nxt).toBe(seqAdd(ISS, 201));
    }
  });
  test('MUST-61: PSH on the last of the queued data', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(2500);
    expect(c.drain().map(({ flags }) => flags & PSH)).toEqual([0, 0, PSH]);
  });
  test('offsets wrap in the ring', () => {
    const c = established({ parameters: { txSize: 4096, mss: 3000 }, peer: { mss: 3000 } });
    c.send(3000);
    expect(c.grant()!.offset).toBe(0);
    c.segment({ ack: 3000 });
    c.send(6000);
    expect(c.grant()).toMatchObject({ offset: 3000, length: 3000 });
  });
  test('the order of a grant: owed duplicate ACKs, retransmission, new data', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(5000);
    c.drain();
    c.send(8000);
    for (let i = 0; i < 5; i++) c.segment({ ack: 0 });
    c.segment({ seq: 100, length: 10, ack: 0 });
    expect(c.drain().slice(0, 3).map(({ kind }) => kind)).toEqual(['duplicate_ack', 'retransmission', 'data']);
  });
  test('SEND is absolute: idempotent, and refused beyond the ring or backwards', () => {
    const c = established({ parameters: { txSize: 4096 } });
    c.send(4096);
    c.send(4096);
    expect(c.counters).toEqual([]);
    expect(c.do({ kind: 'send', tail: 4097 }).refused).toBe('out_of_range');
    expect(c.do({ kind: 'send', tail: 4095 }).refused).toBe('out_of_range');
    for (const tail of [4096 + 2 ** 31 - 1, 4096 + 2 ** 31, 4096 - 2 ** 31 + 2 ** 32, 2 ** 32 - 1]) expect(c.do({ kind: 'send', tail }).refused).toBe('out_of_range');
  });
  test('a stream of more than 2^32 bytes: SND.UNA comes by ISS again, and all up to there is acknowledged', () => {
    const c = established({ parameters: { mss: 65_000, txSize: 2 ** 30, windowScale: 14 }, peer: { mss: 65_000, wscale: 14 } });
    const turn = 2 ** 32 - 1;
    let acknowledged = 0;
    while (acknowledged < turn) {
      const tail = Math.min(acknowledged + 2 ** 24, turn);
      c.send(tail);
      let freed = 0;
      do {
        c.drain();
        freed = c.segment({ ack: c.tcb.snd_nxt - ISS - 1, window: 65_535 }).tx_freed;
      } while (c.tcb.snd_una !== seqAdd(ISS, 1 + tail));
      expect(freed).toBe(tail);
      acknowledged = tail;
    }
    expect(c.tcb.snd_una).toBe(ISS);
    expect(c.do({ kind: 'send', tail: (turn + 2 ** 30) % 2 ** 32 }).refused).toBe(undefined);
    expect(c.do({ kind: 'send', tail: (turn + 2 ** 30 + 1) % 2 ** 32 }).refused).toBe('out_of_range');
  });
});

describe('receiving', () => {
  test('SHLD-18, SHLD-19, MUST-40: ACKs are delayed, less than 0.5 s, and at most two full segments', () => {
    const c = established();
    c.segment({ length: 1460, ack: 0 });
    expect([c.tcb.eligible, c.tcb.delayed_ack_deadline - c.now]).toEqual([false, 40_000]);
    c.segment({ seq: 1460, length: 1460, ack: 0 });
    expect(c.drain().map(({ ack }) => ack)).toEqual([seqAdd(IRS, 2921)]);
    c.segment({ seq: 2920, length: 1, ack: 0 });
    c.fire('delayed_ack');
    expect(c.grant()).toMatchObject({ kind: 'ack', ack: seqAdd(IRS, 2922) });
    expect(TCP_CONSTANTS.delayedAck).toBeLessThan(500_000);
  });
  test('SHLD-31: four intervals are kept, a fifth is dropped and counted, and all is acknowledged', () => {
    const c = established();
    for (let i = 1; i <= 4; i++) expect(c.segment({ seq: i * 1000, length: 100, ack: 0 }).place).toBeDefined();
    expect(c.segment({ seq: 5000, length: 100, ack: 0 }).place).toBeUndefined();
    expect([c.counters.at(-1), c.tcb.dupack_owed, c.tcb.intervals.length]).toEqual(['intervals_full', 5, 4]);
    // One that closes a gap needs no room.
    expect(c.segment({ seq: 2100, length: 900, ack: 0 }).place).toBeDefined();
    expect(c.tcb.intervals.length).toBe(3);
  });
  test('dupack_owed saturates at seven, and the eighth is counted', () => {
    const c = established();
    for (let i = 0; i < 8; i++) c.segment({ seq: 1000, length: 10, ack: 0 });
    expect([c.tcb.dupack_owed, c.counters.at(-1)]).toEqual([7, 'dupack_saturated']);
  });
  test('5681 4.2: what fills a gap is acknowledged at once', () => {
    const c = established();
    c.segment({ seq: 100, length: 100, ack: 0 });
    c.drain();
    const { place } = c.segment({ seq: 0, length: 150, ack: 0 });
    expect([place, c.tcb.ack_now]).toEqual([{ offset: 0, skip: 0, length: 150 }, true]);
    expect(c.grant()!.ack).toBe(seqAdd(IRS, 201));
  });
  test('3.10.7.4, first: only the new part is placed, nothing right of the edge', () => {
    const c = established({ parameters: { rxSize: 4096 } });
    c.segment({ length: 100, ack: 0 });
    expect(c.segment({ seq: 50, length: 100, ack: 0 }).place).toEqual({ offset: 100, skip: 50, length: 50 });
    expect(c.segment({ seq: 4000, length: 200, flags: FIN, ack: 0 }).place).toEqual({ offset: 4000, skip: 0, length: 96 });
    expect(c.tcb.fin_held).toBe(false);
  });
  test('an in-order FIN ends what was held beyond it', () => {
    const c = established();
    c.segment({ seq: 100, length: 10, ack: 0 });
    c.segment({ seq: 10, flags: FIN, ack: 0 });
    expect(c.counters.at(-1)).toBe('fin_conflict');
    c.segment({ seq: 0, flags: FIN, ack: 0 });
    expect([c.tcb.state, c.tcb.intervals]).toEqual(['CLOSE_WAIT', []]);
  });
});

describe('5961', () => {
  test('3.2, 4.2, 5: challenges are limited to one an interval and connection', () => {
    const c = established();
    c.segment({ seq: 5, flags: RST });
    c.segment({ seq: 0, flags: SYN });
    c.segment({ seq: 0, ack: 1 });
    expect(c.tcb.dupack_owed).toBe(1);
    expect(c.counters.filter((counter) => counter === 'challenge_suppressed')).toHaveLength(2);
    c.now = (ticksOf(c.now) + TCP_CONSTANTS.challengeIntervalTicks + 1) * TICK - 1;
    c.segment({ seq: 5, flags: RST });
    expect(c.tcb.dupack_owed).toBe(1);
    c.now++; // the tick that was under way has not counted
    c.segment({ seq: 5, flags: RST });
    expect(c.tcb.dupack_owed).toBe(2);
  });
  test('5: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT', () => {
    for (const [ack, taken] of [[0, true], [-60_000, true], [-60_001, false], [100, true], [101, false]] as const) {
      const c = established();
      c.send(100);
      c.drain();
      expect([ack, c.segment({ ack, length: 10 }).place !== undefined]).toEqual([ack, taken]);
    }
  });
});

describe('closing', () => {
  test('9293 3.6: half close: data still arrive in FIN_WAIT_2', () => {
    const c = inState('FIN_WAIT_2');
    expect(c.segment({ length: 100, ack: 1 })).toMatchObject({ place: { length: 100 }, notify: NOTIFY.DATA });
    c.segment({ seq: 100, ack: 1, flags: FIN });
    expect(c.do({ kind: 'grant' })).toMatchObject({ free: true, send: { ack: seqAdd(IRS, 102) }, notify: NOTIFY.CLOSED, final: true, rx_filled: 100 });
  });
  test('9293 3.6 Figure 13: simultaneous close', () => {
    const c = inState('CLOSING');
    expect(c.segment({ seq: 1, ack: 1 })).toMatchObject({ free: true, time_wait: { rcv_nxt: seqAdd(IRS, 2) } });
  });
  test('9293 3.10.4: the FIN follows all data, in the last segment if it fits', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(1500);
    c.do({ kind: 'shutdown' });
    expect(c.drain().map(({ length, flags }) => [length, flags & FIN])).toEqual([[1000, 0], [500, FIN]]);
    expect(c.do({ kind: 'send', tail: 2000 }).refused).toBe('closing');
  });
  test('a FIN that was lost is retransmitted', () => {
    const c = inState('FIN_WAIT_1');
    c.fire('retransmit');
    expect(c.grant()).toMatchObject({ kind: 'retransmission', length: 0, flags: ACK | FIN, seq: seqAdd(ISS, 1) });
  });
  test('SHLD-3: CLOSE with unread data, and data after CLOSE, send a RST', () => {
    const unread = established();
    unread.segment({ length: 10, ack: 0 });
    expect(unread.do({ kind: 'close' }).final).toBe(true);
    expect(unread.do({ kind: 'grant' })).toMatchObject({ free: true, send: { kind: 'reset', flags: RST, seq: seqAdd(ISS, 1) } });
    const late = established();
    late.do({ kind: 'close' });
    late.drain();
    expect(late.segment({ length: 10, ack: 1 })).toMatchObject({ notify: NOTIFY.RESET, final: true });
    expect(late.grant()!.kind).toBe('reset');
  });
  test('9293 3.10.5: ABORT sends <SEQ=SND.NXT><CTL=RST>; silently where the RFC does, or when asked', () => {
    for (const state of ['SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT'] as const) {
      const c = inState(state);
      const { snd_nxt } = c.tcb;
      c.do({ kind: 'abort', cause: 'guest' });
      expect(c.do({ kind: 'grant' })).toMatchObject({ free: true, send: { seq: snd_nxt, flags: RST } });
    }
    for (const state of ['SYN_SENT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const) expect(inState(state).do({ kind: 'abort', cause: 'guest' }).free).toBe(true);
    expect(inState('ESTABLISHED').do({ kind: 'abort', cause: 'silent' })).toMatchObject({ free: true, notify: NOTIFY.CLOSED });
  });
  test('a next hop that does not answer ends a connection at once, and nobody waits for a RST that cannot be sent', () => {
    for (const state of ['SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const) {
      expect(inState(state).do({ kind: 'abort', cause: 'unreachable' })).toMatchObject({ free: true, notify: NOTIFY.ERROR, final: true });
    }
    const aborted = inState('ESTABLISHED');
    expect(aborted.do({ kind: 'abort', cause: 'guest' })).toMatchObject({ free: false, notify: NOTIFY.CLOSED });
    expect(aborted.do({ kind: 'abort', cause: 'guest' }).refused).toBe('no_connection');
    expect(aborted.do({ kind: 'abort', cause: 'unreachable' })).toMatchObject({ free: true, notify: 0, refused: undefined });
    expect(aborted.do({ kind: 'abort', cause: 'unreachable' }).refused).toBe('no_connection');
  });
  test('a closed connection does not wait in FIN_WAIT_2 for ever, a half-closed one does', () => {
    const closed = established();
    closed.do({ kind: 'close' });
    closed.drain();
    closed.segment({ ack: 1 });
    expect(closed.fire('user')).toMatchObject({ free: true, notify: NOTIFY.CLOSED });
    expect(inState('FIN_WAIT_2').tcb.user_deadline).toBe(Infinity);
  });
  test('MUST-13, MAY-2, 6191: 2 MSL, and a SYN that is surely new', () => {
    const record: TimeWait = { snd_nxt: 5, rcv_nxt: 100, rcv_wnd: 10, window: 10, ts_ok: true, ts_offset: 0, ts_recent: 50, expires: 9 };
    const kind = (seq: number, options = {}) => stepTimeWait(record, { seq, ack: 0, flags: SYN, window: 0, length: 0, options }, 1, TCP_CONSTANTS).verdict.kind;
    expect([kind(1, { tsval: 51 }), kind(101, { tsval: 50 }), kind(99, { tsval: 50 }), kind(101, { tsval: 49 }), kind(101), kind(99)]).toEqual(['reuse', 'reuse', 'ack', 'ack', 'reuse', 'drop']);
  });
});

describe('keepalive and user timeout', () => {
  test('MUST-25, MUST-28: off by default, two hours', () => {
    expect([established().tcb.keepalive_deadline, TCP_CONSTANTS.keepaliveIdleTicks * TICK]).toEqual([Infinity, 7200 * SECOND]);
  });
  test('MUST-24, MUST-26, MUST-29, SHLD-12: probes only when idle, without data, many before the end', () => {
    const c = established();
    c.do({ kind: 'set_option', keepalive: true });
    c.now += 3600 * SECOND;
    c.segment({ ack: 0 });
    c.fire('keepalive');
    expect(c.tcb.eligible).toBe(false); // half of the time passed since the last segment
    for (let i = 0; i < TCP_CONSTANTS.keepaliveProbes; i++) {
      c.fire('keepalive');
      expect(c.grant()).toMatchObject({ kind: 'keepalive', seq: ISS, length: 0, flags: ACK });
    }
    expect(c.fire('keepalive').notify).toBe(NOTIFY.ERROR);
    expect(c.grant()!.kind).toBe('reset');
  });
  test('MUST-26: a probe that is due is forgotten when a segment arrives or data leave', () => {
    const due = () => {
      const c = established();
      c.do({ kind: 'set_option', keepalive: true });
      c.fire('keepalive');
      expect(c.tcb.keepalive_due).toBe(true);
      return c;
    };
    const heard = due();
    heard.segment({ ack: 0 });
    expect(heard.tcb.eligible).toBe(false);
    const busy = due();
    busy.send(10);
    expect(busy.drain().map(({ kind }) => kind)).toEqual(['data']);
  });
  test('9293 3.8.4: a connection that was silent for long before keepalive was switched on is probed after the idle time', () => {
    const c = established();
    c.now += 30_000 * SECOND; // more than the 24 bits of hardware's slow clock
    c.do({ kind: 'set_option', keepalive: true });
    expect(c.tcb.keepalive_deadline).toBe(ticksOf(c.now) + TCP_CONSTANTS.keepaliveIdleTicks + 1);
    c.fire('keepalive');
    expect(c.tcb.keepalive_due).toBe(true);
  });
  test('slow deadlines are never early, and at most a tick late', () => {
    for (const into of [0, 1, TICK - 1]) {
      const c = established();
      c.now = 5000 * TICK + into;
      const since = c.now;
      c.do({ kind: 'set_option', keepalive: true });
      const late = deadlineOf(c.tcb, 'keepalive') - since - TCP_CONSTANTS.keepaliveIdleTicks * TICK;
      expect([late > 0, late <= TICK]).toEqual([true, true]);
    }
  });
  test('9293 3.10.8: the user timeout ends a connection that makes no progress', () => {
    const c = established();
    c.do({ kind: 'set_option', userTimeoutTicks: 10_000 });
    c.send(2920);
    c.drain();
    c.now += 9 * SECOND;
    c.segment({ ack: 1460 });
    expect(c.tcb.user_deadline).toBe(ticksOf(c.now) + 10_001);
    expect(c.fire('user')).toMatchObject({ free: true, notify: NOTIFY.ERROR });
  });
});
