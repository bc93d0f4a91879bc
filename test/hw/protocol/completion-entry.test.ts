import { expect, test } from 'vitest';
import { CompletionEntry, QUEUE_ENTRY_BYTES, Status } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

const quiet = {
  connected: false, accepted: false, data: false, sent: false, peer_closed: false, closed: false, reset: false, error: false,
  response: false, final: false, ext: false, phase: false,
};

test('an event by hand', () => {
  const bytes = CompletionEntry.encode({
    ...quiet, handle: { index: 0x0102, generation: 0xa0b0 }, command_id: 0x1234, status: Status.value.OK, queue_id: 0,
    accepted: true, data: true, sq_head: 0x0405, rx_filled: 0x0607_0809, tx_freed: 0x0a0b_0c0d, remote_address: 0x0a00_0002, remote_port: 0xc001, phase: true,
  });
  expect(bytes).toEqual(hex('0201 b0a0  3412 00 00  06 00 0504  00000000  09080706  0d0c0b0a  0200000a  01c0 0080'));
  expect(bytes.length).toBe(QUEUE_ENTRY_BYTES);
});

test('a refusal by hand', () => {
  const bytes = CompletionEntry.encode({
    ...quiet, handle: { index: 0, generation: 0 }, command_id: 0xffff, status: Status.value.ADDRESS_IN_USE, queue_id: 0,
    response: true, final: true, sq_head: 1, rx_filled: 0, tx_freed: 0, remote_address: 0, remote_port: 0,
  });
  expect(bytes).toEqual(hex('00000000  ffff 08 00  00 03 0100  00000000  00000000  00000000  00000000  0000 0000'));
});

test.each([['connected', 0x01], ['accepted', 0x02], ['data', 0x04], ['sent', 0x08], ['peer_closed', 0x10], ['closed', 0x20], ['reset', 0x40], ['error', 0x80]] as const)('event %s', (name, bit) => {
  const bytes = new Uint8Array(QUEUE_ENTRY_BYTES);
  CompletionEntry.put(bytes, name, true);
  expect(bytes[8]).toBe(bit);
  expect(bytes.filter((byte) => byte !== 0).length).toBe(1);
});

test('the phase is the last bit of the entry, so in the last beat of a bus of any width', () => {
  const phase = CompletionEntry.slots.at(-1)!;
  expect(phase).toMatchObject({ name: 'phase', start: QUEUE_ENTRY_BYTES * 8 - 1 });
});

test('refusals are below 0x40, ends of connections from there', () => {
  const ends = Status.entries.filter(({ value }) => value >= 0x40).map(({ label }) => label);
  expect(ends).toEqual(['REFUSED', 'RESET', 'TIMED_OUT', 'HOST_UNREACHABLE', 'ABORTED', 'DMA_ERROR']);
});
