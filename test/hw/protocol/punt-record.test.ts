import { expect, test } from 'vitest';
import { PUNT_ALIGN_BYTES, PUNT_HEADER_BYTES, PuntReason, PuntRecord, puntRecordBytes, RawStatus } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test('a copy of a sent frame, by hand', () => {
  expect(PuntRecord.encode({ length: 0x0123, kept: 0x0100, reason: PuntReason.value.SENT, status: RawStatus.value.OK, vlan: 0x0a5, tagged: true, bad: false, time: 0x201_0000_00ffn }))
    .toEqual(hex('2301 0001  02 00 a510  ff00 0000 0102 0000'));
});

test('status is byte 5, in the first beat of every host bus', () => {
  const bytes = new Uint8Array(PuntRecord.bytes);
  PuntRecord.put(bytes, 'status', RawStatus.value.DMA_ERROR);
  expect(bytes.indexOf(3)).toBe(5);
});

test('records are whole multiples of the alignment, and the header is no part of the frame', () => {
  expect([0, 1, 60, 64, 65, 1514, 9234].map(puntRecordBytes)).toEqual([128, 128, 128, 128, 256, 1664, 9344]);
  expect(PuntRecord.bytes).toBeLessThanOrEqual(PUNT_HEADER_BYTES);
  expect(PUNT_ALIGN_BYTES % PUNT_HEADER_BYTES).toBe(0);
});
