/** What is the same for all models: Verilator's runtime library and the addon. Compiled once and kept. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADDON_SOURCE, MODEL_HEADER } from './addon-text.ts';
import { cached, hashOf } from './cache.ts';
import { compile, compileIdentity, type Unit } from './compile.ts';
import type { WaveKind } from './model-text.ts';
import type { OnProgress } from './progress.ts';
import { needZlib, type Toolchain } from './toolchain.ts';

export interface Runtime {
  /** Has `model.h`. */
  readonly include: string;
  readonly objects: readonly string[];
  readonly libraries: readonly string[];
}

const BASE = ['verilated', 'verilated_threads', 'verilated_save'];

const OF_WAVES = {
  none: { sources: [], libraries: [] },
  fst: { sources: ['verilated_fst_c'], libraries: ['-lz'] },
  vcd: { sources: ['verilated_vcd_c'], libraries: [] },
} as const;

export async function runtime(cache: string, tools: Toolchain, waves: WaveKind, onProgress: OnProgress): Promise<Runtime> {
  if (waves === 'fst') await needZlib();
  const base = await part(cache, tools, 'runtime', [...BASE, 'addon'], onProgress);
  const { sources, libraries } = OF_WAVES[waves];
  const more = sources.length === 0 ? [] : [await part(cache, tools, `runtime-${waves}`, sources, onProgress)];
  return { include: base.directory, objects: [base, ...more].flatMap(({ objects }) => objects), libraries: [...libraries, '-lpthread'] };
}

async function part(cache: string, tools: Toolchain, name: string, sources: readonly string[], onProgress: OnProgress) {
  const key = `${name}-${hashOf([tools.identity, MODEL_HEADER, ADDON_SOURCE, compileIdentity(false)])}`;
  const directory = await cached(cache, key, async (fresh) => {
    await writeFile(join(fresh, 'model.h'), MODEL_HEADER);
    await writeFile(join(fresh, 'addon.cpp'), ADDON_SOURCE);
    const units = sources.map((source): Unit =>
      ({ source: source === 'addon' ? 'addon.cpp' : `${tools.verilatorInclude}/${source}.cpp`, object: `${source}.o`, level: 'fast' }));
    let done = 0;
    const tell = (): void => onProgress({ what: 'compiling the runtime of Verilator', done, of: units.length });
    tell();
    await compile(units, tools, '.', false, fresh, () => {
      done += 1;
      tell();
    });
  });
  return { directory, objects: sources.map((source) => join(directory, `${source}.o`)) };
}
