/**
 * The documentation's TypeScript runs: the ```ts blocks of a page, one after the other, are one module, which is
 * type-checked and executed. A block marked ```ts fragment shows a form only. What a page's code prints stands in the
 * page, between <!-- output --> and <!-- /output -->. The tutorial's code is a test file itself: `tutorial.test.ts` here
 * runs it.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Inside of the project, so that the packages are found; ignored by git. */
const SNIPPETS = join(ROOT, 'dist', 'snippets');

const TUTORIAL = join('hdl', 'README.md');

const pages = await pagesWithCode();

interface Page {
  readonly page: string;
  readonly file: string;
  readonly code: string;
  /** What the page says that its code prints. */
  readonly shown: string;
}

async function pagesWithCode(): Promise<Page[]> {
  const candidates = [...(await readdir(join(ROOT, 'docs'), { recursive: true })).map((name) => join('docs', name)), 'README.md', 'hdl/README.md'];
  const found = [];
  for (const page of candidates.filter((name) => name.endsWith('.md')).toSorted()) {
    const text = await readFile(join(ROOT, page), 'utf8').catch(() => '');
    const code = blocksOf(text);
    if (code !== '') found.push({ page, file: join(SNIPPETS, page.replaceAll('/', '-').replace(/\.md$/, '.ts')), code, shown: /<!-- output -->\s*```text\n(.*?)```\s*<!-- \/output -->/s.exec(text)?.[1] ?? '' });
  }
  return found;
}

/** Line numbers stay those of the page, so that an error points into it. */
function blocksOf(text: string): string {
  let inside = false;
  const lines = text.split('\n').map((line) => {
    if (line.startsWith('```')) {
      inside = !inside && line.trim() === '```ts';
      return '';
    }
    return inside ? line : '';
  });
  return lines.some((line) => line !== '') ? `${lines.join('\n')}\nexport {};\n` : '';
}

beforeAll(async () => {
  // Pages write files where they are: that is no place in the checkout.
  process.chdir(await mkdtemp(join(tmpdir(), 'vtoe-snippets-')));
  await rm(SNIPPETS, { recursive: true, force: true });
  await mkdir(SNIPPETS, { recursive: true });
  for (const { file, code } of pages) await writeFile(file, code);
});

test('there are pages with code', () => {
  expect(pages.length).toBeGreaterThan(0);
});

test('type-check', async () => {
  const config = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { composite: false, noEmit: true, noUnusedLocals: false, noUnusedParameters: false, customConditions: ['source'], allowImportingTsExtensions: true },
    include: ['*.ts'],
  };
  await writeFile(join(SNIPPETS, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin', 'tsc');
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', SNIPPETS]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
});

afterAll(async () => {
  const folder = process.cwd();
  process.chdir(ROOT);
  await rm(folder, { recursive: true });
});

describe('run', () => {
  test.each(pages.filter(({ page }) => page !== TUTORIAL))('$page', async ({ file, shown }) => {
    using said = vi.spyOn(console, 'log').mockImplementation(() => {});
    await expect(import(/* @vite-ignore */ file)).resolves.toBeDefined();
    const output = said.mock.calls.map((words) => words.join(' ')).join('\n');
    expect(output.trim()).toBe(shown.trim());
  });
});
