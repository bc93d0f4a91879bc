/** Verilator as an engine: the emitted Verilog, compiled. */
import { type Design, emit, type EmittedDesign } from '@vtoe/hdl';
import type { Engine, EngineFailure, Ports, TraceOptions, Watch } from '../engine.ts';
import { portsOver, readPort } from '../ports.ts';
import { Recent } from '../recent.ts';
import { requireInstance } from '../trace-scope.ts';
import { build } from './build.ts';
import { cacheDirectory } from './cache.ts';
import type { WaveKind } from './model-text.ts';
import { loadLibrary, type NativeLibrary, type NativeModel } from './native-model.ts';
import { layOutPorts, type PortsLayout, STATUS } from './ports-layout.ts';
import type { OnProgress } from './progress.ts';
import { failureOf } from './violation.ts';

export interface VerilatorBuildOptions {
  /** Whether assertions are watched; default true. */
  readonly assertions?: boolean;
  /** The kind of waveform that models can write. Default `none`: the fast build, without any. */
  readonly waves?: WaveKind;
  /** What is compiled; by default what the design emits. Ports must be the design's, with probes. */
  readonly verilog?: EmittedDesign;
  /** Called while something is compiled, which may take long. */
  readonly onProgress?: OnProgress;
  /** Folder of what was compiled before; by default the user's. */
  readonly cache?: string;
}

export interface VerilatorOptions extends VerilatorBuildOptions {
  /** Of the pseudo-random start contents; 1 by default. */
  readonly seed?: number;
}

/** A compiled design, of which any number of models can be made. */
export interface VerilatorBuild {
  /** The library that was compiled. */
  readonly file: string;
  create(options?: { readonly seed?: number }): Engine;
}

/**
 * The design as Verilator sees it.
 * @throws MissingToolError if Verilator, g++ or the headers of zlib are missing or too old: one sentence, with the
 * command that installs them
 */
export async function verilatorEngine(design: Design, { seed = 1, ...options }: VerilatorOptions = {}): Promise<Engine> {
  return (await buildVerilator(design, options)).create({ seed });
}

export async function buildVerilator(design: Design, options: VerilatorBuildOptions = {}): Promise<VerilatorBuild> {
  const { assertions = true, waves = 'none', onProgress = () => {}, cache = cacheDirectory() } = options;
  // Locators are comments: without them the text is the same wherever the sources are.
  const verilog = options.verilog ?? emitForModel(design);
  const layout = layOutPorts(design);
  const { file, key } = await build({ verilog, layout, waves, assertions, cache, onProgress });
  const compiled: Compiled = { library: loadLibrary(file), key, layout, verilog, waves };
  return { file, create: ({ seed = 1 } = {}) => new Verilator(compiled, seed) };
}

/** The text that models are made of, unless another one is given. */
export function emitForModel(design: Design): EmittedDesign {
  return emit(design, { probes: true, models: true, locators: false });
}

interface Compiled {
  readonly library: NativeLibrary;
  readonly key: string;
  readonly layout: PortsLayout;
  readonly verilog: EmittedDesign;
  readonly waves: WaveKind;
}

/** More cycles than a 32-bit counter takes are run in parts. */
const MOST_CYCLES = 1_000_000_000;

const KEY_BYTES = 128;

class Verilator implements Engine {
  readonly name = 'verilator';
  readonly ports: Ports;
  readonly #compiled: Compiled;
  readonly #seed: number;
  readonly #native: NativeModel;
  #failure: EngineFailure | undefined;
  #recorded: Recorded | undefined;
  #isTracing = false;
  #isClosed = false;

  constructor(compiled: Compiled, seed: number) {
    const { library, layout } = compiled;
    this.#compiled = compiled;
    this.#seed = seed;
    this.ports = portsOver(new ArrayBuffer(layout.bytes), [...layout.inputs, ...layout.outputs]);
    this.#native = library.create(this.ports.buffer, seed >>> 0);
  }

  get cycle(): number {
    const { words } = this.ports;
    return words[STATUS.edges >> 2]! + words[(STATUS.edges >> 2) + 1]! * 2 ** 32;
  }

  get failure(): EngineFailure | undefined {
    return this.#failure;
  }

  run(cycles: number, watch?: Watch): number {
    const at = watch === undefined ? -1 : this.ports.port(watch.output).offset;
    const { words } = this.ports;
    // The edge of the cycle that failed is done: there is no way on, only back.
    if (this.#failure !== undefined) return 0;
    let done = 0;
    while (done < cycles) {
      const part = Math.min(cycles - done, MOST_CYCLES, this.#recorded?.recent.before() ?? Infinity);
      const ran = this.#native.run(part, at);
      done += ran;
      if (words[STATUS.stopped >> 2] !== 0) {
        const { flat } = this.#compiled.layout;
        this.#failure = failureOf(this.#native.stops(), flat, this.#compiled.verilog, this.cycle);
        break;
      }
      if (ran < part || (at >= 0 && words[at >> 2] !== 0)) break;
    }
    return done;
  }

  settle(): void {
    this.#native.settle();
  }

  peek(path: string): bigint {
    const { layout: { outputs, inputs, nowOffset, sampledBytes } } = this.#compiled;
    const port = [...outputs, ...inputs].find(({ name }) => name === path);
    if (port === undefined) {
      throw new Error(`Verilator shows the top's ports and probes, and ${path} is none: make it a probe, or look at it on the built-in engine (a model that is open to looking inside runs at a sixth of the speed)`);
    }
    if (port.direction === 'in') return readPort(this.ports, port);
    // Looking changes nothing, not even what the last `settle` showed.
    const now = this.ports.bytes.subarray(nowOffset, nowOffset + sampledBytes);
    const before = now.slice();
    this.settle();
    const value = readPort(this.ports, { ...port, offset: port.nowOffset });
    now.set(before);
    return value;
  }

  trace(options: TraceOptions): void {
    const { file, scope, from = this.cycle, cycles } = options;
    const { waves, verilog, layout } = this.#compiled;
    if (waves === 'none' || !file.endsWith(`.${waves}`)) {
      throw new Error(`this Verilator model ${waves === 'none' ? 'was built without waveforms' : `writes .${waves} files`} and cannot write ${file}`);
    }
    if (this.#isTracing) throw new Error(`${file}: a waveform is being written already`);
    if (scope !== undefined && scope !== '') requireInstance(layout.flat, scope);
    if (cycles === undefined) this.#native.openWave(file, scope === undefined || scope === '' ? '' : `${verilog.top}.${scope}`, from);
    else this.#recorded = { recent: new Recent([this], { cycles }), options: { ...options, from }, cycles };
    this.#isTracing = true;
  }

  save(): Uint8Array {
    if (this.#failure !== undefined) throw new Error('a model that stopped by a failure is past its edge and cannot be saved');
    const model = new Uint8Array(this.#native.save());
    const state = new Uint8Array(KEY_BYTES + this.ports.bytes.length + model.length);
    new TextEncoder().encodeInto(this.#compiled.key, state);
    state.set(this.ports.bytes, KEY_BYTES);
    state.set(model, KEY_BYTES + this.ports.bytes.length);
    return state;
  }

  restore(state: Uint8Array): void {
    const key = new TextEncoder().encode(this.#compiled.key);
    if (state.length < KEY_BYTES || key.some((byte, i) => state[i] !== byte)) {
      throw new Error('this state was not saved by a Verilator model of the same design and build');
    }
    if (this.#isTracing && this.#recorded === undefined) throw new Error('a waveform is being written, which cannot go back in time: restore before trace');
    this.ports.bytes.set(state.subarray(KEY_BYTES, KEY_BYTES + this.ports.bytes.length));
    this.#native.restore(state.subarray(KEY_BYTES + this.ports.bytes.length));
    this.#recorded?.recent.forget();
    this.#failure = undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      if (this.#recorded !== undefined) this.#writeRecorded(this.#recorded);
    } finally {
      this.#native.closeWave();
      this.#native.close();
    }
  }

  /** The latest cycles: a file that is written as it goes could not forget the ones before. */
  #writeRecorded({ recent, options: { file, scope, from }, cycles }: Recorded): void {
    const end = this.cycle + (this.#failure === undefined ? 0 : 1);
    const second = new Verilator(this.#compiled, this.#seed);
    try {
      const start = Math.max(from, end - cycles, 0);
      recent.rerun(0, second, start, () => second.trace({ file, from: start, ...(scope === undefined ? {} : { scope }) }), end);
    } finally {
      second.close();
    }
  }
}

interface Recorded {
  readonly recent: Recent;
  readonly options: TraceOptions & { readonly from: number };
  readonly cycles: number;
}
