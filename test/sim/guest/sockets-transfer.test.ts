/** Sending and receiving: what calls give and take, what waits, and what the engine is told of it. */
import { expect, test } from 'vitest';
import { poll } from '../../../sim/guest/sockets/poll.ts';
import { eachBytes, eachPart, everyRead } from '../../../sim/guest/sockets/receive-policy.ts';
import { streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import { ADDRESSES } from './fake/machine.ts';
import { codeOf, connected, count, PEER, run, withPeer } from './fake/with-peer.ts';

test('connect, send, recv, end of stream, close: in order', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    expect(socket.peer).toEqual(PEER);
    expect(socket.local!.address).toBe(ADDRESSES[0]);
    expect(socket.local!.port).toBeGreaterThanOrEqual(49_152);
    expect(yield* socket.send(streamBytes(1, 0, 10_000))).toBe(10_000);
    m.peer.send(streamBytes(2, 0, 6000));
    const data = yield* socket.recv(6000, { waitall: true });
    expect(Buffer.compare(data, streamBytes(2, 0, 6000))).toBe(0);
    m.peer.fin();
    expect((yield* socket.recv(10)).length).toBe(0);
    // The other direction is still open.
    yield* socket.send(streamBytes(1, 10_000, 100));
    yield* socket.close();
    yield () => m.peer.gotFin;
    expect(Buffer.compare(m.peer.received, streamBytes(1, 0, 10_100))).toBe(0);
    expect(yield* codeOf(socket.recv(1))).toBe('EBADF');
  });
  expect(m.peer.gotReset).toBe(false);
});

test('recv gives what there is; peek leaves it; waitall ends with the stream', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    m.peer.send(streamBytes(2, 0, 100));
    yield () => socket.getsockopt('inq') === 100;
    expect((yield* socket.recv(1000, { peek: true })).length).toBe(100);
    expect((yield* socket.recv(30)).length).toBe(30);
    expect(Buffer.compare(yield* socket.recv(1000), streamBytes(2, 30, 70))).toBe(0);
    expect(yield* codeOf(socket.recv(1, { dontwait: true }))).toBe('EAGAIN');
    m.peer.send(streamBytes(2, 100, 50));
    m.peer.fin();
    expect((yield* socket.recv(1000, { waitall: true })).length).toBe(50);
    expect((yield* socket.recv(0)).length).toBe(0);
    yield* socket.close();
  });
});

test('a full ring: a call without waiting takes a part, then EAGAIN; outq and poll tell', () => {
  const m = withPeer();
  run(m, function* (driver) {
    const socket = yield* connected(m);
    m.peer.window = 0;
    expect(yield* socket.send(streamBytes(1, 0, 9000), { dontwait: true })).toBe(4096);
    expect(yield* codeOf(socket.send(streamBytes(1, 4096, 1), { dontwait: true }))).toBe('EAGAIN');
    expect(socket.getsockopt('outq')).toBe(4096);
    expect(yield* poll(driver, [{ socket, events: ['in', 'out'] }], 0)).toEqual([[]]);
    const before = driver.now();
    expect(yield* poll(driver, [{ socket, events: ['out'] }], 5000)).toEqual([[]]);
    expect(driver.now() - before).toBeGreaterThanOrEqual(5000);
    m.peer.window = 4000;
    expect(yield* poll(driver, [{ socket, events: ['in', 'out'] }], -1)).toEqual([['out']]);
    m.peer.window = Infinity;
    m.peer.fin();
    yield* socket.recv(1);
    yield* socket.close();
  });
});

test('sndbuf bounds what is not acknowledged, rings follow sndbuf and rcvbuf', () => {
  const m = withPeer();
  run(m, function* (driver) {
    const socket = driver.socket();
    yield* socket.setsockopt('sndbuf', 5000);
    yield* socket.setsockopt('rcvbuf', 10_000);
    yield* socket.connect(PEER);
    expect(socket.getsockopt('rcvbuf')).toBe(16_384);
    m.peer.window = 0;
    expect(yield* socket.send(new Uint8Array(9000), { dontwait: true })).toBe(5000);
    yield* socket.setsockopt('linger', { on: true, seconds: 0 });
    yield* socket.close();
  });
});

test('RECEIVE by policy: every read, a part of the ring, a number of bytes', () => {
  const counts = [everyRead, eachPart(4), eachPart(2), eachBytes(1024), eachBytes(1_000_000)].map((policy) => {
    const m = withPeer({ driver: { policy } });
    run(m, function* () {
      const socket = yield* connected(m);
      m.peer.send(streamBytes(2, 0, 16_384));
      for (let received = 0; received < 16_384; received += 64) expect(Buffer.compare(yield* socket.recv(64, { waitall: true }), streamBytes(2, received, 64))).toBe(0);
      m.peer.fin();
      yield* socket.recv(1);
      yield* socket.close();
    });
    return count(m, 'RECEIVE');
  });
  // Reads of 64 bytes: 256, each 1,024, each 2,048, each 1,024, each 2,048 (half the ring). RECEIVEs that wait for a doorbell merge.
  expect(counts[1]).toBe(16);
  expect(counts[2]).toBe(8);
  expect(counts[3]).toBe(16);
  expect(counts[4]).toBe(8);
  expect(counts[0]).toBeGreaterThan(200);
});

test('more: several calls are one SEND', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    for (let i = 0; i < 10; i += 1) yield* socket.send(streamBytes(1, i * 10, 10), { more: i < 9 });
    yield () => m.peer.received.length === 100;
    expect(Buffer.compare(m.peer.received, streamBytes(1, 0, 100))).toBe(0);
    m.peer.fin();
    yield* socket.close();
  });
  expect(count(m, 'SEND')).toBe(1);
});
