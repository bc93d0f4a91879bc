/** The test bench's door to the built-in simulator: typed ports, clock edges, bus models, waveforms. */
import { describe } from '../check/describe.ts';
import { elaborate } from '../lang/elaborate.ts';
import type { ModuleDefinition } from '../lang/module.ts';
import type { PortRecord } from '../lang/port.ts';
import type { PortLeaf } from '../lang/port-view.ts';
import { type BuiltinEngine, createEngine } from './engine.ts';
import { SimulationError } from './error.ts';
import { failureText } from './failure.ts';
import { hostValue, portAccess } from './port-access.ts';
import { PostMortem, type PostMortemOptions } from './past/post-mortem.ts';
import type { SimPorts, SimSampledPorts } from './port-values.ts';
import { type Process, Processes } from './processes.ts';
import { Recorder, type Recording } from './recording.ts';
import { Watch, type WaveformOptions } from './wave/watch.ts';
import type { Waveform } from './wave/waveform.ts';

export interface SimulateOptions {
  /** Seed of the start contents of memories and of registers without reset; 1 by default. */
  readonly seed?: number;
  /** `false`: assertions are not checked. */
  readonly assertions?: boolean;
  /** Keeps inputs and sampled outputs of every cycle, to be replayed on another engine. */
  readonly record?: boolean;
  /**
   * Keeps what it takes to show, after a failed assertion, every signal of the cycles before it: `waveform` of the
   * error, and the file that the options name. Costs up to half a microsecond a step, more if many inputs change.
   */
  readonly postMortem?: boolean | PostMortemOptions;
}

export interface Simulation<P extends PortRecord = PortRecord> {
  /** Ports: inputs are driven, outputs read as they follow from state and inputs now. */
  readonly io: SimPorts<P>;
  /** Ports as they were at the last clock edge: what a register would have captured. For bus models. */
  readonly sampled: SimSampledPorts<P>;
  /** Clock edges so far. */
  readonly cycle: number;
  /** Runs `cycles` clock edges (1 by default). @throws SimulationError when an assertion fails, before that edge */
  step(cycles?: number): void;
  /** Holds `rst` for `cycles` edges (1 by default). Registers start as after a reset, so this is for resets in mid-run. */
  reset(cycles?: number): void;
  /** Steps until `condition` holds, looking before each edge. @throws SimulationError after `limit` edges */
  until(condition: () => boolean, limit?: number): void;
  /** Starts a bus model: it runs to its first `yield` now, and on after the edges that it waits for. */
  start(process: Process): void;
  /** Value of any named thing by its hierarchical name: `queue.wr`, `queue.ram[3]`. */
  peek(path: string): bigint | boolean | string;
  /** Overwrites a register or memory word. */
  poke(path: string, value: bigint | number): void;
  /** A memory's words by hierarchical name. */
  memory(path: string): { read(index: number): bigint; write(index: number, value: bigint | number): void };
  /** Records `signals` (hierarchical names; the top's ports by default) from now on, for text and VCD. */
  watch(signals?: readonly string[], options?: WaveformOptions): Waveform;
  /** The same with options only, such as `{ scope: 'queue' }`: all signals of an instance. */
  watch(options: WaveformOptions): Waveform;
  /** All that the future of the design depends on. */
  save(): Uint8Array;
  /**
   * Goes back, or forth, to a state that was saved in a simulation of the same module.
   * @throws SimulationError if processes run, which cannot go back with it, or a recording, which starts at cycle 0
   */
  restore(state: Uint8Array): void;
  /** What `record` kept. */
  readonly recording: Recording;
  /** The engine underneath. */
  readonly engine: BuiltinEngine;
}

const PATIENCE_CYCLES = 100_000;

/**
 * Elaborates a module, compiles it in memory and resets it.
 *
 * @throws HdlError for mistakes in the design; SimulationError for mistakes in the use of the simulator
 */
export function simulate<P extends PortRecord>(definition: ModuleDefinition<P>, options: SimulateOptions = {}): Simulation<P> {
  if (typeof definition?.elaborated !== 'function') throw new SimulationError(`simulate takes a module, not ${describe(definition)}`);
  const { seed, assertions, record = false, postMortem = false } = options ?? {};
  for (const [name, value] of Object.entries({ assertions, record })) {
    if (value !== undefined && typeof value !== 'boolean') throw new SimulationError(`simulate: ${name} must be true or false, not ${describe(value)}`);
  }
  if (typeof postMortem !== 'boolean' && (typeof postMortem !== 'object' || postMortem === null)) {
    throw new SimulationError(`simulate: postMortem must be true, false or options, not ${describe(postMortem)}`);
  }
  const design = elaborate(definition);
  const engineOptions = { ...(seed === undefined ? {} : { seed }), ...(assertions === undefined ? {} : { assertions }) };
  const engine = createEngine(design, engineOptions);
  const { leaves } = definition.elaborated();
  const processes = new Processes();
  const recorder = record ? new Recorder(design.top, engine) : undefined;
  const past = postMortem === false || assertions === false ? undefined : new PostMortem(engine, engineOptions, postMortem === true ? {} : postMortem);
  const watches: Watch[] = [];
  startLegal(leaves, engine);

  const edges = (cycles: number): void => {
    for (let left = cycles; left > 0;) {
      const stride = past === undefined ? left : Math.min(left, past.before());
      const done = engine.run(stride);
      past?.after();
      left -= done;
      if (done === stride) continue;
      if (engine.failure === undefined) throw new SimulationError('the engine stopped');
      throw past === undefined ? new SimulationError(failureText(engine.failure)) : past.error(engine.failure);
    }
  };

  /** One edge at a time where somebody looks at every cycle; else as many as nobody waits for. */
  const step = (cycles = 1): void => {
    wholeCycles('step', cycles);
    for (let left = cycles; left > 0;) {
      const stride = recorder === undefined ? Math.min(left, processes.quiet, unwatched()) : 1;
      for (const watch of watches) watch.sample();
      recorder?.before();
      edges(stride);
      recorder?.after();
      if (processes.active) processes.pass(stride);
      left -= stride;
    }
  };

  /** Edges until the next cycle that is watched, at least 1; Infinity without waveforms. */
  const unwatched = (): number => {
    let least = Infinity;
    for (const { startsAt } of watches) least = Math.min(least, Math.max(1, startsAt - engine.cycle));
    return least;
  };

  return {
    io: portAccess(definition.ports, leaves, { read: (leaf) => port(engine, leaf).get(), write: (leaf, value) => drive(engine, leaf, value) }) as SimPorts<P>,
    sampled: portAccess(definition.ports, leaves, { read: (leaf) => port(engine, leaf).sampled() }) as SimSampledPorts<P>,
    get cycle() { return engine.cycle; },
    step,
    reset: (cycles = 1) => {
      wholeCycles('reset', cycles);
      engine.input('rst').set(1n);
      try {
        step(cycles);
      } finally {
        engine.input('rst').set(0n);
      }
    },
    until: (condition, limit = PATIENCE_CYCLES) => {
      for (let waited = 0; !condition(); waited++) {
        if (waited === limit) throw new SimulationError(`until: the condition did not hold within ${limit} cycles`);
        step();
      }
    },
    start: (process) => processes.start(process),
    peek: (path) => {
      const { isBool, labels } = engine.signal(path);
      const bits = engine.peek(path);
      if (isBool) return bits !== 0n;
      return labels === undefined ? bits : labels.labels.find(({ value }) => value === bits)?.name ?? `?${bits}`;
    },
    poke: (path, given) => {
      const value = wholeBits(path, given);
      engine.poke(path, value);
      past?.note({ kind: 'poke', cycle: engine.cycle, path, value });
    },
    memory: (path) => ({
      read: (index) => engine.readMemory(path, index),
      write: (index, given) => {
        const value = wholeBits(`${path}[${index}]`, given);
        engine.writeMemory(path, index, value);
        past?.note({ kind: 'write', cycle: engine.cycle, path, index, value });
      },
    }),
    watch: (first?: readonly string[] | WaveformOptions, second?: WaveformOptions) => {
      const { signals, waveOptions } = watched(first, second);
      const watch = new Watch(engine, signals ?? (waveOptions.scope === undefined ? design.top.ports.map((net) => net.name) : []), waveOptions);
      watches.push(watch);
      return watch.waveform;
    },
    save: () => engine.save(),
    restore: (state) => {
      if (processes.active) throw new SimulationError('restore cannot bring running processes back to where they were: restore in a new simulation of the module, and start processes there');
      if (recorder !== undefined) throw new SimulationError('restore: a recording is replayed from cycle 0 on, so a simulation with { record: true } cannot be restored');
      engine.restore(state);
    },
    get recording() {
      if (recorder === undefined) throw new SimulationError('recording: nothing was recorded; simulate with { record: true }');
      return recorder.recording;
    },
    engine,
  };
}

function port(engine: BuiltinEngine, leaf: PortLeaf): { get(): bigint; sampled(): bigint } {
  return leaf.direction === 'in' ? engine.input(leaf.name) : engine.output(leaf.name);
}

function drive(engine: BuiltinEngine, leaf: PortLeaf, value: bigint): void {
  if (leaf.direction === 'out') throw new SimulationError(`${leaf.path.join('.')} is driven by the module and cannot be driven by the test bench`);
  engine.input(leaf.name).set(value);
}

/** Inputs start at 0; an enum without such a value, at its first label. */
function startLegal(leaves: readonly PortLeaf[], engine: BuiltinEngine): void {
  for (const leaf of leaves) {
    if (leaf.direction !== 'in' || leaf.shape.kind !== 'enum' || !String(hostValue(leaf.shape, 0n)).startsWith('?')) continue;
    engine.input(leaf.name).set(leaf.shape.encoding.labels[0]!.value);
  }
}

/** `watch` takes names, options, or both. */
function watched(first: unknown, second: unknown): { readonly signals: readonly string[] | undefined; readonly waveOptions: WaveformOptions } {
  if (first === undefined || Array.isArray(first)) return { signals: first as readonly string[] | undefined, waveOptions: (second ?? {}) as WaveformOptions };
  if (typeof first !== 'object' || first === null) throw new SimulationError(`watch takes a list of names, or options, not ${describe(first)}`);
  return { signals: undefined, waveOptions: first };
}

function wholeBits(path: string, value: bigint | number): bigint {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return BigInt(value);
  throw new SimulationError(`${path} takes a whole number, not ${describe(value)}`);
}

function wholeCycles(what: string, cycles: number): void {
  if (!Number.isSafeInteger(cycles) || cycles < 0) throw new SimulationError(`${what} takes a whole number of cycles from 0 up, not ${describe(cycles)}`);
}
