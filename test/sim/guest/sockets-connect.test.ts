/** Opening connections: `connect` with and without waiting, and what stands in its way. */
import { expect, test } from 'vitest';
import { Opcode, Status } from '../../../hw/protocol/index.ts';
import { poll } from '../../../sim/guest/sockets/poll.ts';
import { codeOf, connected, count, PEER, run, withPeer } from './fake/with-peer.ts';

test('connect: refused, in use, out of resources, twice', () => {
  const m = withPeer();
  run(m, function* (driver) {
    const socket = driver.socket();
    expect(yield* codeOf(socket.connect({ address: PEER.address, port: 81 }))).toBe('ECONNREFUSED');
    // After that it can be tried again.
    yield* socket.connect(PEER);
    expect(yield* codeOf(socket.connect(PEER))).toBe('EISCONN');
    const other = driver.socket();
    other.bind({ address: 0, port: socket.local!.port });
    expect(yield* codeOf(other.connect(PEER))).toBe('EADDRINUSE');
    m.toe.refusals.push({ opcode: Opcode.value.CONNECT, status: Status.value.NO_RESOURCES });
    const third = driver.socket();
    expect(yield* codeOf(third.connect(PEER))).toBe('ENOBUFS');
    for (const one of [other, third]) yield* one.close();
    m.peer.fin();
    yield* socket.close();
  });
});

test('connect without a bound port: a port in use is left for the next, until there is none', () => {
  const m = withPeer({ driver: { ephemeral: { first: 50_000, last: 50_099 } } });
  run(m, function* (driver) {
    for (let i = 0; i < 3; i += 1) m.toe.refusals.push({ opcode: Opcode.value.CONNECT, status: Status.value.ADDRESS_IN_USE });
    const socket = yield* connected(m);
    expect(count(m, 'CONNECT')).toBe(4);
    m.peer.fin();
    yield* socket.close();
    for (let i = 0; i < 100; i += 1) m.toe.refusals.push({ opcode: Opcode.value.CONNECT, status: Status.value.ADDRESS_IN_USE });
    const other = driver.socket();
    expect(yield* codeOf(other.connect(PEER))).toBe('EADDRNOTAVAIL');
    expect(count(m, 'CONNECT')).toBe(4 + 64);
    m.toe.refusals.splice(0);
    yield* other.close();
  });
});

test('connect without waiting: EINPROGRESS, then poll and the option error', () => {
  const m = withPeer();
  run(m, function* (driver) {
    const good = driver.socket();
    const bad = driver.socket();
    for (const socket of [good, bad]) yield* socket.setsockopt('nonblocking', true);
    expect(yield* codeOf(good.connect(PEER))).toBe('EINPROGRESS');
    expect(yield* codeOf(bad.connect({ address: PEER.address, port: 81 }))).toBe('EINPROGRESS');
    expect(yield* codeOf(good.connect(PEER))).toBe('EALREADY');
    yield () => good.core.isWritable && bad.core.isWritable;
    expect(yield* poll(driver, [{ socket: good, events: ['out'] }, { socket: bad, events: ['out'] }], -1)).toEqual([['out'], ['out', 'err', 'hup']]);
    expect([good.getsockopt('error'), bad.getsockopt('error'), bad.getsockopt('error')]).toEqual([null, 'ECONNREFUSED', null]);
    yield* bad.close();
    m.peer.fin();
    yield* good.close();
  });
});

test('close of a socket whose CONNECT waits for its answer, or for the peer', () => {
  for (const wait of [0, 400]) {
    const m = withPeer();
    m.toe.holdOpenings = true;
    run(m, function* (driver) {
      const socket = driver.socket();
      yield* socket.setsockopt('nonblocking', true);
      yield* codeOf(socket.connect(PEER));
      if (wait > 0) yield wait;
      yield* socket.close();
    });
    expect(count(m, 'CLOSE')).toBe(1);
  }
});
