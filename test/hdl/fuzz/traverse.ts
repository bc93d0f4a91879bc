/** Walks and rewrites the expressions of a module, in the order in which the printed source has them. */
import type { Expr, Item, ModuleSpec, WriteItem } from './spec.ts';

/** What an expression is to its statement; `index`: a dynamic index of an assigned place. */
export type Role = 'value' | 'condition' | 'subject' | 'address' | 'data' | 'mask' | 'index' | 'let' | 'input' | 'memory';

export interface Occurrence {
  /** Position in the walk of the module: names an occurrence, since one object can occur many times. */
  readonly at: number;
  readonly item: Item;
  readonly role: Role;
  /** Which condition, input or field of the statement. */
  readonly which: number;
  /** No operator above it. */
  readonly root: boolean;
  readonly inWhen: boolean;
  readonly inScope: boolean;
}

/** Gets an expression whose arguments are rewritten already, and the one it was; returns what stands in its place. */
export type Visit = (expr: Expr, occurrence: Occurrence, original: Expr) => Expr;

export function rewriteModule(module: ModuleSpec, visit: Visit): ModuleSpec {
  return { ...module, items: new Rewriter(visit).items(module.items, false, false) };
}

class Rewriter {
  readonly #visit: Visit;
  #count = 0;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  items(items: readonly Item[], inWhen: boolean, inScope: boolean): Item[] {
    return items.map((item) => this.#item(item, inWhen, inScope));
  }

  #item(item: Item, inWhen: boolean, inScope: boolean): Item {
    const expr = (value: Expr, role: Role, which = 0): Expr => this.#expr(value, { item, role, which, inWhen, inScope }, true);
    const place = (target: Expr): Expr => this.#place(target, { item, role: 'index', which: 0, inWhen, inScope });
    switch (item.kind) {
      case 'let': return { ...item, value: expr(item.value, 'let') };
      case 'inst': return { ...item, inputs: item.inputs.map(({ port, value }, i) => ({ port, value: expr(value, 'input', i) })) };
      case 'scope': return { ...item, items: this.items(item.items, inWhen, true) };
      case 'set': case 'next': return { ...item, target: place(item.target), value: expr(item.value, 'value') };
      case 'when': return {
        ...item,
        arms: item.arms.map((arm, i) => ({ condition: expr(arm.condition, 'condition', i), body: this.items(arm.body, true, inScope) })),
        otherwise: item.otherwise && this.items(item.otherwise, true, inScope),
      };
      case 'match': return {
        ...item,
        subject: expr(item.subject, 'subject'),
        arms: item.arms.map((arm) => ({ ...arm, body: this.items(arm.body, true, inScope) })),
        otherwise: item.otherwise && this.items(item.otherwise, true, inScope),
      };
      case 'write': return { ...item, address: expr(item.address, 'address'), data: expr(item.data, 'data'), mask: this.#mask(item.mask, expr) };
      case 'read': return { ...item, address: expr(item.address, 'address') };
      case 'wire': case 'reg': case 'mem': case 'connect': return item;
    }
  }

  #mask(mask: WriteItem['mask'], expr: (value: Expr, role: Role, which?: number) => Expr): WriteItem['mask'] {
    if (mask === undefined) return undefined;
    if (mask.kind === 'fields') return { ...mask, fields: mask.fields.map(({ name, value }, i) => ({ name, value: expr(value, 'mask', i) })) };
    return { ...mask, value: expr(mask.value, 'mask') };
  }

  /** Of an assigned place only dynamic indices are values. */
  #place(target: Expr, context: Omit<Occurrence, 'at' | 'root'>): Expr {
    if (target.kind !== 'op') return target;
    const [of, ...indices] = target.args;
    return { ...target, args: [this.#place(of!, context), ...indices.map((index) => this.#expr(index, context, true))] };
  }

  #expr(value: Expr, context: Omit<Occurrence, 'at' | 'root'>, root: boolean): Expr {
    const args = value.args.map((arg) => this.#expr(arg, context, false));
    const rebuilt = value.kind === 'op' && args.some((arg, i) => arg !== value.args[i]) ? { ...value, args } : value;
    const at = this.#count;
    this.#count += 1;
    return this.#visit(rebuilt, { ...context, at, root }, value);
  }
}

/** Visits without rewriting. */
export function walkModule(module: ModuleSpec, visit: (expr: Expr, occurrence: Occurrence) => void): void {
  rewriteModule(module, (expr, occurrence, original) => {
    visit(original, occurrence);
    return expr;
  });
}

/** All items, those in branches and scopes after the item that holds them. */
export function everyItem(items: readonly Item[], visit: (item: Item, inWhen: boolean) => void, inWhen = false): void {
  for (const item of items) {
    visit(item, inWhen);
    for (const body of bodiesOf(item)) everyItem(body, visit, inWhen || item.kind !== 'scope');
  }
}

export function bodiesOf(item: Item): (readonly Item[])[] {
  switch (item.kind) {
    case 'when': case 'match': return [...item.arms.map((arm) => arm.body), ...(item.otherwise === undefined ? [] : [item.otherwise])];
    case 'scope': return [item.items];
    default: return [];
  }
}

/** Name of the body that a path starts with. */
export function rootOf(path: string): string {
  const dot = path.indexOf('.');
  return dot < 0 ? path : path.slice(0, dot);
}

/** The reference below the fields and indices of an assigned place. */
export function placeRoot(target: Expr): string {
  return target.kind === 'ref' ? rootOf(target.path) : target.kind === 'op' ? placeRoot(target.args[0]!) : '';
}
