/**
 * Sums a frame's IPv4 header and what it carries, each up to the length that the IP header gives, never to the frame's end.
 *
 * A beat a cycle; both sums come 2 cycles after the frame's last beat, and one more for each of `cuts`.
 * It does not say whether a header makes sense, and leaves out the pseudo-header: its addresses stand in the same header,
 * so `tcpChecksumGood` adds them to the finished sum.
 */
import { Bool, Bundle, In, inst, lit, module, mux, Out, reg, UInt, Valid, when } from '@vtoe/hdl';
import { checksum, type ChecksumOptions, onesComplementAdd, onesComplementSum } from '@vtoe/hdl/lib';
import { IpProtocol } from '../protocol/index.ts';
import { lanesBefore, Located, NETWORK_AT, POSITION_BITS } from './rx-locate.ts';

export const Sums = Bundle('Sums', {
  /** The IPv4 header with its options and checksum sums up to 0xffff. */
  header_good: Bool,
  /** One's complement sum of the IP payload. */
  payload: UInt(16),
});

export function rxChecksum(width: number, cuts: NonNullable<ChecksumOptions['cuts']> = []) {
  const lanes = width / 8;
  return module('rx_checksum', { w: width, ...(cuts.length > 0 && { cuts: cuts.join('_') }) }, {
    beat: In(Valid(Located(width))),
    sums: Out(Valid(Sums)),
  }, (io) => {
    const { beat, base, has_tag, ihl, ip_end } = io.beat.payload;
    const before = (place: UInt) => lanesBefore(place, base, lanes);
    const networkAt = mux(has_tag, lit(UInt(POSITION_BITS), NETWORK_AT[1]), NETWORK_AT[0]);
    const transportAt = networkAt.add(ihl.zext(POSITION_BITS).shl(2));
    const headerKeep = before(transportAt).and(before(networkAt).not()).and(beat.keep);
    const payloadKeep = before(ip_end).and(before(transportAt).not()).and(beat.keep);

    // A register behind the masks, which are as deep as the sum.
    const valid = reg(Bool);
    const masked = reg(Masked(width), { reset: false });
    valid.next = io.beat.valid;
    when(io.beat.valid, () => { masked.next = { data: beat.data, last: beat.last, header: headerKeep, payload: payloadKeep }; });

    const sum = (keep: UInt) => {
      const unit = inst(checksum({ width, cuts }), { seed: 0 });
      unit.in.valid.set(valid);
      unit.in.payload.set({ user: false, last: masked.last, keep, data: masked.data });
      return unit;
    };
    const [header, payload] = [sum(masked.header), sum(masked.payload)];
    io.sums.valid.set(payload.out.valid);
    io.sums.payload.set({ header_good: header.out.payload.good, payload: payload.out.payload.sum });
    return { networkAt, transportAt, valid, masked, header, payload };
  });
}

/** Cycles from the located last beat to the sums. */
export const checksumLatency = (cuts: NonNullable<ChecksumOptions['cuts']>): number => 2 + cuts.length;

/** What TCP's checksum covers besides the segment of `length` bytes (RFC 9293, 3.1). */
export function pseudoHeaderSum({ source, destination }: { readonly source: UInt; readonly destination: UInt }, length: UInt): UInt {
  return onesComplementSum([source.bits(31, 16), source.trunc(16), destination.bits(31, 16), destination.trunc(16), length, lit(UInt(16), IpProtocol.value.TCP)]);
}

export function tcpChecksumGood(payload: UInt, pseudoHeader: UInt): Bool {
  return onesComplementAdd(payload, pseudoHeader).andR();
}

/** ICMP has no pseudo-header (RFC 792). */
export function icmpChecksumGood(payload: UInt): Bool {
  return payload.andR();
}

function Masked(width: number) {
  return Bundle(`MaskedBeat_w${width}`, { data: UInt(width), last: Bool, header: UInt(width / 8), payload: UInt(width / 8) });
}
