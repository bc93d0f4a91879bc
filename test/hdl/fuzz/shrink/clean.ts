/** Removes what no output of the design depends on. What remains behaves as before, so nothing needs to be run. */
import type { Expr, Item, ModuleSpec, Spec } from '../spec.ts';
import { placeRoot, rootOf, walkModule } from '../traverse.ts';

export function clean(spec: Spec): Spec {
  let current = spec;
  for (;;) {
    const next = cleanOnce(current);
    if (sizeOf(next) === sizeOf(current)) return next;
    current = next;
  }
}

/** Expressions, statements and ports: what a reader has to look at. */
export function sizeOf(spec: Spec): number {
  let size = spec.modules.length;
  for (const entry of spec.modules) {
    size += entry.ports.length;
    walkModule(entry, () => { size += 1; });
    const count = (items: readonly Item[]): void => {
      size += items.length;
      for (const item of items) for (const body of branchesOf(item)) count(body);
    };
    count(entry.items);
  }
  return size;
}

/** Parents first: what they read decides which outputs of their children are needed. */
function cleanOnce(spec: Spec): Spec {
  const needed = new Map<string, Set<string>>();
  const kept: ModuleSpec[] = [];
  const removedInputs = new Map<string, Set<string>>();
  for (const [i, entry] of [...spec.modules.entries()].reverse()) {
    const isTop = i === spec.modules.length - 1;
    const outputs = isTop ? new Set(entry.ports.map((port) => port.name)) : needed.get(entry.name);
    if (outputs === undefined) continue;
    const cleaned = cleanModule(entry, outputs);
    noteUses(cleaned, needed);
    removedInputs.set(entry.name, new Set(entry.ports.filter((port) => !cleaned.ports.includes(port) && port.direction === 'in').map((port) => port.name)));
    kept.unshift(cleaned);
  }
  return { ...spec, modules: kept.map((entry) => disconnect(entry, removedInputs)) };
}

/** Which outputs of its children a module reads. */
function noteUses(entry: ModuleSpec, needed: Map<string, Set<string>>): void {
  const moduleOf = instancesOf(entry.items);
  for (const child of moduleOf.values()) if (!needed.has(child)) needed.set(child, new Set());
  walkModule(entry, (expr) => {
    if (expr.kind !== 'ref') return;
    const [root, port] = expr.path.split('.');
    const child = moduleOf.get(root!);
    if (child !== undefined && port !== undefined) needed.get(child)!.add(port);
  });
}

function instancesOf(items: readonly Item[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const item of items) {
    if (item.kind === 'inst') found.set(item.name, item.module);
    if (item.kind === 'scope') for (const [name, child] of instancesOf(item.items)) found.set(name, child);
  }
  return found;
}

/** Key of what a path names: a port of this module, or a name of the body. */
function keyOf(path: string): string {
  const [root, port] = path.split('.');
  return root === 'io' ? `io.${port}` : root!;
}

function cleanModule(entry: ModuleSpec, outputs: ReadonlySet<string>): ModuleSpec {
  const dependencies = new Map<string, Set<string>>();
  collect(entry.items, [], dependencies);
  const live = new Set<string>();
  const pending = entry.ports.filter((port) => port.protocol === 'stream' || (port.direction === 'out' && outputs.has(port.name))).map((port) => `io.${port.name}`);
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (live.has(key)) continue;
    live.add(key);
    pending.push(...dependencies.get(key) ?? []);
  }
  return { ...entry, ports: entry.ports.filter((port) => live.has(`io.${port.name}`)), items: filterItems(entry.items, live) };
}

function collect(items: readonly Item[], conditions: readonly Expr[], into: Map<string, Set<string>>): void {
  const depends = (key: string, ...on: readonly Expr[]): void => {
    const set = into.get(key) ?? new Set();
    into.set(key, set);
    for (const expr of [...on, ...conditions]) references(expr, set);
  };
  for (const item of items) {
    switch (item.kind) {
      case 'wire': case 'reg': case 'mem': break;
      case 'let': depends(item.name, item.value); break;
      case 'inst': depends(item.name, ...item.inputs.map(({ value }) => value)); break;
      case 'scope': collect(item.items, conditions, into); break;
      case 'set': case 'next': depends(targetKey(item.target), item.value, item.target); break;
      case 'when': {
        const all = item.arms.map((arm) => arm.condition);
        for (const body of branchesOf(item)) collect(body, [...conditions, ...all], into);
        break;
      }
      case 'match': for (const body of branchesOf(item)) collect(body, [...conditions, item.subject], into); break;
      case 'write': {
        const { mask } = item;
        const masks = mask === undefined ? [] : mask.kind === 'fields' ? mask.fields.map(({ value }) => value) : [mask.value];
        depends(item.memory, item.address, item.data, ...masks);
        break;
      }
      case 'read': {
        depends(item.name, item.address);
        into.get(item.name)!.add(item.memory);
        break;
      }
      case 'connect': {
        depends(keyOf(item.sink));
        depends(keyOf(item.source));
        into.get(keyOf(item.sink))!.add(keyOf(item.source));
        into.get(keyOf(item.source))!.add(keyOf(item.sink));
      }
    }
  }
}

function targetKey(target: Expr): string {
  return target.kind === 'ref' ? keyOf(target.path) : target.kind === 'op' ? targetKey(target.args[0]!) : '';
}

function references(expr: Expr, into: Set<string>): void {
  if (expr.kind === 'ref') into.add(keyOf(expr.path));
  if (expr.kind === 'op' && expr.op === 'read') into.add(expr.label);
  for (const arg of expr.args) references(arg, into);
}

function filterItems(items: readonly Item[], live: ReadonlySet<string>): Item[] {
  return items.flatMap((item): Item[] => {
    switch (item.kind) {
      case 'set': case 'next': return live.has(targetKey(item.target)) ? [item] : [];
      case 'write': return live.has(item.memory) ? [item] : [];
      case 'connect': return live.has(keyOf(item.sink)) ? [item] : [];
      case 'scope': {
        const inner = filterItems(item.items, live);
        return inner.length === 0 ? [] : [{ ...item, items: inner }];
      }
      case 'when': {
        const arms = item.arms.map((arm) => ({ ...arm, body: filterItems(arm.body, live) }));
        const otherwise = item.otherwise && filterItems(item.otherwise, live);
        return [...arms.map(({ body }) => body), otherwise ?? []].every((body) => body.length === 0) ? [] : [{ ...item, arms, otherwise }];
      }
      case 'match': {
        const arms = item.arms.map((arm) => ({ ...arm, body: filterItems(arm.body, live) }));
        const otherwise = item.otherwise && filterItems(item.otherwise, live);
        return [...arms.map(({ body }) => body), otherwise ?? []].every((body) => body.length === 0) ? [] : [{ ...item, arms, otherwise }];
      }
      default: return live.has(item.name) ? [item] : [];
    }
  });
}

/** Drops connections to inputs that children no longer have. */
function disconnect(entry: ModuleSpec, removed: ReadonlyMap<string, ReadonlySet<string>>): ModuleSpec {
  const moduleOf = instancesOf(entry.items);
  const isGone = (instance: string, port: string): boolean => removed.get(moduleOf.get(instance) ?? '')?.has(port) ?? false;
  const filter = (items: readonly Item[]): Item[] => items.flatMap((item): Item[] => {
    switch (item.kind) {
      case 'inst': return [{ ...item, inputs: item.inputs.filter(({ port }) => !isGone(item.name, port)) }];
      case 'scope': return [{ ...item, items: filter(item.items) }];
      case 'set': return isGone(placeRoot(item.target), portOf(item.target)) ? [] : [item];
      case 'when': return [{ ...item, arms: item.arms.map((arm) => ({ ...arm, body: filter(arm.body) })), otherwise: item.otherwise && filter(item.otherwise) }];
      case 'match': return [{ ...item, arms: item.arms.map((arm) => ({ ...arm, body: filter(arm.body) })), otherwise: item.otherwise && filter(item.otherwise) }];
      default: return [item];
    }
  });
  return { ...entry, items: filter(entry.items) };
}

function portOf(target: Expr): string {
  if (target.kind === 'ref') return target.path.slice(rootOf(target.path).length + 1).split('.')[0] ?? '';
  return target.kind === 'op' ? portOf(target.args[0]!) : '';
}

export function branchesOf(item: Item): (readonly Item[])[] {
  switch (item.kind) {
    case 'when': case 'match': return [...item.arms.map((arm) => arm.body), ...(item.otherwise === undefined ? [] : [item.otherwise])];
    case 'scope': return [item.items];
    default: return [];
  }
}
