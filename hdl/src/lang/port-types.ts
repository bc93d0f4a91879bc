/** What a body sees of its ports, and a parent of its instance's: compile-time only. */
import type { ArrayShape, DataInPort, DataOutPort, Flipped, InPort, InterfaceShape, OutPort, Port, PortRecord, PortShape, StreamShape, ValidShape } from './port.ts';
import type { BoolShape, Data } from './shape.ts';
import type { Bool, Like, Read, Wire } from './types.ts';

/** The side of a stream that takes: it reads valid and payload and drives ready. */
export interface Source<T extends Data> {
  readonly valid: Bool;
  readonly payload: Read<T>;
  readonly ready: Wire<BoolShape>;
  /** A transfer happens in this cycle. */
  readonly fire: Bool;
}

/** The side of a stream that gives: it drives valid and payload and reads ready. */
export interface Sink<T extends Data> {
  readonly valid: Wire<BoolShape>;
  readonly payload: Wire<T>;
  readonly ready: Bool;
  readonly fire: Bool;
  /** Takes everything from `source`, and nothing from anybody else. */
  from(source: Source<T>): void;
}

/** A stream of wires inside a module: both sides at once. */
export interface StreamWire<T extends Data> {
  readonly valid: Wire<BoolShape>;
  readonly payload: Wire<T>;
  readonly ready: Wire<BoolShape>;
  readonly fire: Bool;
  from(source: Source<T>): void;
}

export interface ValidSource<T extends Data> {
  readonly valid: Bool;
  readonly payload: Read<T>;
  /** A stream is no substitute: nobody would drive its ready. */
  readonly ready?: never;
}

export interface ValidSink<T extends Data> {
  readonly valid: Wire<BoolShape>;
  readonly payload: Wire<T>;
  readonly ready?: never;
  from(source: ValidSource<T>): void;
}

/** A port as the module's own body sees it. */
export type Inner<P extends Port> =
  P extends DataOutPort<infer T> ? Wire<T>
  : P extends DataInPort<infer T> ? Read<T>
  : P extends OutPort<infer S> ? Driver<S>
  : P extends InPort<infer S> ? Receiver<S>
  : never;

/** A port as the parent of an instance sees it. */
export type Outer<P extends Port> = Inner<Flipped<P>>;

export type InnerPorts<P extends PortRecord> = { readonly [K in keyof P]: Inner<P[K]> };
export type OuterPorts<P extends PortRecord> = { readonly [K in keyof P]: Outer<P[K]> };

/**
 * Absent at run time: which interface a record of members belongs to, so that `connect` knows the two sides of a
 * generic one for each other.
 */
declare const sideOf: unique symbol;
export interface DriverOf<F extends PortRecord> {
  readonly [sideOf]?: { readonly driver: (members: F) => F };
}
export interface ReceiverOf<F extends PortRecord> {
  readonly [sideOf]?: { readonly receiver: (members: F) => F };
}

/** The side of an interface that drives its `Out` members. */
export type Driver<S extends PortShape> =
  S extends StreamShape<infer T> ? Sink<T>
  : S extends ValidShape<infer T> ? ValidSink<T>
  : S extends InterfaceShape<infer F> ? InnerPorts<F> & DriverOf<F>
  : S extends ArrayShape<infer E> ? readonly Driver<E>[]
  : S extends Data ? Wire<S>
  : never;

/** The other side. */
export type Receiver<S extends PortShape> =
  S extends StreamShape<infer T> ? Source<T>
  : S extends ValidShape<infer T> ? ValidSource<T>
  : S extends InterfaceShape<infer F> ? OuterPorts<F> & ReceiverOf<F>
  : S extends ArrayShape<infer E> ? readonly Receiver<E>[]
  : S extends Data ? Read<S>
  : never;

/** Wires of an interface's shape: both sides at once. */
export type Wires<S extends PortShape> =
  S extends StreamShape<infer T> ? StreamWire<T>
  : S extends ValidShape<infer T> ? ValidSink<T>
  : S extends InterfaceShape<infer F> ? { readonly [K in keyof F]: MemberWires<F[K]> } & DriverOf<F> & ReceiverOf<F>
  : S extends ArrayShape<infer E> ? readonly Wires<E>[]
  : S extends Data ? Wire<S>
  : never;

type MemberWires<P extends Port> =
  P extends DataInPort<infer T> ? Wire<T>
  : P extends DataOutPort<infer T> ? Wire<T>
  : Wires<P['shape']>;

/** What may be given to an instance's port in the record of `inst`: for inputs a value, for interfaces their other side. */
export type Connection<P extends Port> =
  P extends DataInPort<infer T> ? Like<T>
  : P extends DataOutPort ? never
  : P extends InPort<infer S> ? Receiver<S>
  : P extends OutPort<infer S> ? Driver<S>
  : never;

export type Connections<P extends PortRecord> = { readonly [K in keyof P]?: Connection<P[K]> };

/** The other side of an interface, a stream or a value: what `connect` joins it with. */
export type Facing<X> =
  X extends readonly (infer E)[] ? readonly Facing<E>[]
  : X extends Sink<infer T> ? Source<T>
  : X extends Source<infer T> ? Sink<T>
  : X extends ValidSink<infer T> ? ValidSource<T>
  : X extends ValidSource<infer T> ? ValidSink<T>
  : X extends { readonly shape: infer T extends Data; set(value: never): void } ? Read<T>
  : X extends { readonly shape: infer T extends Data } ? Wire<T>
  : { readonly [K in Extract<keyof X, string>]: Facing<X[K]> };
