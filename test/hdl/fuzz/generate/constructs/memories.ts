/** Memories: both kinds of reads, enables, masks, start contents, several write sites. */
import { Bool, Bundle, type Data, UInt } from '@vtoe/hdl';
import { type Expr, type Item, type MemoryItem, operation, ref, type WriteItem } from '../../spec.ts';
import type { Construct, Site } from '../construct.ts';
import { inWhen, number } from '../control.ts';
import { randomValue } from '../literals.ts';
import { type ModuleWriter, plainly } from '../writer.ts';

interface Kind {
  readonly shape?: Data;
  readonly outputRegister?: boolean;
  readonly init?: boolean;
}

function memory({ writer, types }: Site, kind: Kind = {}): MemoryItem {
  const { random } = writer;
  // Small: words are read again before the run ends.
  const depth = random.pick([1, 2, 3, 4, 5, 7, 8, 8]);
  const shape = kind.shape ?? (random.chance(0.5) ? types.uint() : types.any());
  const init = kind.init ?? random.chance(0.2);
  const item: MemoryItem = {
    kind: 'mem', name: writer.fresh('m'), shape, depth,
    collision: random.chance(0.7) ? 'old' : 'asserted',
    outputRegister: kind.outputRegister ?? random.chance(0.15),
    init: init ? Array.from({ length: random.chance(0.6) ? depth : random.between(1, depth) }, () => randomValue(shape, random)) : undefined,
  };
  writer.emit(item);
  return item;
}

/** An address below the depth: what lies beyond is asserted not to be used, and nothing is promised of it. */
function address(writer: ModuleWriter, { depth }: MemoryItem): Expr {
  const width = Math.max(1, (depth - 1).toString(2).length);
  const any = writer.maker(writer.random.below(2)).uint(width);
  if (depth === 2 ** width) return any;
  const named = writer.let(any);
  return operation('mux', UInt(width), [operation('lt', Bool, [named, number(width, depth)]), named, number(width, writer.random.below(depth))]);
}

/** Two addresses, often the same expression: a read of the word that is written. */
function addresses(writer: ModuleWriter, item: MemoryItem): [Expr, Expr] {
  const first = writer.let(address(writer, item));
  return [first, writer.random.chance(0.6) ? first : address(writer, item)];
}

function write(writer: ModuleWriter, item: MemoryItem, at: Expr, mask: WriteItem['mask'] = undefined): WriteItem {
  return { kind: 'write', memory: item.name, address: at, data: writer.maker(1).value(item.shape), mask };
}

function sometimes(writer: ModuleWriter, body: readonly Item[], always = 0.3): void {
  if (writer.random.chance(always)) body.forEach((item) => writer.emit(item));
  else writer.emit({ kind: 'when', arms: [{ condition: writer.maker(1).bool(), body }], otherwise: undefined });
}

function within(site: Site, body: readonly Item[]): void {
  sometimes(site.writer, body, site.place === inWhen ? 0 : 1);
}

function asyncRead(item: MemoryItem, at: Expr): Expr {
  return operation('read', item.shape, [at], [], item.name);
}

function syncRead(site: Site, item: MemoryItem, at: Expr): Expr {
  const name = site.writer.fresh('q');
  within(site, [{ kind: 'read', name, memory: item.name, address: at, shape: item.shape }]);
  const value = ref(name, item.shape);
  site.writer.readables.add(value);
  return value;
}

export const asynchronousRead: Construct = (site) => {
  const { writer, place } = site;
  const item = memory(site, { outputRegister: false });
  const [w, r] = addresses(writer, item);
  sometimes(writer, [write(writer, item, w)]);
  writer.observe(asyncRead(item, r), place);
};

export const synchronousRead: Construct = (site) => {
  const { writer } = site;
  const item = memory(site, { outputRegister: false });
  const [w, r] = addresses(writer, item);
  sometimes(writer, [write(writer, item, w)]);
  writer.observe(syncRead(site, item, r));
};

export const outputRegister: Construct = (site) => {
  const { writer } = site;
  const item = memory(site, { outputRegister: true });
  const [w, r] = addresses(writer, item);
  sometimes(writer, [write(writer, item, w)]);
  writer.observe(syncRead(site, item, r));
};

/** Read a lot, written little: the start contents are seen. */
export const startContents: Construct = (site) => {
  const { writer, place } = site;
  const item = memory(site, { init: true });
  const [w, r] = addresses(writer, item);
  const rarely = operation('andR', Bool, [writer.maker(0).uint(5)]);
  writer.emit({ kind: 'when', arms: [{ condition: rarely, body: [write(writer, item, w)] }], otherwise: undefined });
  writer.observe(item.outputRegister || writer.random.chance(0.5) ? syncRead(site, item, r) : asyncRead(item, r), place);
};

/** Shows a memory's words through a read port of either kind. */
function show(site: Site, item: MemoryItem, at: Expr): void {
  site.writer.observe(site.writer.random.chance(0.5) ? syncRead({ ...site, place: plainly }, item, at) : asyncRead(item, at));
}

export const byteMask: Construct = (site) => {
  const { writer } = site;
  const bytes = writer.random.pick([1, 2, 3, 4, 5, 8, 9, 16]);
  const item = memory(site, { shape: UInt(bytes * 8) });
  const [w, r] = addresses(writer, item);
  within(site, [write(writer, item, w, { kind: 'bytes', value: writer.maker(1).uint(bytes) })]);
  show(site, item, r);
};

export const laneMask: Construct = (site) => {
  const { writer } = site;
  const lanes = writer.random.between(1, 9);
  const item = memory(site, { shape: UInt(lanes * writer.random.pick([1, 3, 7, 16, 31, 32, 33, 64])) });
  const [w, r] = addresses(writer, item);
  within(site, [write(writer, item, w, { kind: 'lanes', value: writer.maker(1).uint(lanes) })]);
  show(site, item, r);
};

export const fieldMask: Construct = (site) => {
  const { writer, types } = site;
  const shape = types.bundle();
  const item = memory(site, { shape });
  const [w, r] = addresses(writer, item);
  const names = writer.random.shuffled(Object.keys(shape.fields));
  const fields = names.slice(0, writer.random.between(1, names.length)).map((name) => ({ name, value: writer.maker(1).bool() }));
  within(site, [write(writer, item, w, { kind: 'fields', fields })]);
  show(site, item, r);
};

/** Two or three sites in branches that exclude each other, with masks or without. */
export const exclusiveWrites: Construct = (site) => {
  const { writer, place } = site;
  const { random } = writer;
  const bytes = random.between(1, 8);
  const item = memory(site, { shape: UInt(bytes * 8) });
  const [w, r] = addresses(writer, item);
  const one = (): Item[] => {
    const at = random.chance(0.5) ? w : address(writer, item);
    return [write(writer, item, at, random.chance(0.4) ? { kind: 'bytes', value: writer.maker(1).uint(bytes) } : undefined)];
  };
  const item1: Item = random.chance(0.7)
    ? {
        kind: 'when',
        arms: [{ condition: writer.maker(1).bool(), body: one() }, ...(random.chance(0.5) ? [{ condition: writer.maker(1).bool(), body: one() }] : [])],
        otherwise: one(),
      }
    : { kind: 'match', subject: writer.maker(1).uint(2), arms: [{ labels: [0], body: one() }, { labels: [1, 3], body: one() }], otherwise: random.chance(0.5) ? one() : undefined };
  if (place === inWhen) writer.emit({ kind: 'when', arms: [{ condition: writer.maker(1).bool(), body: [item1] }], otherwise: undefined });
  else writer.emit(item1);
  show(site, item, r);
};

/** Fields of a packet header, as the project's tables have them: one word, several ports. */
export const severalReads: Construct = (site) => {
  const { writer, types } = site;
  const item = memory(site, { shape: Bundle(`Entry${types.number()}`, { valid: Bool, key: UInt(writer.random.between(2, 40)), data: UInt(32) }), outputRegister: false });
  const [w, r] = addresses(writer, item);
  sometimes(writer, [write(writer, item, w)]);
  writer.observe(syncRead(site, item, r));
  writer.observe(syncRead({ ...site, place: plainly }, item, w));
  writer.observe(asyncRead(item, address(writer, item)));
};
