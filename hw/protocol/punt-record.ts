/** Frames between the engine and the VMM, as they lie in the punt ring and in the raw ring: both hold records of one form. */
import { codes } from './codes.ts';
import { code, flag, layout, reserved, uint, wide } from './layout.ts';

export const PuntReason = codes('PuntReason', { width: 8, doc: 'Why a frame is in the punt ring.', source: 'docs/reference/protocol/punt-record.md' }, {
  PUNT: [0, 'It is for this host, and nobody else here takes it.'],
  RECEIVED: [1, 'Mirror: a copy of a frame that was received.'],
  SENT: [2, 'Mirror: a copy of a frame that was sent.'],
});

export const RawStatus = codes('RawStatus', { width: 8, doc: 'Why a frame of the raw ring was not sent; written to its record. Of a frame that is sent nothing is written.', source: 'docs/reference/protocol/punt-record.md' }, {
  OK: [0, 'Nothing is wrong.'],
  RUNT: [1, 'It has less than the 14 bytes of an Ethernet header.'],
  OVERSIZE: [2, 'It is longer than the largest MTU allows.'],
  DMA_ERROR: [3, 'It could not be read.'],
});

export const PuntRecord = layout({ name: 'PuntRecord', doc: 'What stands before a frame in the punt ring and in the raw ring; of the raw ring only `length` is read.', source: 'docs/reference/protocol/punt-record.md', order: 'little', bytes: 16 }, {
  length: uint(16, 'Bytes of the frame, without frame check sequence.'),
  kept: uint(16, 'Bytes of it that follow: fewer, if a copy was cut.'),
  reason: code(PuntReason, 'Why it is here.'), status: code(RawStatus, 'Raw ring: why it was refused.'),
  vlan: uint(12, 'Of its VLAN tag.'), tagged: flag('It has a VLAN tag.'), bad: flag('The MAC marked it bad; only copies of received frames are.'), unused: reserved(2),
  time: wide(42, 'Microseconds of the register `clock` as its last byte came.'), reserved: reserved(22),
});

/** The frame begins so far behind the beginning of its record. */
export const PUNT_HEADER_BYTES = 64;
/** Records begin at multiples of this: at lane 0 of the widest host bus. */
export const PUNT_ALIGN_BYTES = 128;

/** What a frame takes of a ring. */
export function puntRecordBytes(frameBytes: number): number {
  return Math.ceil((PUNT_HEADER_BYTES + frameBytes) / PUNT_ALIGN_BYTES) * PUNT_ALIGN_BYTES;
}
