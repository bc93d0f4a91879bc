/**
 * Says of each beat of a frame where the layers lie, so that others may take their bytes out of it.
 *
 * A beat a cycle, one cycle later; what is said of a beat is known from it and the beats before it.
 * It judges nothing: lengths are as the frame claims them, and before they were read those of a frame before.
 */
import { Bool, Bundle, clog2, lit, mux, Packet, type Read, reg, scope, UInt, Valid, type ValidSource, when, wire } from '@vtoe/hdl';
import { EthernetHeader, EtherType, Ipv4Header, TaggedEthernetHeader } from '../protocol/index.ts';

/** Of a place in a frame, in bytes: the end of an IP packet may be said to be 18 + 65,535. */
export const POSITION_BITS = 17;
const Position = UInt(POSITION_BITS);

/** Byte at which the network layer begins, without and with a VLAN tag. */
export const NETWORK_AT = [EthernetHeader.bytes, TaggedEthernetHeader.bytes] as const;

interface SlotsOf {
  readonly slots: readonly { readonly name: string; readonly first: number }[];
}

export function Located(width: number) {
  return Bundle(`Located_w${width}`, {
    beat: Packet(width),
    first: Bool,
    /** Place of lane 0 in the frame. Stays at 2^16 or just above in a frame that is longer. */
    base: Position,
    /** The frame has a VLAN tag: from byte 14 on. */
    has_tag: Bool,
    /** Words of the IP header, from its first byte on. */
    ihl: UInt(4),
    /** Place behind the IP packet, from the end of its header on. */
    ip_end: Position,
  });
}

export function locate(frame: ValidSource<ReturnType<typeof Packet>>, width: number) {
  const bytes = width / 8;
  /** In which beat a field is, of a layout that begins at byte `at`, and where the layout begins, seen from that beat. */
  const inBeat = (at: number, layout: SlotsOf, field: string) => {
    const beat = Math.floor((at + layout.slots.find(({ name }) => name === field)!.first) / bytes);
    return { beat, begin: at - beat * bytes };
  };
  return scope('locate', () => {
    const { payload: beat } = frame;
    const first = reg(Bool, { init: true });
    const base = reg(Position);
    const [has_tag, ihl, ip_end] = [reg(Bool, { reset: false }), reg(UInt(4), { reset: false }), reg(Position, { reset: false })];
    const out = wire(Valid(Located(width)));
    const valid = reg(Bool);
    const located = reg(Located(width), { reset: false });
    out.valid.set(valid);
    out.payload.set(located);

    const here = mux(first, 0, base);
    const isBeat = (index: number) => here.eq(index * bytes);

    const type = inBeat(0, EthernetHeader, 'ethertype');
    const taggedNow = mux(isBeat(type.beat), EthernetHeader.pick(beat.data, 'ethertype', type.begin).eq(EtherType.value.VLAN), has_tag);
    // In front of its place still that of a frame before. It does not matter: a header's length stands in its first byte,
    // so what is in front of it is no layer's, and the total length comes before the end of the header.
    let ihlNow: UInt = ihl;
    let endNow: UInt = ip_end;
    for (const [v, at] of NETWORK_AT.entries()) {
      const isHere = taggedNow.eq(v === 1);
      const words = inBeat(at, Ipv4Header, 'ihl');
      ihlNow = mux(isHere.and(isBeat(words.beat)), Ipv4Header.pick(beat.data, 'ihl', words.begin), ihlNow);
      const total = inBeat(at, Ipv4Header, 'total_length');
      endNow = mux(isHere.and(isBeat(total.beat)), Ipv4Header.pick(beat.data, 'total_length', total.begin).zext(POSITION_BITS).add(at), endNow);
    }

    valid.next = frame.valid;
    when(frame.valid, () => {
      first.next = beat.last;
      base.next = mux(here.bit(POSITION_BITS - 1), here, here.add(bytes));
      has_tag.next = taggedNow;
      ihl.next = ihlNow;
      ip_end.next = endNow;
      located.next = { beat, first, base: here, has_tag: taggedNow, ihl: ihlNow, ip_end: endNow };
    });
    return { first, base, has_tag, ihl, ip_end, valid, located, out };
  });
}

/**
 * The lanes of a beat that lie before a place of the frame, as bits of `keep`.
 *
 * @param base place of lane 0
 */
export function lanesBefore(place: UInt, base: UInt, lanes: number): UInt {
  const distance = place.subb(base);
  const all = lit(UInt(lanes), (1n << BigInt(lanes)) - 1n);
  const inside = distance.trunc(clog2(lanes)).oneHot(lanes).sub(1);
  const beyond = distance.bits(POSITION_BITS - 1, clog2(lanes)).orR();
  return mux(distance.bit(POSITION_BITS), 0, mux(beyond, all, inside));
}

export type Located = Read<ReturnType<typeof Located>>;
