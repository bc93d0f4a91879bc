/** Registers, wires and the order of assignments. */
import { type Expr, operation } from '../../spec.ts';
import { nest, type Target } from '../control.ts';
import { randomLiteral } from '../literals.ts';
import type { Construct } from '../construct.ts';
import { UInt } from '@vtoe/hdl';

export const register: Construct = ({ writer, types, place }) => {
  const shape = types.any();
  const value = writer.reg(shape, true);
  place(writer, value, writer.any(shape), 'next');
  writer.observe(value);
};

export const registerWithoutReset: Construct = ({ writer, types, place }) => {
  const shape = types.any();
  const value = writer.reg(shape, false);
  place(writer, value, writer.any(shape), 'next');
  writer.observe(value);
};

/** A ring or chain of registers that hand on their values: all copies happen at once. */
export const registerCopy: Construct = ({ writer, types, place }) => {
  const shape = types.any();
  const { random } = writer;
  const ring = Array.from({ length: random.between(2, 4) }, () => writer.reg(shape));
  for (const [i, target] of random.shuffled([...ring.entries()])) {
    const source = ring[(i + 1) % ring.length]!;
    if (i === 0) {
      const fresh = operation('mux', shape, [writer.maker(0).bool(), source, writer.maker(1).value(shape)]);
      writer.emit({ kind: 'next', target, value: random.chance(0.8) ? fresh : source });
    } else place(writer, target, source, 'next');
  }
  for (const value of ring) writer.observe(value);
};

export const lastAssignmentWins: Construct = ({ writer, types, place }) => {
  const shape = types.any();
  const how = writer.random.chance(0.5) ? 'set' : 'next';
  const target = how === 'set' ? writer.wire(shape) : writer.reg(shape);
  writer.emit({ kind: how, target, value: writer.any(shape) });
  if (how === 'next' || writer.random.chance(0.5)) place(writer, target, writer.any(shape), how);
  writer.emit({ kind: 'when', arms: [{ condition: writer.maker(1).bool(), body: [{ kind: how, target, value: writer.any(shape) }] }], otherwise: undefined });
  if (how === 'set') writer.readables.add(target);
  writer.observe(target);
};

/** Wires and registers together in one nest of `when` and `match`. */
export const controlNest: Construct = ({ writer, types }) => {
  const { random } = writer;
  const targets: Target[] = Array.from({ length: random.between(2, 4) }, () => {
    const shape = random.chance(0.7) ? types.uint() : types.any();
    return random.chance(0.5) ? { target: writer.wire(shape), how: 'set' } : { target: writer.reg(shape), how: 'next' };
  });
  for (const { target, how } of targets) {
    if (how === 'set' || random.chance(0.3)) writer.emit({ kind: how, target, value: random.chance(0.3) ? randomLiteral(target.shape, random) : writer.any(target.shape) });
  }
  for (const item of nest(writer, targets, random.between(1, 2))) writer.emit(item);
  for (const { target, how } of targets) {
    if (how === 'set') writer.readables.add(target);
    writer.observe(target);
  }
};

/** State made by a helper. */
export const scope: Construct = ({ writer, types, place }) => {
  const shape = types.any();
  const name = writer.fresh('part');
  let value: Expr | undefined;
  const items = writer.body(() => {
    const wire = writer.wire(shape);
    value = writer.reg(shape);
    place(writer, wire, writer.any(shape), 'set');
    place(writer, value, wire, 'next');
    writer.readables.add(wire);
  });
  writer.emit({ kind: 'scope', name, label: writer.random.pick(['stage', 'delayed', 'buffer']), items });
  if (value !== undefined) writer.observe(value);
};

/** Drivers of a bundle's fields, each reading the one before: no loop, if leaves are looked at one by one. */
export const fieldOrder: Construct = ({ writer, types, place }) => {
  const shape = types.bundle();
  const target = writer.wire(shape);
  for (const [name, field] of writer.random.shuffled(Object.entries(shape.fields))) {
    const leaf = operation('field', field, [target], [], name);
    place(writer, leaf, writer.maker(2).value(field), 'set');
    writer.readables.add(leaf);
  }
  writer.observe(writer.random.chance(0.5) ? target : operation('pack', UInt(shape.width), [target]));
};
