/** Ways to bring a value to its target: plainly, or somewhere inside `when` and `match`. */
import { type Data, UInt } from '@vtoe/hdl';
import { type Expr, type Item, literal } from '../spec.ts';
import { type ModuleWriter, type Placement, plainly } from './writer.ts';

/** Inside a `when`, an `elsewhen`, an `otherwise` or an arm of `match`; the other branches bring other values. */
export const inWhen: Placement = (writer, target, value, how) => {
  const { random } = writer;
  const other = (): Item[] => [{ kind: how, target, value: writer.any(target.shape) }];
  const wanted: Item[] = [{ kind: how, target, value }];
  const condition = (): Expr => writer.maker(1).bool();
  // A register holds without a default; a wire needs a value on every path.
  const first = how === 'set' || random.chance(0.3);
  switch (random.below(6)) {
    case 0:
      if (first) other().forEach((item) => writer.emit(item));
      writer.emit({ kind: 'when', arms: [{ condition: condition(), body: wanted }], otherwise: undefined });
      break;
    case 1:
      writer.emit({ kind: 'when', arms: [{ condition: condition(), body: wanted }], otherwise: other() });
      break;
    case 2:
      writer.emit({ kind: 'when', arms: [{ condition: condition(), body: other() }], otherwise: wanted });
      break;
    case 3:
      writer.emit({
        kind: 'when', arms: [{ condition: condition(), body: other() }, { condition: condition(), body: wanted }], otherwise: other(),
      });
      break;
    case 4: {
      const inner: Item = { kind: 'when', arms: [{ condition: condition(), body: wanted }, { condition: condition(), body: other() }], otherwise: other() };
      writer.emit({ kind: 'when', arms: [{ condition: condition(), body: [inner] }], otherwise: other() });
      break;
    }
    default: {
      const width = random.between(1, 3);
      const values = random.shuffled(Array.from({ length: 2 ** width }, (_, i) => i));
      const labels = values.slice(0, Math.max(1, values.length >> 1));
      const inArm = random.chance(0.5);
      writer.emit({
        kind: 'match', subject: writer.maker(1).uint(width),
        arms: [{ labels, body: inArm ? wanted : other() }], otherwise: inArm ? other() : wanted,
      });
    }
  }
};

/** Mostly plainly. */
export const anywhere: Placement = (writer, target, value, how) => {
  (writer.random.chance(0.3) ? inWhen : plainly)(writer, target, value, how);
};

export interface Target {
  readonly target: Expr;
  readonly how: 'set' | 'next';
}

/**
 * A nest of `when` and `match` in which several targets get values in some branches. Before it every target of `set`
 * has a default, so every path drives it.
 */
export function nest(writer: ModuleWriter, targets: readonly Target[], depth: number): Item[] {
  const { random } = writer;
  const body = (): Item[] => {
    const items: Item[] = [];
    for (const { target, how } of targets) if (random.chance(0.6)) items.push({ kind: how, target, value: writer.any(target.shape) });
    if (depth > 0 && random.chance(0.7)) {
      const at = random.below(items.length + 1);
      items.splice(at, 0, ...nest(writer, targets, depth - 1));
    }
    return items;
  };
  if (random.chance(0.3)) return [matchOnUInt(writer, body)];
  const arms = Array.from({ length: random.between(1, 3) }, () => ({ condition: writer.maker(1).bool(), body: body() }));
  return [{ kind: 'when', arms, otherwise: random.chance(0.6) ? body() : undefined }];
}

function matchOnUInt(writer: ModuleWriter, body: () => Item[]): Item {
  const { random } = writer;
  const width = random.between(1, 4);
  const values = random.shuffled(Array.from({ length: 2 ** width }, (_, i) => i));
  const arms: { labels: number[]; body: Item[] }[] = [];
  const used = random.between(1, values.length);
  for (let at = 0; at < used;) {
    const count = Math.min(random.between(1, 3), used - at);
    arms.push({ labels: values.slice(at, at + count), body: body() });
    at += count;
  }
  // All values named: `otherwise` would be an error of the language.
  const open = used < values.length && random.chance(0.7);
  return { kind: 'match', subject: writer.maker(1).uint(width), arms, otherwise: open ? body() : undefined };
}

/** A literal UInt. */
export function number(width: number, value: number | bigint): Expr {
  return literal(UInt(width), BigInt(value));
}

/** Shape of an address or index of `count` things. */
export function indexShape(count: number): Data {
  return UInt(Math.max(1, (count - 1).toString(2).length));
}
