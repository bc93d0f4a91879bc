/** Connections begin and end: what comes behind a handshake, from both ends at once, and to lives that are over. */
import type { Wait } from '@vtoe/hdl';
import { expect } from 'vitest';
import { SocketError } from '../../../../sim/guest/errors.ts';
import type { Socket } from '../../../../sim/guest/sockets/socket.ts';
import { PEER } from '../../../../sim/toe/native.ts';
import { pattern, type Play, PORT, REMOTE_PORT } from '../support/stage.ts';
import { StrangerSocket } from '../support/stranger-socket.ts';

export const dataBehindHandshake: Play = function* ({ stranger, listener }) {
  const own = yield* listener();
  const far = new StrangerSocket(stranger, { port: 3000, theirs: PORT, isn: 0xffff_ffff });
  stranger.send(far.syn());
  yield* far.hearSyn(true);
  far.send({}, { bytes: pattern(0, 100) }, { bytes: pattern(100, 1) }, { bytes: pattern(101, 1460) }, { fin: true });
  const near = yield* own.accept();
  expect(yield* near.recv(4096, { waitall: true })).toEqual(pattern(0, 1561));
  yield* near.close();
  yield () => far.received.isEnded;
  far.send({});
  expect(far.heard.filter(({ rst }) => rst)).toEqual([]);
};

export const simultaneousOpenAndClose: Play = function* ({ stranger, machine: { driver, bench } }) {
  const near = driver.socket();
  near.bind({ address: 0, port: 4000 });
  const far = new StrangerSocket(stranger, { port: REMOTE_PORT, theirs: 4000, isn: 77 });
  let isOpen = false;
  bench.start('connect', (function* () {
    yield* near.connect({ address: stranger.address, port: REMOTE_PORT });
    isOpen = true;
  })());
  yield* far.hearSyn(false);
  stranger.send(far.syn()); // RFC 9293, figure 8
  yield* far.hearSyn(true);
  stranger.send(far.syn(true));
  yield () => isOpen;
  yield* near.send(pattern(0, 10));
  yield () => far.received.bytes.length === 10;
  far.send({ bytes: pattern(0, 20) });
  expect(yield* near.recv(100)).toEqual(pattern(0, 20));
  // Figure 13: both FINs cross.
  yield* near.close();
  yield () => far.received.isEnded;
  far.send({ fin: true, acked: 10 });
  yield () => far.heard.some((one) => far.acks(one) === 21);
  far.send({ acked: 11 });
  yield () => [...driver.connections].length === 0;
  expect(far.heard.some(({ rst }) => rst)).toBe(false);
};

/** More lives than there are connections, and segments of old ones among the new. */
export const otherLives: Play = function* ({ machine: { driver }, stranger, open }) {
  const old: StrangerSocket[] = [];
  for (let life = 0; life < 36; life++) {
    const { far, near } = yield* open();
    yield* near.send(pattern(life, 50));
    yield () => far.received.bytes.length === 50;
    // Of each older life: data and a FIN that would be in order.
    const before = stranger.heard.length;
    for (const gone of old.slice(-16)) gone.send({ at: 10, bytes: pattern(0, 7), fin: true });
    far.send({ bytes: pattern(1000 + life, 10) });
    yield 300;
    expect(far.received.bytes).toEqual(pattern(life, 50));
    expect(yield* near.recv(10, { waitall: true })).toEqual(pattern(1000 + life, 10));
    expect(() => near.core.recv(1)).toThrow('EAGAIN');
    // Whoever they are for, it is nobody here.
    expect(stranger.heard.slice(before).filter(({ rst, destinationPort }) => rst && destinationPort !== far.port)).toHaveLength(Math.min(old.length, 16));
    if (life % 2 === 0) far.send({ rst: true });
    yield* near.close();
    if (life % 2 === 1) {
      yield () => far.received.isEnded;
      far.send({ rst: true });
    }
    yield () => [...driver.connections].length === 0;
    old.push(far);
  }
};

/** Three times as many as there are connections, and each stays in TIME_WAIT for a minute. */
export const closedFirst: Play = function* ({ machine: { driver, peer } }) {
  let accepted = 0;
  peer.listen(REMOTE_PORT, (socket) => {
    accepted += 1;
    return { onEnd: () => socket.close() };
  });
  for (let i = 0; i < 40; i++) {
    const near: Socket = driver.socket();
    yield* near.connect({ address: PEER.address, port: REMOTE_PORT });
    yield* near.close();
    yield () => [...driver.connections].length === 0;
  }
  expect(accepted).toBe(40);
};

/** Addresses and ports of a connection in TIME_WAIT: in use until 2 MSL have passed. */
export const again: Play = function* ({ stranger, machine: { driver } }) {
  const life = function* (): Generator<Wait, void, void> {
    const near = driver.socket();
    near.bind({ address: 0, port: 4000 });
    const far = new StrangerSocket(stranger, { port: REMOTE_PORT, theirs: 4000, isn: 77 });
    near.core.options.nonblocking = true;
    near.core.connect({ address: stranger.address, port: REMOTE_PORT });
    yield* driver.flush();
    yield () => far.heard.some(({ syn }) => syn) || near.core.isClosed || !near.core.isConnecting;
    const error = near.core.takeError();
    if (error !== undefined) {
      yield* near.close();
      throw new SocketError(error, 'connect');
    }
    yield* far.hearSyn(false);
    stranger.send(far.syn(true));
    yield () => !near.core.isConnecting;
    yield* near.close();
    yield () => far.received.isEnded;
    far.send({ fin: true });
    yield () => [...driver.connections].length === 0;
  };
  yield* life();
  let refused: unknown;
  try {
    yield* life();
  } catch (error) {
    refused = error;
  }
  expect(refused).toMatchObject({ code: 'EADDRINUSE' });
  // 2 MSL are over with the next tick of 1024 µs.
  yield 170_000;
  yield* life();
};

export const SHORT_TIME_WAIT = { setup: { tcp: { time_wait: 0 } }, limitCycles: 400_000 };

export const firstNumbers: Play = function* ({ open }) {
  const seen: number[] = [];
  for (let i = 0; i < 6; i++) {
    const { far } = yield* open();
    const { sequence } = far.heard.find(({ syn }) => syn)!;
    // Half an hour of the clock that they follow, which ticks every 4 µs.
    for (const other of seen) expect(Math.abs((sequence - other) | 0)).toBeGreaterThan(2 ** 20);
    seen.push(sequence);
  }
};
