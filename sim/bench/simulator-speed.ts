/** How fast the whole system is simulated, engine and test bench, on each engine: the figures in real time. */
import { builtinEngine } from '../engine/builtin.ts';
import type { Engine } from '../engine/engine.ts';
import { verilatorEngine } from '../engine/verilator/verilator.ts';
import { MissingToolError } from '../native-tool.ts';
import type { Family, Subject } from './figure.ts';
import { bulkMachine } from './goodput.ts';
import { quantile } from './meter.ts';
import { closeStreams, startStreams, type Streams } from './streams.ts';

const WARM_UP_CYCLES = 15_000;
/** The engines take turns, each so many cycles, so that whatever else the machine does slows both. */
const SLICE_CYCLES = 5000;
const SLICES = 30;

const BUILTIN = 'sim_cycles_per_second_builtin';
const VERILATOR = 'sim_cycles_per_second_verilator';
const RATIO = 'sim_builtin_over_verilator';
const speedOf = (engine: string) => ({ unit: 'cycles/s', doc: `clock cycles of a bulk transfer both ways on ${engine}, with all around it, a second of wall time` });

export const simulatorSpeed: Family = {
  figures: {
    [BUILTIN]: speedOf('the built-in engine'),
    [VERILATOR]: speedOf('Verilator'),
    [RATIO]: { unit: 'times', doc: 'the one by the other, in processor time: the median of turns of both in one run', goal: { bound: 'at least', value: 1 } },
  },
  measure: async (subject, wanted): Promise<Readonly<Record<string, number>>> => {
    const { design, seed, absent, progress = () => {} } = subject;
    const builtin = () => builtinEngine(design, { seed });
    const [first, ...more] = [VERILATOR, RATIO].filter((name) => wanted.has(name));
    if (first === undefined) return { [BUILTIN]: speeds(subject, [builtin()])[0]!.mean };
    progress(`${first}: builds the model`);
    try {
      // With what `vtoe run` has: the fast build, assertions watched.
      const verilator = await verilatorEngine(design, { seed, onProgress: ({ what, done, of }) => progress(`${what}: ${done} of ${of}`) });
      const [one, other] = speeds(subject, [builtin(), verilator]);
      return { [BUILTIN]: one!.mean, [VERILATOR]: other!.mean, [RATIO]: quantile(one!.busy.map((seconds, i) => other!.busy[i]! / seconds), 0.5) };
    } catch (error) {
      if (!(error instanceof MissingToolError)) throw error;
      absent?.([first, ...more], error);
      return wanted.has(BUILTIN) ? { [BUILTIN]: speeds(subject, [builtin()])[0]!.mean } : {};
    }
  },
};

interface Speed {
  /** Cycles a second of wall time, of all turns. */
  readonly mean: number;
  /** Seconds of processor time, of each turn: what others do meanwhile is not in it. */
  readonly busy: readonly number[];
}

/** Of the same transfer on each of the engines. */
function speeds(subject: Subject, engines: readonly Engine[]): readonly Speed[] {
  const { config: { clockHz }, scale = 1, progress = () => {} } = subject;
  progress('sim_cycles_per_second');
  const runs = engines.map((engine) => {
    const streams = startStreams(subject, { connections: 1, transmits: true, receives: true, callBytes: 16_384, engine, machine: bulkMachine(clockHz, 1e-6) }, () => {});
    streams.machine.bench.run(WARM_UP_CYCLES);
    return { streams, before: moved(streams), seconds: 0, busy: [] as number[] };
  });
  const slices = Math.ceil(SLICES * scale);
  for (let i = 0; i < slices; i += 1) {
    for (const run of runs) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      run.streams.machine.bench.run(SLICE_CYCLES);
      const { user, system } = process.cpuUsage(before);
      run.seconds += (performance.now() - start) / 1000;
      run.busy.push((user + system) / 1e6);
    }
  }
  const least = Math.min(...runs.map(({ streams, before }) => {
    const now = moved(streams);
    return Math.min(now.transmitted - before.transmitted, now.received - before.received);
  }));
  const ends = runs.map(({ streams }) => JSON.stringify(moved(streams)));
  for (const { streams } of runs) closeStreams(streams);
  if (least === 0) throw new Error('nothing moved while the speed was measured');
  if (new Set(ends).size > 1) throw new Error(`the engines did not do the same: ${ends.join(' and ')}`);
  return runs.map(({ seconds, busy }) => ({ busy, mean: (slices * SLICE_CYCLES) / seconds }));
}

function moved({ transmitted, received }: Streams): { readonly transmitted: number; readonly received: number } {
  return { transmitted: transmitted.bytes, received: received.bytes };
}
