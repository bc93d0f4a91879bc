/** The language's own simulator, run like the native engines: same stimulus, same rows. */
import { type BuiltinEngine, createEngine, type Design, type EngineOptions } from '@vtoe/hdl';
import { RANDOM_SEED } from './bench.ts';
import { type Port, row, type Sampled, type Stimulus } from './subject.ts';

/** Inputs of a design's top, without clock and reset, and its outputs: in the order of its ports. */
export function portsOf(design: Design): { readonly inputs: readonly Port[]; readonly outputs: readonly Port[] } {
  const ports = (kind: string): Port[] => design.top.ports.filter((net) => net.kind === kind).map(({ name, width }) => ({ name, width }));
  return { inputs: ports('input'), outputs: ports('output') };
}

/** What a caller does to the engine itself before and after each edge. */
export interface AroundEdge {
  before(engine: BuiltinEngine, reset: boolean): void;
  after(engine: BuiltinEngine, reset: boolean): void;
}

/** In every so many cycles the outputs as of now are read before the edge: they are what the edge then samples. */
const SETTLE_EVERY = 7;

/**
 * Assertions are off: a fuzzed design breaks its promises, and all engines must agree on what happens then.
 * @throws if the simulator's two views of the outputs differ
 */
export function builtin(design: Design, stimulus: Stimulus, around?: AroundEdge, options: Pick<EngineOptions, 'gating' | 'tuning'> = {}): Sampled {
  const engine = createEngine(design, { seed: RANDOM_SEED, assertions: false, ...options });
  const { inputs, outputs } = portsOf(design);
  const reset = engine.input('rst');
  const drive = inputs.map(({ name }) => engine.input(name));
  const watch = outputs.map(({ name }) => engine.output(name));
  return stimulus.cycles.map((cycle, number) => {
    reset.set(cycle.reset ? 1n : 0n);
    for (const [i, port] of drive.entries()) port.set(cycle.inputs[i]!);
    around?.before(engine, cycle.reset);
    const now = number % SETTLE_EVERY === 0 ? row(outputs, watch.map((port) => port.get())) : undefined;
    engine.run(1);
    around?.after(engine, cycle.reset);
    const sampled = row(outputs, watch.map((port) => port.sampled()));
    if (now !== undefined && now !== sampled) throw new Error(`cycle ${number}: outputs settle to ${now}, the edge samples ${sampled}`);
    return sampled;
  });
}
