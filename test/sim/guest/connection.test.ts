/** A connection by itself: positions beyond 2^32, and when its rings go back. */
import { expect, test } from 'vitest';
import { ReceiveEntry, SendEntry, Status, SubmissionEntry, Opcode } from '../../../hw/protocol/index.ts';
import type { VmRegisters } from '../../../sim/guest/bus.ts';
import type { Completion } from '../../../sim/guest/queues/completion-queue.ts';
import { Outbox } from '../../../sim/guest/queues/outbox.ts';
import { SubmissionQueue } from '../../../sim/guest/queues/submission-queue.ts';
import { type Ring, RingPool } from '../../../sim/guest/ring.ts';
import { Connection } from '../../../sim/guest/sockets/connection.ts';
import type { DriverCore } from '../../../sim/guest/sockets/driver-core.ts';
import { eachPart } from '../../../sim/guest/sockets/receive-policy.ts';
import { streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { toEnd } from './fake/to-end.ts';

const HANDLE = { index: 3, generation: 4 };
// A bell that nobody hears.
const PAGE = { sq_tail: { * write() {} } } as unknown as VmRegisters;

function subject(log2: number, given?: { readonly rx: Ring; readonly tx: Ring }) {
  const memory = createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 1 << 23 }] }).vms[0]!;
  const rings = new RingPool(memory, 0);
  const sq = new SubmissionQueue(memory, 4);
  const outbox = new Outbox(sq);
  const core = { rings, outbox, ended: () => {}, command: () => {} } as unknown as DriverCore;
  const [rx, tx] = given === undefined ? [rings.take(log2), rings.take(log2)] : [given.rx, given.tx];
  const connection = new Connection(core, { rx, tx, policy: eachPart(2), addressIndex: 0, localPort: 1, remoteAddress: 2, remotePort: 3 });
  connection.handle = HANDLE;
  return {
    memory, connection, rings,
    /** What the engine is given now. */
    taken: (): Uint8Array[] => {
      const from = sq.tail;
      outbox.flush();
      toEnd(sq.ring(PAGE));
      sq.sawHead(sq.tail);
      return Array.from({ length: (sq.tail - from) & 0xffff }, (_, i) => memory.read(sq.address + ((from + i) % 16) * 32, 32));
    },
  };
}

function event(rx_filled: number, tx_freed: number, more: Partial<Completion> = {}): Completion {
  return {
    handle: HANDLE, command_id: 0, status: Status.value.OK, queue_id: 0, connected: false, accepted: false, data: true, sent: true, peer_closed: false, closed: false, reset: false, error: false,
    response: false, final: false, ext: false, sq_head: 0, rx_filled, tx_freed, remote_address: 2, remote_port: 3, phase: true, ...more,
  };
}

test('positions go round at 2^32: SEND, RECEIVE, and what is counted between them', () => {
  // Nobody writes 4 GiB here: rings of 1 GiB that only count.
  const ring = () => ({ bytes: 2 ** 30, log2Bytes: 30, written: 0, write(_position: number, _data: Uint8Array, _from: number, length: number) { this.written += length; }, read: (_position: number, length: number) => ({ length }) });
  const [rx, tx] = [ring(), ring()];
  const { connection, taken } = subject(12, { rx: rx as unknown as Ring, tx: tx as unknown as Ring });
  connection.event(event(0, 0, { connected: true }));
  // No part of 2^32.
  const step = 700_000_001;
  const data = { length: step } as Uint8Array;
  for (let position = 0; position < 3 * 2 ** 32; position += step) {
    expect(connection.write(data, 0, Infinity)).toBe(step);
    const [send, ...others] = taken();
    expect(SendEntry.decode(send!).position).toBe((position + step) % 2 ** 32);
    expect(others).toEqual([]);
    // Acknowledged in two parts.
    connection.event(event((position + 5) % 2 ** 32, (position + 7) % 2 ** 32));
    expect([connection.available, connection.unacknowledged]).toEqual([5, step - 7]);
    connection.event(event((position + step) % 2 ** 32, (position + step) % 2 ** 32));
    expect([connection.available, connection.unacknowledged]).toEqual([step, 0]);
    expect(connection.read(step + 1, false).length).toBe(step);
    const receives = taken();
    expect(receives.map((entry) => [SubmissionEntry.decode(entry).opcode, ReceiveEntry.decode(entry).position])).toEqual([[Opcode.value.RECEIVE, (position + step) % 2 ** 32]]);
  }
  expect(tx.written).toBeGreaterThan(3 * 2 ** 32);
});

test('a ring keeps what is written at its place, also where it ends and where positions do', () => {
  const { rings } = subject(12);
  const one = rings.take(12);
  for (const position of [0, 1, 4095, 5000, 2 ** 31 - 7, 2 ** 31, 2 ** 32 - 4096, 2 ** 32 - 1]) {
    const data = streamBytes(1, position, 4096);
    one.write(position, data, 0, 4096);
    expect(Buffer.compare(one.read(position, 4096), data)).toBe(0);
    // By place: byte `position` of the stream is at the same offset whoever writes it.
    expect(one.read((position + 100) % 4096, 1)[0]).toBe(data[100]);
  }
});

test('rings go back with FINAL and not before: TX at once, RX when all is read', () => {
  const { memory, connection, rings, taken } = subject(12);
  connection.event(event(0, 0, { connected: true }));
  connection.write(new Uint8Array(100), 0, Infinity);
  taken();
  connection.event(event(1000, 100));
  connection.event(event(1000, 100, { reset: true, status: Status.value.RESET }));
  expect([connection.isEnded, rings.taken]).toEqual([true, 2]);
  connection.event(event(1000, 100, { final: true, data: false, sent: false }));
  expect(rings.taken).toBe(1);
  connection.read(999, false);
  expect(rings.taken).toBe(1);
  connection.read(1, false);
  expect(rings.taken).toBe(0);
  expect(memory.allocated.map(({ label }) => label)).toEqual(['submission queue']);
  expect(() => connection.event(event(1000, 100))).toThrow('connection 3 of generation 4: an event after the final one');
});

test('nothing is told of a connection that has ended', () => {
  const { connection, taken } = subject(12);
  connection.event(event(0, 0, { connected: true }));
  connection.write(new Uint8Array(100), 0, Infinity);
  connection.event(event(3000, 0, { closed: true, final: true }));
  connection.read(3000, false);
  connection.close();
  expect(taken()).toEqual([]);
});

test('what the engine may not tell', () => {
  const cases: [RegExp, Completion[]][] = [
    [/rx_filled went from 10 to 9/, [event(10, 0), event(9, 0)]],
    [/rx_filled went from 0 to 4097, with bytes up to 0 read and a ring of 4096/, [event(4097, 0)]],
    [/1 bytes were received behind the FIN/, [event(10, 0, { peer_closed: true }), event(11, 0)]],
    [/tx_freed went from 0 to 101, with bytes up to 100 sent/, [event(0, 101)]],
    [/tx_freed went from 50 to 49/, [event(0, 50), event(0, 49)]],
  ];
  for (const [sentence, entries] of cases) {
    const { connection, taken } = subject(12);
    connection.event(event(0, 0, { connected: true }));
    connection.write(new Uint8Array(100), 0, Infinity);
    taken();
    expect(() => { for (const entry of entries) connection.event(entry); }).toThrow(sentence);
  }
});
