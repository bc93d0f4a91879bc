/** Socket calls against peers that a test plays: what POSIX says each does, and what the engine is told. */
import type { Process, Wait } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { Opcode, Status } from '../../../hw/protocol/index.ts';
import { isCode, SocketError } from '../../../sim/guest/errors.ts';
import { poll } from '../../../sim/guest/sockets/poll.ts';
import { eachBytes, eachPart, everyRead } from '../../../sim/guest/sockets/receive-policy.ts';
import type { Socket } from '../../../sim/guest/sockets/socket.ts';
import { streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import { Remote } from './fake/end.ts';
import { ADDRESSES, type Machine, machine, type MachineOptions } from './fake/machine.ts';

const PEER = { address: 0xc0a8_0001, port: 80 };

/** A machine of one VM, and a peer that takes every connection to it. */
function withPeer(options: MachineOptions = {}): Machine & { readonly peer: Remote } {
  const m = machine({ seed: 1, ...options });
  const peer = new Remote(PEER.address, PEER.port);
  m.toe.servers.set(`${PEER.address}:${PEER.port}`, () => peer);
  return { ...m, peer };
}

/** The process, to its end; and the machine to its. */
function run(m: Machine, process: (driver: Machine['drivers'][number]) => Process, limit = 100_000): void {
  m.go('test', process(m.drivers[0]!));
  m.finish(limit);
  expect(m.end()).toEqual([]);
}

/** The error's name that the call fails with. */
function* codeOf(call: Generator<Wait, unknown, void>): Generator<Wait, string, void> {
  try {
    yield* call;
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
  return 'no error';
}

function codeNow(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
  return 'no error';
}

const count = (m: Machine, opcode: keyof typeof Opcode.value): number => m.toe.commands.filter((command) => command.opcode === Opcode.value[opcode]).length;

function* connected(m: Machine): Generator<Wait, Socket, void> {
  const socket = m.drivers[0]!.socket();
  yield* socket.connect(PEER);
  return socket;
}

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

test('options reach the engine: before the connection, after it, and by inheritance', () => {
  const m = withPeer();
  run(m, function* (driver) {
    const socket = driver.socket();
    yield* socket.setsockopt('nodelay', true);
    yield* socket.connect(PEER);
    yield* socket.setsockopt('keepalive', true);
    yield* socket.setsockopt('userTimeout', 5000);
    yield* socket.setsockopt('nodelay', false);
    expect([...m.toe.connections.values()][0]!.set).toEqual({ NO_DELAY: 0, KEEPALIVE: 1, USER_TIMEOUT: 5000 });
    expect(yield* codeOf(socket.setsockopt('userTimeout', 10_000_000))).toBe('EINVAL');
    expect(socket.getsockopt('userTimeout')).toBe(5000);
    m.peer.fin();
    yield* socket.close();
    const listener = driver.socket();
    listener.bind({ address: ADDRESSES[0]!, port: 8080 });
    yield* listener.setsockopt('keepalive', true);
    yield* listener.listen(1);
    const remote = new Remote(PEER.address, 5000);
    m.toe.arrive(remote, ADDRESSES[0]!, 8080);
    const accepted = yield* listener.accept();
    expect(accepted.getsockopt('keepalive')).toBe(true);
    yield 300;
    expect([...m.toe.connections.values()].at(-1)!.set).toEqual({ KEEPALIVE: 1 });
    remote.fin();
    yield* accepted.close();
    yield* listener.close();
  });
  expect(() => m.drivers[0]!.socket().core.setOption('userTimeout', -1)).toThrow('userTimeout must be a whole number from 0 to 4294967295, not -1');
});

test('listen: at least backlog ACCEPTs are posted; who is not accepted stays within bounds and is reset at the end', () => {
  const m = machine({ seed: 2 });
  run(m, function* (driver) {
    const listener = driver.socket();
    listener.bind({ address: 0, port: 80 });
    yield* listener.listen(4);
    const posted = (): number => [...m.toe.listeners.values()][0]!.posts.length;
    yield () => posted() === 4;
    const remotes = Array.from({ length: 12 }, (_, i) => new Remote(PEER.address, 1000 + i));
    for (const remote of remotes) m.toe.arrive(remote, ADDRESSES[0]!, 80);
    yield 5000;
    // 3 wait and 4 are posted; when a 4th waits, no more are.
    expect(listener.core.listener!.queue.length).toBe(7);
    expect(posted()).toBe(0);
    const first = yield* listener.accept();
    expect(first.peer!.address).toBe(PEER.address);
    for (let i = 0; i < 4; i += 1) yield* (yield* listener.accept()).close();
    yield 5000;
    expect(listener.core.listener!.queue.length).toBe(7);
    yield* listener.close();
    yield 5000;
    expect(remotes.filter(({ gotReset }) => gotReset).length).toBeGreaterThanOrEqual(7);
    yield* first.close();
    for (const remote of remotes) remote.fin();
    yield 2000;
    // The port is free again.
    const again = driver.socket();
    again.bind({ address: 0, port: 80 });
    yield* again.listen(1);
    yield* again.close();
  });
});

test('listen: two at one port, an engine that refuses, more ACCEPTs than there is room for', () => {
  const m = machine({ seed: 3, prePosts: 3 });
  run(m, function* (driver) {
    const [one, two] = [driver.socket(), driver.socket()];
    one.bind({ address: 0, port: 80 });
    expect(codeNow(() => two.bind({ address: 0, port: 80 }))).toBe('EADDRINUSE');
    expect(codeNow(() => two.bind({ address: 99, port: 80 }))).toBe('EADDRNOTAVAIL');
    m.toe.refusals.push({ opcode: Opcode.value.LISTEN, status: Status.value.ADDRESS_IN_USE });
    expect(yield* codeOf(one.listen(2))).toBe('EADDRINUSE');
    yield* one.listen(2);
    // 3 ACCEPTs have room: this one gets a single one, and the others when the first gives them back.
    yield* two.listen(3);
    yield 1000;
    expect(two.core.listener!.posted).toBe(1);
    yield* one.close();
    yield 1000;
    expect(two.core.listener!.posted).toBe(3);
    const remotes = Array.from({ length: 6 }, (_, i) => new Remote(PEER.address, 1000 + i));
    for (const remote of remotes) m.toe.arrive(remote, ADDRESSES[0]!, two.local!.port);
    for (let i = 0; i < 6; i += 1) {
      const accepted = yield* two.accept();
      yield* accepted.setsockopt('linger', { on: true, seconds: 0 });
      yield* accepted.close();
    }
    yield* two.close();
  });
});

test('accept without waiting, on what does not listen, and after close', () => {
  const m = machine({ seed: 4 });
  run(m, function* (driver) {
    const socket = driver.socket();
    expect(yield* codeOf(socket.accept())).toBe('EINVAL');
    expect(yield* codeOf(socket.recv(1))).toBe('ENOTCONN');
    yield* socket.listen(1);
    yield* socket.setsockopt('nonblocking', true);
    expect(yield* codeOf(socket.accept())).toBe('EAGAIN');
    yield* socket.setsockopt('nonblocking', false);
    let woken = '';
    m.bench.start('waits', (function* (): Process { woken = yield* codeOf(socket.accept()); })());
    yield* socket.close();
    yield 10;
    expect(woken).toBe('EBADF');
  });
});

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
