/** RFC 9293 sections 3.7.4 and 3.9.1.2: what a grant sends and in which order, and the SEND command. */
import { describe, expect, test } from 'vitest';
import { PSH } from '../../../../sim/tcp/segment.ts';
import { seqAdd } from '../../../../sim/tcp/sequence.ts';
import { established, ISS } from '../connection.ts';

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
