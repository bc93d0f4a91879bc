/** RFC 9293 section 3.8.6: the windows of both ends, zero-window probes, silly window avoidance. */
import { describe, expect, test } from 'vitest';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { RST } from '../../../../sim/tcp/segment.ts';
import { seqAdd, seqDiff } from '../../../../sim/tcp/sequence.ts';
import { established, IRS, ISS } from '../connection.ts';

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
