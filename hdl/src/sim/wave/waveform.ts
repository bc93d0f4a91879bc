/** What was recorded of signals, as text, as VCD, or as values. */
import { SimulationError } from '../error.ts';
import type { TraceRecording } from './trace-recording.ts';
import type { Trace, TraceWindow } from './trace.ts';
import { vcdParts } from './vcd.ts';
import { writeParts } from './vcd-file.ts';
import { shownCycles, waveText, type WaveTextOptions } from './wave-text.ts';

/** Characters that a string may have. */
const LONGEST_STRING = 2 ** 29 - 24;

/** Where a waveform comes from. It may be made only when it is looked at. */
export interface WaveformSource {
  /** Name of the top module. */
  readonly top: string;
  readonly from: number;
  readonly to: number;
  recording(): TraceRecording;
}

export class Waveform {
  readonly #source: WaveformSource;

  constructor(source: WaveformSource) {
    this.#source = source;
  }

  /** First cycle that is kept: from there on the waveform is whole. */
  get from(): number {
    return this.#source.from;
  }

  /** Cycle after the last one. */
  get to(): number {
    return this.#source.to;
  }

  /** What is kept now, as values: takes much memory if many signals are recorded. */
  get window(): TraceWindow {
    const recording = this.#source.recording();
    return windowOf(recording, recording.from, recording.to, recording.signals.map((_, i) => i));
  }

  /** In characters, for a terminal or a test's snapshot: values in hexadecimal, enums by label. */
  text(options?: WaveTextOptions): string {
    const recording = this.#source.recording();
    const { from, to } = shownCycles(recording, options ?? {});
    return waveText(windowOf(recording, from, to, chosen(recording, options?.signals)), options?.columns);
  }

  /** As a value change dump (IEEE 1364, clause 18), for GTKWave; one cycle is `periodNs` nanoseconds, 10 by default. */
  vcd(periodNs = 10): string {
    const parts: string[] = [];
    let length = 0;
    for (const part of vcdParts(this.#source.recording(), this.#source.top, periodNs)) {
      length += part.length;
      if (length > LONGEST_STRING) throw new SimulationError('this waveform is too long for one string: write it to a file with writeVcd');
      parts.push(part);
    }
    return parts.join('');
  }

  /** Writes the value change dump to a file, however long it is. */
  writeVcd(file: string, periodNs = 10): void {
    writeParts(file, vcdParts(this.#source.recording(), this.#source.top, periodNs));
  }

  /** What printers of errors and test runners show of it; the cycles themselves would be too much. */
  toJSON(): { readonly from: number; readonly to: number } {
    return { from: this.from, to: this.to };
  }
}

function chosen({ signals }: TraceRecording, paths: readonly string[] | undefined): number[] {
  if (paths === undefined) return signals.map((_, i) => i);
  const numbers = new Map(signals.map(({ path }, i) => [path, i]));
  return paths.map((path) => {
    const number = numbers.get(path);
    if (number === undefined) throw new SimulationError(`the waveform has no signal ${path}`);
    return number;
  });
}

function windowOf(recording: TraceRecording, from: number, to: number, signals: readonly number[]): TraceWindow {
  const changes: { cycle: number; value: bigint }[][] = recording.signals.map(() => []);
  const isChosen = new Set(signals);
  const reading = recording.read(from, to);
  for (const { cycle, signals: changed } of reading.cycles()) {
    for (const signal of changed) if (isChosen.has(signal)) changes[signal]!.push({ cycle, value: reading.value(signal) });
  }
  const traces = signals.map((i): Trace => {
    const { path, width, isBool, labels } = recording.signals[i]!;
    return { path, width, isBool, labels, changes: changes[i]! };
  });
  return { from, to, traces };
}
