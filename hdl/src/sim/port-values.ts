/** What a test bench reads and writes at the ports of a simulated module: host-language values of the port's shape. */
import type { ArrayShape, Flipped, InPort, InterfaceShape, OutPort, Port, PortRecord, PortShape, StreamShape, ValidShape } from '../lang/port.ts';
import type { BoolShape, BundleShape, Data, EnumShape, UIntShape, VecShape } from '../lang/shape.ts';

/** A value read: bigint, boolean, label, or records and arrays of them. */
export type SimValue<T extends Data> =
  T extends UIntShape ? bigint
  : T extends BoolShape ? boolean
  : T extends EnumShape<infer L> ? L
  : T extends BundleShape<infer F> ? { readonly [K in keyof F]: SimValue<F[K]> }
  : T extends VecShape<infer E> ? readonly SimValue<E>[]
  : never;

/** A value driven: numbers may stand for bigints; fields and elements may be driven one by one. */
export type SimDrive<T extends Data> =
  T extends UIntShape ? bigint | number
  : T extends BoolShape ? boolean
  : T extends EnumShape<infer L> ? L
  : T extends BundleShape<infer F> ? { -readonly [K in keyof F]: SimDrive<F[K]> }
  : T extends VecShape<infer E> ? SimDrive<E>[]
  : never;

/** A port seen by the test bench: it drives what the module reads, and reads what the module drives. */
export type SimPort<P extends Port> =
  P extends InPort<infer S> ? SimDriven<S> : P extends OutPort<infer S> ? SimRead<S> : never;

/** Ports of plain data are assigned as a whole; members of streams and interfaces one by one. */
export type SimPorts<P extends PortRecord> =
  { -readonly [K in keyof P as P[K] extends InPort<Data> ? K : never]: SimPort<P[K]> }
  & { readonly [K in keyof P as P[K] extends InPort<Data> ? never : K]: SimPort<P[K]> };

/** The test bench is the side that drives the members that the shape calls `Out`. */
export type SimDriven<S extends PortShape> =
  S extends Data ? SimDrive<S>
  : S extends StreamShape<infer T> ? SimStreamIn<T>
  : S extends ValidShape<infer T> ? { valid: boolean; payload: SimDrive<T> }
  : S extends InterfaceShape<infer F> ? SimPorts<{ readonly [K in keyof F]: Flipped<F[K]> }>
  : S extends ArrayShape<infer E> ? readonly SimDriven<E>[]
  : never;

export type SimRead<S extends PortShape> =
  S extends Data ? SimValue<S>
  : S extends StreamShape<infer T> ? SimStreamOut<T>
  : S extends ValidShape<infer T> ? { readonly valid: boolean; readonly payload: SimValue<T> }
  : S extends InterfaceShape<infer F> ? SimPorts<F>
  : S extends ArrayShape<infer E> ? readonly SimRead<E>[]
  : never;

/** A stream into the module. */
export interface SimStreamIn<T extends Data> {
  valid: boolean;
  payload: SimDrive<T>;
  readonly ready: boolean;
}

/** A stream out of the module. */
export interface SimStreamOut<T extends Data> {
  readonly valid: boolean;
  readonly payload: SimValue<T>;
  ready: boolean;
}

/** A port as it was at the last clock edge: read only, inputs included. */
export type SimSampled<S extends PortShape> =
  S extends Data ? SimValue<S>
  : S extends StreamShape<infer T> ? { readonly valid: boolean; readonly ready: boolean; readonly payload: SimValue<T> }
  : S extends ValidShape<infer T> ? { readonly valid: boolean; readonly payload: SimValue<T> }
  : S extends InterfaceShape<infer F> ? { readonly [K in keyof F]: SimSampled<F[K]['shape']> }
  : S extends ArrayShape<infer E> ? readonly SimSampled<E>[]
  : never;

export type SimSampledPorts<P extends PortRecord> = { readonly [K in keyof P]: SimSampled<P[K]['shape']> };
