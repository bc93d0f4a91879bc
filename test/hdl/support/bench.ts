/**
 * What every hardware test does besides its own checks: each run is recorded and replayed on the emitted Verilog, and
 * the Verilog is linted and checked.
 *
 * ```ts
 * const bench = hardwareBench();
 * test('…', () => { const sim = bench.simulate(fifo(UInt(8), 4)); … });
 * bench.verilog(); // last in the file
 * ```
 */
import { type Design, elaborate, type ModuleDefinition, type PortRecord, simulate, type SimulateOptions, type Simulation } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { lint } from '../engines/lint.ts';
import { replay, type Replay } from '../engines/replay.ts';

export interface HardwareBench {
  /** As the language's `simulate`, recorded. */
  simulate<P extends PortRecord>(definition: ModuleDefinition<P>, options?: SimulateOptions): Simulation<P>;
  /** Declares the tests of the emitted Verilog of everything that was simulated: replay, lint, check. */
  verilog(): void;
}

export function hardwareBench(): HardwareBench {
  const designs = new Map<string, Design>();
  const runs: { readonly design: Design; readonly simulation: Simulation }[] = [];
  return {
    simulate: (definition, options) => {
      const design = elaborate(definition);
      const simulation = simulate(definition, { ...options, record: true });
      designs.set(design.top.name, design);
      runs.push({ design, simulation: simulation as unknown as Simulation });
      return simulation;
    },
    verilog: () => {
      test('emitted Verilog behaves the same', async () => {
        const recorded: Replay[] = runs.map(({ design, simulation }) => ({ design, recording: simulation.recording }));
        expect(recorded.length).toBeGreaterThan(0);
        expect(await replay(recorded)).toEqual([]);
      });
      test('emitted Verilog is clean', async () => {
        expect(await lint([...designs.values()])).toEqual([]);
      });
    },
  };
}
