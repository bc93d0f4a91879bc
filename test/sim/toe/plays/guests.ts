/** Guests, their queues and their memory. */
import { expect } from 'vitest';
import { bulkReceive, bulkSend } from '../../../../sim/guest/workloads/bulk.ts';
import { StreamCheck, streamBytes } from '../../../../sim/guest/workloads/stream-pattern.ts';
import type { Socket } from '../../../../sim/guest/sockets/socket.ts';
import { PEER } from '../../../../sim/toe/native.ts';
import { pattern, type Play, REMOTE_PORT } from '../support/stage.ts';

/** An access after any time, and behind later ones. */
export const OUT_OF_ORDER = { memory: { reorder: true, read: { latency: [20, 400] }, write: { latency: [20, 400] } } } as const;
/** The smallest queue, and a driver that looks at it now and then. */
export const SMALL_QUEUE = { driver: { cqLog2: 4, pollCycles: 2500 }, limitCycles: 400_000 };

export const foreignDoorbell: Play = function* ({ machine: { registers, driver }, open }) {
  const { far, near } = yield* open();
  const [own, foreign] = [registers.page(0), registers.page(1)];
  yield 500;
  const before = { head: yield* own.sq_head.read(), events: yield* own.events.read() };
  // A guest that is not enabled, then one that is: what it rings concerns its own queues.
  for (let i = 0; i < 2; i++) {
    yield* foreign.sq_tail.write(5 + i);
    yield* foreign.cq_head.write(3 + i);
    yield 50;
    expect({ head: yield* own.sq_head.read(), events: yield* own.events.read() }).toEqual(before);
    expect(yield* own.status.read()).toMatchObject({ running: true, faulted: false });
    yield* foreign.control.write({ enable: true });
  }
  yield 50;
  expect(yield* foreign.status.read()).toMatchObject({ faulted: true }); // it has no memory
  yield* near.send(pattern(0, 2920));
  yield () => far.received.bytes.length === 2920;
  far.send({ bytes: pattern(0, 1000) });
  expect(yield* near.recv(1000, { waitall: true })).toEqual(pattern(0, 1000));
  expect(driver.fault).toBeUndefined();
};

/** Streams both ways, on so many connections. */
const streams = (connections: number, bytes: number): Play => function* ({ machine: { driver, peer, bench } }) {
  let [received, answered] = [0, 0];
  peer.listen(REMOTE_PORT, (socket) => {
    const check = new StreamCheck(socket.port);
    let [sent, isShut] = [0, false];
    const write = (): void => {
      while (sent < bytes) {
        const taken = socket.send(streamBytes(1, sent, Math.min(socket.writable, bytes - sent)));
        if (taken === 0) return;
        sent += taken;
      }
      if (!isShut) socket.shutdown();
      isShut = true;
    };
    return {
      onConnect: write, onWritable: write,
      onReadable: () => {
        check.take(socket.read());
        if (check.received === bytes) received += 1;
      },
    };
  });
  for (let i = 0; i < connections; i++) {
    const near: Socket = driver.socket();
    yield* near.connect({ address: PEER.address, port: REMOTE_PORT });
    bench.start('send', bulkSend(near, { stream: near.local!.port, bytes }));
    bench.start('receive', (function* () {
      yield* bulkReceive(near, { stream: 1, bytes });
      answered += 1;
    })());
  }
  yield () => received === connections && answered === connections;
};

/** Two and a half times round both rings, in segments that end nowhere near a page. */
export const roundTheRings = streams(1, 20_000);

/** A connection has one entry that was not read yet, and there are more connections than entries. */
export const moreEventsThanPlaces: Play = function* ({ machine: { bench }, open }) {
  const ends = [];
  for (let i = 0; i < 20; i++) ends.push(yield* open());
  let wasFull = false;
  for (let round = 0; round < 3; round++) {
    for (const { far } of ends) far.send({ bytes: pattern(round, 1) });
    for (let i = 0; i < 50; i++) {
      yield 50;
      if (bench.engine.peek('cq.room_0') === 0n) wasFull = true;
    }
  }
  expect(wasFull).toBe(true);
  for (const { near } of ends) expect(yield* near.recv(3, { waitall: true })).toEqual(pattern(0, 3));
};
