/**
 * Run-time objects behind bundles and vectors: a view over leaves that exist (nets) or are made when asked for
 * (slices of a word). Element i of a vector and field f of a bundle are ordinary values.
 */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { Expression } from '../ir/expression.ts';
import { and, constant, operation, or, slice } from './build.ts';
import { coerce } from './coerce.ts';
import { type Builder, current } from './context.ts';
import type { BundleShape, Data, VecShape } from './shape.ts';
import type { Frame, Path, Step } from './statement-tree.ts';
import { type Bit, bitOf, Bits, type Leaf, leafOf, type LeafShape, type Target, wholeNumber } from './value.ts';
import { Locator } from '../ir/locator.ts';

export type View = Leaf | Aggregate;

/** Makes the leaf at a path (`['payload', 'data']`, `['2']`) of a view. */
export type LeafMaker = (path: readonly string[], shape: LeafShape) => Leaf;

export abstract class Aggregate<S extends BundleShape | VecShape = BundleShape | VecShape> {
  readonly shape: S;

  constructor(shape: S) {
    this.shape = shape;
  }

  get width(): number {
    return this.shape.width;
  }

  eq(other: unknown): Bit {
    const right = coerce(this.shape, other, 'eq');
    return bitOf(leavesOf(this).map((leaf, i) => operation('eq', 1, leaf.expression, right[i]!)).reduce(and));
  }

  ne(other: unknown): Bit {
    const right = coerce(this.shape, other, 'ne');
    return bitOf(leavesOf(this).map((leaf, i) => operation('ne', 1, leaf.expression, right[i]!)).reduce(or));
  }

  set(value: unknown): void {
    this.#assign(value, 'set', 'wire');
  }

  get next(): never {
    return fail('next-read');
  }

  set next(value: unknown) {
    this.#assign(value, 'next', 'register');
  }

  #assign(value: unknown, what: 'set' | 'next', kind: Target['kind']): void {
    const values = coerce(this.shape, value, what);
    const at = Locator.here();
    for (const [i, leaf] of leavesOf(this).entries()) {
      if (leaf.target === undefined) fail('not-drivable', leaf.what);
      if (leaf.target.kind !== kind) fail(kind === 'wire' ? 'set-register' : 'next-of-wire', leaf.what);
      leaf.target.assign(values[i]!, at);
    }
  }

  [Symbol.toPrimitive](): never {
    return fail('host-value', 'a host-language value');
  }
}

/** A bundle's fields are own properties of the view. */
export class BundleView extends Aggregate<BundleShape> {
  constructor(shape: BundleShape, child: (name: string, shape: Data) => View) {
    super(shape);
    for (const [name, field] of Object.entries(shape.fields)) {
      let made: View | undefined;
      Object.defineProperty(this, name, { enumerable: true, get: () => (made ??= child(name, field)) });
    }
  }
}

/** Not a method: that would take a name from the fields. */
function fieldOf(bundle: BundleView, name: string): View {
  return (bundle as unknown as Record<string, View>)[name]!;
}

export class VecView extends Aggregate<VecShape> {
  readonly #child: (name: string, shape: Data) => View;
  readonly #made: View[] = [];

  constructor(shape: VecShape, child: (name: string, shape: Data) => View) {
    super(shape);
    this.#child = child;
  }

  get length(): number {
    return this.shape.length;
  }

  at(index: unknown): View {
    if (index instanceof Bits) return this.#dynamic(index);
    wholeNumber('at', 'index', index, 0, this.length - 1);
    return (this.#made[index] ??= this.#child(String(index), this.shape.element));
  }

  *[Symbol.iterator](): IterableIterator<View> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /** An element chosen in hardware: reads become one `choose` a leaf, assignments a `case` over the elements. */
  #dynamic(index: Bits): View {
    const builder = current('at');
    const { length } = this;
    const subject = index.expression;
    const reach = 2 ** Math.min(index.width, 53);
    if (reach > length) {
      builder.assertions.push({
        kind: 'assert', enable: builder.enable(), domain: 'clk', at: Locator.here(),
        condition: operation('ltu', 1, subject, constant(index.width, BigInt(length))),
        message: `index of a vector of ${length} elements is out of range`,
      });
    }
    const elements = Array.from({ length }, (_, i) => leavesOf(this.at(i)));
    let leaf = 0;
    return view(this.shape.element, (_path, shape) => {
      const candidates = elements.map((leaves) => leaves[leaf]!);
      leaf += 1;
      const read = () => operation('choose', shape.width, subject, ...candidates.map((candidate) => candidate.expression));
      return leafOf(shape, read, builder, chosenTarget(builder, subject, candidates), () => candidates[0]!.what);
    }, true);
  }
}

/**
 * Assigns to the candidate that `index` chooses. Registers share one program, so there it is one `case`; wires have one
 * each, so there it is an `if` around each assignment.
 */
function chosenTarget(builder: Builder, index: Expression, candidates: readonly Leaf[]): Target | undefined {
  const kind = candidates[0]!.target?.kind;
  if (kind === undefined) return undefined;
  const reach = 2 ** Math.min(index.width, 53);
  const targets = candidates.slice(0, reach);
  const last = reach > candidates.length ? candidates.length - 1 : -1;
  const framesAt = (at: Locator): ((branch: number) => Step) => {
    if (kind === 'wire') {
      return (branch) => {
        const element = constant(index.width, BigInt(branch));
        return { frame: { kind: 'if', condition: operation(branch === last ? 'geu' : 'eq', 1, index, element), at }, branch: 0 };
      };
    }
    const frame: Frame = { kind: 'case', subject: index, labels: undefined, at, arms: targets.map((_, i) => [BigInt(i)]), defaultArm: last };
    return (branch) => ({ frame, branch });
  };
  return {
    kind,
    isPort: false,
    assign: (value, at) => {
      const stepInto = framesAt(at);
      const outer: Path = builder.path;
      for (const [branch, { target }] of targets.entries()) {
        builder.path = [...outer, stepInto(branch)];
        try {
          target!.assign(value, at);
        } finally {
          builder.path = outer;
        }
      }
    },
    connect: () => fail('connect-dynamic'),
  };
}

/**
 * A view of `shape` over the leaves that `leaf` makes. Children are made when first asked for, in any order, unless
 * `eager`: then all at once, in the order of the shape's leaves.
 */
export function view(shape: Data, leaf: LeafMaker, eager = false, path: readonly string[] = []): View {
  const child = (name: string, inner: Data): View => view(inner, leaf, eager, [...path, name]);
  switch (shape.kind) {
    case 'bundle': {
      const made = new BundleView(shape, child);
      if (eager) for (const name of Object.keys(shape.fields)) fieldOf(made, name);
      return made;
    }
    case 'vec': {
      const made = new VecView(shape, child);
      if (eager) for (let i = 0; i < shape.length; i++) made.at(i);
      return made;
    }
    default: return leaf(path, shape);
  }
}

export function isAggregate(x: unknown): x is BundleView | VecView {
  return x instanceof Aggregate;
}

/** All leaves, in the order of the shape (fields as declared, elements from 0). */
export function leavesOf(value: View): Leaf[] {
  if (value instanceof BundleView) return Object.keys(value.shape.fields).flatMap((name) => leavesOf(fieldOf(value, name)));
  if (value instanceof VecView) return Array.from({ length: value.length }, (_, i) => leavesOf(value.at(i))).flat();
  return [value as Leaf];
}

/** Leaves of a shape with their position in the packed word: first field most significant, element 0 least. */
export function layout(shape: Data, lo = 0, path: readonly string[] = []): { path: readonly string[]; shape: LeafShape; lo: number }[] {
  switch (shape.kind) {
    case 'bundle': {
      let high = lo + shape.width;
      return Object.entries(shape.fields).flatMap(([name, field]) => layout(field, (high -= field.width), [...path, name]));
    }
    case 'vec': return Array.from({ length: shape.length }, (_, i) => layout(shape.element, lo + i * shape.element.width, [...path, String(i)])).flat();
    default: return [{ path, shape, lo }];
  }
}

/** A readable view of `shape` over the bits of one word. */
export function viewOfWord(shape: Data, word: Expression, owner: Builder): View {
  const places = new Map(layout(shape).map((place) => [place.path.join('.'), place]));
  return view(shape, (path, leafShape) => leafOf(leafShape, slice(word, places.get(path.join('.'))!.lo, leafShape.width), owner));
}

/** Leaf expressions of a value of `shape`, in the order of its leaves, as they stand in a packed word, most significant first. */
export function packOrder(shape: Data): number[] {
  const places = layout(shape);
  return places.map((_, i) => i).sort((a, b) => places[b]!.lo - places[a]!.lo);
}

/** `Vec(element, length)`: `length` times `element`; element 0 in the least significant bits when packed. */
export function checkVec(length: unknown, width: number, most: number): asserts length is number {
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 1) fail('vec-length', describe(length));
  if (length * width > most) fail('shape-width', 'Vec', describe(length * width), most);
}
