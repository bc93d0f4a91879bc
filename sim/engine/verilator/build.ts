/** From emitted Verilog to a library that Node loads, by Verilator and g++; once, if nothing changes. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmittedDesign } from '@vtoe/hdl';
import { ADDON_SOURCE, MODEL_HEADER } from './addon-text.ts';
import { cached, hashOf } from './cache.ts';
import { compile, compileIdentity, link, type Unit } from './compile.ts';
import { MODEL_CLASS, modelText, type WaveKind } from './model-text.ts';
import { runTool } from '../../native-tool.ts';
import type { PortsLayout } from './ports-layout.ts';
import type { OnProgress } from './progress.ts';
import { runtime } from './runtime.ts';
import { type Toolchain, toolchain } from './toolchain.ts';

export interface BuildRequest {
  readonly verilog: EmittedDesign;
  readonly layout: PortsLayout;
  readonly waves: WaveKind;
  readonly assertions: boolean;
  /** Folder of what was built before. */
  readonly cache: string;
  readonly onProgress: OnProgress;
}

export interface Build {
  /** Of the library. */
  readonly file: string;
  /** Equal for equal designs, builds and tools: states fit. */
  readonly key: string;
}

const LIBRARY = 'model.node';

/** More text than this in one translation unit, and several are compiled side by side. */
const UNIT_BYTES = 300_000;

/** Loops of start contents are left as loops: unrolled, start-up would be most of a small design's code. */
const VERILATOR = [
  '--cc', '-O3', '--x-assign', 'fast', '--x-initial', 'fast', '--savable', '--no-timing', '--unroll-count', '2', '--output-split', '20000',
  '-Wno-fatal', '-Wno-lint', '-Wno-style', '-DVTOE_RANDOM_INIT', '-DVTOE_RANDOM_SEED=$c32("vtoe::seed()")',
];

const WAVES: Readonly<Record<WaveKind, readonly string[]>> = { none: [], fst: ['--trace-fst'], vcd: ['--trace'] };

/** @throws MissingToolError if a tool is missing or too old; ToolError if Verilator or g++ refuses the design */
export async function build(request: BuildRequest): Promise<Build> {
  const { verilog, layout, waves, assertions, cache, onProgress } = request;
  const tools = await toolchain();
  const model = modelText(layout, waves);
  const flags = [...VERILATOR, ...WAVES[waves], ...(assertions ? ['-DVTOE_ASSERT'] : [])];
  const dataFiles = [...verilog.files.keys()].filter((name) => !name.endsWith('.v'));
  const hash = hashOf([
    tools.identity, MODEL_HEADER, ADDON_SOURCE, model, flags.join(' '), compileIdentity(waves !== 'none'), verilog.top, ...[...verilog.files].flat(),
    // Data is read at start-up, from where it is.
    ...(dataFiles.length === 0 ? [] : [cache]),
  ]);
  const key = `${verilog.top.slice(0, 60)}-${waves === 'none' ? 'fast' : waves}-${hash}`;
  const directory = await cached(cache, key, (fresh) => make(request, tools, flags, model, join(cache, key), fresh));
  return { file: join(directory, LIBRARY), key };

  async function make({ verilog: { files, top } }: BuildRequest, tools: Toolchain, flags: readonly string[], model: string, home: string, fresh: string): Promise<void> {
    const base = await runtime(cache, tools, waves, onProgress);
    const work = await mkdtemp(join(tmpdir(), 'vtoe-verilator-'));
    try {
      await mkdir(join(work, 'model'));
      for (const name of dataFiles) await writeFile(join(fresh, name), files.get(name)!);
      const names = [...files.keys()].filter((name) => name.endsWith('.v'));
      for (const name of names) await writeFile(join(work, name), withData(files.get(name)!, dataFiles, home));
      const what = `compiling ${top} (${waves === 'none' ? 'fast' : `with ${waves.toUpperCase()} waveforms`})`;
      await runTool('verilator', [...flags, '--prefix', MODEL_CLASS, '--top-module', top, '--Mdir', 'model', ...names], { directory: work });
      const folder = join(work, 'model');
      await writeFile(join(folder, 'ports.cpp'), model);
      const units = await translationUnits(folder);
      let done = 1;
      onProgress({ what, done, of: units.length + 2 });
      await compile(units, tools, base.include, waves !== 'none', folder, () => onProgress({ what, done: ++done, of: units.length + 2 }));
      await link([...units.map(({ object }) => object), ...base.objects], base.libraries, LIBRARY, folder);
      onProgress({ what, done: units.length + 2, of: units.length + 2 });
      // Between two file systems it cannot be moved.
      await rename(join(folder, LIBRARY), join(fresh, LIBRARY)).catch(async () => writeFile(join(fresh, LIBRARY), await readFile(join(folder, LIBRARY))));
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
}

/** `$readmemh` looks in the working directory, wherever that is when a model starts. */
function withData(text: string, dataFiles: readonly string[], home: string): string {
  return dataFiles.reduce((changed, name) => changed.replaceAll(`$readmemh("${name}"`, `$readmemh("${join(home, name)}"`), text);
}

/** Small files are compiled together: each reads Verilator's headers, which costs more than its own text. */
async function translationUnits(folder: string): Promise<Unit[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.cpp')).toSorted();
  const isQuick = (name: string): boolean => /__(Slow|Syms|Trace)/.test(name);
  return [
    ...await grouped(folder, 'fast', names.filter((name) => !isQuick(name))),
    ...await grouped(folder, 'quick', names.filter(isQuick)),
  ];
}

async function grouped(folder: string, level: Unit['level'], names: readonly string[]): Promise<Unit[]> {
  const groups: string[][] = [];
  let bytes = Infinity;
  for (const name of names) {
    const { size } = await stat(join(folder, name));
    if (bytes + size > UNIT_BYTES) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(name);
    bytes += size;
  }
  return Promise.all(groups.map(async (group, i) => {
    const source = `${level}_${i}.cc`;
    await writeFile(join(folder, source), group.map((name) => `#include "${name}"\n`).join(''));
    return { source, object: `${level}_${i}.o`, level };
  }));
}
