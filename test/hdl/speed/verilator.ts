/** Verilator's model as a contender: built for speed alone, a process that stays alive from round to round. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RANDOM_SEED } from '../engines/bench.ts';
import type { SourceFile } from '../engines/subject.ts';
import { runTool } from '../../../sim/native-tool.ts';
import { verilatorRuntime } from '../engines/verilator-runtime.ts';
import { writeFiles } from '../engines/work-directory.ts';
import type { Contender } from './contender.ts';
import { LineProcess } from './line-process.ts';
import { MODEL } from './verilator-driver.ts';

/** Which is faster depends on the design; -O3 gains nothing more. */
export const OPTIMISATIONS = ['-O1', '-O2'] as const;

export type Optimisation = (typeof OPTIMISATIONS)[number];

/** Compiles the Verilog files in `directory` and the driver, once for each optimisation, a core each. */
export async function buildVerilator(directory: string, top: string, files: readonly SourceFile[], driver: string): Promise<void> {
  const runtime = await verilatorRuntime();
  await runTool('verilator', [
    '--cc', '-O3', '--x-assign', 'fast', '--x-initial', 'fast', '--no-timing', '-Wno-fatal', '-Wno-lint', '-Wno-style',
    '-DVTOE_RANDOM_INIT', `-DVTOE_RANDOM_SEED=${RANDOM_SEED}`,
    '--prefix', MODEL, '--top-module', top, '--Mdir', 'obj', ...files.map(({ name }) => name),
  ], { directory });
  const units = (await readdir(join(directory, 'obj'))).filter((name) => name.endsWith('.cpp'));
  await writeFiles(directory, [{ name: 'all.cpp', text: [...units.map((name) => `#include "obj/${name}"\n`), driver].join('') }]);
  await Promise.all(OPTIMISATIONS.map((optimisation) =>
    runTool('g++', [...runtime.flags, optimisation, '-I.', '-Iobj', 'all.cpp', ...runtime.objects, '-o', binary(optimisation), '-lpthread'], { directory })));
}

/** @param recording name of the file with the recording's rows */
export function verilatorContender(directory: string, optimisation: Optimisation, recording: string): Contender {
  const process = new LineProcess(join(directory, binary(optimisation)), [recording], directory);
  return {
    name: `Verilator, g++ ${optimisation}`,
    run: async (cycles) => Number(await process.ask(`run ${cycles}`)) / 1e9,
    fold: async (cycles) => BigInt(`0x${await process.ask(`fold ${cycles}`)}`),
    close: () => process.close(),
  };
}

function binary(optimisation: Optimisation): string {
  return `model${optimisation}`;
}
