/** Pages of the reference with parts that are made from data: between `<!-- name -->` and `<!-- /name -->`. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

const REFERENCE = new URL('../../../docs/reference/', import.meta.url);
const PART = /<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->/g;

/** The names of a page's parts. */
export async function partsOf(page: string): Promise<string[]> {
  return Array.from((await textOf(page)).matchAll(PART), ([, name]) => name!);
}

/** Each part is what `make` says; `npx vitest run test/hw -u` writes it anew. */
export async function expectParts(page: string, make: (name: string) => string): Promise<void> {
  const filled = (await textOf(page)).replaceAll(PART, (_, name: string) => `<!-- ${name} -->\n${make(name)}\n<!-- /${name} -->`);
  await expect(filled).toMatchFileSnapshot(fileURLToPath(new URL(page, REFERENCE)));
}

async function textOf(page: string): Promise<string> {
  return await readFile(new URL(page, REFERENCE), 'utf8');
}
