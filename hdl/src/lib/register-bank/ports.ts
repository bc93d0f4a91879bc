/**
 * The hardware side of a bank: one port per register, in the shape that its access asks for. All outputs come from
 * registers or from the bus's own, and no input reaches an output in the same cycle.
 */
import {
  Bool, type BoolShape, Bundle, type BundleShape, clog2, type Data, type DataInPort, type DataOutPort, In, type InPort, Interface, type InterfaceShape, Out, type OutPort, type Port, type PortRecord,
  UInt, type UIntShape, Valid, type ValidShape, Vec, type VecShape,
} from '../../index.ts';
import type { Bank } from './bank.ts';
import type { Access, AnyRegister, Content, ContentShape, Counter, FieldRecord, Group, Items, MixedFields, MixedRegister, Register } from './data.ts';
import type { PlacedRegister, Section } from './layout.ts';

/** In a group with a count, a vector over its elements. */
type Per<S extends Data, N extends boolean> = N extends true ? VecShape<S> : S;

/** An element of a group and something for it. */
type At<S extends Data, K extends string> = BundleShape<{ readonly index: UIntShape } & { readonly [P in K]: S }>;

type AccessPort<A, S extends Data, N extends boolean> =
  A extends 'rw' ? DataOutPort<Per<S, N>>
  : A extends 'ro' ? DataInPort<Per<S, N>>
  : A extends 'w1c' ? OutPort<InterfaceShape<{ readonly set: DataInPort<Per<S, N>>; readonly value: DataOutPort<Per<S, N>> }>>
  : A extends 'w1s' ? OutPort<InterfaceShape<{ readonly clear: DataInPort<Per<S, N>>; readonly value: DataOutPort<Per<S, N>> }>>
  : A extends 'pulse' ? OutPort<ValidShape<N extends true ? At<S, 'value'> : S>>
  : never;

type IndexedPort<A, S extends Data> =
  A extends 'rw' ? OutPort<InterfaceShape<{ readonly index: DataInPort<UIntShape>; readonly value: DataOutPort<S> }>>
  : A extends 'ro' ? OutPort<InterfaceShape<{ readonly index: OutPort<ValidShape<UIntShape>>; readonly value: DataInPort<S> }>>
  : never;

type RecordShape<F> = F extends FieldRecord ? BundleShape<{ readonly [K in keyof F]: F[K]['shape'] }> : never;

type MixedPorts<G extends MixedFields, N extends boolean> = {
  readonly [A in keyof G as A extends 'constant' ? never : A]: AccessPort<A, RecordShape<G[A]>, N>;
};

type RegisterPort<R, N extends boolean> =
  R extends Register<infer A, infer F, infer I> ? (I extends true ? IndexedPort<A, ContentShape<F>> : AccessPort<A, ContentShape<F>, N>)
  : R extends Counter<infer S, infer I> ? (I extends true ? InPort<ValidShape<At<S, 'by'>>> : DataInPort<Per<S, N>>)
  : R extends MixedRegister<infer G> ? OutPort<InterfaceShape<MixedPorts<G, N>>>
  : never;

/** Constants have no port. */
type RegisterPorts<R, N extends boolean> = {
  readonly [K in keyof R as R[K] extends Register<'constant', Content, boolean> ? never : K]: RegisterPort<R[K], N>;
};

type ResetPort<N extends boolean, Z extends boolean> = Z extends true ? { readonly reset: N extends true ? InPort<ValidShape<UIntShape>> : DataInPort<BoolShape> } : unknown;

type GroupPort<G> = G extends Group<infer R, infer N, infer Z> ? OutPort<InterfaceShape<RegisterPorts<R, N> & ResetPort<N, Z>>> : never;

type ItemPorts<R extends Items> = {
  readonly [K in keyof R as R[K] extends Register<'constant', Content, boolean> ? never : K]: R[K] extends AnyRegister ? RegisterPort<R[K], false> : GroupPort<R[K]>;
};

/** The hardware side of a bank, as an interface that the bank drives. */
export type HardwareSide<R extends Items> = InterfaceShape<ItemPorts<R> extends infer P extends PortRecord ? P : never>;

/** @returns the interface under the name of the bank; leaves are named by group, element, register and field */
export function hardwareSide<R extends Items>({ name, layout }: Bank<R>): HardwareSide<R> {
  const members: Record<string, Port> = {};
  for (const section of layout.sections) {
    if (section.name === '') Object.assign(members, sectionPorts(name, section));
    else members[section.name] = Out(Interface(`${name}_${section.name}`, sectionPorts(`${name}_${section.name}`, section)));
  }
  return Interface(name, members) as unknown as HardwareSide<R>;
}

function sectionPorts(prefix: string, section: Section): PortRecord {
  const ports: Record<string, Port> = {};
  for (const register of section.registers) {
    const port = registerPort(`${prefix}_${register.name}`, register, section.count);
    if (port !== undefined) ports[register.name] = port;
  }
  if (section.resettable) ports['reset'] = section.count === undefined ? In(Bool) : In(Valid(UInt(indexBits(section.count))));
  return ports;
}

function registerPort(name: string, register: PlacedRegister, count: number | undefined): Port | undefined {
  const { data } = register;
  switch (data.kind) {
    case 'counter': return data.indexed ? In(Valid(Bundle(`${name}_event`, { index: UInt(indexBits(count!)), by: data.by }))) : In(per(data.by, count));
    case 'register': return data.indexed ? indexedPort(data.access, contentShape(name, register, data.access), count!) : accessPort(name, data.access, contentShape(name, register, data.access), count);
    case 'mixed': {
      const ports = Object.keys(data.groups).flatMap((access) => {
        const port = accessPort(`${name}_${access}`, access as Access, contentShape(`${name}_${access}`, register, access as Access), count);
        return port === undefined ? [] : [[access, port] as const];
      });
      return ports.length === 0 ? undefined : Out(Interface(name, Object.fromEntries(ports)));
    }
  }
}

function accessPort(name: string, access: Access, shape: Data, count: number | undefined): Port | undefined {
  const all = per(shape, count);
  switch (access) {
    case 'rw': return Out(all);
    case 'ro': return In(all);
    case 'w1c': return Out(Interface(name, { set: In(all), value: Out(all) }));
    case 'w1s': return Out(Interface(name, { clear: In(all), value: Out(all) }));
    case 'pulse': return Out(Valid(count === undefined ? shape : Bundle(`${name}_write`, { index: UInt(indexBits(count)), value: shape })));
    case 'constant': return undefined;
  }
}

function indexedPort(access: Access, shape: Data, count: number): Port | undefined {
  const index = UInt(indexBits(count));
  if (access === 'rw') return Out(Interface('lookup', { index: In(index), value: Out(shape) }));
  return Out(Interface('question', { index: Out(Valid(index)), value: In(shape) }));
}

/** The shape of those fields of a register that have `access`: a bundle, in the order of the data, or the one value. */
export function contentShape(name: string, register: PlacedRegister, access: Access): Data {
  if (!register.named) return register.fields[0]!.shape;
  const { data } = register;
  const record = data.kind === 'mixed' ? data.groups[access]! : (data as Register<Access, FieldRecord>).content;
  return Bundle(name, Object.fromEntries(Object.entries(record).map(([key, { shape }]) => [key, shape])));
}

function per(shape: Data, count: number | undefined): Data {
  return count === undefined ? shape : Vec(shape, count);
}

/** Bits that name one of `count` elements. */
export function indexBits(count: number): number {
  return Math.max(1, clog2(count));
}
