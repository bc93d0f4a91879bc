/** Verilator: two-state, compiled through C++; quick to run and slow to build. */
import { readdir } from 'node:fs/promises';
import { batched, type NativeEngine } from './batch.ts';
import { benchFiles, longest, RANDOM_SEED, readOutcomes, verilogNames } from './bench.ts';
import { runTool } from '../../../sim/native-tool.ts';
import { verilatorRuntime } from './verilator-runtime.ts';
import type { Outcome } from './subject.ts';
import { inWorkDirectory, writeFiles } from './work-directory.ts';

/** Two builds side by side: a core each. */
export const verilator: NativeEngine = async (subjects, options) => {
  if (subjects.length < 2) return run(subjects, options);
  const half = (subjects.length + 1) >> 1;
  const [first, second] = await Promise.all([run(subjects.slice(0, half), options), run(subjects.slice(half), options)]);
  return [...first, ...second];
};

const run = batched((subjects, keep) => inWorkDirectory('verilator', async (directory): Promise<Outcome[]> => {
  const runtime = await verilatorRuntime();
  await writeFiles(directory, benchFiles(subjects));
  await runTool('verilator', [
    '--cc', '--no-timing', '-Wno-fatal', '-Wno-lint', '-Wno-style', '--x-assign', 'fast', '--x-initial', 'fast',
    '-DVTOE_RANDOM_INIT', `-DVTOE_RANDOM_SEED=${RANDOM_SEED}`,
    '--top-module', 'bench', '--Mdir', 'obj', ...verilogNames(subjects),
  ], { directory });
  // One translation unit: no make, nothing is read twice.
  const units = (await readdir(`${directory}/obj`)).filter((name) => name.endsWith('.cpp'));
  const text = [...units.map((name) => `#include "obj/${name}"\n`), MAIN(longest(subjects))].join('');
  await writeFiles(directory, [{ name: 'all.cpp', text }]);
  await runTool('g++', [...runtime.flags, '-I.', '-Iobj', 'all.cpp', ...runtime.objects, '-o', 'bench', '-lpthread'], { directory });
  await runTool('./bench', [], { directory });
  return readOutcomes(directory, subjects);
}, keep));

const MAIN = (cycles: number): string => `#include "Vbench.h"
int main() {
  VerilatedContext context;
  Vbench bench(&context);
  bench.clk = 0;
  bench.sample = 0;
  // An edge is a change since the evaluation before.
  bench.eval();
  for (unsigned cycle = 0; cycle < ${cycles}; ++cycle) {
    bench.sample = 1;
    bench.eval();
    bench.clk = 1;
    bench.eval();
    bench.sample = 0;
    bench.clk = 0;
    bench.eval();
  }
  bench.final();
  return 0;
}
`;
