/**
 * The tutorial, followed as a new user would: in an empty folder, with the package as it is published, copying every
 * block of code into one file.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

test('simulates and emits hardware', async () => {
  const readme = await readFile(join(ROOT, 'hdl', 'README.md'), 'utf8');
  const [, tutorial] = /^## Ten minutes\n(.*?)^## /ms.exec(readme)!;
  const blocks = [...tutorial!.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code!);
  const [, settings] = /^echo '(.*)' > tsconfig.json$/m.exec(tutorial!)!;
  const [, shown] = /<!-- output -->\s*```text\n(.*?)```/s.exec(tutorial!)!;

  const folder = await mkdtemp(join(tmpdir(), 'vtoe-tutorial-'));
  try {
    await install(folder);
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'tsconfig.json'), settings!);
    await writeFile(join(folder, 'tutorial.test.ts'), blocks.join('\n'));
    const tool = (path: string, ...options: string[]) => run(process.execPath, [join(ROOT, 'node_modules', path), ...options], { cwd: folder, env: { ...process.env, NO_COLOR: '1', VITEST: '' } });
    const types = await tool('typescript/bin/tsc').catch((error: { stdout: string }) => error);
    expect(types.stdout).toBe('');
    const { stdout } = await tool('vitest/vitest.mjs', 'run', '--root', folder);
    expect(stdout).toMatch(/Tests\s+3 passed \(3\)/);
    expect(stdout).toContain(shown);
    expect((await readdir(join(folder, 'build'))).toSorted()).toEqual(['adder.v', 'adder.vcd', 'fifo_w8_d4.v']);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** The packed package as npm unpacks it, and links to the tools that this project has anyway. */
async function install(folder: string): Promise<void> {
  const scope = join(folder, 'node_modules', '@vtoe');
  await mkdir(scope, { recursive: true });
  // Scripts would compile what is compiled.
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: join(ROOT, 'hdl') });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run('tar', ['-xzf', join(folder, filename), '-C', scope]);
  await run('mv', [join(scope, 'package'), join(scope, 'hdl')]);
  for (const name of ['vitest', 'typescript', '@types']) await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
}
