/** Random packed literals: corner values are as likely as all others together. */
import type { Data } from '@vtoe/hdl';
import type { Random } from '../../support/random.ts';
import { type Expr, literal } from '../spec.ts';

/** A packed value that a literal of the shape can have: labels of enums only. */
export function randomValue(shape: Data, random: Random): bigint {
  switch (shape.kind) {
    case 'uint': return cornerOrAny(shape.width, random);
    case 'bool': return random.bits(1);
    case 'enum': return random.pick(shape.encoding.labels).value;
    case 'bundle':
      return Object.values(shape.fields).reduce((word, field) => (word << BigInt(field.width)) | randomValue(field, random), 0n);
    case 'vec':
      return Array.from({ length: shape.length }).reduce<bigint>((word) => (word << BigInt(shape.element.width)) | randomValue(shape.element, random), 0n);
  }
}

export function randomLiteral(shape: Data, random: Random): Expr {
  return literal(shape, randomValue(shape, random));
}

export function cornerOrAny(width: number, random: Random): bigint {
  const ones = (1n << BigInt(width)) - 1n;
  switch (random.below(8)) {
    case 0: return 0n;
    case 1: return ones;
    case 2: return 1n << BigInt(random.below(width));
    case 3: return ones >> 1n;
    default: return random.bits(width);
  }
}
