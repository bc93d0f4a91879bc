/**
 * A design made measurable: at every point the value passes an exclusive-or with two bits of an input `flip` (one for
 * its lowest, one for its highest bit) and is shown at an output `tap<i>`.
 *
 * With `flip` at 0 it behaves as before. It is a specification again, so nothing here knows how designs are run.
 */
import { Bool, type Data, UInt } from '@vtoe/hdl';
import { type Expr, type Item, literal, type ModuleSpec, operation, type PortSpec, ref, type Spec } from '../spec.ts';
import { rewriteModule } from '../traverse.ts';
import type { Point } from './points.ts';

export const FLIP = 'flip';

export function tapName(point: number): string {
  return `tap${point}`;
}

export function instrument(spec: Spec, points: readonly Point[]): Spec {
  const flips = UInt(points.length * 2);
  const tapsOf = new Map<string, Map<number, Data>>();
  const modules = spec.modules.map((entry) => {
    const here = new Map<number, { readonly index: number; readonly point: Point }[]>();
    points.forEach((point, index) => {
      if (point.module !== entry.name) return;
      here.set(point.at, [...(here.get(point.at) ?? []), { index, point }]);
    });
    const rewritten = rewriteModule(entry, (expr, { at }) => (here.get(at) ?? []).reduce((value, { index, point }) => flipped(value, index, point.guard, flips), expr));
    return withTaps(rewritten, here, tapsOf, flips);
  });
  return { ...spec, modules };
}

function withTaps(
  entry: ModuleSpec, here: ReadonlyMap<number, readonly { readonly index: number; readonly point: Point }[]>, tapsOf: Map<string, Map<number, Data>>, flips: Data,
): ModuleSpec {
  const taps = new Map<number, Data>();
  const items: Item[] = [];
  for (const { index, point } of [...here.values()].flat()) {
    const { expr, expr: { shape } } = point;
    const leaf = shape.kind === 'bundle' || shape.kind === 'vec' ? operation('pack', UInt(shape.width), [expr]) : expr;
    taps.set(index, leaf.shape);
    items.push({ kind: 'set', target: ref(`io.${tapName(index)}`, leaf.shape), value: leaf });
  }
  const passed = passFlips(entry.items, flips, (name, module) => {
    for (const [index, shape] of tapsOf.get(module) ?? []) {
      // Of a module with several instances the first one is watched.
      if (taps.has(index)) continue;
      taps.set(index, shape);
      items.push({ kind: 'set', target: ref(`io.${tapName(index)}`, shape), value: ref(`${name}.${tapName(index)}`, shape) });
    }
  });
  tapsOf.set(entry.name, taps);
  const ports: PortSpec[] = [
    ...entry.ports,
    { name: FLIP, direction: 'in', protocol: 'plain', shape: flips },
    ...[...taps].map(([index, shape]): PortSpec => ({ name: tapName(index), direction: 'out', protocol: 'plain', shape })),
  ];
  return { ...entry, ports, items: [...passed, ...items] };
}

/** Every instance gets the parent's `flip`. */
function passFlips(items: readonly Item[], flips: Data, met: (name: string, module: string) => void): Item[] {
  return items.map((item) => {
    if (item.kind === 'scope') return { ...item, items: passFlips(item.items, flips, met) };
    if (item.kind !== 'inst') return item;
    met(item.name, item.module);
    return { ...item, inputs: [...item.inputs, { port: FLIP, value: ref(`io.${FLIP}`, flips) }] };
  });
}

function flipped(value: Expr, index: number, guard: Expr | undefined, flips: Data): Expr {
  const bit = (number: number): Expr => {
    const flip = operation('bit', Bool, [ref(`io.${FLIP}`, flips)], [number]);
    return guard === undefined ? flip : operation('and', Bool, [flip, guard]);
  };
  const [low, high] = [bit(index * 2), bit(index * 2 + 1)];
  const { shape } = value;
  if (shape.kind === 'bool') return operation('xor', Bool, [value, operation('or', Bool, [low, high])]);
  const { width } = shape;
  const bits = width === 1 ? [operation('or', Bool, [low, high])] : [high, ...(width > 2 ? [literal(UInt(width - 2), 0n)] : []), low];
  const mask = operation('cat', UInt(width), bits);
  if (shape.kind === 'uint') return operation('xor', shape, [value, mask]);
  return operation('unpack', shape, [operation('xor', UInt(width), [operation('pack', UInt(width), [value]), mask])]);
}
