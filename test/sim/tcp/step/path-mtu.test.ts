/** RFC 1191, RFC 5927 section 4.1: a router says that a segment was too long. */
import { expect, test } from 'vitest';
import { CLOSED_TCB } from '../../../../sim/tcp/tcb.ts';
import { step } from '../../../../sim/tcp/step.ts';
import { seqAdd } from '../../../../sim/tcp/sequence.ts';
import { established, ISS } from '../connection.ts';

const FIRST = seqAdd(ISS, 1);

test('a segment in flight was too long: from now on they are shorter, and what was lost is sent again so', () => {
  const c = established({ parameters: { mss: 1460 }, peer: { mss: 1460 } });
  c.send(4000);
  expect(c.drain().map(({ length }) => length)).toEqual([1460, 1460, 1080]);
  c.do({ kind: 'path_mtu', seq: seqAdd(FIRST, 1460), mss: 960 });
  expect(c.tcb.snd_mss).toBe(960);
  // None came through.
  c.fire('retransmit');
  expect(c.drain()[0]).toMatchObject({ kind: 'retransmission', seq: FIRST, length: 960 });
});

test('timestamps take of it', () => {
  const c = established({ parameters: { mss: 1460, timestamps: true }, peer: { mss: 1460, tsval: 1, tsecr: 0 } });
  c.send(2000);
  c.drain();
  expect(c.tcb.snd_mss).toBe(1448);
  c.do({ kind: 'path_mtu', seq: FIRST, mss: 536 });
  expect(c.tcb.snd_mss).toBe(524);
});

test.each([['acknowledged already', -1], ['never sent', 2000], ['behind all', 3000]])('%s: refused, and nothing changes', (_name, at) => {
  const c = established({ parameters: { mss: 1460 }, peer: { mss: 1460 } });
  c.send(2000);
  c.drain();
  const before = c.tcb;
  expect(c.do({ kind: 'path_mtu', seq: seqAdd(FIRST, at), mss: 536 }).refused).toBe('out_of_range');
  expect(c.tcb).toEqual(before);
});

test('the first and the last byte in flight count; what would make segments longer does nothing', () => {
  for (const at of [0, 1999]) {
    const c = established({ parameters: { mss: 1460 }, peer: { mss: 1460 } });
    c.send(2000);
    c.drain();
    expect(c.do({ kind: 'path_mtu', seq: seqAdd(FIRST, at), mss: 9000 }).refused).toBe(undefined);
    expect(c.tcb.snd_mss).toBe(1460);
    c.do({ kind: 'path_mtu', seq: seqAdd(FIRST, at), mss: 1459 });
    expect(c.tcb.snd_mss).toBe(1459);
  }
});

test('without a connection it is refused', () => {
  expect(step(CLOSED_TCB, { kind: 'path_mtu', seq: 0, mss: 536 }, 0).actions.refused).toBe('no_connection');
});
