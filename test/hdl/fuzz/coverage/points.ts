/**
 * Points of a design at which coverage is measured: occurrences of expressions, each with the cells of the tables
 * that it counts for if it toggles and is observed (see measure.ts).
 *
 * What is no expression itself (a register, a `when`, a mask) is represented by the expression that makes it act: the
 * value that is assigned, the condition, the mask bits. Rare situations (an index beyond the end, an enum without a
 * label) are points with a guard: they only count in cycles in which the guard holds.
 */
import { Bool, UInt } from '@vtoe/hdl';
import { cellOf } from '../operators.ts';
import { type Expr, type Item, literal, type MatchItem, type ModuleSpec, operation, type Spec, topOf } from '../spec.ts';
import { everyItem, type Occurrence, placeRoot, rootOf, walkModule } from '../traverse.ts';
import { classOf } from '../widths.ts';
import { constructCell, CONTEXTS, type Context, operatorCell } from './cells.ts';

export interface Point {
  readonly module: string;
  /** Occurrence in the module's walk. */
  readonly at: number;
  readonly expr: Expr;
  readonly guard: Expr | undefined;
  /** Counted if observed at all. */
  readonly cells: readonly string[];
  /** Counted if observed after a reset in mid-run. */
  readonly cellsAfterReset: readonly string[];
}

export function pointsOf(spec: Spec): Point[] {
  const top = topOf(spec);
  const instances = new Map<string, number>();
  for (const entry of spec.modules) everyItem(entry.items, (item) => { if (item.kind === 'inst') instances.set(item.module, (instances.get(item.module) ?? 0) + 1); });
  return spec.modules.flatMap((entry) => new Collector(spec, entry, entry !== top, instances).points());
}

class Collector {
  readonly #module: ModuleSpec;
  readonly #below: boolean;
  readonly #shared: (module: string) => boolean;
  readonly #nested: (module: string) => boolean;
  readonly #declared = new Map<string, { readonly item: Item; readonly inWhen: boolean }>();
  readonly #writes = new Map<string, number>();
  /** First assigned value of a branch, by the statement that assigns: the construct that the branch stands for. */
  readonly #branches = new Map<Item, { readonly construct: string; readonly guard: Expr | undefined }[]>();
  readonly #overriding = new Set<Item>();
  readonly #points: Point[] = [];

  constructor(spec: Spec, entry: ModuleSpec, below: boolean, instances: ReadonlyMap<string, number>) {
    this.#module = entry;
    this.#below = below;
    this.#shared = (name) => (instances.get(name) ?? 0) > 1;
    this.#nested = (name) => below || (spec.modules.find((other) => other.name === name)?.items.some((item) => item.kind === 'inst') ?? false);
    const assigned = new Set<string>();
    everyItem(entry.items, (item, inWhen) => {
      if ('name' in item) this.#declared.set(item.name, { item, inWhen });
      if (item.kind === 'write') this.#writes.set(item.memory, (this.#writes.get(item.memory) ?? 0) + 1);
      if (item.kind === 'when' && item.otherwise !== undefined) this.#branch(item.otherwise, 'otherwise');
      if (item.kind === 'match') this.#matchBranches(item);
      if (item.kind === 'set' || item.kind === 'next') {
        const place = JSON.stringify(item.target, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
        if (assigned.has(place)) this.#overriding.add(item);
        if (!inWhen) assigned.add(place);
      }
    });
  }

  points(): Point[] {
    walkModule(this.#module, (expr, occurrence) => {
      const cell = cellOf(expr);
      const width = cell && classOf(cell.width);
      if (cell !== undefined && width !== undefined) this.#add(expr, occurrence, [operatorCell(cell.row.name, width.name)], []);
      this.#expression(expr, occurrence);
      if (occurrence.root) this.#statement(expr, occurrence);
    });
    return this.#points;
  }

  /** Constructs that are expressions. */
  #expression(expr: Expr, occurrence: Occurrence): void {
    if (expr.kind === 'ref') return this.#reference(expr.path, expr, occurrence);
    if (expr.kind !== 'op') return;
    const { op, args } = expr;
    const [first, second] = args;
    const kind = expr.shape.kind;
    if (op === 'field') this.#construct('bundle field', expr, occurrence);
    if (op === 'pack' || op === 'unpack') this.#construct(op, expr, occurrence);
    if (op === 'mux' && kind === 'bundle') this.#construct('mux of bundles', expr, occurrence);
    if ((op === 'eq' || op === 'ne') && first!.shape.kind === 'bundle') this.#construct('compared bundles', expr, occurrence);
    if ((op === 'eq' || op === 'ne') && first!.shape.kind === 'enum') this.#construct('compared enums', expr, occurrence);
    if (op === 'is') this.#construct('compared enums', expr, occurrence);
    if (op === 'toUInt' && first!.shape.kind === 'enum') this.#construct('enum as bits', expr, occurrence);
    // In the walk the last argument comes right before its operation.
    if (op === 'bundle') this.#construct('bundle of values', args.at(-1)!, { ...occurrence, at: occurrence.at - 1 });
    if (op === 'at' && second === undefined) this.#construct('vector, static read', expr, occurrence);
    if (op === 'at' && second !== undefined) {
      this.#construct('vector, dynamic read', expr, occurrence);
      this.#beyond('vector, read beyond the end', first!, second, expr, occurrence);
    }
    if (['shl', 'shr', 'sra'].includes(op) && second !== undefined && second.shape.width < 60 && 2 ** second.shape.width > expr.shape.width) {
      const guard = operation('ge', Bool, [second, literal(second.shape, BigInt(expr.shape.width))]);
      this.#construct('shift by the width or more', expr, occurrence, guard);
    }
    if (op === 'read') {
      this.#construct('asynchronous read', expr, occurrence);
      this.#memoryRead(expr.label, expr, occurrence);
    }
  }

  #reference(path: string, expr: Expr, occurrence: Occurrence): void {
    const declared = this.#declared.get(rootOf(path));
    if (declared?.item.kind === 'read') {
      const inWhen = declared.inWhen;
      this.#construct('synchronous read', expr, { ...occurrence, inWhen });
      if (inWhen) this.#construct('read enable', expr, { ...occurrence, inWhen });
      this.#memoryRead(declared.item.memory, expr, { ...occurrence, inWhen });
    }
    if (/\.(valid|ready|payload|fire)$/.test(path)) this.#construct('stream', expr, occurrence);
  }

  #memoryRead(memory: string, expr: Expr, occurrence: Occurrence): void {
    const item = this.#declared.get(memory)?.item;
    if (item?.kind !== 'mem') return;
    if (item.outputRegister) this.#construct('output register', expr, occurrence);
    if (item.init !== undefined) this.#construct('start contents', expr, occurrence);
    if (item.collision === 'old') this.#construct('memory, old word', expr, occurrence);
  }

  /** Constructs that a statement is. */
  #statement(expr: Expr, occurrence: Occurrence): void {
    const { item, role, which } = occurrence;
    const is = (name: string, guard?: Expr) => this.#construct(name, expr, occurrence, guard);
    if (occurrence.inScope && role === 'value') is('scope');
    if (role === 'value') for (const { construct, guard } of this.#branches.get(item) ?? []) is(construct, guard);
    if (item.kind === 'when' && role === 'condition') is(which === 0 ? 'when' : 'elsewhen');
    if (item.kind === 'match') is(item.subject.shape.kind === 'enum' ? 'match on an enum' : 'match on a UInt');
    if (item.kind === 'inst') this.#instance(item.module, expr, occurrence);
    if (item.kind === 'write') {
      if (role === 'data') {
        is('memory write');
        if ((this.#writes.get(item.memory) ?? 0) > 1) is('exclusive writes');
      }
      if (role === 'mask') is(`mask by ${item.mask!.kind}`);
    }
    if ((item.kind === 'set' || item.kind === 'next') && role === 'value') this.#assignment(item, expr, occurrence);
  }

  #assignment(item: Extract<Item, { kind: 'set' | 'next' }>, expr: Expr, occurrence: Occurrence): void {
    const is = (name: string) => this.#construct(name, expr, occurrence);
    const root = this.#declared.get(placeRoot(item.target))?.item;
    if (root?.kind === 'reg') {
      is(root.reset ? 'register' : 'register without reset');
      if (expr.kind === 'ref' && this.#declared.get(expr.path)?.item.kind === 'reg') is('register copy');
    }
    if (root?.kind === 'wire') is('wire');
    if (root?.kind === 'inst') this.#instance(root.module, expr, occurrence);
    if (this.#overriding.has(item)) is('last assignment wins');
    for (let place = item.target; place.kind === 'op'; place = place.args[0]!) {
      if (place.op === 'field') is('bundle field, written');
      else if (place.args.length === 1) is('vector, static write');
      else {
        is('vector, dynamic write');
        this.#beyond('vector, write beyond the end', place.args[0]!, place.args[1]!, expr, occurrence);
      }
    }
  }

  #instance(module: string, expr: Expr, occurrence: Occurrence): void {
    this.#construct('instance', expr, occurrence);
    if (this.#shared(module)) this.#construct('shared module', expr, occurrence);
    if (this.#nested(module)) this.#construct('nested instance', expr, occurrence);
  }

  #beyond(name: string, vector: Expr, index: Expr, expr: Expr, occurrence: Occurrence): void {
    const length = vector.shape.kind === 'vec' ? vector.shape.length : 0;
    if (2 ** index.shape.width <= length) return;
    this.#construct(name, expr, occurrence, operation('ge', Bool, [index, literal(UInt(index.shape.width), BigInt(length))]));
  }

  #matchBranches(item: MatchItem): void {
    const { subject: { shape }, subject } = item;
    if (item.otherwise !== undefined) this.#branch(item.otherwise, 'match, otherwise');
    if (shape.kind !== 'enum' || shape.labels.length === 2 ** shape.width) return;
    const legal = shape.encoding.labels.map(({ value }) => operation('eq', Bool, [subject, literal(shape, value)]));
    const guard = operation('not', Bool, [legal.reduce((a, b) => operation('or', Bool, [a, b]))]);
    const taken = item.arms.find((arm) => arm.labels.includes(shape.illegal))?.body ?? item.otherwise;
    if (taken !== undefined) this.#branch(taken, 'match, value without a label', guard);
  }

  #branch(body: readonly Item[], construct: string, guard?: Expr): void {
    const first = body.find((item) => item.kind === 'set' || item.kind === 'next');
    if (first === undefined) return;
    const known = this.#branches.get(first) ?? [];
    known.push({ construct, guard });
    this.#branches.set(first, known);
  }

  #construct(name: string, expr: Expr, occurrence: Occurrence, guard?: Expr): void {
    const contexts: Context[] = [...(occurrence.inWhen ? [CONTEXTS[0]] : []), ...(this.#below ? [CONTEXTS[1]] : [])];
    this.#add(expr, occurrence, contexts.map((context) => constructCell(name, context)), [constructCell(name, CONTEXTS[2])], guard);
  }

  #add(expr: Expr, { at }: Occurrence, cells: readonly string[], cellsAfterReset: readonly string[], guard?: Expr): void {
    // An object of values is no value: nothing can be inverted in it.
    if (expr.kind === 'op' && expr.op === 'bundle') return;
    this.#points.push({ module: this.#module.name, at, expr, guard, cells, cellsAfterReset });
  }
}
