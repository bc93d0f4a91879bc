/** docs/reference/protocol shows what the data say: `npx vitest run test/hw -u` writes its tables and pictures anew. */
import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import * as protocol from '../../../hw/protocol/index.ts';
import { codesMarkdown, layoutMarkdown } from '../../../hw/protocol/layout/markdown.ts';
import { expectParts, partsOf } from '../support/page.ts';
import { allCodes, allLayouts } from './support/all.ts';

const FAULTS = { IPV4_FAULTS: protocol.IPV4_FAULTS, TCP_HEADER_FAULTS: protocol.TCP_HEADER_FAULTS, TCP_OPTION_FAULTS: protocol.TCP_OPTION_FAULTS };

const pages = (await readdir(new URL('../../../docs/reference/protocol/', import.meta.url))).toSorted();

function part(name: string): string {
  const layout = allLayouts.find((layout) => layout.name === name);
  if (layout !== undefined) return layoutMarkdown(layout);
  const codes = allCodes.find((codes) => codes.name === name);
  if (codes !== undefined) return codesMarkdown(codes);
  const faults = Object.entries(FAULTS[name as keyof typeof FAULTS]);
  return ['| fault | |', '| --- | --- |', ...faults.map(([fault, doc]) => `| \`${fault}\` | ${doc} |`)].join('\n');
}

describe('tables and pictures', () => {
  test.each(pages)('%s', async (page) => {
    await expectParts(`protocol/${page}`, part);
  });
});

test('each layout, set of codes and list of faults stands on one page', async () => {
  const parts = await Promise.all(pages.map(async (page) => await partsOf(`protocol/${page}`)));
  expect(parts.flat().toSorted()).toEqual([...allLayouts.map(({ name }) => name), ...allCodes.map(({ name }) => name), ...Object.keys(FAULTS)].toSorted());
});

test('each module has a page', async () => {
  const modules = (await readdir(new URL('../../../hw/protocol/', import.meta.url))).filter((name) => name.endsWith('.ts') && name !== 'index.ts');
  expect(pages).toEqual(modules.map((name) => name.replace(/\.ts$/, '.md')).toSorted());
});
