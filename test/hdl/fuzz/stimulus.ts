/**
 * Input values of a run. Each input's values depend on the seed and its name alone, so a design that lost other
 * inputs while it was shrunk sees the same values as before.
 */
import type { Port, Stimulus } from '../engines/subject.ts';
import { cornerOrAny } from './generate/literals.ts';
import { Random } from '../support/random.ts';
import type { Spec } from './spec.ts';

export function stimulusOf(spec: Spec, inputs: readonly Port[]): Stimulus {
  const quiet = quietCycles(spec);
  const columns = inputs.map(({ name, width }) => held(valuesOf(spec.seed, name, width, spec.cycles), quiet, new Random(spec.seed, `${name} held`)));
  const resets = new Set(spec.resets);
  return {
    cycles: Array.from({ length: spec.cycles }, (_, cycle) => ({ reset: resets.has(cycle), inputs: columns.map((column) => column[cycle]!) })),
  };
}

function valuesOf(seed: number, name: string, width: number, cycles: number): bigint[] {
  const twin = /^y(\d+)$/.exec(name);
  const own = ownValues(new Random(seed, name), width, cycles);
  if (twin === null) return own;
  return likeTwin(new Random(seed, `${name} like x`), ownValues(new Random(seed, `x${twin[1]}`), width, cycles), own, width);
}

/** Stretches in which nearly all inputs hold their values: a design comes to rest, and wakes up. */
function quietCycles({ seed, cycles }: Spec): ReadonlySet<number> {
  const random = new Random(seed, 'quiet');
  const quiet = new Set<number>();
  for (let cycle = random.between(8, 24); cycle < cycles; cycle += random.between(10, 20)) {
    for (let left = random.between(4, 10); left > 0; left -= 1, cycle += 1) quiet.add(cycle);
  }
  return quiet;
}

/** In quiet cycles an input keeps its value, with few exceptions. */
function held(values: bigint[], quiet: ReadonlySet<number>, random: Random): bigint[] {
  for (let cycle = 1; cycle < values.length; cycle += 1) if (quiet.has(cycle) && !random.chance(0.03)) values[cycle] = values[cycle - 1]!;
  return values;
}

/** Stretches of a few cycles: random, held, counting, corners. */
function ownValues(random: Random, width: number, cycles: number): bigint[] {
  const values: bigint[] = [];
  while (values.length < cycles) {
    const kind = random.below(4);
    let value = cornerOrAny(width, random);
    for (let left = random.between(1, 8); left > 0; left -= 1) {
      if (kind === 0) value = random.bits(width);
      else if (kind === 1) value = BigInt.asUintN(width, value + 1n);
      else if (kind === 2) value = cornerOrAny(width, random);
      values.push(value);
    }
  }
  return values.slice(0, cycles);
}

/** Equal, off by one, or one bit apart: what comparisons and carries must tell apart. */
function likeTwin(random: Random, twin: readonly bigint[], own: readonly bigint[], width: number): bigint[] {
  return own.map((value, cycle) => {
    const other = twin[cycle]!;
    switch (random.below(8)) {
      case 0: case 1: return other;
      case 2: return other ^ (1n << BigInt(random.below(width)));
      case 3: return BigInt.asUintN(width, other + (random.chance(0.5) ? 1n : -1n));
      case 4: return BigInt.asUintN(width, random.chance(0.5) ? ~other : -other);
      default: return value;
    }
  });
}
