/** g++: which flags, and how many at once. */
import { availableParallelism } from 'node:os';
import { runTool } from '../../native-tool.ts';
import type { Toolchain } from './toolchain.ts';

/**
 * For everything that ends up in an addon. Each addon has a runtime of its own: no symbol is seen by another one, nor
 * taken from there (`-Bsymbolic`), unique ones neither. Stops and fatal errors are the addon's business.
 */
const COMMON = [
  '-std=gnu++17', '-fPIC', '-fvisibility=hidden', '-fno-gnu-unique', '-w',
  '-DVM_COVERAGE=0', '-DVM_SC=0', '-DVL_USER_STOP', '-DVL_USER_FINISH', '-DVL_USER_FATAL', '-DVL_PRINTF=vtoe_print',
];

const LINK = ['-shared', '-Wl,-Bsymbolic', '-Wl,--exclude-libs,ALL'];

/** `quick` is compiled quickly: start-up, names, tracing. The compiler is faster than -O3, and so is the result. */
export type Optimisation = 'fast' | 'quick';

export const LEVELS: Readonly<Record<Optimisation, string>> = { fast: '-O2', quick: '-O0' };

export interface Unit {
  readonly source: string;
  readonly object: string;
  readonly level: Optimisation;
}

export const compileFlags = (traces: boolean): readonly string[] => [...COMMON, `-DVM_TRACE=${traces ? 1 : 0}`];

/** Compiles in `directory`, a core each. `include` has `model.h`. */
export async function compile(units: readonly Unit[], tools: Toolchain, include: string, traces: boolean, directory: string, onDone: () => void): Promise<void> {
  const { verilatorInclude, nodeInclude } = tools;
  const flags = [
    ...compileFlags(traces), '-include', `${include}/model.h`, '-I.',
    ...[include, verilatorInclude, `${verilatorInclude}/vltstd`, nodeInclude].map((path) => `-I${path}`),
  ];
  const waiting = [...units];
  const worker = async (): Promise<void> => {
    for (let unit = waiting.shift(); unit !== undefined; unit = waiting.shift()) {
      await runTool('g++', [LEVELS[unit.level], ...flags, '-c', unit.source, '-o', unit.object], { directory });
      onDone();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), units.length) }, worker));
}

export async function link(objects: readonly string[], libraries: readonly string[], output: string, directory: string): Promise<void> {
  await runTool('g++', [...LINK, ...objects, '-o', output, ...libraries], { directory });
}

/** For keys: whatever changes what comes out. */
export function compileIdentity(traces: boolean): string {
  return JSON.stringify([compileFlags(traces), LEVELS, LINK]);
}
