/**
 * Smaller designs than a given one, coarse steps first. Many will not build or not fail; the shrinker tries.
 */
import { type Data, UInt } from '@vtoe/hdl';
import { type Expr, type Item, literal, type ModuleSpec, operation, ref, type Spec, topOf } from '../spec.ts';
import { rewriteModule, rootOf, walkModule } from '../traverse.ts';
import { branchesOf } from './clean.ts';

export type Reductions = (spec: Spec) => Iterable<Spec>;

/** One of the modules below becomes the top. */
export const promoteModule: Reductions = function* (spec) {
  for (let i = 0; i < spec.modules.length - 1; i += 1) yield { ...spec, modules: spec.modules.slice(0, i + 1) };
};

/** The output alone that a leaf belongs to: `o3` of `o3_f0_1`. */
export function onlyOutput(spec: Spec, leaf: string): Spec {
  const top = topOf(spec);
  const outputs = top.ports.filter((port) => port.direction === 'out' || port.protocol === 'stream').map((port) => port.name);
  const others = outputs.filter((name) => leaf !== name && !leaf.startsWith(`${name}_`));
  return others.length === outputs.length ? spec : withTop(spec, withoutPorts(top, new Set(others)));
}

/** Fewer outputs: half of them, then quarters, at last one less. */
export const dropOutputs: Reductions = function* (spec) {
  const top = topOf(spec);
  const outputs = top.ports.filter((port) => port.direction === 'out' || port.protocol === 'stream').map((port) => port.name);
  if (outputs.length < 2) return;
  for (const part of chunks(outputs)) yield withTop(spec, withoutPorts(top, new Set(part)));
};

function withoutPorts(entry: ModuleSpec, names: ReadonlySet<string>): ModuleSpec {
  const dropped = (path: string): boolean => path.startsWith('io.') && names.has(path.split('.')[1]!);
  const filter = (items: readonly Item[]): Item[] => items.flatMap((item) => {
    if (item.kind === 'set' && dropped(pathOf(item.target))) return [];
    if (item.kind === 'connect' && (dropped(item.sink) || dropped(item.source))) return [];
    return [withBranches(item, filter)];
  });
  return { ...entry, ports: entry.ports.filter((port) => !names.has(port.name)), items: filter(entry.items) };
}

/** Statements and declarations away, in chunks that get smaller. */
export const dropItems: Reductions = function* (spec) {
  for (const [m, entry] of spec.modules.entries()) {
    const all: Item[] = [];
    const note = (items: readonly Item[]): void => { for (const item of items) { all.push(item); branchesOf(item).forEach(note); } };
    note(entry.items);
    for (const part of chunks(all.filter((item) => !['wire', 'reg', 'mem'].includes(item.kind)))) {
      const gone = new Set(part);
      const filter = (items: readonly Item[]): Item[] => items.filter((item) => !gone.has(item)).map((item) => withBranches(item, filter));
      yield withModule(spec, m, { ...entry, items: filter(entry.items) });
    }
  }
};

/** A branch's statements in place of the whole `when` or `match`; a scope's in place of the scope; an arm away. */
export const flatten: Reductions = function* (spec) {
  for (const [m, entry] of spec.modules.entries()) {
    const found: Item[] = [];
    const note = (items: readonly Item[]): void => { for (const item of items) { if (branchesOf(item).length > 0) found.push(item); branchesOf(item).forEach(note); } };
    note(entry.items);
    const replace = (wanted: Item, by: readonly Item[]): Spec => {
      const map = (items: readonly Item[]): Item[] => items.flatMap((item) => (item === wanted ? by : [withBranches(item, map)]));
      return withModule(spec, m, { ...entry, items: map(entry.items) });
    };
    for (const item of found) {
      for (const body of branchesOf(item)) yield replace(item, body);
      if (item.kind === 'when' && item.arms.length > 1) for (const gone of item.arms) yield replace(item, [{ ...item, arms: item.arms.filter((arm) => arm !== gone) }]);
      if ((item.kind === 'when' || item.kind === 'match') && item.otherwise !== undefined) yield replace(item, [{ ...item, otherwise: undefined }]);
      if (item.kind === 'match' && item.arms.length > 1 && item.subject.shape.kind === 'uint') {
        for (const gone of item.arms) yield replace(item, [{ ...item, arms: item.arms.filter((arm) => arm !== gone) }]);
      }
    }
  }
};

/** A name of the body becomes an input of the module: whatever stood behind it goes. In the top, stimuli drive it. */
export const cutNames: Reductions = function* (spec) {
  const top = topOf(spec);
  const m = spec.modules.length - 1;
  const paths = new Map<string, Data>();
  walkModule(top, (expr) => {
    if (expr.kind === 'ref' && !expr.path.startsWith('io.')) paths.set(expr.path, expr.shape);
  });
  for (const [path, shape] of [...paths].reverse()) {
    const name = `cut_${path.replaceAll('.', '_')}`;
    if (top.ports.some((port) => port.name === name)) continue;
    const cut = rewriteModule(top, (expr) => (expr.kind === 'ref' && expr.path === path ? ref(`io.${name}`, shape) : expr));
    yield withModule(spec, m, { ...cut, ports: [...cut.ports, { name, direction: 'in', protocol: 'plain', shape }] });
  }
};

/** A named value where its name was used once, and a wire's driver in its place. */
export const inlineNames: Reductions = function* (spec) {
  for (const [m, entry] of spec.modules.entries()) {
    const values = new Map<string, Expr>();
    for (const item of entry.items) {
      if (item.kind === 'let') values.set(item.name, item.value);
      if (item.kind === 'set' && item.target.kind === 'ref' && !item.target.path.includes('.')) values.set(item.target.path, item.value);
    }
    for (const [name, value] of values) {
      yield withModule(spec, m, rewriteModule(entry, (expr) => (expr.kind === 'ref' && rootOf(expr.path) === name ? value : expr)));
    }
  }
};

/** An expression becomes one of its arguments, an input or zero. Outer expressions first. */
export const simplifyExpressions: Reductions = function* (spec) {
  for (const [m, entry] of [...spec.modules.entries()].reverse()) {
    const found: { at: number; expr: Expr; size: number }[] = [];
    walkModule(entry, (expr, { at }) => { found.push({ at, expr, size: expressionSize(expr) }); });
    const inputs = entry.ports.filter((port) => port.direction === 'in' && port.protocol === 'plain').map((port) => ref(`io.${port.name}`, port.shape));
    for (const { at, expr, size } of found.sort((a, b) => b.size - a.size)) {
      if (expr.kind === 'lit') continue;
      const put = (by: Expr): Spec => withModule(spec, m, rewriteModule(entry, (old, occurrence) => (occurrence.at === at ? by : old)));
      if (expr.kind === 'op') for (const arg of expr.args) if (sameKind(arg.shape, expr.shape)) yield put(arg);
      if (size > 1) {
        const input = inputs.find((port) => sameKind(port.shape, expr.shape));
        if (input !== undefined) yield put(input);
        else if (expr.shape.kind === 'uint') {
          const wider = inputs.find((port) => port.shape.kind === 'uint' && port.shape.width > expr.shape.width);
          if (wider !== undefined && expr.kind === 'op' && expr.op !== 'trunc') yield put(operation('trunc', UInt(expr.shape.width), [wider], [expr.shape.width]));
        }
      }
      if (expr.shape.kind === 'uint' || expr.shape.kind === 'bool') yield put(literal(expr.shape, 0n));
    }
  }
};

/** Fewer resets, fewer cycles. */
export const shortenRun: Reductions = function* (spec) {
  for (const gone of spec.resets) yield { ...spec, resets: spec.resets.filter((cycle) => cycle !== gone) };
  for (const cycles of [spec.cycles >> 1, spec.cycles - 1]) {
    if (cycles > 0) yield { ...spec, cycles, resets: spec.resets.filter((cycle) => cycle < cycles) };
  }
};

export const ALL_REDUCTIONS: readonly Reductions[] = [promoteModule, dropOutputs, cutNames, dropItems, flatten, inlineNames, simplifyExpressions, shortenRun];

function* chunks<T>(list: readonly T[]): Iterable<T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
  }
}

function withBranches(item: Item, map: (items: readonly Item[]) => Item[]): Item {
  switch (item.kind) {
    case 'when': return { ...item, arms: item.arms.map((arm) => ({ ...arm, body: map(arm.body) })), otherwise: item.otherwise && map(item.otherwise) };
    case 'match': return { ...item, arms: item.arms.map((arm) => ({ ...arm, body: map(arm.body) })), otherwise: item.otherwise && map(item.otherwise) };
    case 'scope': return { ...item, items: map(item.items) };
    default: return item;
  }
}

function withModule(spec: Spec, index: number, entry: ModuleSpec): Spec {
  return { ...spec, modules: spec.modules.map((other, i) => (i === index ? entry : other)) };
}

function withTop(spec: Spec, top: ModuleSpec): Spec {
  return withModule(spec, spec.modules.length - 1, top);
}

function pathOf(target: Expr): string {
  return target.kind === 'ref' ? target.path : target.kind === 'op' ? pathOf(target.args[0]!) : '';
}

function expressionSize(expr: Expr): number {
  return 1 + expr.args.reduce((sum, arg) => sum + expressionSize(arg), 0);
}

function sameKind(a: Data, b: Data): boolean {
  return a === b || (a.kind === b.kind && a.width === b.width && (a.kind === 'uint' || a.kind === 'bool'));
}
