/** Socket options on their way to the engine. */
import { expect, test } from 'vitest';
import { Remote } from './fake/end.ts';
import { ADDRESSES } from './fake/machine.ts';
import { codeOf, PEER, run, withPeer } from './fake/with-peer.ts';

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
