/** What went in and came out, cycle by cycle: to be replayed on another engine and compared. */
import type { Module } from '../ir/design.ts';
import type { BuiltinEngine } from './engine.ts';

export interface Recording {
  /** Names of the input leaves, `rst` first. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** One entry a cycle: inputs as applied before the edge, outputs as sampled at it. */
  readonly cycles: readonly { readonly inputs: readonly bigint[]; readonly outputs: readonly bigint[] }[];
}

export class Recorder {
  readonly recording: Recording;
  readonly #inputs: readonly { get(): bigint }[];
  readonly #outputs: readonly { sampled(): bigint }[];
  readonly #cycles: { inputs: readonly bigint[]; outputs: readonly bigint[] }[] = [];
  #applied: readonly bigint[] = [];

  constructor(top: Module, engine: BuiltinEngine) {
    const inputs = ['rst', ...top.ports.filter((net) => net.kind === 'input').map((net) => net.name)];
    const outputs = top.ports.filter((net) => net.kind === 'output').map((net) => net.name);
    this.#inputs = inputs.map((name) => engine.input(name));
    this.#outputs = outputs.map((name) => engine.output(name));
    this.recording = { inputs, outputs, cycles: this.#cycles };
  }

  before(): void {
    this.#applied = this.#inputs.map((input) => input.get());
  }

  after(): void {
    this.#cycles.push({ inputs: this.#applied, outputs: this.#outputs.map((output) => output.sampled()) });
  }
}
