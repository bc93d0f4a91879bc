/**
 * The registers of a pipeline: each leaf of each value is carried from the place where it was made to the places where
 * it is read, one register a cut, made when it is read first.
 *
 * Latency is that of the cuts in between; all registers hold while the pipeline stalls.
 * It knows nothing of stages as functions: that is `pipeline`.
 */
import { usage } from '../check/error.ts';
import { DEFAULT_DOMAIN } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import { Locator } from '../ir/locator.ts';
import type { Bool } from '../index.ts';
import { leavesOf, VecView, type View, view } from '../lang/aggregate.ts';
import { not } from '../lang/build.ts';
import { type Builder, current } from '../lang/context.ts';
import type { Scope } from '../lang/scope.ts';
import { bitsOfLeaf, netLeaf } from '../lang/state.ts';
import type { Path } from '../lang/statement-tree.ts';
import { type Leaf, leafOf } from '../lang/value.ts';

/** A value on its way: what it is at any place behind the one where it was made. */
export interface Carried {
  at(place: number): View;
}

interface Source {
  readonly name: string;
  readonly value: View;
  /** Where it needs no register. */
  readonly place: number;
  /** Its registers are cleared by reset. */
  readonly resets: boolean;
  readonly at: Locator;
  /** Values of its leaves at the cuts behind. */
  readonly registers: Map<string, Leaf>;
}

export class Delays {
  readonly #places: readonly string[];
  /** Of each place whether there is a register in front of it. */
  readonly #registered: readonly boolean[];
  readonly #names: Record<string, unknown>;
  readonly #builder: Builder = current('pipeline');
  readonly #scope: Scope | undefined = this.#builder.scope;
  readonly #path: Path;
  /** All that travels, and the place that it belongs to. */
  readonly #made = new Map<Expression, { readonly name: string; readonly place: number }>();

  /** `names` gets an entry for each register, and for each value that a later place reads. */
  constructor(places: readonly string[], registered: readonly boolean[], stall: Bool | undefined, names: Record<string, unknown>) {
    this.#places = places;
    this.#registered = registered;
    this.#names = names;
    const condition = stall === undefined ? undefined : not((stall as unknown as Leaf).expression);
    this.#path = condition === undefined ? [] : [{ frame: { kind: 'if', condition, at: Locator.beyond('pipeline') }, branch: 0 }];
  }

  /** Lets `value` travel from `place` on, or with `late` from the `late`-th cut behind it. */
  add(name: string, value: View, place: number, resets: boolean, late = 0): Carried {
    const source: Source = { name, value, place: this.#behind(place, late), resets, at: Locator.beyond('pipeline'), registers: new Map() };
    for (const leaf of leavesOf(value)) this.#remember(leaf.expression, name, source.place);
    return {
      at: (reader) => {
        if (reader < source.place) {
          usage(`pipeline: ${name} of ${this.#places[place]} comes ${late} cycle${late === 1 ? '' : 's'} later, but ${this.#places[reader]} reads it after ${this.distance(place, reader)}; put a cut between them`);
        }
        return view(value.shape, (path, shape) => leafOf(shape, () => this.#leafAt(source, path, reader).expression, this.#builder));
      },
    };
  }

  /** Registers between two places. */
  distance(from: number, to: number): number {
    return this.#registered.slice(from + 1, to + 1).filter(Boolean).length;
  }

  /**
   * A value that travels must be read through `v`: through a variable of the host language it would be what it was
   * before the cuts, with no register in between.
   *
   * @throws if a value that is made at `place` contains another one as it is at an earlier or a later place
   */
  checkInStep(name: string, value: View, place: number): void {
    const seen = new Set<Expression>();
    const pending = leavesOf(value).map((leaf) => leaf.expression);
    while (pending.length > 0) {
      const expression = pending.pop()!;
      if (seen.has(expression)) continue;
      seen.add(expression);
      const other = this.#made.get(expression);
      if (other === undefined) {
        pending.push(...expression.args);
      } else if (this.distance(Math.min(other.place, place), Math.max(other.place, place)) > 0) {
        usage(`pipeline: ${name} of ${this.#places[place]} uses ${other.name} as it is at ${this.#places[other.place]}; read it as v.${other.name}, or through a wire if another cycle's value is meant`);
      }
    }
  }

  #behind(place: number, cuts: number): number {
    let behind = place;
    for (let left = cuts; left > 0; left -= 1) {
      do behind += 1; while (behind < this.#places.length && this.#registered[behind] === false);
    }
    return behind;
  }

  #remember(expression: Expression, name: string, place: number): void {
    // Two names of one value: the later place is the one that its reader can mean.
    if (expression.op !== 'const' && (this.#made.get(expression)?.place ?? -1) <= place) this.#made.set(expression, { name, place });
  }

  /** The leaf at `path` of a value, as it is at `reader`. */
  #leafAt(source: Source, path: readonly string[], reader: number): Leaf {
    const made = leafOfPath(source.value, path);
    if (made.expression.op === 'const') return made;
    let cut = reader;
    while (cut > source.place && this.#registered[cut] === false) cut -= 1;
    const name = [source.name, ...path, this.#places[cut]].join('_');
    if (cut === source.place) {
      if (reader > cut && made.expression.op !== 'net') this.#names[name] ??= made;
      return made;
    }
    let register = source.registers.get(name);
    if (register === undefined) source.registers.set(name, (register = this.#register(source, name, this.#leafAt(source, path, cut - 1), cut)));
    return register;
  }

  /** Made where it is first read, which may be inside a `when` or a helper's scope: neither is to apply to it. */
  #register(source: Source, name: string, value: Leaf, place: number): Leaf {
    if (this.#names[name] !== undefined) usage(`pipeline: two values would both be called ${name}; rename one of them`);
    const builder = this.#builder;
    const { scope } = builder;
    builder.scope = this.#scope;
    const net = builder.net({
      kind: 'reg', ...bitsOfLeaf(value.shape), at: source.at,
      register: { reset: source.resets ? 0n : undefined, domain: DEFAULT_DOMAIN, verificationOnly: false },
    });
    builder.scope = scope;
    builder.clocked.assign(this.#path, { kind: 'assign', target: net, value: value.expression, at: source.at });
    const register = netLeaf(builder, net, value.shape, false);
    this.#remember(register.expression, source.name, place);
    this.#names[name] = register;
    return register;
  }
}

function leafOfPath(value: View, path: readonly string[]): Leaf {
  let inner = value;
  for (const key of path) inner = inner instanceof VecView ? inner.at(Number(key)) : (inner as unknown as Record<string, View>)[key]!;
  return inner as Leaf;
}
