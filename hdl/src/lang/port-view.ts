/** Run-time objects behind ports and interfaces: leaves of nets, put together as the port's shape says. */
import { fail } from '../check/error.ts';
import { Locator } from '../ir/locator.ts';
import { Aggregate, leavesOf, type View, view } from './aggregate.ts';
import { and } from './build.ts';
import { coerce } from './coerce.ts';
import type { Directional, Port, PortRecord, PortShape } from './port.ts';
import { Bool, type Data, isData } from './shape.ts';
import { type Bit, bitOf, Leaf, type LeafShape } from './value.ts';

/** Makes the leaf at a path; `drives` = this side of the port drives it. */
export type PortLeafMaker = (path: readonly string[], shape: LeafShape, drives: boolean) => Leaf;

export type Member = View | PortView | readonly Member[];

/** A stream, a valid or an interface: members are own properties. */
export class PortView {
  readonly shape: Directional;

  constructor(shape: Directional, members: Record<string, Member>) {
    this.shape = shape;
    for (const [name, member] of Object.entries(members)) Object.defineProperty(this, name, { value: member, enumerable: true });
  }

  get fire(): Bit {
    if (this.shape.kind !== 'stream') fail('fire', this.shape.kind);
    return bitOf(and((memberOf(this, 'valid') as Bit).expression, (memberOf(this, 'ready') as Bit).expression));
  }

  from(source: unknown): void {
    connectMembers(this, source, { what: 'from', at: Locator.here() });
  }

  [Symbol.toPrimitive](): never {
    return fail('host-value', 'a host-language value');
  }
}

/** Not a method: that would take a name from the members. */
function memberOf(view: PortView, name: string): Member {
  return (view as unknown as Record<string, Member>)[name]!;
}

/** The view of one port. `drives`: the viewer drives the members that the shape calls `Out`. */
export function portView(shape: PortShape, drives: boolean, leaf: PortLeafMaker, path: readonly string[] = []): Member {
  if (isData(shape)) return view(shape, (inner, leafShape) => leaf([...path, ...inner], leafShape, drives), true);
  switch (shape.kind) {
    case 'stream':
    case 'valid': {
      const members: Record<string, Member> = { valid: leaf([...path, 'valid'], Bool, drives) };
      if (shape.kind === 'stream') members['ready'] = leaf([...path, 'ready'], Bool, !drives);
      members['payload'] = view(shape.payload, (inner, leafShape) => leaf([...path, 'payload', ...inner], leafShape, drives), true);
      return new PortView(shape, members);
    }
    case 'interface': return new PortView(shape, portViews(shape.members, drives, leaf, path));
    case 'array': return Array.from({ length: shape.length }, (_, i) => portView(shape.element, drives, leaf, [...path, String(i)]));
  }
}

/** Views of a record of ports. */
export function portViews(ports: PortRecord, inside: boolean, leaf: PortLeafMaker, path: readonly string[] = []): Record<string, Member> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, portView(port.shape, (port.direction === 'out') === inside, leaf, [...path, name])]));
}

export interface PortLeaf {
  readonly path: readonly string[];
  /** Verilog name. */
  readonly name: string;
  readonly shape: LeafShape;
  readonly direction: 'in' | 'out';
  /** The port that it is a leaf of. */
  readonly group: string;
}

/** All leaves of a record of ports, in order, with their Verilog names and directions as the declaring module sees them. */
export function portLeaves(ports: PortRecord): PortLeaf[] {
  return Object.entries(ports).flatMap(([key, port]) => leavesOfPort(key, port, 'out', [], '').map((leaf) => ({ ...leaf, group: groupName(key, port) })));
}

function groupName(key: string, port: Port): string {
  return port.prefix === undefined || port.prefix === '' ? key : port.prefix.replace(/_+$/, '');
}

/** `base`: what stands before the member's name, its separator included. */
function leavesOfPort(key: string, port: Port, outMeans: 'in' | 'out', path: readonly string[], base: string): Omit<PortLeaf, 'group'>[] {
  const direction = port.direction === 'out' ? outMeans : opposite(outMeans);
  return leavesOfShape(port.shape, direction, [...path, key], base + (port.prefix ?? key), port.prefix === undefined ? '_' : '');
}

/** `name`: of the thing itself; its members' names are `name + glue + member`. */
function leavesOfShape(shape: PortShape, direction: 'in' | 'out', path: readonly string[], name: string, glue: string): Omit<PortLeaf, 'group'>[] {
  switch (shape.kind) {
    case 'bundle': return Object.entries(shape.fields).flatMap(([field, inner]) => leavesOfShape(inner, direction, [...path, field], name + glue + field, '_'));
    case 'vec': return indices(shape.length).flatMap((i) => leavesOfShape(shape.element, direction, [...path, i], name + glue + i, '_'));
    case 'array': return indices(shape.length).flatMap((i) => leavesOfShape(shape.element, direction, [...path, i], name + glue + i, '_'));
    case 'interface':
      return Object.entries(shape.members).flatMap(([key, port]) => leavesOfPort(key, port, direction, path, name + glue));
    case 'stream':
    case 'valid': {
      const flat = shape.prefix !== undefined;
      const base = name + glue + (shape.prefix ?? '');
      const bit = (member: string, way: 'in' | 'out') => ({ path: [...path, member], name: base + member, shape: Bool, direction: way });
      const payloadName = flat ? base.replace(/_$/, '') : `${base}payload`;
      const isLeaf = shape.payload.kind !== 'bundle' && shape.payload.kind !== 'vec';
      const payload = flat && !isLeaf
        ? leavesOfShape(shape.payload, direction, [...path, 'payload'], base, '')
        : leavesOfShape(shape.payload, direction, [...path, 'payload'], flat ? `${base}data` : payloadName, '_');
      return [bit('valid', direction), ...(shape.kind === 'stream' ? [bit('ready', opposite(direction))] : []), ...payload];
    }
    default: return [{ path, name, shape, direction }];
  }
}

function indices(length: number): string[] {
  return Array.from({ length }, (_, i) => String(i));
}

function opposite(direction: 'in' | 'out'): 'in' | 'out' {
  return direction === 'in' ? 'out' : 'in';
}

/** The call that connects: its name, for errors, and its place. */
export interface Call {
  readonly what: string;
  readonly at: Locator;
}

/** The way that a member goes between two interfaces: from source to sink, or the other way, as `ready` does. */
type Way = 'forth' | 'back';

/**
 * Connects two sides member by member; each leaf is driven by whichever side can. If both can, a port is driven by a
 * wire; of two wires, `sink` is by `source`, and the other way for what goes back.
 * Both must have the same members and shapes.
 */
export function connectMembers(sink: unknown, source: unknown, call: Call, path = '', way?: Way): void {
  const { what } = call;
  if (sink instanceof PortView && source instanceof PortView) {
    const [left, right] = [Object.keys(sink), Object.keys(source)].map((keys) => keys.filter((key) => key !== 'shape'));
    for (const name of new Set([...left!, ...right!])) {
      const inner = path === '' ? name : `${path}.${name}`;
      if (!left!.includes(name) || !right!.includes(name)) fail('connect-member', what, inner, left!.includes(name) ? 'source' : 'sink');
      connectMembers(memberOf(sink, name), memberOf(source, name), call, inner, goesBack(sink.shape, name) === (way === 'back') ? 'forth' : 'back');
    }
    return;
  }
  if (Array.isArray(sink) && Array.isArray(source)) {
    if (sink.length !== source.length) fail('connect-length', what, path, sink.length, source.length);
    for (const [i, member] of sink.entries()) connectMembers(member, source[i], call, `${path}[${i}]`, way);
    return;
  }
  if (isValue(sink) && isValue(source)) return connectData(sink, source, call, path, way);
  fail('connect-kind', what, path === '' ? 'its arguments' : path);
}

function goesBack(shape: Directional, member: string): boolean {
  return shape.kind === 'interface' ? shape.members[member]!.direction === 'in' : shape.kind === 'stream' && member === 'ready';
}

function connectData(sink: View, source: View, call: Call, path: string, way: Way | undefined): void {
  // One direction for all leaves of plain data.
  const [to, from] = isDriven(leavesOf(sink), leavesOf(source), way) ? [sink, source] : [source, sink];
  if (!leavesOf(to).every((leaf) => leaf.target?.kind === 'wire')) fail('connect-undrivable', call.what, path === '' ? 'its arguments' : path);
  driveOnly(to, from, call, path);
}

/** Whether `sink` is driven by `source`, and not the other way. */
function isDriven(sink: readonly Leaf[], source: readonly Leaf[], way: Way | undefined): boolean {
  const canBe = (leaves: readonly Leaf[]) => leaves.every(({ target }) => target !== undefined);
  if (canBe(sink) !== canBe(source) || way === undefined) return canBe(sink);
  const arePorts = (leaves: readonly Leaf[]) => leaves.every(({ target }) => target?.isPort === true);
  return arePorts(sink) === arePorts(source) ? way === 'forth' : arePorts(sink);
}

/** `to` takes all bits from `value` (a value or a literal), as its only driver. */
export function driveOnly(to: View, value: unknown, call: Call, path: string): void {
  const values = coerce(to.shape as Data, value, call.what, path);
  for (const [i, leaf] of leavesOf(to).entries()) {
    if (leaf.target === undefined) fail('not-drivable', leaf.what);
    leaf.target.connect(values[i]!, call.at);
  }
}

function isValue(x: unknown): x is View {
  return x instanceof Leaf || x instanceof Aggregate;
}
