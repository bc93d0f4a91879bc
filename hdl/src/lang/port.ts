/**
 * Ports and interfaces: plain data and streams with a direction, as seen from the module that declares them.
 *
 * An interface is described from the side that drives its `Out` members; `In(interface)` is the other side.
 */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { checkVec } from './aggregate.ts';
import { Bool, Bundle, type BoolShape, type BundleShape, type Data, isData, MAXIMUM_WIDTH, UInt, type UIntShape, type VecShape } from './shape.ts';

/** A payload with valid/ready handshake: transferred in each cycle in which both are high. */
export interface StreamShape<T extends Data = Data> {
  readonly kind: 'stream';
  readonly payload: T;
  /** If given: leaves are named `<prefix>valid`, `<prefix>ready`, `<prefix><field>`, without `payload_`. */
  readonly prefix: string | undefined;
}

/** A payload that cannot be stalled: transferred in each cycle in which valid is high. */
export interface ValidShape<T extends Data = Data> {
  readonly kind: 'valid';
  readonly payload: T;
  readonly prefix: string | undefined;
}

export interface InterfaceShape<F extends PortRecord = PortRecord> {
  readonly kind: 'interface';
  readonly name: string;
  readonly members: F;
}

/** Several interfaces of one kind, named by their index. */
export interface ArrayShape<S extends Directional = Directional> {
  readonly kind: 'array';
  readonly element: S;
  readonly length: number;
}

export type Directional = StreamShape | ValidShape | InterfaceShape | ArrayShape;
export type PortShape = Data | Directional;

export interface InPort<S extends PortShape = PortShape> {
  readonly direction: 'in';
  readonly shape: S;
  readonly prefix: string | undefined;
}

export interface OutPort<S extends PortShape = PortShape> {
  readonly direction: 'out';
  readonly shape: S;
  readonly prefix: string | undefined;
}

export type Port = InPort | OutPort;

export interface PortRecord {
  readonly [name: string]: Port;
}

export interface PortOptions {
  /** Replaces `<key>_` before the names of the leaves: `s_axis_rx_`; of a single leaf it is the whole name. */
  readonly prefix?: string;
}

/** An input of the module; of an interface: the side that receives. */
export function In<S extends PortShape>(shape: S, options: PortOptions = {}): InPort<S> {
  return { direction: 'in', shape: checkedShape('In', shape), prefix: checkedPrefix('In', options?.prefix) };
}

/** An output of the module; of an interface: the side that drives. */
export function Out<S extends PortShape>(shape: S, options: PortOptions = {}): OutPort<S> {
  return { direction: 'out', shape: checkedShape('Out', shape), prefix: checkedPrefix('Out', options?.prefix) };
}

/**
 * Stream of `payload`: leaves `valid`, `ready` and `payload`. A producer holds valid and payload until ready.
 * With `prefix`, `Stream(Word, { prefix: 't' })` has leaves `tvalid`, `tready`, `tdata`, ….
 */
export function Stream<T extends Data>(payload: T, options: PortOptions = {}): StreamShape<T> {
  if (!isData(payload)) fail('shape-expected', 'the payload of Stream', describe(payload));
  return { kind: 'stream', payload, prefix: checkedPrefix('Stream', options?.prefix) };
}

/** As {@link Stream}, without `ready`: for what must be taken at once, a receive path for instance. */
export function Valid<T extends Data>(payload: T, options: PortOptions = {}): ValidShape<T> {
  if (!isData(payload)) fail('shape-expected', 'the payload of Valid', describe(payload));
  return { kind: 'valid', payload, prefix: checkedPrefix('Valid', options?.prefix) };
}

/** Named members with directions: `Interface('Axi', { aw: Out(Stream(Address)), b: In(Stream(Response)) })`. */
export function Interface<const F extends PortRecord>(name: string, members: F): InterfaceShape<F> {
  if (!isIdentifier(name)) fail('shape-name', 'Interface', describe(name));
  checkPorts(`interface ${name}`, members);
  for (const member of Object.keys(members)) {
    if (RESERVED_MEMBERS.has(member)) fail('port-name', `interface ${name}`, describe(member));
  }
  return { kind: 'interface', name, members };
}

const RESERVED_MEMBERS = new Set(['shape', 'from', 'fire', 'constructor']);

export type Flipped<P extends Port> = P extends InPort<infer S> ? OutPort<S> : P extends OutPort<infer S> ? InPort<S> : never;

/** The same port or interface seen from the other side. */
export function flip<P extends Port>(port: P): Flipped<P>;
export function flip<F extends PortRecord>(shape: InterfaceShape<F>): InterfaceShape<{ readonly [K in keyof F]: Flipped<F[K]> }>;
export function flip(x: Port | InterfaceShape): unknown {
  if (isPort(x)) return { ...x, direction: x.direction === 'in' ? 'out' : 'in' };
  if (typeof x === 'object' && x !== null && x.kind === 'interface') {
    return { ...x, members: Object.fromEntries(Object.entries(x.members).map(([name, port]) => [name, flip(port)])) };
  }
  return fail('argument', 'flip', 'its argument', 'a port or an Interface', describe(x));
}

/**
 * `length` times `element`. Of plain data: one value, packed with element 0 in the least significant bits, read and
 * written at static and dynamic indices. Of streams or interfaces: as many ports.
 */
export function Vec<E extends Data>(element: E, length: number): VecShape<E>;
export function Vec<S extends Directional>(element: S, length: number): ArrayShape<S>;
export function Vec(element: PortShape, length: number): VecShape | ArrayShape {
  if (isData(element)) {
    checkVec(length, element.width, MAXIMUM_WIDTH);
    return { kind: 'vec', element, length, width: element.width * length };
  }
  checkVec(length, 1, MAXIMUM_WIDTH);
  return { kind: 'array', element: checkedShape('Vec', element) as Directional, length };
}

type PacketFields = { readonly user: BoolShape; readonly last: BoolShape; readonly keep: UIntShape; readonly data: UIntShape };

/**
 * A beat of a packet, `width` bits (a multiple of 8) of data: byte i of the beat is `data[8i + 7 : 8i]` and counts if
 * `keep[i]` is set; `last` ends the packet, `user` marks it bad (AXI4-Stream's usual use in MAC cores).
 */
export function Packet(width: number): BundleShape<PacketFields> {
  if (!Number.isInteger(width) || width < 8 || width % 8 !== 0) fail('packet-width', describe(width));
  return Bundle(`Packet_w${width}`, { user: Bool, last: Bool, keep: UInt(width / 8), data: UInt(width) });
}

/** @throws unless `ports` is a record of `In(...)` and `Out(...)` under legal names */
export function checkPorts(where: string, ports: unknown): asserts ports is PortRecord {
  if (typeof ports !== 'object' || ports === null) fail('ports-record', where, describe(ports));
  for (const [name, port] of Object.entries(ports)) {
    if (!isIdentifier(name)) fail('port-name', where, describe(name));
    if (!isPort(port)) fail('port-expected', where, name, describe(port));
  }
}

export function isPort(x: unknown): x is Port {
  return typeof x === 'object' && x !== null && 'direction' in x && (x.direction === 'in' || x.direction === 'out') && 'shape' in x;
}

function checkedShape<S extends PortShape>(what: string, shape: S): S {
  const kind = (shape as { kind?: unknown } | null | undefined)?.kind;
  if (isData(shape) || kind === 'stream' || kind === 'valid' || kind === 'interface' || kind === 'array') return shape;
  return fail('shape-expected', what, describe(shape));
}

function checkedPrefix(what: string, prefix: unknown): string | undefined {
  if (prefix === undefined || prefix === '' || isIdentifier(prefix)) return prefix;
  return fail('argument', what, 'prefix', 'letters, digits and underscores', describe(prefix));
}
