/** The language's own simulator, run like the native engines: same stimulus, same rows. */
import type { Design } from '@vtoe/hdl';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { RANDOM_SEED } from './bench.ts';
import { type Port, row, type Sampled, type Stimulus } from './subject.ts';

/** Inputs of a design's top, without clock and reset, and its outputs: in the order of its ports. */
export function portsOf(design: Design): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } {
  const ports = (kind: string): Port[] => design.top.ports.filter((net) => net.kind === kind).map(({ name, width }) => ({ name, width }));
  return { inputs: ports('input'), outputs: ports('output') };
}

/** Assertions are off: a fuzzed design breaks its promises, and all engines must agree on what happens then. */
export function builtin(design: Design, stimulus: Stimulus): Sampled {
  const engine = createEngine(design, { seed: RANDOM_SEED, assertions: false });
  const { inputs, outputs } = portsOf(design);
  const reset = engine.input('rst');
  const drive = inputs.map(({ name }) => engine.input(name));
  const watch = outputs.map(({ name }) => engine.output(name));
  return stimulus.cycles.map((cycle) => {
    reset.set(cycle.reset ? 1n : 0n);
    for (const [i, port] of drive.entries()) port.set(cycle.inputs[i]!);
    engine.run(1);
    return row(outputs, watch.map((port) => port.sampled()));
  });
}
