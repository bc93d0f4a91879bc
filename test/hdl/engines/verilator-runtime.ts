/** Verilator's runtime library for benches that are programs of their own, compiled once: it costs 5 s, a batch of designs not much more. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, cacheDirectory, hashOf } from '../../../sim/engine/verilator/cache.ts';
import { toolchain } from '../../../sim/engine/verilator/toolchain.ts';
import { runTool } from '../../../sim/native-tool.ts';

export interface VerilatorRuntime {
  /** What designs must be compiled with too; brings the runtime's header, compiled beforehand. */
  readonly flags: readonly string[];
  readonly objects: readonly string[];
}

/** Speed of the compiler counts, not of what it makes: a run has a hundred cycles. */
const QUICK = ['-O0', '-w'];
const RUNTIME = ['-O1', '-w'];
const DEFINES = ['-DVM_TRACE=0', '-DVM_COVERAGE=0', '-DVM_SC=0'];

const HEADER = 'runtime.h';
const SOURCES = ['verilated', 'verilated_threads'];

export async function verilatorRuntime(): Promise<VerilatorRuntime> {
  const { verilatorInclude, identity } = await toolchain();
  const flags = [`-I${verilatorInclude}`, `-I${verilatorInclude}/vltstd`, ...DEFINES];
  const key = `program-runtime-${hashOf([identity, ...QUICK, ...RUNTIME, ...flags])}`;
  const directory = await cached(cacheDirectory(), key, async (fresh) => {
    await writeFile(join(fresh, HEADER), '#include "verilated.h"\n');
    await Promise.all([
      ...SOURCES.map((source) => runTool('g++', [...RUNTIME, ...flags, '-c', `${verilatorInclude}/${source}.cpp`], { directory: fresh })),
      runTool('g++', [...QUICK, ...flags, '-x', 'c++-header', HEADER, '-o', `${HEADER}.gch`], { directory: fresh }),
    ]);
  });
  return { flags: [...QUICK, ...flags, '-include', join(directory, HEADER)], objects: SOURCES.map((source) => join(directory, `${source}.o`)) };
}
