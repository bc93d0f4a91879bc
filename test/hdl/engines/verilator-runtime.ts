/** Verilator's runtime library, compiled once a machine and Verilator version: it costs 5 s, a batch of designs not much more. */
import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { runTool } from './tool.ts';

export interface VerilatorRuntime {
  /** What designs must be compiled with too; brings the runtime's header, compiled beforehand. */
  readonly flags: readonly string[];
  readonly objects: readonly string[];
}

/** Speed of the compiler counts, not of what it makes: a run has a hundred cycles. */
const OPTIONS = ['-O0', '-w'];

const HEADER = 'runtime.h';
const SOURCES = ['verilated', 'verilated_threads'];

let runtime: Promise<VerilatorRuntime> | undefined;

export function verilatorRuntime(): Promise<VerilatorRuntime> {
  runtime ??= find();
  return runtime;
}

async function find(): Promise<VerilatorRuntime> {
  const version = (await runTool('verilator', ['--version'], tmpdir())).trim().split(' ').slice(0, 2).join('-');
  const root = (await runTool('verilator', ['--getenv', 'VERILATOR_ROOT'], tmpdir())).trim();
  const flags = [`-I${root}/include`, `-I${root}/include/vltstd`, '-DVM_TRACE=0', '-DVM_COVERAGE=0', '-DVM_SC=0'];
  const design = [...OPTIONS, ...flags];
  const cache = join(tmpdir(), `vtoe-cache-${userInfo().uid}`, version);
  const objects = SOURCES.map((source) => join(cache, `${source}.o`));
  if (!(await Promise.all([...objects, join(cache, `${HEADER}.gch`)].map(exists))).every(Boolean)) await build(root, flags, design, cache);
  return { flags: [...design, '-include', join(cache, HEADER)], objects };
}

/** Compiles beside the cache and moves the result there in one step: other processes may be doing the same. */
async function build(root: string, flags: readonly string[], design: readonly string[], cache: string): Promise<void> {
  await mkdir(join(cache, '..'), { recursive: true });
  const fresh = await mkdtemp(`${cache}-`);
  await writeFile(join(fresh, HEADER), '#include "verilated.h"\n');
  await Promise.all([
    ...SOURCES.map((source) => runTool('g++', ['-O1', '-w', ...flags, '-c', `${root}/include/${source}.cpp`], fresh)),
    runTool('g++', [...design, '-x', 'c++-header', HEADER, '-o', `${HEADER}.gch`], fresh),
  ]);
  await rm(cache, { recursive: true, force: true });
  await rename(fresh, cache).catch(() => rm(fresh, { recursive: true, force: true }));
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
