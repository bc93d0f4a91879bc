/** Ethernet frames that carry nothing but noise, each unlike all others. */
import type { Random } from '../random.ts';

/** Local Experimental Ethertype 1 (IEEE 802, 9.2.3): no tool takes the noise behind it for a protocol. */
const ETHERTYPE = 0x88b5;
const HEADER_BYTES = 14;

/** @param bytes without FCS, 60 or more */
export function testFrame(draw: Random, bytes: number, number: number): Uint8Array {
  const frame = new Uint8Array(bytes);
  const view = new DataView(frame.buffer);
  // Locally administered addresses.
  frame.set([0x02, 0, 0, 0, 0, 0x02, 0x02, 0, 0, 0, 0, 0x01]);
  view.setUint16(12, ETHERTYPE);
  view.setUint32(HEADER_BYTES, number);
  for (let at = HEADER_BYTES + 4; at < bytes; at += 4) {
    const word = draw.uint32();
    for (let k = 0; k < 4 && at + k < bytes; k += 1) frame[at + k] = word >>> (8 * k);
  }
  return frame;
}
