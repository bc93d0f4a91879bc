/** The kinds of fields that a layout is made of, and the types that follow from them in software and in hardware. */
import type { Bool, BoolShape, BundleShape, Read, UInt, UIntShape } from '@vtoe/hdl';
import type { Codes } from '../codes.ts';
import type { PlacedLayout } from './place.ts';

/** A number, in software a `number`. */
export interface Uint {
  readonly kind: 'uint';
  readonly width: number;
  readonly doc: string;
  readonly codes?: Codes;
}

/** A number, in software a `bigint`. */
export interface Wide {
  readonly kind: 'wide';
  readonly width: number;
  readonly doc: string;
}

export interface Flag {
  readonly kind: 'flag';
  readonly width: 1;
  readonly doc: string;
}

/** Bits without a meaning: sent as 0, ignored when received. Software does not see them. */
export interface Reserved {
  readonly kind: 'reserved';
  readonly width: number;
  readonly doc: string;
}

/** Another layout, in place. */
export interface Part<F extends FieldRecord = FieldRecord> {
  readonly kind: 'part';
  readonly width: number;
  readonly doc: string;
  readonly layout: PlacedLayout<F>;
}

/** What `encode` writes if it is not told otherwise. */
export interface Preset {
  readonly preset: number;
}

export type Field = Uint | (Uint & Preset) | Wide | Flag | Reserved | Part;

export interface FieldRecord {
  readonly [name: string]: Field;
}

/** A field of 1 to 53 bits. */
export function uint(width: number, doc: string): Uint {
  return { kind: 'uint', width, doc };
}

/** A field of 1 to 64 bits that is a `bigint` in software: for addresses of host memory. */
export function wide(width: number, doc: string): Wide {
  return { kind: 'wide', width, doc };
}

/** A bit with a truth value. */
export function flag(doc: string): Flag {
  return { kind: 'flag', width: 1, doc };
}

/** A field with names for its values. It stays a number: what comes from outside may be none of them. */
export function code(codes: Codes, doc: string): Uint {
  return { kind: 'uint', width: codes.width, doc, codes };
}

export function reserved(width: number, doc = 'Reserved.'): Reserved {
  return { kind: 'reserved', width, doc };
}

export function part<F extends FieldRecord>(layout: PlacedLayout<F>, doc: string): Part<F> {
  return { kind: 'part', width: layout.bytes * 8, doc, layout };
}

/** `field`, with the value that it has unless `encode` is given another. */
export function preset(field: Uint, value: number): Uint & Preset {
  return { ...field, preset: value };
}

/** A field's value in software. */
export type FieldValue<T extends Field> =
  T extends Uint ? number : T extends Wide ? bigint : T extends Flag ? boolean : T extends Part<infer F> ? Values<F> : never;

/** What `decode` gives. */
export type Values<F extends FieldRecord> = { readonly [K in keyof F as F[K] extends Reserved ? never : K]: FieldValue<F[K]> };

/** What `encode` takes: fields with a preset may be left out. */
export type Given<F extends FieldRecord> =
  { readonly [K in keyof F as F[K] extends Reserved | Preset ? never : K]: F[K] extends Part<infer G> ? Given<G> : FieldValue<F[K]> }
  & { readonly [K in keyof F as F[K] extends Preset ? K : never]?: FieldValue<F[K]> };

/** Names of the fields that have a value. */
export type Named<F extends FieldRecord> = keyof Values<F> & string;

/** The bundle that hardware sees: all fields, the reserved ones as `UInt`. */
export type LayoutShape<F extends FieldRecord> = BundleShape<{ readonly [K in keyof F]: FieldShape<F[K]> }>;

export type FieldShape<T extends Field> =
  T extends Flag ? BoolShape : T extends Part<infer F> ? BundleShape<{ readonly [K in keyof F]: FieldShape<F[K]> }> : UIntShape;

/** A field as hardware reads it. */
export type FieldRead<T extends Field> = T extends Flag ? Bool : T extends Part<infer F> ? Read<LayoutShape<F>> : UInt;
