/** Where a ring of payload bytes lies in guest memory. */
import { layout, reserved, uint, wide } from './layout.ts';

export const RingDescriptor = layout({ name: 'RingDescriptor', doc: 'A ring of bytes, contiguous in guest-physical memory: its address, and its size in bits that are 0 in it.', source: 'docs/reference/protocol/ring-descriptor.md', order: 'little', bytes: 8 }, {
  log2_bytes: uint(5, 'The ring has 2^this bytes: 12 to 30.'), reserved: reserved(7),
  page: wide(52, 'Guest-physical address of its first byte, divided by 4096.'),
});

/** One page. */
export const RING_LEAST_LOG2 = 12;
/** The largest window that a segment can announce (RFC 7323, 2.2): 2^16 bytes, scaled by 14. */
export const RING_MOST_LOG2 = 30;
