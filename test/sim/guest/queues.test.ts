/** Queues and command ids by themselves: indices that wrap, places that are full, doorbells that merge. */
import type { Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { CompletionEntry, type GivenOf } from '../../../hw/protocol/index.ts';
import type { VmRegisters } from '../../../sim/guest/bus.ts';
import { CommandIds } from '../../../sim/guest/queues/command-ids.ts';
import { CompletionQueue } from '../../../sim/guest/queues/completion-queue.ts';
import { Outbox } from '../../../sim/guest/queues/outbox.ts';
import { SubmissionQueue } from '../../../sim/guest/queues/submission-queue.ts';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { toEnd } from './fake/to-end.ts';

const memory = () => createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 1 << 22 }] }).vms[0]!;
/** Notes what is written to the two doorbells; each write takes a wait. */
function bells() {
  const rung: number[] = [];
  const write = function* (value: number): Process {
    yield;
    rung.push(value);
  };
  return { rung, page: { sq_tail: { write }, cq_head: { write } } as unknown as VmRegisters };
}

const entry: Omit<GivenOf<typeof CompletionEntry>, 'phase'> = {
  handle: { index: 0, generation: 0 }, command_id: 0, status: 0, queue_id: 0, connected: false, accepted: false, data: false, sent: false, peer_closed: false, closed: false, reset: false, error: false,
  response: true, final: false, ext: false, sq_head: 0, rx_filled: 0, tx_freed: 0, remote_address: 0, remote_port: 0,
};

test('submission queue: 2^16 and more entries, full and empty; the head only goes on', () => {
  const queue = new SubmissionQueue(memory(), 4);
  const { rung, page } = bells();
  const wrong: number[] = [];
  for (let i = 0; i < 5000; i += 1) {
    for (let k = 0; k < 16; k += 1) queue.push((bytes, at) => bytes.fill(k + 1, at, at + 32));
    const rooms = [queue.room];
    toEnd(queue.ring(page));
    for (const head of [3, 1, 16]) {
      queue.sawHead((i * 16 + head) & 0xffff);
      rooms.push(queue.room);
    }
    if (rooms.join() !== '0,3,3,16' || rung.at(-1) !== (((i + 1) * 16) & 0xffff)) wrong.push(i);
  }
  expect(wrong).toEqual([]);
  for (let k = 0; k < 16; k += 1) queue.push(() => {});
  expect(() => queue.push(() => {})).toThrow('the submission queue is full');
});

test('submission queue: a head beyond what was announced is not believed', () => {
  const queue = new SubmissionQueue(memory(), 4);
  queue.push(() => {});
  expect(() => queue.sawHead(1)).toThrow('the engine fetched entries up to 1, but was told of those up to 0');
});

test('submission queue: processes that ring at once ring once, and tails never go back', () => {
  const queue = new SubmissionQueue(memory(), 8);
  const { rung, page } = bells();
  const processes = Array.from({ length: 5 }, () => {
    queue.push(() => {});
    return queue.ring(page);
  });
  // The first is on its way when the others come.
  processes[0]!.next();
  queue.push(() => {});
  for (const process of processes.slice(1)) expect(process.next().done).toBe(true);
  while (processes[0]!.next().done !== true);
  expect(rung).toEqual([5, 6]);
});

test('completion queue: the phase of each round, and places that are given back together', () => {
  const guest = memory();
  const queue = new CompletionQueue(guest, 4);
  const { rung, page } = bells();
  expect(queue.ready).toBe(false);
  let written = 0;
  for (let round = 0; round < 100; round += 1) {
    for (let k = 0; k < 11; k += 1, written += 1) guest.write(queue.address + (written % 16) * 32, CompletionEntry.encode({ ...entry, command_id: written, phase: Math.floor(written / 16) % 2 === 0 }));
    for (let k = 0; k < 11; k += 1) expect(queue.take()?.command_id).toBe(written - 11 + k);
    expect(queue.take()).toBe(undefined);
    expect(queue.unannounced).toBe(11);
    toEnd(queue.ring(page));
    toEnd(queue.ring(page));
  }
  expect(rung).toEqual(Array.from({ length: 100 }, (_, i) => (i + 1) * 11));
});

test('completion queue: an entry behind one that is not written yet waits', () => {
  const guest = memory();
  const queue = new CompletionQueue(guest, 4);
  guest.write(queue.address + 32, CompletionEntry.encode({ ...entry, command_id: 2, phase: true }));
  expect(queue.take()).toBe(undefined);
  guest.write(queue.address, CompletionEntry.encode({ ...entry, command_id: 1, phase: true }));
  expect([queue.take()?.command_id, queue.take()?.command_id, queue.take()]).toEqual([1, 2, undefined]);
});

test('outbox: what finds no place waits, and the entry in the last place asks for an answer', () => {
  const queue = new SubmissionQueue(memory(), 4);
  const outbox = new Outbox(queue);
  const { page } = bells();
  const signals: boolean[] = [];
  for (let i = 0; i < 40; i += 1) {
    outbox.add({
      write: (_bytes, _at, signal) => {
        if (i % 4 === 3) return false;
        signals.push(signal);
        return true;
      },
    });
  }
  for (let round = 0; outbox.length > 0; round += 1) {
    outbox.flush();
    toEnd(queue.ring(page));
    queue.sawHead(queue.tail);
  }
  expect(signals.length).toBe(30);
  expect(signals.map((signal, i) => (signal ? i : -1)).filter((i) => i >= 0)).toEqual([15]);
  expect([outbox.commands, outbox.full]).toEqual([30, 1]);
});

test('command ids: none twice at a time, and each rests before it is used again', () => {
  const ids = new CommandIds();
  const all = Array.from({ length: 65_535 }, () => ids.open(() => {}));
  expect(new Set(all).size).toBe(65_535);
  expect(all).not.toContain(0);
  expect(() => ids.open(() => {})).toThrow('all 65,535 command ids are in use');
  for (const id of [5, 9, 7]) ids.close(id);
  expect([ids.open(() => {}), ids.open(() => {}), ids.open(() => {})]).toEqual([5, 9, 7]);
  ids.close(5);
  expect(() => ids.answer({ ...entry, command_id: 5, phase: true })).toThrow('the engine answered command 5, which nobody gave');
});
