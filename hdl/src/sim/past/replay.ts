/** Runs the recent past again on an engine of its own, and records every signal of its last cycles. */
import { applyChanges, ENTRY_HEADER_WORDS } from '../wave/changes.ts';
import type { BuiltinEngine } from '../engine.ts';
import { SimulationError } from '../error.ts';
import { type Failure, failureText } from '../failure.ts';
import type { Intervention, Past } from './history.ts';
import { TraceRecording } from '../wave/trace-recording.ts';
import { BYTES_KEPT } from '../wave/watch.ts';

export class Replay {
  readonly recording: TraceRecording;
  readonly #engine: BuiltinEngine;
  readonly #from: number;
  readonly #failure: Failure;

  /**
   * @param engine a new one, of the same design with the same options
   * @param from first cycle to be recorded
   * @throws SimulationError if the failure does not come again
   */
  constructor(engine: BuiltinEngine, past: Past, from: number, failure: Failure) {
    this.#engine = engine;
    this.#from = from;
    this.#failure = failure;
    if (past.state !== undefined) engine.restore(past.state);
    this.recording = new TraceRecording(engine, engine.signals.map(({ path }) => path), from, { cycles: Infinity, bytes: BYTES_KEPT });
    const inputs = inputWords(engine);
    const interventions = past.interventions[Symbol.iterator]();
    let intervention = interventions.next();
    /** Those of a cycle come before its inputs: both happened before the run. */
    const intervene = (cycle: number): void => {
      for (; intervention.done !== true && intervention.value.cycle <= cycle; intervention = interventions.next()) {
        this.#runTo(intervention.value.cycle);
        apply(engine, intervention.value);
      }
    };
    for (const { cycle, words } of inputChanges(past)) {
      intervene(cycle);
      this.#runTo(cycle);
      inputs.set(words.subarray(0, inputs.length));
    }
    intervene(failure.cycle);
    this.#runTo(failure.cycle);
    this.recording.sample();
    if (engine.run(1) !== 0 || engine.failure === undefined || failureText(engine.failure) !== failureText(failure)) throw this.#differs();
  }

  #runTo(cycle: number): void {
    const engine = this.#engine;
    const start = Math.min(cycle, this.#from);
    if (engine.cycle < start) engine.run(start - engine.cycle);
    if (engine.cycle < start) throw this.#differs();
    while (engine.cycle < cycle) {
      this.recording.sample();
      if (engine.run(1) !== 1) throw this.#differs();
    }
  }

  #differs(): SimulationError {
    return new SimulationError(
      `the run up to cycle ${this.#failure.cycle} cannot be repeated: memory was written through engine.buffer, and engine.changed() was not called after it`,
    );
  }
}

function apply(engine: BuiltinEngine, intervention: Intervention): void {
  if (intervention.kind === 'poke') engine.poke(intervention.path, intervention.value);
  else engine.writeMemory(intervention.path, intervention.index, intervention.value);
}

/** All inputs, whenever one of them changed. The words are valid up to the next change. */
function* inputChanges({ inputs, summaries }: Past): Iterable<{ readonly cycle: number; readonly words: Uint32Array }> {
  const words = inputs[0]!.start.slice();
  for (const { entries } of inputs) {
    for (let at = 0; at < entries.length;) {
      const cycle = entries[at]! + entries[at + 1]! * 2 ** 32;
      at = applyChanges(entries, at + ENTRY_HEADER_WORDS, summaries, words);
      yield { cycle, words };
    }
  }
}

/** Inputs are one area of memory. */
function inputWords(engine: BuiltinEngine): Uint32Array {
  const ports = [...engine.inputs.values()];
  const start = ports.reduce((least, { offset }) => Math.min(least, offset), Infinity);
  const end = ports.reduce((most, { offset, limbs }) => Math.max(most, offset + 8 * limbs), 0);
  return new Uint32Array(engine.buffer, start, (end - start) >>> 2);
}
