/**
 * The frame check sequence (IEEE 802.3, 3.2.9): CRC-32 over the frame from the destination address to the last byte of
 * data and padding. It is the CRC of zlib; its least significant byte leaves first.
 */
import { crc32 } from 'node:zlib';

export const FCS_BYTES = 4;

/** CRC of any frame with its own right FCS behind it, whatever the frame. */
export const RESIDUE = 0x2144df1c;

/** @param frame without FCS */
export function fcsOf(frame: Uint8Array): number {
  return crc32(frame);
}

/** The frame with its FCS behind it, as it is on the wire. */
export function withFcs(frame: Uint8Array, fcs: number): Uint8Array {
  const bytes = new Uint8Array(frame.length + FCS_BYTES);
  bytes.set(frame);
  for (let k = 0; k < FCS_BYTES; k += 1) bytes[frame.length + k] = fcs >>> (8 * k);
  return bytes;
}
