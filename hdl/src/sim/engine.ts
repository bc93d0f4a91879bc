/** The built-in engine: an elaborated design as a running simulation. */
import { ActivityControl, type Gating } from './code/activity-control.ts';
import type { Design } from '../ir/design.ts';
import type { Locator } from '../ir/locator.ts';
import { DEFAULT_SEED } from '../ir/random-start.ts';
import { CollisionCheck } from './collision.ts';
import type { Compiled, Exports, Tuning } from './code/compile.ts';
import { SimulationError } from './error.ts';
import { failedAssertion, type Failure } from './failure.ts';
import type { FlatDesign } from './flatten.ts';
import { Image, powerUp } from './image.ts';
import { createMemory, instantiate, type WasmMemory } from './instantiate.ts';
import { Interpreter } from './interpret.ts';
import { Arena, STATUS, type Layout } from './layout.ts';
import { createObserver, type Observer } from './observer.ts';
import { prepare } from './prepared.ts';
import { checkRange, inputPort, outputPort, type InputPort, type OutputPort } from './ports.ts';
import type { TopOutput } from './top-outputs.ts';
import { SavedState } from './saved-state.ts';
import { SignalTable, type Signal } from './signals.ts';
import { createInputSampler, type Sampler } from './wave/sampler.ts';
import { createTracer, type Tracer } from './wave/tracer.ts';

export interface EngineOptions {
  /** Of the pseudo-random start contents: 32 bits, default 1. */
  readonly seed?: number;
  /** Whether assertions, assumptions, covers and memory collisions are watched; default true. */
  readonly assertions?: boolean;
  /** Whether only what is active is evaluated; all ways compute the same. Default `auto`. */
  readonly gating?: Gating;
  /** For tests. */
  readonly tuning?: Tuning;
}

export interface MemoryInfo {
  readonly width: number;
  readonly depth: number;
  /** Byte address of word 0. */
  readonly offset: number;
  /** Bytes from word to word: 1, 2, 4, 8 or a multiple of 8, little-endian. */
  readonly stride: number;
}

export interface CoverCount {
  readonly path: string;
  readonly message: string;
  readonly count: bigint;
  readonly at: Locator;
}

/** @throws SimulationError if the design cannot be simulated: a black box without model, more than 4 GiB of memory */
export function createEngine(design: Design, options: EngineOptions = {}): BuiltinEngine {
  return new BuiltinEngine(design, options);
}

/** More cycles than a 32-bit counter takes are run in parts. */
const MOST_CYCLES = 1_000_000_000;

export class BuiltinEngine {
  readonly design: Design;
  /** Leaf ports of the top by name; `rst` is one of them. */
  readonly inputs: ReadonlyMap<string, InputPort>;
  /** Leaf ports of the top by name, then fields of probes as `sim_<path>_<probe>_<field>`. */
  readonly outputs: ReadonlyMap<string, OutputPort>;
  readonly #flat: FlatDesign;
  readonly #outputs: readonly TopOutput[];
  readonly #layout: Layout;
  readonly #compiled: Compiled;
  readonly #memory: WasmMemory;
  readonly #image: Image;
  readonly #exports: Exports;
  readonly #collisions: CollisionCheck;
  readonly #savedState: SavedState;
  readonly #activity: ActivityControl;
  /** Memory for code modules that come later. */
  readonly #free: Arena;
  readonly #settledInputs: Uint32Array;
  #names: SignalTable | undefined;
  #settled = false;
  #interventions = 0;
  #failure: Failure | undefined;

  constructor(design: Design, { seed = DEFAULT_SEED, assertions = true, gating = 'auto', tuning }: EngineOptions) {
    if (!Number.isInteger(seed)) throw new SimulationError(`the seed is a whole number of 32 bits, not ${seed}`);
    this.design = design;
    const { flat, outputs, layout, compiled, module } = prepare(design, assertions, tuning);
    this.#flat = flat;
    this.#outputs = outputs;
    this.#layout = layout;
    this.#compiled = compiled;
    this.#memory = createMemory(this.#compiled.pages);
    this.#image = new Image(this.#memory.buffer);
    this.#exports = instantiate<Exports>(module, this.#memory);
    this.#collisions = new CollisionCheck(this.#image, this.#layout, this.#compiled.writePorts, this.#compiled.scratchEnd);
    this.#savedState = new SavedState(this.#layout);
    this.#free = new Arena(this.#compiled.scratchEnd);
    this.#settledInputs = new Uint32Array(this.#layout.inputArea.bytes >> 2);
    const nets = new Map(design.top.ports.map((net) => [net.name, net]));
    const reset = { isBool: true, labels: undefined };
    this.inputs = new Map(this.#layout.inputs.map((slot) =>
      [slot.name, inputPort(this.#image, slot, nets.get(slot.name) ?? reset, this.#layout.inputDistance)]));
    this.outputs = new Map(this.#layout.sampled.map((slot, i) =>
      [slot.name, outputPort(this.#image, slot, outputs[i]!, this.#layout.nowDistance, () => this.settle())]));
    this.#activity = new ActivityControl(this.#image, this.#compiled.gate, gating);
    powerUp(this.#image, this.#flat, this.#layout, this.#compiled.tables, seed);
  }

  /** Where ports and memories live, at the byte addresses that they tell. Never moves. */
  get buffer(): ArrayBuffer {
    return this.#image.buffer;
  }

  /** Number of clock edges so far. */
  get cycle(): number {
    const { words } = this.#image;
    return words[STATUS.cycle >> 2]! + words[(STATUS.cycle >> 2) + 1]! * 2 ** 32;
  }

  /** Why the last `run` stopped early. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Code size of every compiled function, in bytes: for figures. */
  get functionBytes(): readonly number[] {
    return this.#compiled.functionBytes;
  }

  /** Size of what `save` copies. */
  get stateBytes(): number {
    return this.#layout.persistentEnd;
  }

  /** @throws SimulationError if there is no such input */
  input(name: string): InputPort {
    return portNamed(this.inputs, 'input', name);
  }

  /** @throws SimulationError if there is no such output */
  output(name: string): OutputPort {
    return portNamed(this.outputs, 'output', name);
  }

  /**
   * Runs up to `cycles` clock cycles with the inputs as they are.
   *
   * Returns the number of edges done. It is smaller if an assertion or assumption does not hold, or if data of a
   * collided read is used: the edge of that cycle is not done, `failure` says why, the sampled view shows that
   * cycle, and the same happens again unless inputs or state are changed.
   */
  run(cycles: number): number {
    if (!Number.isSafeInteger(cycles) || cycles < 0) throw new SimulationError(`run takes a number of cycles, 0 or more, not ${cycles}`);
    this.#failure = undefined;
    this.#settled = false;
    let done = 0;
    while (done < cycles && this.#failure === undefined) {
      const part = Math.min(cycles - done, MOST_CYCLES);
      const ran = this.#exports.run(part);
      done += ran;
      if (ran < part && this.#passes()) {
        this.#exports.commit();
        done += 1;
      }
    }
    return done;
  }

  /** Brings the outputs as of now up to date, if inputs or state have changed. Reading an output does this, too. */
  settle(): void {
    if (this.#settled && !this.#inputsChanged()) return;
    const { sampledArea: { offset, bytes }, nowDistance, inputArea } = this.#layout;
    const image = this.#image;
    const sampled = image.bytes.slice(offset, offset + bytes);
    if (this.#activity.isGated) {
      this.#exports.notice();
      this.#exports.visit();
    } else {
      this.#exports.evaluate();
    }
    image.move(offset, offset + nowDistance, bytes);
    image.bytes.set(sampled, offset);
    this.#undoEvaluation();
    const first = inputArea.offset >> 2;
    this.#settledInputs.set(image.words.subarray(first, first + this.#settledInputs.length));
    this.#settled = true;
  }

  /**
   * Present value of any signal, by its hierarchical name: `stage.fifo.wr`; a memory word as `stage.ram[3]`.
   * @throws SimulationError if there is no such signal, with the nearest names
   */
  peek(path: string): bigint {
    const found = this.#table.find(path);
    if (found.kind === 'word') return this.#image.readWord(found.region, found.index);
    return new Interpreter(this.#image, this.#flat, this.#layout).of(found.scope, found.source);
  }

  /**
   * Changes a register, the data register of a synchronous read, or a memory word.
   * @throws SimulationError for anything else, and for values out of range
   */
  poke(path: string, value: bigint): void {
    const found = this.#table.find(path);
    checkRange(path, found.width, value);
    this.changed();
    if (found.kind === 'word') {
      this.#image.writeWord(found.region, found.index, value);
      return;
    }
    const { scope, source, width } = found;
    const slot = 'kind' in source
      ? this.#layout.registers.get(scope)!.get(source) ?? this.#layout.reads.get(scope)!.get(source)?.data
      : undefined;
    if (slot === undefined) {
      throw new SimulationError(`${path} is not a register: logic drives it. Only registers, memory words and inputs can be given values`);
    }
    this.#image.write(slot, value);
    this.#image.write({ offset: slot.offset + this.#layout.nextDistance, width }, value);
  }

  readMemory(path: string, index: number): bigint {
    return this.#image.readWord(this.#table.memoryWord(path, index), index);
  }

  writeMemory(path: string, index: number, value: bigint): void {
    const region = this.#table.memoryWord(path, index);
    checkRange(`${path}[${index}]`, region.memory.width, value);
    this.#image.writeWord(region, index, value);
    this.changed();
  }

  /** To be called after memory words were written into `buffer`. Inputs need it not. */
  changed(): void {
    this.#settled = false;
    this.#interventions += 1;
    this.#activity.markAll();
  }

  /** How often state was changed other than by clock edges: by `poke`, `writeMemory`, `restore`, and `changed`. */
  get interventions(): number {
    return this.#interventions;
  }

  /** All that the future depends on: state, memories, inputs, cycle number, sampled outputs. */
  save(): Uint8Array {
    return this.#savedState.save(this.#image);
  }

  /** @throws SimulationError if the state is not of this design */
  restore(state: Uint8Array): void {
    this.#savedState.restore(this.#image, state);
    this.changed();
    this.#failure = undefined;
  }

  /** Every signal of the design, instance by instance. */
  get signals(): readonly Signal[] {
    return this.#table.all;
  }

  /** @throws SimulationError if there is no such signal, with the nearest names */
  signal(path: string): Signal {
    return this.#table.find(path);
  }

  /** Every memory of the design by hierarchical name. */
  get memories(): ReadonlyMap<string, MemoryInfo> {
    return new Map([...this.#table.memories].map(([path, { offset, stride, memory: { width, depth } }]) => [path, { width, depth, offset, stride }]));
  }

  /** Compiles the sampling of these signals: for waveforms and scoreboards. Each call adds a code module. */
  observe(paths: readonly string[]): Observer {
    return createObserver(paths.map((path) => this.#table.find(path)), this.#flat, this.#layout, this.#memory, this.#image, this.#free);
  }

  /** Compiles the tracing of these signals, which finds and notes what changed. Each call adds a code module. */
  trace(paths: readonly string[]): Tracer {
    return createTracer(paths.map((path) => this.#table.find(path)), this.#flat, this.#layout, this.#memory, this.#image, this.#free);
  }

  /** Notes changes of all inputs. */
  sampleInputs(): Sampler {
    return createInputSampler(this.#layout, this.#memory, this.#image, this.#free);
  }

  /** How often each `cover` was met at a clock edge outside reset. */
  get covers(): readonly CoverCount[] {
    return this.#flat.scopes.flatMap((scope) => [...this.#layout.covers.get(scope)!].map(([{ message, at }, slot]) =>
      ({ path: scope.path, message, at, count: this.#image.read(slot) })));
  }

  get #table(): SignalTable {
    return (this.#names ??= new SignalTable(this.#flat, this.#layout, this.#outputs));
  }

  /** The run loop stopped before an edge: true if nothing is wrong with it after all. */
  #passes(): boolean {
    if (this.#image.words[STATUS.failed >> 2] !== 0) this.#failure = failedAssertion(this.#flat, this.#layout, this.#image, this.cycle);
    else {
      this.#failure = this.#collisions.check(this.#exports.evaluate, this.cycle);
      // It has evaluated everything, with data that is not the design's.
      this.#activity.markAll();
    }
    if (this.#failure !== undefined) this.#undoEvaluation();
    return this.#failure === undefined;
  }

  /** Code relies on the next state being the present state before a cycle is evaluated. */
  #undoEvaluation(): void {
    const { offset, bytes } = this.#layout.stateArea;
    this.#image.move(offset, offset + this.#layout.nextDistance, bytes);
    this.#activity.recall();
  }

  #inputsChanged(): boolean {
    const { words } = this.#image;
    const first = this.#layout.inputArea.offset >> 2;
    for (let i = 0; i < this.#settledInputs.length; i += 1) {
      if (words[first + i] !== this.#settledInputs[i]) return true;
    }
    return false;
  }
}

function portNamed<P>(ports: ReadonlyMap<string, P>, direction: string, name: string): P {
  const port = ports.get(name);
  if (port === undefined) throw new SimulationError(`the top has no ${direction} ${name}; it has ${[...ports.keys()].join(', ')}`);
  return port;
}
