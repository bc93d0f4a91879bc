/** Typed access to ports: objects of the port record's shape whose properties read and write leaves of an engine. */
import { describe } from '../check/describe.ts';
import type { PortRecord, PortShape } from '../lang/port.ts';
import type { PortLeaf } from '../lang/port-view.ts';
import { type Data, isData, shapeText } from '../lang/shape.ts';
import type { LeafShape } from '../lang/value.ts';
import { SimulationError } from './error.ts';

/** How leaves are read and written; `write` is absent for a view that only shows. */
export interface LeafAccess {
  read(leaf: PortLeaf): bigint;
  write?(leaf: PortLeaf, value: bigint): void;
}

/** The object behind `io` or `sampled`. @throws SimulationError on unknown ports, on driving an output, on a value out of range */
export function portAccess(ports: PortRecord, leaves: readonly PortLeaf[], access: LeafAccess): object {
  const byPath = new Map(leaves.map((leaf) => [leaf.path.join('.'), leaf]));
  const leafAt = (path: readonly string[]): PortLeaf => byPath.get(path.join('.'))!;
  return node(Object.entries(ports).map(([name, port]) => [name, port.shape, [name]] as const), leafAt, access, 'port');
}

type Members = readonly (readonly [name: string, shape: PortShape, path: readonly string[]])[];
type LeafAt = (path: readonly string[]) => PortLeaf;

function node(members: Members, leafAt: LeafAt, access: LeafAccess, what: string): object {
  const object = {};
  for (const [name, shape, path] of members) property(object, name, shape, path, leafAt, access);
  return closed(object, what, members[0]?.[2].slice(0, -1).join('.') ?? '');
}

function property(object: object, name: string, shape: PortShape, path: readonly string[], leafAt: LeafAt, access: LeafAccess): void {
  if (isData(shape)) {
    const isDriven = access.write !== undefined && directionOf(shape, path, leafAt) === 'in';
    const view = isDriven && (shape.kind === 'bundle' || shape.kind === 'vec') ? aggregate(shape, path, leafAt, access) : undefined;
    Object.defineProperty(object, name, {
      enumerable: true,
      get: () => view ?? snapshot(shape, path, leafAt, access),
      set: (value: unknown) => { drive(shape, value, path, leafAt, access); },
    });
    return;
  }
  const value = shape.kind === 'array'
    ? Array.from({ length: shape.length }, (_, i) => holder(shape.element, [...path, String(i)], leafAt, access))
    : node(membersOf(shape, path), leafAt, access, 'member');
  Object.defineProperty(object, name, { enumerable: true, get: () => value, set: () => { refuse(path, 'is made of members; drive those'); } });
}

/** An element of an array of interfaces. */
function holder(shape: PortShape, path: readonly string[], leafAt: LeafAt, access: LeafAccess): unknown {
  const object: { value?: unknown } = {};
  property(object, 'value', shape, path, leafAt, access);
  return object.value;
}

function membersOf(shape: Exclude<PortShape, Data>, path: readonly string[]): Members {
  const bit = (name: string) => [name, { kind: 'bool', width: 1 } as const, [...path, name]] as const;
  switch (shape.kind) {
    case 'stream': return [bit('valid'), bit('ready'), ['payload', shape.payload, [...path, 'payload']]];
    case 'valid': return [bit('valid'), ['payload', shape.payload, [...path, 'payload']]];
    case 'interface': return Object.entries(shape.members).map(([name, port]) => [name, port.shape, [...path, name]] as const);
    case 'array': return [];
  }
}

/** All leaves of a value have one direction. */
function directionOf(shape: Data, path: readonly string[], leafAt: LeafAt): PortLeaf['direction'] {
  if (shape.kind === 'bundle') {
    const [[name, field]] = Object.entries(shape.fields) as [[string, Data]];
    return directionOf(field, [...path, name], leafAt);
  }
  return shape.kind === 'vec' ? directionOf(shape.element, [...path, '0'], leafAt) : leafAt(path).direction;
}

/** What is read is a value as of now, and stays so: it may be kept. */
function snapshot(shape: Data, path: readonly string[], leafAt: LeafAt, access: LeafAccess): unknown {
  if (shape.kind !== 'bundle' && shape.kind !== 'vec') return readLeaf(leafAt(path), access);
  const values = shape.kind === 'vec'
    ? Array.from({ length: shape.length }, (_, i) => snapshot(shape.element, [...path, String(i)], leafAt, access))
    : Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, snapshot(field, [...path, name], leafAt, access)]));
  return closed(values, shape.kind === 'vec' ? 'element' : 'field', path.join('.'), (name) => refuse([...path, name], access.write === undefined
    ? 'cannot be driven here: this view shows what was sampled at the last clock edge'
    : 'is driven by the module and cannot be driven by the test bench'));
}

/** A live bundle or vector of an input: fields read and write leaves; it prints and compares as the plain values. */
function aggregate(shape: Data & { kind: 'bundle' | 'vec' }, path: readonly string[], leafAt: LeafAt, access: LeafAccess): object {
  const object = shape.kind === 'vec' ? [] : {};
  const children: (readonly [string, Data])[] = shape.kind === 'vec'
    ? Array.from({ length: shape.length }, (_, i) => [String(i), shape.element] as const)
    : Object.entries(shape.fields);
  for (const [name, child] of children) property(object, name, child, [...path, name], leafAt, access);
  return closed(object, shape.kind === 'vec' ? 'element' : 'field', path.join('.'));
}

/** Nothing can be added: a misspelt port is an error, not a new property. */
function closed<T extends object>(object: T, what: string, where: string, assigned?: (name: string) => never): T {
  return new Proxy(object, {
    set(target, name, value, receiver) {
      if (typeof name === 'string' && !(name in target)) throw unknown(target, name, what, where);
      assigned?.(String(name));
      return Reflect.set(target, name, value, receiver);
    },
    get(target, name, receiver) {
      if (typeof name === 'string' && !(name in target) && !PROBED.has(name)) throw unknown(target, name, what, where);
      return Reflect.get(target, name, receiver);
    },
  });
}

/** Names that runtimes and test frameworks ask any object for. */
const PROBED = new Set(['then', 'toJSON', 'asymmetricMatch', '$$typeof', 'nodeType', 'tagName', 'hasAttribute', 'inspect', 'length', 'size', 'constructor', '@@__IMMUTABLE_ITERABLE__@@', '@@__IMMUTABLE_RECORD__@@', '_isMockFunction', 'getMockName']);

function unknown(target: object, name: string, what: string, where: string): SimulationError {
  return new SimulationError(`${where === '' ? 'the module' : where} has no ${what} ${name}; it has ${Object.keys(target).join(', ')}`);
}

function refuse(path: readonly string[], why: string): never {
  throw new SimulationError(`${path.join('.')} ${why}`);
}

function readLeaf(leaf: PortLeaf, access: LeafAccess): unknown {
  return hostValue(leaf.shape, access.read(leaf));
}

function drive(shape: Data, value: unknown, path: readonly string[], leafAt: LeafAt, access: LeafAccess): void {
  if (shape.kind === 'bundle') {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(path, `takes a record of bundle ${shape.name}, not ${describe(value)}`);
    const given = value as Record<string, unknown>;
    for (const name of Object.keys(given)) if (!Object.hasOwn(shape.fields, name)) refuse(path, `is of bundle ${shape.name}, which has no field ${name}; it has ${Object.keys(shape.fields).join(', ')}`);
    for (const [name, field] of Object.entries(shape.fields)) {
      if (!(name in given)) refuse(path, `takes a whole record of bundle ${shape.name}, but ${name} is missing; assign single fields to change only them`);
      drive(field, given[name], [...path, name], leafAt, access);
    }
    return;
  }
  if (shape.kind === 'vec') {
    if (!Array.isArray(value) || value.length !== shape.length) refuse(path, `takes an array of ${shape.length} elements, not ${describe(value)}`);
    (value as unknown[]).forEach((element, i) => drive(shape.element, element, [...path, String(i)], leafAt, access));
    return;
  }
  const leaf = leafAt(path);
  if (access.write === undefined) refuse(path, 'cannot be driven here: this view shows what was sampled at the last clock edge');
  access.write(leaf, leafBits(shape, value, path.join('.')));
}

/** A leaf's bits as the test bench sees them. A value without a label shows as `?` and the number. */
export function hostValue(shape: LeafShape, bits: bigint): bigint | boolean | string {
  if (shape.kind === 'bool') return bits !== 0n;
  if (shape.kind === 'enum') return shape.encoding.labels.find(({ value }) => value === bits)?.name ?? `?${bits}`;
  return bits;
}

/** The bits of what the test bench assigns. */
export function leafBits(shape: LeafShape, value: unknown, where: string): bigint {
  const wanted = shapeText(shape);
  if (shape.kind === 'bool') {
    if (typeof value === 'boolean') return value ? 1n : 0n;
  } else if (shape.kind === 'enum') {
    const label = shape.encoding.labels.find(({ name }) => name === value);
    if (label !== undefined) return label.value;
    throw new SimulationError(`${where} is an ${wanted}, which has no label ${describe(value)}; it has ${shape.labels.join(', ')}`);
  } else if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) {
    const bits = BigInt(value);
    if (bits >= 0n && bits < 1n << BigInt(shape.width)) return bits;
    throw new SimulationError(`${where} has ${shape.width} bits and takes 0 to ${(1n << BigInt(shape.width)) - 1n}, not ${describe(value)}`);
  }
  throw new SimulationError(`${where} is a ${wanted} and cannot take ${describe(value)}`);
}
