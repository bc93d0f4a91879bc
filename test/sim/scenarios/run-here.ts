/** Runs a scenario in the test's own process, on the built-in engine, perhaps with a fault. */
import type { Design } from '@vtoe/hdl';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { Engine, Watch } from '../../../sim/engine/engine.ts';
import type { PcapngWriter } from '../../../sim/link/pcapng.ts';
import { scenarioNamed } from '../../../sim/scenarios/index.ts';
import type { Figure, Report } from '../../../sim/scenarios/report.ts';

/** A bit of an output that the models see as 1 at the edges of some cycles. */
export interface Fault {
  readonly output: string;
  readonly bit: number;
  readonly from: number;
  readonly to: number;
}

export interface HereOptions {
  readonly seed?: number;
  readonly settings?: readonly string[];
  readonly fault?: Fault;
  readonly capture?: PcapngWriter;
  readonly skip?: boolean;
}

export interface Ran {
  readonly report: Report;
  /** Figures by their keys. */
  readonly figure: Readonly<Record<string, Figure['value']>>;
  readonly interims: number;
  /** Cycles that were run. */
  readonly evaluatedCycles: number;
}

export async function runHere(name: string, { seed = 1, settings = [], fault, capture, skip = true }: HereOptions = {}): Promise<Ran> {
  let interims = 0;
  let engine: Engine | undefined;
  const report = await scenarioNamed(name).run({
    seed, skip, capture,
    openEngine: async (design: Design) => (engine = faulty(builtinEngine(design, { seed }), fault)),
    progress: () => {},
    interim: () => { interims += 1; },
  }, settings);
  return { report, interims, evaluatedCycles: engine?.cycle ?? 0, figure: Object.fromEntries(report.figures.map(({ key, value }) => [key, value])) };
}

function faulty(engine: Engine, fault: Fault | undefined): Engine {
  if (fault === undefined) return engine;
  const at = (engine.ports.port(fault.output).offset >> 2) + (fault.bit >> 5);
  const run = engine.run.bind(engine);
  engine.run = (cycles: number, watch?: Watch): number => {
    const { cycle } = engine;
    const ran = run(cycles, watch);
    if (cycle >= fault.from && cycle <= fault.to) engine.ports.words[at]! |= 1 << (fault.bit & 31);
    return ran;
  };
  return engine;
}
