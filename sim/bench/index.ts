/** All families of figures, and how they are measured. */
import { elaborate } from '@vtoe/hdl';
import { type Config, config as configOf } from '../../hw/config.ts';
import { toe } from '../../hw/toe.ts';
import { bubbles } from './bubbles.ts';
import { connectionRate } from './connection-rate.ts';
import { type Family, type FigureFacts, type MeasuredFigure, measured, type Subject } from './figure.ts';
import { goodput } from './goodput.ts';
import { latency } from './latency.ts';
import { minimumFrames } from './minimum-frames.ts';
import { packetRate } from './packet-rate.ts';
import { simulatorSpeed } from './simulator-speed.ts';

export const FAMILIES: readonly Family[] = [goodput, bubbles, latency, packetRate, minimumFrames, connectionRate, simulatorSpeed];

/** All figures by name, in the order in which they are measured. */
export const FIGURES: Readonly<Record<string, FigureFacts>> = Object.assign({}, ...FAMILIES.map(({ figures }) => figures));

export interface BenchOptions extends Omit<Subject, 'config' | 'design' | 'seed'> {
  /** Default all. */
  readonly only?: readonly string[];
  /** Default that of a build without settings. */
  readonly config?: Config;
  readonly seed?: number;
}

/** @throws Error in one sentence, if a byte was wrong or a run did not come to its end */
export async function bench({ only = Object.keys(FIGURES), config = configOf(), seed = 1, ...rest }: BenchOptions = {}): Promise<MeasuredFigure[]> {
  const wanted = new Set(only);
  const subject: Subject = { config, design: elaborate(toe(config)), seed, ...rest };
  const all: MeasuredFigure[] = [];
  for (const family of FAMILIES) {
    const mine = Object.keys(family.figures).filter((name) => wanted.has(name));
    if (mine.length === 0) continue;
    const values = await family.measure(subject, new Set(mine));
    for (const name of mine) if (values[name] !== undefined) all.push(measured(name, family.figures[name]!, values[name]));
  }
  return all;
}
