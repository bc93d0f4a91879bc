/** Size and longest paths of the pipeline, stage by stage, out of a synthesized netlist. */
import { longestPaths, type Netlist, type Path, resources } from './netlist-delay.ts';

/** What ends a stage: registers by name, memories' ports. The first that fits counts. */
const STAGES: readonly (readonly [stage: string, ends: RegExp])[] = [
  ['P0 admission', /\b(reading_0|chain_0|admission_|placeCredit|sendCredit|store_walk)/],
  ['P1 read', /\bstore_\w+_rd_address|ADDRARDADDR|ADDRBWRADDR|EN[AB]|REGCE/],
  ['P6 write back', /_rd_(copy|hit)|_rd_out_|DI[AB]DI|DIP[AB]DIP|WE[AB]/],
  ['P3 differences', /_decisions\b|checked_0/],
  ['P4 decisions', /_update\b|checked_1/],
  ['P5 update', /_writeBack\b|checked_2/],
];

export interface StageFigure {
  readonly stage: string;
  readonly ns: number;
  readonly luts: number;
  readonly carries: number;
  readonly end: string;
}

/** The longest path of each stage, and what fits into none. Outputs end no path: a register or memory behind them does. */
export function stageFigures(netlist: Netlist): StageFigure[] {
  const worst = new Map<string, Path>();
  for (const path of longestPaths(netlist)) {
    const stage = STAGES.find(([, ends]) => ends.test(path.end))?.[0] ?? 'others';
    if (path.ps > (worst.get(stage)?.ps ?? 0)) worst.set(stage, path);
  }
  return [...worst].map(([stage, { ps, luts, carries, end }]) => ({ stage, ns: ps / 1000, luts, carries, end })).toSorted((a, b) => a.stage.localeCompare(b.stage));
}

export function figures(netlist: Netlist): string {
  const { lut, ff, ramb36, carry4, dsp } = resources(netlist);
  return [
    `${lut} LUT, ${ff} FF, ${ramb36} BRAM36, ${carry4} CARRY4, ${dsp} DSP`,
    ...stageFigures(netlist).map(({ stage, ns, luts, carries, end }) => `${stage.padEnd(16)} ${ns.toFixed(1).padStart(5)} ns  ${String(luts).padStart(2)} LUT ${String(carries).padStart(3)} CARRY4  to ${end.split(' ')[0]}`),
  ].join('\n');
}
