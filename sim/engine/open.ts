/** An engine by its name on the command line, with the waveform that it is to write. */
import type { Design } from '@vtoe/hdl';
import { builtinEngine } from './builtin.ts';
import type { Engine } from './engine.ts';
import { lockstepEngine } from './lockstep.ts';
import type { OnProgress } from './verilator/progress.ts';
import { needZlib, toolchain } from './verilator/toolchain.ts';
import { verilatorEngine } from './verilator/verilator.ts';

/** Each engine, and the waveforms that it can write. */
const WAVES = {
  builtin: ['.vcd'],
  verilator: ['.fst', '.vcd'],
  /** FST from Verilator, VCD from the built-in engine. */
  lockstep: ['.fst', '.vcd'],
} as const;

export type EngineName = keyof typeof WAVES;

export const ENGINE_NAMES = Object.keys(WAVES) as readonly EngineName[];

export interface OpenOptions {
  readonly seed?: number;
  readonly assertions?: boolean;
  /** File of a waveform of everything, from the first cycle on. */
  readonly wave?: string;
  readonly onProgress?: OnProgress;
}

/** @throws Error in one sentence if there is no such engine, it cannot write such a waveform, or its tools are missing */
export async function openEngine(name: string, design: Design, { wave, ...options }: OpenOptions = {}): Promise<Engine> {
  checkEngine(name, wave);
  const engine = await create(name, design, wave, options);
  if (wave !== undefined) engine.trace({ file: wave });
  return engine;
}

/** @throws Error in one sentence if there is no such engine, or it cannot write such a waveform */
export function checkEngine(name: string, wave?: string): asserts name is EngineName {
  if (!isEngineName(name)) throw new Error(`there is no engine ${name}: it is one of ${ENGINE_NAMES.join(', ')}`);
  if (wave !== undefined && !WAVES[name].some((end) => wave.endsWith(end))) {
    throw new Error(`the ${name} engine writes ${WAVES[name].join(' and ')} files, and ${wave} is ${WAVES[name].length === 1 ? 'not one' : 'neither'}`);
  }
}

/** @throws MissingToolError in one sentence if a tool that such an engine compiles with is missing or too old */
export async function requireTools(name: EngineName, wave?: string): Promise<void> {
  if (name === 'builtin') return;
  await toolchain();
  // Lockstep shows a difference in FST.
  if (name === 'lockstep' || wave?.endsWith('.fst') === true) await needZlib();
}

function isEngineName(name: string): name is EngineName {
  return Object.hasOwn(WAVES, name);
}

function create(name: EngineName, design: Design, wave: string | undefined, options: Omit<OpenOptions, 'wave'>): Engine | Promise<Engine> {
  if (name === 'builtin') return builtinEngine(design, options);
  if (name === 'lockstep') return lockstepEngine(design, options);
  return verilatorEngine(design, { ...options, waves: wave === undefined ? 'none' : wave.endsWith('.fst') ? 'fst' : 'vcd' });
}
