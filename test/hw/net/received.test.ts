import { expect, test } from 'vitest';
import { FRAME_DROP_NAMES, FrameFault } from '../../../hw/net/received.ts';
import { RX_DROPS } from '../../../hw/net/rx-store.ts';
import { expectParts } from '../support/page.ts';

test('the page lists all drops', async () => {
  await expectParts('net/received.md', () => ['| counter | a frame |', '| --- | --- |', ...Object.entries(RX_DROPS).map(([name, text]) => `| \`${name}\` | ${text} |`)].join('\n'));
});

test('a fault is the place of its name in the list, from 1', () => {
  expect(FrameFault.labels).toEqual(['none', ...FRAME_DROP_NAMES]);
});
