/** Faults, engines that break their rules, and errors as such. */
import type { Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { isCode, SocketError } from '../../../sim/guest/errors.ts';
import { Remote } from './fake/end.ts';
import type { Machine } from './fake/machine.ts';
import { codeOf, connected, PEER, withPeer } from './fake/with-peer.ts';

test('a fault stops everything: all who wait get EIO, and the driver says why', () => {
  const m = withPeer();
  const codes: string[] = [];
  m.go('waits', (function* (): Process {
    const socket = yield* connected(m);
    m.bench.start('fault', (function* (): Process {
      yield 100;
      m.vms[0]!.fault('QueueAccess');
    })());
    codes.push(yield* codeOf(socket.recv(1)), yield* codeOf(m.drivers[0]!.socket().connect(PEER)));
  })());
  m.finish();
  expect(codes).toEqual(['EIO', 'EIO']);
  expect(m.drivers[0]!.fault).toEqual({ cause: 'QueueAccess', address: 0n });
});

test('what the engine may not do, the driver finds', () => {
  const broken: [RegExp, (m: Machine & { peer: Remote }) => void][] = [
    [/rx_filled went from 0 to 5000, with bytes up to 0 read and a ring of 4096 bytes/, (m) => Object.assign([...m.toe.connections.values()][0]!, { rcvNxt: 5000, bits: new Set(['data']) })],
    [/tx_freed went from 0 to 10, with bytes up to 0 sent/, (m) => Object.assign([...m.toe.connections.values()][0]!, { sndUna: 10, bits: new Set(['sent']) })],
    [/an event of connection 0, generation 7, which there is not/, (m) => Object.assign([...m.toe.connections.values()][0]!.options, { generation: 7 })],
  ];
  for (const [sentence, plant] of broken) {
    const m = withPeer();
    m.go('test', (function* (): Process {
      yield* connected(m);
      plant(m);
      m.peer.fin();
      yield 2000;
    })());
    expect(() => m.finish()).toThrow(sentence);
  }
});

test('isCode', () => {
  expect(isCode(new SocketError('EAGAIN', 'recv'), 'EAGAIN')).toBe(true);
  expect(new SocketError('EAGAIN', 'recv').message).toBe('recv: EAGAIN');
});
