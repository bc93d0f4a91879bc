/**
 * Makes random expressions of a wanted shape out of what can be read at this point of a module.
 *
 * A maker has a depth: how many operators may stand above each other. Operands come from {@link Readables}, so nothing
 * here can close a combinational loop: what is not yet driven is not yet readable.
 */
import { Bool, type Data, UInt } from '@vtoe/hdl';
import { OPERATOR_ROWS, type OperatorRow } from '../operators.ts';
import type { Random } from '../../support/random.ts';
import { type Expr, literal, operation } from '../spec.ts';
import { randomLiteral } from './literals.ts';
import type { Readables } from './readables.ts';

export class Maker {
  readonly random: Random;
  readonly readables: Readables;
  readonly depth: number;

  constructor(random: Random, readables: Readables, depth: number) {
    this.random = random;
    this.readables = readables;
    this.depth = depth;
  }

  at(depth: number): Maker {
    return new Maker(this.random, this.readables, depth);
  }

  chance(probability: number): boolean {
    return this.random.chance(probability);
  }

  between(least: number, most: number): number {
    return this.random.between(least, most);
  }

  /** An expression of any shape. */
  value(shape: Data): Expr {
    switch (shape.kind) {
      case 'uint': return this.uint(shape.width);
      case 'bool': return this.bool();
      default: return this.aggregate(shape);
    }
  }

  uint(width: number): Expr {
    if (this.depth > 0 && this.chance(0.06)) {
      const element = this.#element(width);
      if (element !== undefined) return element;
    }
    if (this.depth <= 0 || this.chance(width > WIDE ? 0.6 : 0.2)) return this.#leaf(width);
    const rows = (width > WIDE ? WIDE_ROWS : RESULT_ROWS).filter((row) => width >= row.least && width % row.multiple === 0);
    const made = this.random.pick(rows).make(this.at(this.depth - 1), width);
    return made.shape.kind === 'bool' ? operation('toUInt', UInt(1), [made]) : made;
  }

  bool(): Expr {
    const known = this.readables.of(Bool);
    if (known.length > 0 && (this.depth <= 0 || this.chance(0.2))) return this.random.pick(known);
    if (this.depth > 0 && this.chance(0.1)) {
      const compared = this.#comparedAggregate();
      if (compared !== undefined) return compared;
    }
    const row: OperatorRow = this.random.pick(BOOL_ROWS);
    const widths = this.readables.widths.filter((width) => width <= row.most);
    const width = widths.length > 0 && this.chance(0.8) ? this.random.pick(widths) : Math.min(this.between(1, 24), row.most);
    return row.make(this.at(this.depth - 1), width);
  }

  /** An operand that may be a literal, since the one before it gives it its width. */
  peer(width: number): Expr {
    return this.chance(0.08) ? randomLiteral(UInt(width), this.random) : this.uint(width);
  }

  boolPeer(): Expr {
    return this.chance(0.05) ? literal(Bool, this.random.bits(1)) : this.bool();
  }

  /** Two operands of one width that are often equal or nearly so: comparisons of unrelated values are always the same. */
  pair(width: number): [Expr, Expr] {
    if (this.chance(0.6)) {
      const pairs = this.readables.pairs(width);
      if (pairs.length > 0) {
        const [a, b] = this.random.pick(pairs);
        return this.chance(0.5) ? [a, b] : [b, a];
      }
    }
    if (this.chance(0.3)) {
      const a = this.at(0).uint(width);
      return [a, operation('mux', UInt(width), [this.at(0).bool(), a, this.uint(width)])];
    }
    return [this.uint(width), this.peer(width)];
  }

  /** A shift amount: mostly below the width, sometimes beyond, sometimes wider than a machine word. */
  amount(width: number): Expr {
    const needed = Math.max(1, (width - 1).toString(2).length);
    if (this.chance(0.1)) return this.#leaf(this.random.pick([32, 33, 64, 65, 100]));
    const small = this.at(0).uint(this.chance(0.7) ? needed : needed + this.between(1, 2));
    if (this.chance(0.1)) return operation('zext', UInt(64), [small], [64]);
    return small;
  }

  constantAmount(width: number): number {
    if (this.chance(0.1)) return width + this.between(0, 40);
    if (this.chance(0.3)) return this.random.pick([0, 1, 31, 32, 63, 64, width - 1].filter((amount) => amount < width));
    return this.between(0, width - 1);
  }

  /** A bit position; the outermost are likelier. */
  edge(width: number): number {
    return this.chance(0.4) ? this.random.pick([0, width - 1]) : this.between(0, width - 1);
  }

  /** A value with few ones, so that the lowest one is not always among the first bits. */
  sparse(width: number): Expr {
    const value = this.uint(width);
    return this.chance(0.5) ? operation('shl', UInt(width), [value, this.at(0).amount(width)]) : value;
  }

  /** A width below `width`, rather one that can be read. */
  narrower(width: number): number {
    const known = this.readables.widths.filter((other) => other < width);
    return known.length > 0 && this.chance(0.8) ? this.random.pick(known) : this.between(1, width - 1);
  }

  /** A width of at least `width`, mostly above it. */
  wider(width: number): number {
    const known = this.readables.widths.filter((other) => other > width);
    if (known.length > 0 && this.chance(0.7)) return this.random.pick(known);
    return width + this.random.pick([0, 1, 2, 31, 32, 33, 64]);
  }

  /** Two to four parts of `width`. */
  split(width: number): number[] {
    const parts: number[] = [];
    let rest = width;
    while (rest > 1 && parts.length < 3) {
      const part = this.chance(0.5) ? this.narrower(rest) : this.between(1, rest - 1);
      parts.push(part);
      rest -= part;
      if (this.chance(0.3)) break;
    }
    return this.random.shuffled([...parts, rest]);
  }

  /** A divisor of `width`, rarely 1. */
  divisor(width: number): number {
    const divisors = Array.from({ length: width }, (_, i) => i + 1).filter((n) => width % n === 0);
    const proper = divisors.filter((n) => n > 1);
    return proper.length > 0 && this.chance(0.95) ? this.random.pick(proper) : 1;
  }

  /** Of bundle, vector or enum shape. */
  aggregate(shape: Data): Expr {
    const known = this.readables.of(shape);
    if (known.length > 0 && (this.depth <= 0 || this.chance(0.4))) return this.random.pick(known);
    if (this.depth > 0 && this.chance(0.5)) {
      const below = this.at(this.depth - 1);
      return operation('mux', shape, [below.bool(), below.aggregate(shape), below.aggregate(shape)]);
    }
    return operation('unpack', shape, [this.at(this.depth - 1).uint(shape.width)]);
  }

  /** A bundle or an enum compared with one that is often equal. */
  #comparedAggregate(): Expr | undefined {
    const known = this.readables.aggregates.filter(({ shape }) => shape.kind !== 'vec');
    if (known.length === 0) return undefined;
    const a = this.random.pick(known);
    const below = this.at(this.depth - 1);
    const b = a.shape.kind === 'enum' && this.chance(0.6)
      ? randomLiteral(a.shape, this.random)
      : operation('mux', a.shape, [below.bool(), a, below.aggregate(a.shape)]);
    return operation(this.random.pick(['eq', 'ne']), Bool, [a, b]);
  }

  /** A dynamically indexed element of the width, maybe beyond the end. */
  #element(width: number): Expr | undefined {
    const known = this.readables.aggregates.filter(({ shape }) => shape.kind === 'vec' && shape.element.kind === 'uint' && shape.element.width === width);
    if (known.length === 0) return undefined;
    const vector = this.random.pick(known);
    const length = vector.shape.kind === 'vec' ? vector.shape.length : 1;
    const needed = Math.max(1, (length - 1).toString(2).length);
    return operation('at', UInt(width), [vector, this.at(this.depth - 1).uint(needed + this.random.below(2))]);
  }

  #leaf(width: number): Expr {
    const shape = UInt(width);
    const known = this.readables.of(shape);
    if (known.length > 0 && this.chance(0.9)) return this.random.pick(known);
    const other = this.readables.sources.filter((source) => source.shape.width !== width);
    if (other.length === 0) return known.length > 0 ? this.random.pick(known) : randomLiteral(shape, this.random);
    // Far narrower sources would make a constant of most bits: prefer the widest for wide results.
    const near = other.filter((source) => source.shape.width * 4 >= width);
    const source = near.length > 0 ? this.random.pick(near) : other.reduce((a, b) => (b.shape.width > a.shape.width ? b : a));
    return this.#fit(source, width);
  }

  #fit(source: Expr, width: number): Expr {
    const from = source.shape.width;
    const shape = UInt(width);
    if (from > width) {
      if (this.chance(0.3)) return operation('trunc', shape, [source], [width]);
      const low = this.between(0, from - width);
      return operation('bits', shape, [source], [low + width - 1, low]);
    }
    if (width % from === 0 && this.chance(0.5)) return operation('repeat', shape, [source], [width / from]);
    if (width - from <= from && this.chance(0.6)) return operation('cat', shape, [source, this.#fitOrTake(source, width - from)]);
    return operation(this.chance(0.5) ? 'sext' : 'zext', shape, [source], [width]);
  }

  #fitOrTake(source: Expr, width: number): Expr {
    return source.shape.width === width ? source : this.#fit(source, width);
  }
}

const RESULT_ROWS = OPERATOR_ROWS.filter((row) => row.by === 'result');

/** Wider values are what native engines spend their time on: operands of them stay simple, save where a cell asks for more. */
const WIDE = 130;
const WIDE_ROWS = RESULT_ROWS.filter((row) => row.name !== 'networkOrder');

const BOOL_ROWS = OPERATOR_ROWS.filter((row) => row.result === 'bool');
