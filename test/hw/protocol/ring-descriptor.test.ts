import { expect, test } from 'vitest';
import { RING_LEAST_LOG2, RING_MOST_LOG2, RingDescriptor, WINDOW_SCALE_MOST } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test('an address, and the size in the bits that are 0 in it', () => {
  const bytes = RingDescriptor.encode({ page: 0xf_edcb_a987_6543n, log2_bytes: 20 });
  expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(0xfedc_ba98_7654_3000n | 20n);
  expect(bytes).toEqual(hex('14 30 54 76 98 ba dc fe'));
});

test('a ring is a page at least, and at most the largest window', () => {
  expect(2 ** RING_LEAST_LOG2).toBe(4096);
  expect(2 ** RING_MOST_LOG2).toBe(2 ** 16 * 2 ** WINDOW_SCALE_MOST);
  expect(RING_MOST_LOG2).toBeLessThan(2 ** RingDescriptor.fields.log2_bytes.width);
});
