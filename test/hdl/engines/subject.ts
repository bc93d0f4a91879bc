/** What a native engine is given and what it gives back: a design's Verilog, values for its inputs, its sampled outputs. */

export interface SourceFile {
  /** Without folders; Verilog ends in `.v`, everything else is data that the Verilog names (`$readmemh`). */
  readonly name: string;
  readonly text: string;
}

export interface Port {
  readonly name: string;
  readonly width: number;
}

/** Input values, cycle by cycle. The clock and reset ports `clk` and `rst` are implicit. */
export interface Stimulus {
  readonly cycles: readonly StimulusCycle[];
}

export interface StimulusCycle {
  readonly reset: boolean;
  /** One value an input port, in the subject's order. */
  readonly inputs: readonly bigint[];
}

export interface Subject {
  /** Says in messages which design it was. */
  readonly name: string;
  /** Verilog name of the top module. Module names are distinct in a batch, or their files equal. */
  readonly top: string;
  readonly files: readonly SourceFile[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly stimulus: Stimulus;
}

/**
 * Outputs just before each rising edge, the cycle's inputs applied: one row a cycle, in it one hexadecimal field an
 * output port, padded to the port's width and separated by a space. Text, because engines' rows are only ever
 * compared, and an unknown bit (`x`) must show.
 */
export type Sampled = readonly string[];

/** What became of one subject: rows, or why there are none (a compiler's message). */
export type Outcome = { readonly rows: Sampled } | { readonly error: string };

/** One row of {@link Sampled} from values. */
export function row(outputs: readonly Port[], values: readonly bigint[]): string {
  return outputs.map((port, i) => (values[i] ?? 0n).toString(16).padStart(hexDigits(port.width), '0')).join(' ');
}

export function hexDigits(width: number): number {
  return Math.ceil(width / 4);
}
