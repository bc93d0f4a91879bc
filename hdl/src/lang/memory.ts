/** Memories: words of any shape, asynchronous and named synchronous read ports, one write a cycle. */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail, failAt } from '../check/error.ts';
import { DEFAULT_DOMAIN, type Memory as MemoryIr, type MemoryRead, type MemoryWrite } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import { Locator } from '../ir/locator.ts';
import { layout, viewOfWord } from './aggregate.ts';
import { type Attributes, checkedAttributes } from './attributes.ts';
import { concat, constant, mux, operation, or } from './build.ts';
import { coerce, coerceLeaf, coerceUInt } from './coerce.ts';
import { type Builder, current } from './context.ts';
import { checkedOptions } from './options.ts';
import { literalWord, packLeaves } from './operators.ts';
import { Bool, clog2, type Data, isShape } from './shape.ts';
import { exclusive, type Path } from './statement-tree.ts';
import type { BoolLike, Like, Literal, Read, UInt, UIntLike } from './types.ts';
import { Bits, wholeNumber } from './value.ts';
import type { Scope } from './scope.ts';

export interface MemoryOptions<T extends Data> {
  /**
   * What a synchronous read of the word that is written in the same cycle gives. `old`: the word before, at a price on
   * some FPGAs. `asserted` (default): simulation stops when such a word is used; forward it visibly.
   */
  readonly collision?: 'old' | 'asserted';
  /** Hint for synthesis: block RAM, or LUTs and registers. */
  readonly style?: 'block' | 'distributed' | 'registers' | 'auto';
  /** One more register behind synchronous reads, as block RAMs have: data comes two cycles after the address. */
  readonly outputRegister?: boolean;
  /** Start contents of the first words. Without it, contents start random in simulation. */
  readonly init?: readonly Literal<NoInfer<T>>[];
  readonly attributes?: Attributes;
}

/** Which part of a word a write changes. `bytes`: a bit a byte; `lanes`: a bit for each width/lanes.width bits; `fields`: a Bool for each field, absent = not written. */
export type WriteMask<T extends Data> =
  | { readonly bytes: UIntLike }
  | { readonly lanes: UInt }
  | (T extends { readonly kind: 'bundle'; readonly fields: infer F } ? { readonly fields: { readonly [K in keyof F]?: BoolLike } } : never);

export interface Memory<T extends Data> {
  readonly shape: T;
  readonly depth: number;
  /** The word at `address` in this cycle (LUT RAM). */
  read(address: UIntLike, name?: string): Read<T>;
  /** The word at this cycle's `address`, in the next cycle; holds in cycles in which the surrounding `when` does not run. A port of its own. */
  readSync(address: UIntLike, name?: string): Read<T>;
  /** Writes at the end of this cycle. Several sites must be in branches that exclude each other. */
  write(address: UIntLike, data: Like<T>, mask?: WriteMask<T>): void;
}

interface WriteSite {
  readonly path: Path;
  readonly enable: Expression | undefined;
  readonly address: Expression;
  readonly data: Expression;
  readonly mask: Expression | undefined;
  readonly lanes: MemoryWrite['lanes'];
  readonly at: Locator;
}

/** `depth` words of `shape`; addresses have max(1, clog2(depth)) bits and must be below `depth` (asserted). */
export function mem<T extends Data>(shape: T, depth: number, options?: MemoryOptions<T>): Memory<T> {
  const builder = current('mem');
  if (!isShape(shape)) fail('shape-expected', 'mem', describe(shape));
  wholeNumber('mem', 'depth', depth, 1, 2 ** 30);
  return new MemoryView(builder, shape, depth, options) as unknown as Memory<T>;
}

const STYLES = ['block', 'distributed', 'registers', 'auto'];

export class MemoryView {
  readonly shape: Data;
  readonly depth: number;
  readonly ir: MemoryIr & { reads: MemoryRead[]; write: MemoryWrite | undefined };
  readonly scope: Scope | undefined;
  readonly #builder: Builder;
  readonly #outputRegister: boolean;
  readonly #sites: WriteSite[] = [];
  readonly #portNames = new Set<string>();
  #unnamedPorts = 0;

  constructor(builder: Builder, shape: Data, depth: number, options: MemoryOptions<Data> | undefined) {
    const { collision = 'asserted', style = 'auto', outputRegister = false, init, attributes: given } =
      checkedOptions('mem', options, ['collision', 'style', 'outputRegister', 'init', 'attributes']);
    if (collision !== 'old' && collision !== 'asserted') fail('argument', 'mem', 'collision', "'old' or 'asserted'", describe(collision));
    if (typeof outputRegister !== 'boolean') fail('argument', 'mem', 'outputRegister', 'true or false', describe(outputRegister));
    if (!STYLES.includes(style)) fail('argument', 'mem', 'style', STYLES.join(', '), describe(style));
    if (init !== undefined && (!Array.isArray(init) || init.length > depth)) fail('memory-init', depth, describe(init));
    this.shape = shape;
    this.depth = depth;
    this.scope = builder.scope;
    this.#builder = builder;
    this.#outputRegister = outputRegister;
    const attributes = new Map(checkedAttributes('mem', given));
    if (style !== 'auto') attributes.set('ram_style', style);
    this.ir = {
      name: '', width: shape.width, depth, collision, attributes, at: Locator.here(),
      fields: layout(shape).map((place) => ({ name: place.path.join('_'), lo: place.lo, width: place.shape.width })),
      init: init === undefined ? undefined : Array.from(init, (word) => literalWord(shape, word, 'init')),
      reads: [], write: undefined,
    };
    builder.memories.push({ memory: this.ir, scope: builder.scope, finish: () => this.#finish() });
  }

  get [Symbol.toStringTag](): string {
    return 'Memory';
  }

  read(address: unknown, name?: string): unknown {
    return this.#port('asynchronous', address, name);
  }

  readSync(address: unknown, name?: string): unknown {
    return this.#port('synchronous', address, name);
  }

  write(address: unknown, data: unknown, mask?: unknown): void {
    const builder = this.#running('write');
    const site: WriteSite = {
      path: builder.path, enable: builder.enable(), address: this.#address(address, 'write'),
      data: packLeaves(this.shape, coerce(this.shape, data, 'write')), ...this.#mask(mask), at: Locator.here(),
    };
    for (const other of this.#sites) {
      if (!exclusive(other.path, site.path)) failAt(site.at, 'memory-two-writes', other.at.toString());
      if (site.lanes.length > 1 && other.lanes.length > 1 && !sameLanes(site.lanes, other.lanes)) failAt(site.at, 'memory-lanes', other.at.toString());
    }
    this.#sites.push(site);
  }

  #port(kind: MemoryRead['kind'], address: unknown, name: string | undefined): unknown {
    const what = kind === 'synchronous' ? 'readSync' : 'read';
    const builder = this.#running(what);
    if (name !== undefined && !isIdentifier(name)) fail('argument', what, 'name', 'an identifier', describe(name));
    const data = builder.net({ kind: 'memoryRead', width: this.shape.width });
    const enable = builder.enable();
    this.ir.reads.push({
      name: this.#portName(what, name), kind, address: this.#address(address, what), domain: DEFAULT_DOMAIN, data, at: Locator.here(),
      enable: kind === 'synchronous' ? enable : undefined,
      outputRegister: kind === 'synchronous' && this.#outputRegister,
    });
    return viewOfWord(this.shape, builder.value(data), builder);
  }

  /** `read`, then `read_1`, …; a given name must be new. */
  #portName(what: string, name: string | undefined): string {
    if (name !== undefined && this.#portNames.has(name)) fail('memory-port-name', what, name);
    let free = name ?? 'read';
    while (this.#portNames.has(free)) free = `read_${(this.#unnamedPorts += 1)}`;
    this.#portNames.add(free);
    return free;
  }

  #address(address: unknown, what: string): Expression {
    const width = Math.max(1, clog2(this.depth));
    if (!(address instanceof Bits)) {
      const literal = coerceUInt(width, address, what);
      if (literal.op === 'const' && literal.value >= BigInt(this.depth)) fail('memory-address', what, `${literal.value}`, this.depth);
      return literal;
    }
    if (address.width !== width) fail('memory-address-width', what, this.depth, width, address.width);
    if (this.depth < 2 ** width) this.#assertInRange(address.expression, what);
    return address.expression;
  }

  #assertInRange(address: Expression, what: string): void {
    this.#builder.assertions.push({
      kind: 'assert', enable: this.#builder.enable(), domain: DEFAULT_DOMAIN, at: Locator.here(),
      condition: operation('ltu', 1, address, constant(address.width, BigInt(this.depth))),
      message: `${what} of a memory of ${this.depth} words: the address is out of range`,
    });
  }

  #mask(mask: unknown): Pick<WriteSite, 'mask' | 'lanes'> {
    const { width } = this.shape;
    if (mask === undefined) return { mask: undefined, lanes: [{ lo: 0, width }] };
    const record = (typeof mask === 'object' && mask !== null ? mask : {}) as Record<string, unknown>;
    if (Object.keys(record).length !== 1) fail('memory-mask', describe(mask));
    if (record['bytes'] !== undefined) {
      if (width % 8 !== 0) fail('memory-mask-bytes', width);
      return { mask: coerceUInt(width / 8, record['bytes'], 'write mask'), lanes: equalLanes(width, 8) };
    }
    if (record['lanes'] instanceof Bits) {
      const lanes = record['lanes'];
      if (width % lanes.width !== 0) fail('memory-mask-lanes', width, lanes.width);
      return { mask: lanes.expression, lanes: equalLanes(width, width / lanes.width) };
    }
    if (this.shape.kind === 'bundle' && typeof record['fields'] === 'object' && record['fields'] !== null) {
      return this.#fieldMask(this.shape.fields, record['fields'] as Record<string, unknown>);
    }
    return fail('memory-mask', describe(mask));
  }

  #fieldMask(fields: { readonly [name: string]: Data }, given: Record<string, unknown>): Pick<WriteSite, 'mask' | 'lanes'> {
    for (const name of Object.keys(given)) {
      if (!Object.hasOwn(fields, name)) fail('literal-field', 'write mask', (this.shape as { name: string }).name, `has no field ${name}`, Object.keys(fields).join(', '));
    }
    let lo = this.shape.width;
    const lanes = Object.entries(fields).map(([name, field]) => ({ name, lo: (lo -= field.width), width: field.width })).reverse();
    const bits = lanes.map(({ name }) => (given[name] === undefined ? constant(1, 0n) : coerceLeaf(Bool, given[name], 'write mask', name)));
    return { mask: concat(bits.reverse()), lanes: lanes.map(({ lo: low, width }) => ({ lo: low, width })) };
  }

  #running(what: string): Builder {
    const builder = current(what);
    if (builder !== this.#builder) fail('foreign-value', this.#builder.name, builder.name);
    return builder;
  }

  /** Merges the write sites: they exclude each other, so any order of the selection gives the same. */
  #finish(): void {
    const [first, ...rest] = this.#sites;
    if (first === undefined) return;
    const lanes = (this.#sites.find((site) => site.lanes.length > 1) ?? first).lanes;
    const masked = lanes.length > 1 || this.#sites.some((site) => site.mask !== undefined);
    const whole = constant(lanes.length, (1n << BigInt(lanes.length)) - 1n);
    const maskOf = (site: WriteSite): Expression => site.mask ?? whole;
    let { address, data, enable } = first;
    let mask = maskOf(first);
    for (const site of rest) {
      // Sites that exclude each other are all inside a `when`, so each has a condition.
      const chosen = site.enable!;
      address = mux(chosen, site.address, address);
      data = mux(chosen, site.data, data);
      if (masked && mask !== maskOf(site)) mask = mux(chosen, maskOf(site), mask);
      enable = or(enable!, chosen);
    }
    this.ir.write = { enable, address, data, mask: masked ? mask : undefined, lanes, domain: DEFAULT_DOMAIN };
  }
}

function sameLanes(a: MemoryWrite['lanes'], b: MemoryWrite['lanes']): boolean {
  return a.length === b.length && a.every((lane, i) => lane.lo === b[i]!.lo);
}

function equalLanes(width: number, size: number): MemoryWrite['lanes'] {
  return Array.from({ length: width / size }, (_, i) => ({ lo: i * size, width: size }));
}
