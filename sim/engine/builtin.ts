/** The built-in simulator as an engine. */
import { type BuiltinEngine, createEngine, type Design } from '@vtoe/hdl';
import { failureText } from '@vtoe/hdl/internal/sim/failure';
import { Watch as Recorder } from '@vtoe/hdl/internal/sim/wave/watch';
import type { Engine, EngineFailure, EnginePort, Ports, TraceOptions, Watch } from './engine.ts';
import { portsOver } from './ports.ts';

export interface BuiltinOptions {
  /** Of the pseudo-random start contents; 1 by default. */
  readonly seed?: number;
  /** Whether assertions are watched; default true. */
  readonly assertions?: boolean;
}

export interface BuiltinSimulator extends Engine {
  /** Sets a register, by its path; for the next edge. */
  poke(path: string, value: bigint): void;
}

export function builtinEngine(design: Design, options: BuiltinOptions = {}): BuiltinSimulator {
  return new Builtin(createEngine(design, options));
}

class Builtin implements BuiltinSimulator {
  readonly name = 'built-in';
  readonly ports: Ports;
  readonly #engine: BuiltinEngine;
  #trace: { readonly recorder: Recorder; readonly file: string } | undefined;

  constructor(engine: BuiltinEngine) {
    this.#engine = engine;
    const inputs = [...engine.inputs.values()].map(({ name, width, offset }): EnginePort => ({ name, width, direction: 'in', offset, nowOffset: offset }));
    const outputs = [...engine.outputs.values()].map(({ name, width, sampledOffset, nowOffset }): EnginePort => ({ name, width, direction: 'out', offset: sampledOffset, nowOffset }));
    this.ports = portsOver(engine.buffer, [...inputs, ...outputs]);
  }

  get cycle(): number {
    return this.#engine.cycle;
  }

  get failure(): EngineFailure | undefined {
    const { failure } = this.#engine;
    return failure && { cycle: failure.cycle, message: failureText(failure) };
  }

  run(cycles: number, watch?: Watch): number {
    const at = watch === undefined ? undefined : this.ports.port(watch.output).offset >> 2;
    for (let done = 0; done < cycles;) {
      const part = at === undefined ? Math.min(cycles - done, this.#untraced()) : 1;
      this.#trace?.recorder.sample();
      const ran = this.#engine.run(part);
      done += ran;
      if (ran < part || (at !== undefined && this.ports.words[at] !== 0)) return done;
    }
    return cycles;
  }

  settle(): void {
    this.#engine.settle();
  }

  peek(path: string): bigint {
    return this.#engine.peek(path);
  }

  poke(path: string, value: bigint): void {
    this.#engine.poke(path, value);
  }

  trace({ file, scope = '', from, cycles }: TraceOptions): void {
    if (!file.endsWith('.vcd')) throw new Error(`the built-in engine writes .vcd files and cannot write ${file}`);
    if (this.#trace !== undefined) throw new Error(`${file}: a waveform is being written already`);
    const recorder = new Recorder(this.#engine, [], { scope, cycles: cycles ?? Number.MAX_SAFE_INTEGER, ...(from === undefined ? {} : { from }) });
    this.#trace = { recorder, file };
  }

  save(): Uint8Array {
    return this.#engine.save();
  }

  restore(state: Uint8Array): void {
    this.#engine.restore(state);
  }

  close(): void {
    const trace = this.#trace;
    this.#trace = undefined;
    trace?.recorder.waveform.writeVcd(trace.file);
  }

  /** Cycles until the next one that is traced, at least 1. */
  #untraced(): number {
    return this.#trace === undefined ? Infinity : Math.max(1, this.#trace.recorder.startsAt - this.#engine.cycle);
  }
}
