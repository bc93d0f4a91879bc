/** What a body sees of its ports, and a parent of its instance's: compile-time only. */
import type { ArrayShape, Flipped, InPort, InterfaceShape, OutPort, Port, PortRecord, PortShape, StreamShape, ValidShape } from './port.ts';
import type { Data } from './shape.ts';
import type { Bool, Like, Read, Wire } from './types.ts';
import type { BoolShape } from './shape.ts';

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
}

export interface ValidSink<T extends Data> {
  readonly valid: Wire<BoolShape>;
  readonly payload: Wire<T>;
  from(source: ValidSource<T>): void;
}

/** A port as the module's own body sees it. */
export type Inner<P extends Port> = P extends OutPort<infer S> ? Driver<S> : P extends InPort<infer S> ? Receiver<S> : never;

/** A port as the parent of an instance sees it. */
export type Outer<P extends Port> = Inner<Flipped<P>>;

export type InnerPorts<P extends PortRecord> = { readonly [K in keyof P]: Inner<P[K]> };
export type OuterPorts<P extends PortRecord> = { readonly [K in keyof P]: Outer<P[K]> };

export type Driver<S extends PortShape> =
  S extends StreamShape<infer T> ? Sink<T>
  : S extends ValidShape<infer T> ? ValidSink<T>
  : S extends InterfaceShape<infer F> ? InnerPorts<F>
  : S extends ArrayShape<infer E> ? readonly Driver<E>[]
  : S extends Data ? Wire<S>
  : never;

export type Receiver<S extends PortShape> =
  S extends StreamShape<infer T> ? Source<T>
  : S extends ValidShape<infer T> ? ValidSource<T>
  : S extends InterfaceShape<infer F> ? OuterPorts<F>
  : S extends ArrayShape<infer E> ? readonly Receiver<E>[]
  : S extends Data ? Read<S>
  : never;

/** What may be given to an instance's port in the record of `inst`: for inputs a value, for interfaces their other side. */
export type Connection<P extends Port> =
  P extends InPort<infer S> ? (S extends Data ? Like<S> : Receiver<S>)
  : P extends OutPort<infer S> ? (S extends Data ? never : Driver<S>)
  : never;

export type Connections<P extends PortRecord> = { readonly [K in keyof P]?: Connection<P[K]> };
