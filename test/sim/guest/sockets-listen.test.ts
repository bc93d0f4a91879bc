/** Listening and accepting. */
import type { Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { Opcode, Status } from '../../../hw/protocol/index.ts';
import { Remote } from './fake/end.ts';
import { ADDRESSES, machine } from './fake/machine.ts';
import { codeNow, codeOf, PEER, run } from './fake/with-peer.ts';

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
