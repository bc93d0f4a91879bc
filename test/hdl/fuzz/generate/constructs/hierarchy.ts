/** Instances: one, two of one module, one below another, and one whose outputs lead back to its own inputs. */
import { UInt } from '@vtoe/hdl';
import { type Expr, type ModuleSpec, operation, ref } from '../../spec.ts';
import type { Construct, Site } from '../construct.ts';
import { anywhere } from '../control.ts';
import { declare, expose, instantiate } from '../instantiate.ts';
import { Maker } from '../maker.ts';
import { Readables } from '../readables.ts';
import type { ModuleWriter } from '../writer.ts';

/** A small module: a few inputs, a register, expressions of both. */
function small({ design, types }: Site, child?: ModuleSpec): ModuleSpec {
  const inner = design.module('small');
  const { random } = inner;
  inner.inputPair(random.pick([1, 4, 8, 16, 32, 33, 64, 65]));
  inner.input(UInt(random.between(1, 8)));
  inner.input(types.any());
  const state = inner.reg(types.uint());
  if (child !== undefined) instantiate(inner, child, anywhere);
  anywhere(inner, state, inner.maker(2).value(state.shape), 'next');
  inner.observe(state);
  for (let i = random.between(1, 3); i > 0; i -= 1) inner.observe(inner.maker(2).value(types.uint()));
  return design.add(inner);
}

export const instance: Construct = (site) => {
  instantiate(site.writer, small(site), site.place);
};

export const sharedModule: Construct = (site) => {
  const child = small(site);
  instantiate(site.writer, child, site.place);
  instantiate(site.writer, child, site.place);
};

/** Two deep below this module, and the innermost also directly in it. */
export const nestedInstance: Construct = (site) => {
  const inner = small(site);
  const middle = small(site, inner);
  instantiate(site.writer, middle, site.place);
  if (site.writer.random.chance(0.5)) instantiate(site.writer, inner, site.place);
};

/**
 * A module of independent halves, `p = f(a)` and `q = g(b)`; the parent makes `b` from `p`. Leaf by leaf there is no
 * loop, though the instance reads what it drives.
 */
export const instanceOrder: Construct = ({ writer, design, types, place }) => {
  const child = design.module('halves');
  const shapes = { a: types.uint(), p: types.uint(), b: types.uint(), q: types.uint() };
  const halves: [Expr, Expr][] = [];
  for (const [input, output] of [['a', 'p'], ['b', 'q']] as const) {
    const from = ref(child.port({ name: input, direction: 'in', protocol: 'plain', shape: shapes[input] }), shapes[input]);
    const to = ref(child.port({ name: output, direction: 'out', protocol: 'plain', shape: shapes[output] }), shapes[output]);
    halves.push([to, halfOf(child, from, to)]);
  }
  for (const [target, value] of child.random.shuffled(halves)) child.emit({ kind: 'set', target, value });
  const name = declare(writer, design.add(child));
  const port = (key: keyof typeof shapes): Expr => ref(`${name}.${key}`, shapes[key]);
  const feed = new Readables();
  feed.add(port('p'));
  const driveA = writer.body(() => place(writer, port('a'), writer.maker(1).value(shapes.a), 'set'));
  const driveB = writer.body(() => place(writer, port('b'), new Maker(writer.random, feed, 1).value(shapes.b), 'set'));
  for (const items of writer.random.shuffled([driveA, driveB])) items.forEach((item) => writer.emit(item));
  expose(writer, port('p'));
  expose(writer, port('q'));
};

/** An expression that reads `from` in any case. */
function halfOf(child: ModuleWriter, from: Expr, to: Expr): Expr {
  const readables = new Readables();
  readables.add(from);
  const maker = new Maker(child.random, readables, 0);
  return operation(child.random.pick(['add', 'xor', 'sub']), to.shape, [maker.value(to.shape), maker.at(2).value(to.shape)]);
}
