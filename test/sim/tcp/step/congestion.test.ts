/** RFC 5681, 6582, 3042, 3465 and 6928: congestion control and loss recovery. */
import { describe, expect, test } from 'vitest';
import { NOTIFY } from '../../../../sim/tcp/actions.ts';
import { seqAdd } from '../../../../sim/tcp/sequence.ts';
import { flightOf } from '../../../../sim/tcp/tcb.ts';
import { established, ISS } from '../connection.ts';

const SECOND = 1_000_000;

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
