/** Bundles and vectors: members, whole values, static and dynamic indices, packing. */
import { Bool, type Data, UInt } from '@vtoe/hdl';
import { type Expr, operation } from '../../spec.ts';
import type { Construct } from '../construct.ts';
import { number } from '../control.ts';
import type { ModuleWriter } from '../writer.ts';

/** A value of the shape that changes: an input or a register fed by expressions. */
function source(writer: ModuleWriter, shape: Data): Expr {
  if (writer.random.chance(0.5)) return writer.input(shape);
  const value = writer.reg(shape);
  writer.emit({ kind: 'next', target: value, value: writer.maker(1).value(shape) });
  return value;
}

export const bundleField: Construct = ({ writer, types, place }) => {
  const shape = types.bundle();
  const value = source(writer, shape);
  const [name, field] = writer.random.pick(Object.entries(shape.fields));
  writer.observe(operation('field', field, [value], [], name), place);
};

/** Each field gets its value by itself; the bundle is then used as a whole. */
export const bundleFieldWrite: Construct = ({ writer, types, place }) => {
  const shape = types.bundle();
  const how = writer.random.chance(0.5) ? 'set' : 'next';
  const target = how === 'set' ? writer.wire(shape) : writer.reg(shape);
  for (const [name, field] of Object.entries(shape.fields)) {
    place(writer, operation('field', field, [target], [], name), writer.any(field), how);
  }
  if (how === 'set') writer.readables.add(target);
  writer.observe(target);
};

/** An object of values where a bundle is wanted. */
export const bundleLiteral: Construct = ({ writer, types, place }) => {
  const shape = types.bundle();
  const value = operation('bundle', shape, Object.values(shape.fields).map((field) => writer.any(field)));
  const target = writer.reg(shape);
  place(writer, target, value, 'next');
  writer.observe(target);
};

export const bundleMux: Construct = ({ writer, types, place }) => {
  const shape = types.bundle();
  const value = operation('mux', shape, [writer.maker(1).bool(), source(writer, shape), writer.maker(1).value(shape)]);
  writer.observe(value, place);
};

export const bundleCompare: Construct = ({ writer, types, place }) => {
  const shape = types.bundle();
  const a = source(writer, shape);
  const b = operation('mux', shape, [writer.maker(1).bool(), a, writer.maker(1).value(shape)]);
  writer.observe(operation(writer.random.pick(['eq', 'ne']), Bool, [a, b]), place);
};

export const pack: Construct = ({ writer, types, place }) => {
  const shape = writer.random.chance(0.7) ? types.bundle() : types.vec();
  writer.observe(operation('pack', UInt(shape.width), [source(writer, shape)]), place);
};

export const unpack: Construct = ({ writer, types, place }) => {
  const shape = writer.random.chance(0.7) ? types.bundle() : types.vec();
  writer.observe(operation('unpack', shape, [source(writer, UInt(shape.width))]), place);
};

export const vecStaticRead: Construct = ({ writer, types, place }) => {
  const shape = types.vec();
  writer.observe(operation('at', shape.element, [source(writer, shape)], [writer.random.below(shape.length)]), place);
};

/** An index that can be beyond the end, unless every value of its width is an element's. */
function index(writer: ModuleWriter, length: number): Expr {
  const needed = Math.max(1, (length - 1).toString(2).length);
  return writer.maker(1).uint(writer.random.chance(0.7) ? needed : needed + writer.random.between(1, 2));
}

export const vecDynamicRead: Construct = ({ writer, types, place }) => {
  const shape = types.vec(writer.random.pick([2, 3, 4, 5, 6, 7]));
  writer.observe(operation('at', shape.element, [source(writer, shape), index(writer, shape.length)]), place);
};

export const vecStaticWrite: Construct = ({ writer, types, place }) => {
  const shape = types.vec();
  const how = writer.random.chance(0.5) ? 'set' : 'next';
  const target = how === 'set' ? writer.wire(shape) : writer.reg(shape);
  for (let i = 0; i < shape.length; i += 1) place(writer, operation('at', shape.element, [target], [i]), writer.any(shape.element), how);
  if (how === 'set') writer.readables.add(target);
  writer.observe(target);
};

export const vecDynamicWrite: Construct = ({ writer, types, place }) => {
  const shape = types.vec(writer.random.pick([2, 3, 4, 5, 6, 7]));
  const how = writer.random.chance(0.3) ? 'set' : 'next';
  const target = how === 'set' ? writer.wire(shape) : writer.reg(shape);
  if (how === 'set') writer.emit({ kind: 'set', target, value: writer.any(shape) });
  const element = operation('at', shape.element, [target, index(writer, shape.length)]);
  if (how === 'next') place(writer, element, writer.maker(1).value(shape.element), how);
  else {
    // Inside a `when` by itself: the default above is the other branch.
    const body = [{ kind: how, target: element, value: writer.maker(1).value(shape.element) } as const];
    writer.emit({ kind: 'when', arms: [{ condition: writer.maker(1).bool(), body }], otherwise: undefined });
    writer.readables.add(target);
  }
  writer.observe(target);
};

/** A register file with a member that a dynamic index and a field name lead to. */
export const vecOfBundles: Construct = ({ writer, types, place }) => {
  const record = types.bundle();
  const shape = types.vec(writer.random.between(2, 5), record);
  const target = writer.reg(shape);
  const [name, field] = writer.random.pick(Object.entries(record.fields));
  const [written, read] = [index(writer, shape.length), index(writer, shape.length)];
  place(writer, operation('field', field, [operation('at', record, [target, written])], [], name), writer.maker(1).value(field), 'next');
  writer.emit({
    kind: 'when', otherwise: undefined,
    arms: [{
      condition: operation('eq', Bool, [writer.maker(0).uint(2), number(2, 1)]),
      body: [{ kind: 'next', target: operation('at', record, [target], [writer.random.below(shape.length)]), value: writer.maker(0).value(record) }],
    }],
  });
  writer.observe(operation('field', field, [operation('at', record, [target, read])], [], name));
  writer.observe(target);
};
