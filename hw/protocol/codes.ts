/**
 * The values of a field that has names for them (an opcode, an EtherType), each written once: as number for software, as
 * enum for hardware, as table for the reference.
 */
import { anyOf, type Bool, Enum, type EnumShape, type UInt } from '@vtoe/hdl';

export interface Codes<L extends string = string> {
  readonly name: string;
  /** Bits of the field. */
  readonly width: number;
  readonly doc: string;
  /** The document that assigns the values. */
  readonly source: string;
  readonly entries: readonly { readonly label: L; readonly value: number; readonly doc: string }[];
  /** The number of a label: `EtherType.value.ARP`. */
  readonly value: { readonly [label in L]: number };
  /** For hardware, once `known` has said that the field holds one of them. */
  readonly shape: EnumShape<L>;
  /** The label of a number, if it has one. */
  labelOf(value: number): L | undefined;
  /** Whether a field of this width, as it came from outside, holds a value that has a label. */
  known(value: UInt): Bool;
}

export interface CodesDescription {
  readonly width: number;
  readonly doc: string;
  readonly source: string;
}

/** @throws HdlError a label or value that stands twice, or a value beyond `width` */
export function codes<const L extends string>(
  name: string,
  description: CodesDescription,
  labels: { readonly [label in L]: readonly [value: number, doc: string] },
): Codes<L> {
  const entries = Object.entries<readonly [number, string]>(labels).map(([label, [value, doc]]) => ({ label: label as L, value, doc }));
  const value = Object.freeze(Object.fromEntries(entries.map(({ label, value }) => [label, value]))) as { readonly [label in L]: number };
  const byValue = new Map(entries.map(({ label, value }) => [value, label]));
  return Object.freeze({
    name,
    ...description,
    entries,
    value,
    shape: Enum(name, value, { width: description.width }) as EnumShape<L>,
    labelOf: (value: number) => byValue.get(value),
    known: (field: UInt) => anyOf(...entries.map(({ value }) => field.eq(value))),
  });
}
