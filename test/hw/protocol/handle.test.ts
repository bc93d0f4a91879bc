import { expect, test } from 'vitest';
import { Handle } from '../../../hw/protocol/index.ts';
import { hex } from './support/bytes.ts';

test('index below, generation above, each with its low byte first', () => {
  expect(Handle.encode({ index: 0x0102, generation: 0xa0b0 })).toEqual(hex('02 01 b0 a0'));
});
