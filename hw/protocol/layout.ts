/**
 * Bit layouts as data: a field's name, width, place and byte order are written once, as a record of fields in the order of
 * the standard's picture, and yield
 *
 * - `decode`, `encode`, `write`, `get` and `put` on bytes, for software,
 * - `shape`, `fromLanes`, `toLanes` and `pick`, for hardware,
 * - the tables and pictures of docs/reference/protocol (`layout/markdown.ts`).
 *
 * ```ts
 * const Timestamps = layout({ name: 'Timestamps', doc: '…', source: 'RFC 7323, 3.2', order: 'network', bytes: 10 }, {
 *   kind: preset(code(OptionKind, '…'), 8), length: preset(uint(8, '…'), 10),
 *   tsval: uint(32, '…'),
 *   tsecr: uint(32, '…'),
 * });
 * ```
 */
import { type Codec, codec } from './layout/codec.ts';
import type { FieldRecord, Given, Values } from './layout/field.ts';
import { type HardwareLayout, hardware } from './layout/hardware.ts';
import { type LayoutDescription, place, type PlacedLayout } from './layout/place.ts';

export { code, flag, part, preset, reserved, uint, wide } from './layout/field.ts';
export type { FieldRecord, FieldValue, Given, LayoutShape, Named, Values } from './layout/field.ts';
export type { ByteOrder, LayoutDescription, PlacedLayout, Slot } from './layout/place.ts';

export interface Layout<F extends FieldRecord = FieldRecord> extends PlacedLayout<F>, Codec<F>, HardwareLayout<F> {}

/** What `decode` gives for a layout: `ValuesOf<typeof TcpHeader>`. */
export type ValuesOf<L> = L extends PlacedLayout<infer F> ? Values<F> : never;
/** What `encode` takes. */
export type GivenOf<L> = L extends PlacedLayout<infer F> ? Given<F> : never;

/** @throws RangeError if the fields do not fill `bytes`, HdlError if one has a name that no bundle can have */
export function layout<const F extends FieldRecord>(description: LayoutDescription, fields: F): Layout<F> {
  const placed = place(description, fields);
  return Object.freeze({ ...placed, ...codec(placed), ...hardware(placed) });
}
