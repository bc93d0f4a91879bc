/**
 * Input values of a run. Each input's values depend on the seed and its name alone, so a design that lost other
 * inputs while it was shrunk sees the same values as before.
 */
import type { Port, Stimulus } from '../engines/subject.ts';
import { cornerOrAny } from './generate/literals.ts';
import { Random } from './random.ts';
import type { Spec } from './spec.ts';

export function stimulusOf(spec: Spec, inputs: readonly Port[]): Stimulus {
  const columns = inputs.map(({ name, width }) => valuesOf(spec.seed, name, width, spec.cycles));
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
