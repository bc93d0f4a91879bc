/** Gives each field of a layout its place. */
import type { Field, FieldRecord } from './field.ts';

/**
 * `network`: the first field is in the most significant bits of the first byte, numbers have their most significant byte
 * first (RFC 1700, "Data Notation"). `little`: the first field is in the least significant bits of the first byte, numbers
 * have their least significant byte first, as a CPU of the host stores them.
 */
export type ByteOrder = 'network' | 'little';

export interface LayoutDescription {
  readonly name: string;
  readonly doc: string;
  /** Section of the standard. */
  readonly source: string;
  readonly order: ByteOrder;
  /** Length. The fields must fill it exactly. */
  readonly bytes: number;
}

export interface PlacedLayout<F extends FieldRecord = FieldRecord> extends LayoutDescription {
  readonly fields: F;
  readonly slots: readonly Slot[];
}

/** A field in its place: a range of bits in the number that the bytes `first` to `last` make in the layout's order. */
export interface Slot {
  readonly name: string;
  readonly field: Field;
  readonly first: number;
  readonly last: number;
  /** Bits of that number below the field. */
  readonly shift: number;
  /** Bits of the layout before the field, in its order. */
  readonly start: number;
}

const MOST_BITS = { uint: 53, wide: 64, flag: 1, reserved: Number.MAX_SAFE_INTEGER, part: Number.MAX_SAFE_INTEGER };

/** @throws RangeError if the fields do not fill the layout, or one is wider than its kind may be or cannot stand where it is */
export function place<F extends FieldRecord>(description: LayoutDescription, fields: F): PlacedLayout<F> {
  const { name, order, bytes } = description;
  const slots: Slot[] = [];
  let start = 0;
  for (const [key, field] of Object.entries(fields)) {
    const most = MOST_BITS[field.kind];
    if (!Number.isInteger(field.width) || field.width < 1 || field.width > most) {
      throw new RangeError(`layout ${name}: the width of ${key} must be a whole number from 1 to ${most}, not ${field.width}`);
    }
    if (field.kind === 'part' && (start % 8 !== 0 || field.layout.order !== order)) {
      throw new RangeError(`layout ${name}: part ${key} must start with a byte and be in ${order} order, but it starts with bit ${start} and is in ${field.layout.order} order`);
    }
    if ('preset' in field && !(Number.isInteger(field.preset) && field.preset >= 0 && field.preset < 2 ** field.width)) {
      throw new RangeError(`layout ${name}: the preset of ${key} must be a whole number from 0 to ${2 ** field.width - 1}, not ${field.preset}`);
    }
    const end = start + field.width;
    const [first, last] = [Math.floor(start / 8), Math.ceil(end / 8) - 1];
    slots.push({ name: key, field, first, last, shift: order === 'network' ? (last + 1) * 8 - end : start - first * 8, start });
    start = end;
  }
  if (start !== bytes * 8) throw new RangeError(`layout ${name}: the fields must fill ${bytes} bytes, ${bytes * 8} bits, but they have ${start} bits`);
  return Object.freeze({ ...description, fields: Object.freeze({ ...fields }), slots: Object.freeze(slots) });
}
