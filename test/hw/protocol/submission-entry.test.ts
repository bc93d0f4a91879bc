import { describe, expect, test } from 'vitest';
import { AbortEntry, AcceptEntry, CloseEntry, ConnectEntry, ListenEntry, NopEntry, Opcode, type PlacedLayout, QUEUE_ENTRY_BYTES, ReceiveEntry, SendEntry, SetOptionEntry, ShutdownEntry, SocketOption, SubmissionEntry, UnlistenEntry } from '../../../hw/protocol/index.ts';
import { hex, join } from './support/bytes.ts';

const handle = { index: 0x0102, generation: 0xa0b0 };
const rx_ring = { page: 0x12345n, log2_bytes: 16 };
const tx_ring = { page: 0x6789an, log2_bytes: 20 };
/** RX at 0x12345000, 64 KiB; TX at 0x6789a000, 1 MiB. */
const RINGS = '10 50 34 12 00 00 00 00  14 a0 89 67 00 00 00 00';
const given = { signal: false, ext: false, command_id: 0x1234 };

const FORMS: readonly (readonly [keyof typeof Opcode.value, PlacedLayout, Uint8Array, string])[] = [
  ['NOP', NopEntry, NopEntry.encode({ ...given, signal: true }), '00 01 3412'],
  ['LISTEN', ListenEntry, ListenEntry.encode({ ...given, local_port: 80, address_index: 1, rx_log2_bytes: 16, tx_log2_bytes: 17, backlog: 128 }), '01 00 3412  00000000  0000 5000  01 10 8000  11'],
  ['UNLISTEN', UnlistenEntry, UnlistenEntry.encode({ ...given, handle }), '02 00 3412  0201 b0a0'],
  ['ACCEPT', AcceptEntry, AcceptEntry.encode({ ...given, handle, rx_ring, tx_ring }), `03 00 3412  0201 b0a0  00000000 00000000  ${RINGS}`],
  ['CONNECT', ConnectEntry, ConnectEntry.encode({ ...given, remote_address: 0x0a00_0002, remote_port: 80, local_port: 0xc001, address_index: 1, rx_ring, tx_ring }), `04 00 3412  0200000a  5000 01c0  01 000000  ${RINGS}`],
  ['SEND', SendEntry, SendEntry.encode({ ...given, handle, position: 0xffff_0001 }), '05 00 3412  0201 b0a0  0100ffff'],
  ['RECEIVE', ReceiveEntry, ReceiveEntry.encode({ ...given, handle, position: 7 }), '06 00 3412  0201 b0a0  07000000'],
  ['SHUTDOWN', ShutdownEntry, ShutdownEntry.encode({ ...given, handle }), '07 00 3412  0201 b0a0'],
  ['CLOSE', CloseEntry, CloseEntry.encode({ ...given, handle }), '08 00 3412  0201 b0a0'],
  ['ABORT', AbortEntry, AbortEntry.encode({ ...given, handle }), '09 00 3412  0201 b0a0'],
  ['SETOPT', SetOptionEntry, SetOptionEntry.encode({ ...given, ext: true, handle, option: SocketOption.value.USER_TIMEOUT, value: 30_000 }), '0a 02 3412  0201 b0a0  0300 0000  30750000'],
];

describe.each(FORMS)('%s', (label, form, bytes, expected) => {
  test('by hand', () => {
    const front = hex(expected);
    expect(bytes).toEqual(join(front, new Uint8Array(QUEUE_ENTRY_BYTES - front.length)));
  });

  test('begins as all entries do', () => {
    expect(SubmissionEntry.decode(bytes)).toMatchObject({ opcode: Opcode.value[label], command_id: 0x1234 });
    for (const name of ['opcode', 'signal', 'ext', 'command_id']) expect(form.slots.find((slot) => slot.name === name)).toMatchObject({ start: SubmissionEntry.slots.find((slot) => slot.name === name)!.start });
  });
});

test('each opcode has a form', () => {
  expect(FORMS.map(([label]) => label)).toEqual(Opcode.entries.map(({ label }) => label));
});

test('what several forms have stands at one place', () => {
  for (const name of ['handle', 'local_port', 'address_index', 'rx_ring', 'tx_ring', 'position']) {
    const places = FORMS.flatMap(([, { slots }]) => slots.filter((slot) => slot.name === name).map(({ start, field: { width } }) => `${start} ${width}`));
    expect({ name, several: places.length > 1, places: new Set(places).size }).toEqual({ name, several: true, places: 1 });
  }
});
