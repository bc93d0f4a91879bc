/** A layout in hardware. Byte order is dealt with here and nowhere else. */
import { Bool, Bundle, type Data, networkOrder, pack, type Read, UInt, unpack } from '@vtoe/hdl';
import { describe } from '@vtoe/hdl/internal/check/describe';
import { usage } from '@vtoe/hdl/internal/check/error';
import type { Field, FieldRead, FieldRecord, LayoutShape, Named } from './field.ts';
import type { PlacedLayout } from './place.ts';

/** `lanes` is data as on a bus: the byte that comes first, or has the lowest address, is `[7:0]`. */
export interface HardwareLayout<F extends FieldRecord> {
  /** All fields as a bundle; numbers are numbers, whatever the order of their bytes. */
  readonly shape: LayoutShape<F>;
  /** The layout that fills `lanes`. Wires only. @throws HdlError unless `lanes` has its length */
  fromLanes(lanes: UInt): Read<LayoutShape<F>>;
  /** The reverse. */
  toLanes(value: Read<LayoutShape<F>>): UInt;
  /**
   * One field of a layout that begins with lane `begin` of `lanes`; below 0 if it began that many bytes before. Wires only.
   * @throws HdlError if not all of the field is in `lanes`
   */
  pick<K extends Named<F>>(lanes: UInt, name: K, begin?: number): FieldRead<F[K]>;
}

export function hardware<F extends FieldRecord>(layout: PlacedLayout<F>): HardwareLayout<F> {
  const { name: owner, order, slots } = layout;
  const shape = shapeOf(layout) as LayoutShape<F>;
  const ordered = (bits: UInt): UInt => (order === 'network' ? networkOrder(bits) : bits);
  return {
    shape,
    fromLanes: (lanes) => {
      if (lanes.width !== layout.bytes * 8) usage(`${owner}.fromLanes needs ${layout.bytes * 8} bits, but there are ${lanes.width}; use pick for a field of something wider`);
      return unpack(shape, ordered(lanes));
    },
    toLanes: (value) => ordered(pack<LayoutShape<F>>(value)),
    pick: (lanes, name, begin = 0) => {
      const slot = slots.find((slot) => slot.name === name);
      if (slot === undefined || slot.field.kind === 'reserved') return usage(`${owner}.pick: there is no field ${describe(name)}`);
      const { first, last, shift, field } = slot;
      const [from, to] = [begin + first, begin + last];
      if (!Number.isInteger(begin) || from < 0 || (to + 1) * 8 > lanes.width) {
        usage(`${owner}.pick: ${name} is in lanes ${from} to ${to}, but there are lanes 0 to ${Math.floor(lanes.width / 8) - 1}`);
      }
      const bits = ordered(lanes.bits(to * 8 + 7, from * 8)).bits(shift + field.width - 1, shift);
      return (field.kind === 'uint' || field.kind === 'wide' ? bits : unpack(fieldShape(field), bits)) as unknown as FieldRead<F[typeof name]>;
    },
  };
}

/** A bundle has its first field in the most significant bits: in `little` order the last one belongs there. */
function shapeOf({ name, order, slots }: PlacedLayout): Data {
  const fields = slots.map((slot) => [slot.name, fieldShape(slot.field)] as const);
  return Bundle(name, Object.fromEntries(order === 'network' ? fields : fields.reverse()));
}

function fieldShape(field: Field): Data {
  switch (field.kind) {
    case 'flag': return Bool;
    case 'part': return shapeOf(field.layout);
    default: return UInt(field.width);
  }
}
