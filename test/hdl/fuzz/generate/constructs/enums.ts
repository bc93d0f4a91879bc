/** Enums and `match`, values without a label included. */
import { Bool, type Data, UInt } from '@vtoe/hdl';
import { type Expr, type Item, literal, operation } from '../../spec.ts';
import type { Construct } from '../construct.ts';
import { inWhen, nest } from '../control.ts';
import type { ModuleWriter } from '../writer.ts';

type EnumShape = Extract<Data, { kind: 'enum' }>;

/** A state whose every bit pattern occurs: an input, or a register that is loaded from bits or starts without reset. */
function state(writer: ModuleWriter, shape: EnumShape): Expr {
  const { random } = writer;
  if (random.chance(0.3)) return writer.input(shape);
  const bits = writer.maker(1).uint(shape.width);
  if (random.chance(0.4)) return operation('unpack', shape, [bits]);
  const value = writer.reg(shape);
  const next = random.chance(0.5) ? operation('unpack', shape, [bits]) : operation('mux', shape, [writer.maker(1).bool(), operation('unpack', shape, [bits]), value]);
  writer.emit({ kind: 'next', target: value, value: next });
  return value;
}

function matchOn(writer: ModuleWriter, subject: Expr, shape: EnumShape, body: (label: string) => Item[]): Item {
  const labels = writer.random.shuffled(shape.labels);
  const open = labels.length > 2 && writer.random.chance(0.3);
  const named = open ? labels.slice(0, writer.random.between(1, labels.length - 1)) : labels;
  return {
    kind: 'match', subject,
    arms: named.map((label) => ({ labels: [label], body: body(label) })),
    otherwise: open ? body('otherwise') : undefined,
  };
}

/** Every arm gives another value, so the arm that is taken shows. */
export const matchEnum: Construct = ({ writer, types, place }) => {
  const shape = types.enum(writer.random.chance(0.7));
  const subject = state(writer, shape);
  const result = types.uint();
  const how = writer.random.chance(0.6) ? 'set' : 'next';
  const target = how === 'set' ? writer.wire(result) : writer.reg(result);
  const item = matchOn(writer, subject, shape, () => [{ kind: how, target, value: writer.maker(1).value(result) }]);
  if (place === inWhen) {
    if (how === 'set') writer.emit({ kind: how, target, value: writer.any(result) });
    writer.emit({ kind: 'when', arms: [{ condition: writer.maker(1).bool(), body: [item] }], otherwise: undefined });
  } else writer.emit(item);
  if (how === 'set') writer.readables.add(target);
  writer.observe(target);
};

/** A state machine: the register that is matched on is also driven in the arms. */
export const stateMachine: Construct = ({ writer, types }) => {
  const shape = types.enum(writer.random.chance(0.7));
  const { random } = writer;
  const current = writer.reg(shape);
  const count = writer.reg(types.uint());
  const item = matchOn(writer, current, shape, () => [
    { kind: 'when', arms: [{ condition: writer.maker(1).bool(), body: [{ kind: 'next', target: current, value: literal(shape, random.pick(shape.encoding.labels).value) }] }], otherwise: undefined },
    ...(random.chance(0.5) ? [{ kind: 'next', target: count, value: writer.maker(1).value(count.shape) } as const] : []),
  ]);
  writer.emit(item);
  writer.emit({
    kind: 'when', otherwise: undefined,
    arms: [{ condition: writer.maker(1).bool(), body: [{ kind: 'next', target: current, value: operation('unpack', shape, [writer.maker(0).uint(shape.width)]) }] }],
  });
  writer.observe(current);
  writer.observe(count);
};

export const enumCompare: Construct = ({ writer, types, place }) => {
  const shape = types.enum(writer.random.chance(0.5));
  const value = state(writer, shape);
  if (writer.random.chance(0.3)) {
    const labels = writer.random.shuffled(shape.labels).slice(0, writer.random.between(1, shape.labels.length));
    writer.observe(operation('is', Bool, [value], [], labels.join(' ')), place);
    return;
  }
  const other = writer.random.chance(0.6) ? literal(shape, writer.random.pick(shape.encoding.labels).value) : writer.maker(0).value(shape);
  writer.observe(operation(writer.random.pick(['eq', 'ne']), Bool, [value, other]), place);
};

export const enumValue: Construct = ({ writer, types, place }) => {
  const shape = types.enum(writer.random.chance(0.7));
  const value = state(writer, shape);
  writer.observe(writer.random.chance(0.5) ? operation('toUInt', UInt(shape.width), [value]) : value, place);
};

export const matchUInt: Construct = ({ writer, types, place }) => {
  const shape = types.uint();
  const target = writer.wire(shape);
  writer.emit({ kind: 'set', target, value: writer.any(shape) });
  const width = writer.random.between(1, 4);
  const values = writer.random.shuffled(Array.from({ length: 2 ** width }, (_, i) => i)).slice(0, Math.max(1, 2 ** width - 1));
  const body = (): Item[] => (writer.random.chance(0.8)
    ? [{ kind: 'set', target, value: writer.maker(1).value(shape) }]
    : nest(writer, [{ target, how: 'set' }], 0));
  const half = Math.ceil(values.length / 2);
  const item: Item = {
    kind: 'match', subject: writer.maker(1).uint(width),
    arms: [{ labels: values.slice(0, half), body: body() }, ...values.slice(half).map((value) => ({ labels: [value], body: body() }))],
    otherwise: writer.random.chance(0.7) ? body() : undefined,
  };
  if (place === inWhen) writer.emit({ kind: 'when', arms: [{ condition: writer.maker(1).bool(), body: [item] }], otherwise: undefined });
  else writer.emit(item);
  writer.readables.add(target);
  writer.observe(target);
};
