/**
 * Ports and interfaces: plain data and streams with a direction, as seen from the module that declares them.
 *
 * An interface is described from the side that drives its `Out` members; `In(interface)` is the other side.
 */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { checkVec } from './aggregate.ts';
import { genuine, isGenuine } from './genuine.ts';
import { checkedOptions } from './options.ts';
import { Bool, Bundle, type BoolShape, type BundleShape, type Data, isShape, MAXIMUM_WIDTH, UInt, type UIntShape, type VecShape } from './shape.ts';

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

/**
 * Ports of plain data. Their own types, told apart by `data`, so that a generic block knows without asking what
 * `T extends Data` is that `In(payload)` is read and `Out(payload)` is a wire.
 */
export interface DataInPort<T extends Data = Data> extends InPort<T> {
  readonly data: true;
}

export interface DataOutPort<T extends Data = Data> extends OutPort<T> {
  readonly data: true;
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
export function In<T extends Data>(shape: T, options?: PortOptions): DataInPort<T>;
export function In<S extends Directional>(shape: S, options?: PortOptions): InPort<S>;
export function In(shape: PortShape, options?: PortOptions): InPort {
  return genuine({ direction: 'in', ...checkedPort('In', shape, options) });
}

/** An output of the module; of an interface: the side that drives. */
export function Out<T extends Data>(shape: T, options?: PortOptions): DataOutPort<T>;
export function Out<S extends Directional>(shape: S, options?: PortOptions): OutPort<S>;
export function Out(shape: PortShape, options?: PortOptions): OutPort {
  return genuine({ direction: 'out', ...checkedPort('Out', shape, options) });
}

function checkedPort(what: string, shape: PortShape, options: PortOptions | undefined): Omit<Port, 'direction'> {
  return { shape: checkedShape(what, shape), prefix: checkedPrefix(what, options), ...(isShape(shape) ? { data: true } : {}) };
}

/**
 * Stream of `payload`: leaves `valid`, `ready` and `payload`. A producer holds valid and payload until ready.
 * With `prefix`, `Stream(Word, { prefix: 't' })` has leaves `tvalid`, `tready`, `tdata`, ….
 */
export function Stream<T extends Data>(payload: T, options?: PortOptions): StreamShape<T> {
  if (!isShape(payload)) fail('shape-expected', 'the payload of Stream', describe(payload));
  return genuine({ kind: 'stream', payload, prefix: checkedPrefix('Stream', options) });
}

/** As {@link Stream}, without `ready`: for what must be taken at once, a receive path for instance. */
export function Valid<T extends Data>(payload: T, options?: PortOptions): ValidShape<T> {
  if (!isShape(payload)) fail('shape-expected', 'the payload of Valid', describe(payload));
  return genuine({ kind: 'valid', payload, prefix: checkedPrefix('Valid', options) });
}

/** Named members with directions: `Interface('Axi', { aw: Out(Stream(Address)), b: In(Stream(Response)) })`. */
export function Interface<const F extends PortRecord>(name: string, members: F): InterfaceShape<F> {
  if (!isIdentifier(name)) fail('shape-name', 'Interface', describe(name));
  checkPorts(`interface ${name}`, members);
  for (const member of Object.keys(members)) {
    if (RESERVED_MEMBERS.has(member)) fail('port-name', `interface ${name}`, describe(member));
  }
  return genuine({ kind: 'interface', name, members: Object.freeze({ ...members }) });
}

/** Members that every interface has already. */
const RESERVED_MEMBERS = new Set(['shape', 'from', 'fire', 'constructor', 'toString', 'valueOf', '__proto__']);

export type Flipped<P extends Port> =
  P extends DataInPort<infer T> ? DataOutPort<T>
  : P extends DataOutPort<infer T> ? DataInPort<T>
  : P extends InPort<infer S> ? OutPort<S>
  : P extends OutPort<infer S> ? InPort<S>
  : never;

/** The same port or interface seen from the other side. */
export function flip<P extends Port>(port: P): Flipped<P>;
export function flip<F extends PortRecord>(shape: InterfaceShape<F>): InterfaceShape<{ readonly [K in keyof F]: Flipped<F[K]> }>;
export function flip(x: Port | InterfaceShape): unknown {
  if (isPort(x)) return genuine({ ...x, direction: x.direction === 'in' ? 'out' : 'in' });
  if (isGenuine(x) && x.kind === 'interface') {
    const members = Object.entries(x.members).map(([name, port]) => [name, flip(port)] as const);
    return genuine({ ...x, members: Object.freeze(Object.fromEntries(members)) });
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
  if (isShape(element)) {
    checkVec(length, element.width, MAXIMUM_WIDTH);
    return genuine({ kind: 'vec', element, length, width: element.width * length });
  }
  checkVec(length, 1, MAXIMUM_WIDTH);
  return genuine({ kind: 'array', element: checkedShape('Vec', element) as Directional, length });
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
  if (typeof ports !== 'object' || ports === null || Array.isArray(ports)) fail('ports-record', where, describe(ports));
  for (const [name, port] of Object.entries(ports)) {
    if (!isIdentifier(name)) fail('port-name', where, describe(name));
    if (!isPort(port)) fail('port-expected', where, name, describe(port));
  }
}

export function isPort(x: unknown): x is Port {
  return isGenuine(x) && 'direction' in (x as object);
}

/** Anything that a port may have as its shape. */
export function isPortShape(x: unknown): x is PortShape {
  return isGenuine(x) && 'kind' in (x as object);
}

function checkedShape<S extends PortShape>(what: string, shape: S): S {
  return isPortShape(shape) ? shape : fail('shape-expected', what, describe(shape));
}

function checkedPrefix(what: string, options: PortOptions | undefined): string | undefined {
  const { prefix } = checkedOptions(what, options, ['prefix']);
  if (prefix === undefined || prefix === '' || isIdentifier(prefix)) return prefix;
  return fail('argument', what, 'prefix', 'letters, digits and underscores', describe(prefix));
}
