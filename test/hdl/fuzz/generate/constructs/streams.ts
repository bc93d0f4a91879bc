/** Streams between instances: register slices, combinational stages and small queues in a row. */
import { Bool, type Data, UInt } from '@vtoe/hdl';
import { type Expr, type Item, type ModuleSpec, operation, ref } from '../../spec.ts';
import type { Construct, Site } from '../construct.ts';
import { number } from '../control.ts';
import { declare, driveStream, observeStream } from '../instantiate.ts';
import { type ModuleWriter, truth } from '../writer.ts';

interface Ends {
  readonly writer: ModuleWriter;
  readonly payload: Data;
  in(member: 'valid' | 'ready' | 'fire' | 'payload'): Expr;
  out(member: 'valid' | 'ready' | 'fire' | 'payload'): Expr;
}

/** A module with a stream in and a stream out; `fill` connects them. */
function stage(site: Site, name: string, payload: Data, fill: (ends: Ends) => void): ModuleSpec {
  const writer = site.design.module(name);
  for (const direction of ['in', 'out'] as const) writer.port({ name: direction, direction, protocol: 'stream', shape: payload });
  const member = (end: string, key: string): Expr => ref(`io.${end}.${key}`, key === 'payload' ? payload : Bool);
  const ends: Ends = { writer, payload, in: (key) => member('in', key), out: (key) => member('out', key) };
  writer.readables.add(ends.in('payload'));
  writer.readables.add(ends.in('valid'));
  fill(ends);
  return site.design.add(writer);
}

function set(target: Expr, value: Expr): Item {
  return { kind: 'set', target, value };
}

function next(target: Expr, value: Expr): Item {
  return { kind: 'next', target, value };
}

const or = (a: Expr, b: Expr): Expr => operation('or', Bool, [a, b]);
const not = (a: Expr): Expr => operation('not', Bool, [a]);

/** Full throughput, one register. */
function slice({ writer, payload, in: source, out: sink }: Ends): void {
  const full = writer.reg(Bool, true);
  const data = writer.reg(payload, false);
  writer.emit(set(source('ready'), or(not(full), sink('ready'))));
  writer.emit(set(sink('valid'), full));
  writer.emit(set(sink('payload'), data));
  writer.emit({
    kind: 'when',
    arms: [
      { condition: source('fire'), body: [next(data, writer.any(payload)), next(full, truth(true))] },
      { condition: sink('fire'), body: [next(full, truth(false))] },
    ],
    otherwise: undefined,
  });
}

/** No register: the payload passes through an expression, sometimes nothing passes. */
function combinational({ writer, payload, in: source, out: sink }: Ends): void {
  const open = writer.reg(Bool, true);
  writer.emit(next(open, writer.maker(1).bool()));
  writer.emit(set(sink('valid'), operation('and', Bool, [source('valid'), open])));
  writer.emit(set(source('ready'), operation('and', Bool, [sink('ready'), open])));
  writer.emit(set(sink('payload'), writer.maker(1).value(payload)));
}

/** A memory between two pointers. */
function queue({ writer, payload, in: source, out: sink }: Ends): void {
  const bits = writer.random.between(1, 2);
  const pointer = UInt(bits + 1);
  const [read, write] = [writer.reg(pointer, true), writer.reg(pointer, true)];
  const index = (value: Expr): Expr => operation('trunc', UInt(bits), [value], [bits]);
  const level = writer.let(operation('sub', pointer, [write, read]));
  const name = writer.fresh('m');
  writer.emit({ kind: 'mem', name, shape: payload, depth: 2 ** bits, collision: 'old', outputRegister: false, init: undefined });
  writer.emit(set(source('ready'), operation('ne', Bool, [level, number(bits + 1, 2 ** bits)])));
  writer.emit(set(sink('valid'), operation('ne', Bool, [level, number(bits + 1, 0)])));
  writer.emit(set(sink('payload'), operation('read', payload, [index(read)], [], name)));
  const step = (value: Expr): Item => next(value, operation('add', pointer, [value, number(bits + 1, 1)]));
  writer.emit({
    kind: 'when', otherwise: undefined,
    arms: [{ condition: source('fire'), body: [{ kind: 'write', memory: name, address: index(write), data: source('payload'), mask: undefined }, step(write)] }],
  });
  writer.emit({ kind: 'when', arms: [{ condition: sink('fire'), body: [step(read)] }], otherwise: undefined });
}

/** Two or three stages in a row between plain signals of this module. */
export const stream: Construct = (site) => {
  const { writer, types, place } = site;
  const { random } = writer;
  const payload = random.chance(0.5) ? types.bundle() : types.uint();
  const kinds = random.shuffled([slice, combinational, queue, slice]).slice(0, random.between(2, 3));
  const stages = kinds.map((fill) => stage(site, fill.name, payload, fill));
  const names = stages.map((child) => declare(writer, child));
  const [first, last] = [stages[0]!.ports[0]!, stages.at(-1)!.ports[1]!];
  driveStream(writer, names[0]!, first, place);
  driveStream(writer, names.at(-1)!, last, place);
  for (let i = 1; i < names.length; i += 1) writer.emit({ kind: 'connect', sink: `${names[i]!}.in`, source: `${names[i - 1]!}.out` });
  observeStream(writer, names[0]!, first);
  observeStream(writer, names.at(-1)!, last);
};
