/** Ends of connections: close, shutdown, linger, resets. */
import type { Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { eachPart } from '../../../sim/guest/sockets/receive-policy.ts';
import { streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import { codeOf, connected, count, run, withPeer } from './fake/with-peer.ts';

test('a reset: what was received is read, then the error once, then the end; send fails with it, then EPIPE', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    m.peer.send(streamBytes(2, 0, 500));
    yield () => socket.getsockopt('inq') === 500;
    m.peer.reset();
    yield () => socket.core.isHungUp;
    expect((yield* socket.recv(200)).length).toBe(200);
    expect((yield* socket.recv(1000)).length).toBe(300);
    expect(yield* codeOf(socket.recv(1))).toBe('ECONNRESET');
    expect((yield* socket.recv(1)).length).toBe(0);
    expect(yield* codeOf(socket.send(Uint8Array.of(1)))).toBe('EPIPE');
    yield* socket.close();
  });
});

test('a send that waits is woken by a reset, and says what was taken', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    m.peer.window = 1000;
    m.bench.start('later', (function* (): Process {
      yield 3000;
      m.peer.reset();
    })());
    const taken = yield* socket.send(new Uint8Array(50_000));
    expect(taken).toBe(4096 + 1000);
    expect(yield* codeOf(socket.send(Uint8Array.of(1)))).toBe('ECONNRESET');
    yield* socket.close();
  });
});

test('close with everything read is FIN; the engine is told first what was read', () => {
  // A policy that says nothing of single bytes: else CLOSE would find unread data, and reset.
  const m = withPeer({ driver: { policy: eachPart(1) } });
  run(m, function* () {
    const socket = yield* connected(m);
    m.peer.send(streamBytes(2, 0, 100));
    yield* socket.recv(100, { waitall: true });
    expect(count(m, 'RECEIVE')).toBe(0);
    yield* socket.close();
    yield () => m.peer.gotFin;
    m.peer.fin();
  });
  expect(m.peer.gotReset).toBe(false);
  expect(count(m, 'RECEIVE')).toBe(1);
});

test('close with unread data resets', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    m.peer.send(streamBytes(2, 0, 100));
    yield () => socket.getsockopt('inq') === 100;
    yield* socket.close();
    yield () => m.peer.gotReset;
  });
});

test('linger: 0 seconds resets; more wait for the acknowledgment, or as long as asked', () => {
  for (const [seconds, window, resets] of [[0, Infinity, true], [1, Infinity, false]] as const) {
    const m = withPeer();
    run(m, function* () {
      const socket = yield* connected(m);
      yield* socket.setsockopt('linger', { on: true, seconds });
      m.peer.window = window;
      yield* socket.send(streamBytes(1, 0, 4000));
      yield* socket.close();
      if (resets) yield () => m.peer.gotReset;
      else expect(m.peer.received.length).toBe(4000);
      m.peer.fin();
    });
    expect(m.peer.gotReset).toBe(resets);
  }
});

test('linger ends with its time, and what was sent goes on without the socket', () => {
  const m = withPeer({ cycleNs: 1e6 });
  run(m, function* (driver) {
    const socket = yield* connected(m);
    yield* socket.setsockopt('linger', { on: true, seconds: 1 });
    m.peer.window = 1000;
    yield* socket.send(streamBytes(1, 0, 4000));
    const before = driver.now();
    yield* socket.close();
    expect(driver.now() - before).toBeGreaterThanOrEqual(1e9);
    expect(driver.now() - before).toBeLessThan(1.05e9);
    m.peer.window = Infinity;
    yield () => m.peer.gotFin;
    expect(Buffer.compare(m.peer.received, streamBytes(1, 0, 4000))).toBe(0);
    m.peer.fin();
  });
});

test('shutdown: wr sends FIN and receiving goes on; rd throws away what comes', () => {
  const m = withPeer();
  run(m, function* () {
    const socket = yield* connected(m);
    yield* socket.send(streamBytes(1, 0, 100));
    yield* socket.shutdown('wr');
    expect(yield* codeOf(socket.send(Uint8Array.of(1)))).toBe('EPIPE');
    yield () => m.peer.gotFin;
    m.peer.send(streamBytes(2, 0, 100));
    expect((yield* socket.recv(100, { waitall: true })).length).toBe(100);
    yield* socket.shutdown('rd');
    expect((yield* socket.recv(1)).length).toBe(0);
    // More than the ring holds goes on coming.
    m.peer.send(streamBytes(2, 100, 20_000));
    m.peer.fin();
    yield () => socket.core.isHungUp;
    expect(m.peer.toSend).toBe(0);
    yield* socket.close();
  });
});
