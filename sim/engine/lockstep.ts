/**
 * The built-in simulator and Verilator side by side, on the same inputs: every output is compared in every cycle. The
 * first difference stops the run, and leaves a waveform of the cycles before it from both.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Design } from '@vtoe/hdl';
import { builtinEngine } from './builtin.ts';
import type { Engine, EngineFailure, EnginePort, Ports, TraceOptions, Watch } from './engine.ts';
import { inputWords, outputWords } from './port-words.ts';
import { limbCount, readPort } from './ports.ts';
import { Recent } from './recent.ts';
import { buildVerilator, type VerilatorBuild, type VerilatorBuildOptions } from './verilator/verilator.ts';

export interface LockstepOptions extends Omit<VerilatorBuildOptions, 'waves'> {
  /** Of the pseudo-random start contents; 1 by default. */
  readonly seed?: number;
  /**
   * Cycles before a difference that are shown, the differing one included; 1,000 by default. 0: no waveforms, and no
   * snapshots on the way.
   */
  readonly cycles?: number;
  /** Where the waveforms go: `<prefix>.built-in.vcd` and `<prefix>.verilator.fst`. By default a new temporary folder. */
  readonly prefix?: string;
}

export interface LockstepEngine extends Engine {
  /** Outputs that have had one value only at all edges so far: of them the comparison says little. */
  neverToggled(): readonly string[];
}

const CYCLES_SHOWN = 1000;

/** @throws MissingToolError as {@link verilatorEngine} does */
export async function lockstepEngine(design: Design, options: LockstepOptions = {}): Promise<LockstepEngine> {
  // One build runs and repeats: only states of the same build fit. Its tracing, while off, costs less than the comparison.
  return new Lockstep(design, await buildVerilator(design, { ...options, waves: 'fst' }), options);
}

export function isLockstep(engine: Engine): engine is LockstepEngine {
  return engine instanceof Lockstep;
}

class Lockstep implements LockstepEngine {
  readonly name = 'lockstep';
  readonly ports: Ports;
  readonly #design: Design;
  readonly #build: VerilatorBuild;
  readonly #options: LockstepOptions;
  readonly #builtin: Engine;
  readonly #verilator: Engine;
  readonly #recent: Recent | undefined;
  readonly #inputs: Words;
  readonly #outputs: Words;
  /** Outputs at the first edge, and the bits that have differed from them since. */
  #first: Uint32Array | undefined;
  #toggled: Uint32Array;
  #failure: EngineFailure | undefined;

  constructor(design: Design, build: VerilatorBuild, options: LockstepOptions) {
    this.#design = design;
    this.#build = build;
    this.#options = options;
    const { cycles = CYCLES_SHOWN } = options;
    this.#builtin = this.#newBuiltin();
    this.#verilator = this.#newVerilator();
    this.ports = this.#builtin.ports;
    this.#inputs = { mine: inputWords(this.ports), other: inputWords(this.#verilator.ports) };
    this.#outputs = { mine: outputWords(this.ports), other: outputWords(this.#verilator.ports) };
    this.#toggled = new Uint32Array(this.#outputs.mine.length);
    this.#recent = cycles === 0 ? undefined : new Recent([this.#builtin, this.#verilator], { cycles });
  }

  get cycle(): number {
    // Of a difference one knows after the edge.
    return this.#failure?.cycle ?? this.#builtin.cycle;
  }

  get failure(): EngineFailure | undefined {
    return this.#failure;
  }

  run(cycles: number, watch?: Watch): number {
    const at = watch === undefined ? undefined : this.ports.port(watch.output).offset >> 2;
    const { words } = this.ports;
    // One of the two may be ahead: there is no way on, only back.
    if (this.#failure !== undefined) return 0;
    this.#inputs.other.set(this.#inputs.mine);
    for (let done = 0; done < cycles;) {
      const part = Math.min(cycles - done, this.#recent?.before() ?? Infinity);
      for (let i = 0; i < part; i += 1) {
        if (!this.#step()) return done;
        done += 1;
        if (at !== undefined && words[at] !== 0) return done;
      }
    }
    return cycles;
  }

  settle(): void {
    this.#builtin.settle();
  }

  peek(path: string): bigint {
    return this.#builtin.peek(path);
  }

  trace(options: TraceOptions): void {
    (options.file.endsWith('.fst') ? this.#verilator : this.#builtin).trace(options);
  }

  save(): Uint8Array {
    const [first, second] = [this.#builtin.save(), this.#verilator.save()];
    const state = new Uint8Array(4 + first.length + second.length);
    new DataView(state.buffer).setUint32(0, first.length);
    state.set(first, 4);
    state.set(second, 4 + first.length);
    return state;
  }

  restore(state: Uint8Array): void {
    const length = state.length < 4 ? 0 : new DataView(state.buffer, state.byteOffset).getUint32(0);
    if (state.length < 4 + length) throw new Error('this is not a state of two engines in lockstep');
    this.#builtin.restore(state.subarray(4, 4 + length));
    this.#verilator.restore(state.subarray(4 + length));
    this.#recent?.forget();
    this.#failure = undefined;
  }

  neverToggled(): readonly string[] {
    const start = this.#outputs.mine.byteOffset;
    return this.#outputPorts()
      .filter(({ offset, width }) => this.#toggled.subarray((offset - start) >> 2, ((offset - start) >> 2) + 2 * limbCount(width)).every((word) => word === 0))
      .map(({ name }) => name);
  }

  close(): void {
    try {
      this.#builtin.close();
    } finally {
      this.#verilator.close();
    }
  }

  /** One cycle of both; false if it failed. */
  #step(): boolean {
    const ran = this.#builtin.run(1);
    const otherRan = this.#verilator.run(1);
    if (ran !== 0 && otherRan !== 0) {
      if (this.#isEqual()) return true;
      this.#differ(this.#builtin.cycle - 1, this.#firstDifference());
    } else if (ran === otherRan || this.#builtin.failure?.message.startsWith('memory collision')) {
      // Of colliding reads the Verilog knows nothing. Else both should fail in the same words.
      const [mine, other] = [this.#builtin.failure!, this.#verilator.failure];
      if (other === undefined || mine.message === other.message) this.#failure = mine;
      else this.#differ(mine.cycle, `the built-in engine says "${mine.message}" and Verilator "${other.message}"`);
    } else if (ran === 0) {
      this.#differ(this.#builtin.failure!.cycle, `Verilator goes on where the built-in engine says "${this.#builtin.failure!.message}"`);
    } else {
      this.#differ(this.#verilator.failure!.cycle, `the built-in engine goes on where Verilator says "${this.#verilator.failure!.message}"`);
    }
    return false;
  }

  #isEqual(): boolean {
    const { mine, other } = this.#outputs;
    const toggled = this.#toggled;
    const first = (this.#first ??= mine.slice());
    let difference = 0;
    for (let i = 0; i < mine.length; i += 1) {
      const value = mine[i]!;
      difference |= value ^ other[i]!;
      toggled[i]! |= value ^ first[i]!;
    }
    return difference === 0;
  }

  #firstDifference(): string {
    const port = this.#outputPorts().find((one) => readPort(this.ports, one) !== this.#theirs(one))!;
    return `${port.name} is 0x${readPort(this.ports, port).toString(16)} in the built-in engine and 0x${this.#theirs(port).toString(16)} in Verilator`;
  }

  #theirs({ name }: EnginePort): bigint {
    const { ports } = this.#verilator;
    return readPort(ports, ports.port(name));
  }

  #outputPorts(): readonly EnginePort[] {
    return this.ports.all.filter(({ direction }) => direction === 'out');
  }

  #differ(cycle: number, what: string): void {
    this.#failure = { cycle, message: `the engines differ in cycle ${cycle}: ${what}${this.#waveforms(cycle)}` };
  }

  /** Writes them, and says so. The difference is the news, whatever becomes of the files. */
  #waveforms(cycle: number): string {
    const { cycles = CYCLES_SHOWN } = this.#options;
    if (this.#recent === undefined) return '';
    const from = Math.max(0, cycle + 1 - cycles);
    try {
      const prefix = this.#options.prefix ?? join(mkdtempSync(join(tmpdir(), 'vtoe-lockstep-')), this.#design.top.name);
      const files = [`${prefix}.built-in.vcd`, `${prefix}.verilator.fst`] as const;
      this.#show(0, this.#newBuiltin(), files[0], from, cycle + 1);
      this.#show(1, this.#newVerilator(), files[1], from, cycle + 1);
      return `; cycles ${from} to ${cycle} are in ${files[0]} and ${files[1]}`;
    } catch (error) {
      return `; there are no waveforms of it: ${(error as Error).message}`;
    }
  }

  #show(which: number, engine: Engine, file: string, from: number, end: number): void {
    try {
      this.#recent!.rerun(which, engine, from, () => engine.trace({ file }), end);
    } finally {
      engine.close();
    }
  }

  #newBuiltin(): Engine {
    const { seed, assertions } = this.#options;
    return builtinEngine(this.#design, { ...(seed === undefined ? {} : { seed }), ...(assertions === undefined ? {} : { assertions }) });
  }

  #newVerilator(): Engine {
    const { seed } = this.#options;
    return this.#build.create(seed === undefined ? {} : { seed });
  }
}

/** The same ports of both. */
interface Words {
  readonly mine: Uint32Array;
  readonly other: Uint32Array;
}
