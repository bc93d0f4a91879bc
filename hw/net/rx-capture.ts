/**
 * Keeps the bytes of a frame's headers, each layer's from its own beginning, wherever a VLAN tag and IP options put it.
 *
 * A beat a cycle, a frame every beat if need be; a cycle after a frame's last beat its headers stand at the output, for
 * one cycle at least.
 * It judges nothing: bytes that the frame does not have are those of frames before.
 */
import { type Bool, cat, clog2, lit, mux, reg, scope, UInt, type ValidSource, when } from '@vtoe/hdl';
import { ArpPacket, TaggedEthernetHeader, TCP_OPTIONS_MOST_BYTES, TcpHeader } from '../protocol/index.ts';
import { type Located, NETWORK_AT, POSITION_BITS } from './rx-locate.ts';

/** Bytes of a layer that are kept, as lanes: the first in `[7:0]`. */
export const LINK_BYTES = TaggedEthernetHeader.bytes;
/** ARP has more than an IPv4 header without options; those nobody reads. */
export const NETWORK_BYTES = ArpPacket.bytes;
export const TRANSPORT_BYTES = TcpHeader.bytes + TCP_OPTIONS_MOST_BYTES;

/** Headers begin at even bytes, and IP options are words of 4: it is halfwords that move. */
const HALFWORD = 2;
const WORD = 4;

export function capture(located: ValidSource<ReturnType<typeof Located>>, width: number) {
  const bytes = width / 8;
  return scope('capture', () => {
    const { beat, base, has_tag, ihl } = located.payload;
    const index = base.bits(POSITION_BITS - 1, clog2(bytes));
    const kept = (count: number) => Array.from({ length: count / HALFWORD }, () => reg(UInt(8 * HALFWORD), { reset: false }));
    const [link, network, transport] = [kept(LINK_BYTES), kept(NETWORK_BYTES), kept(TRANSPORT_BYTES)];
    const lane = (data: UInt, at: number): UInt => data.bits((at % bytes) * 8 + 15, (at % bytes) * 8);
    const inBeat = (at: number): Bool => index.eq(Math.floor(at / bytes));

    for (const [i, halfword] of link.entries()) {
      when(located.valid.and(inBeat(i * HALFWORD)), () => { halfword.next = lane(beat.data, i * HALFWORD); });
    }
    // Turned so that a layer's byte k is in lane k modulo the beat.
    const turned = (at: number): UInt => beat.data.rotr((at % bytes) * 8);
    const networkLanes = mux(has_tag, turned(NETWORK_AT[1]), turned(NETWORK_AT[0]));
    for (const [i, halfword] of network.entries()) {
      const here = mux(has_tag, inBeat(NETWORK_AT[1] + i * HALFWORD), inBeat(NETWORK_AT[0] + i * HALFWORD));
      when(located.valid.and(here), () => { halfword.next = lane(networkLanes, i * HALFWORD); });
    }
    // Half a word behind a word, since an Ethernet header has 14 or 18 bytes.
    const words = ihl.zext(5).add(mux(has_tag, lit(UInt(5), (NETWORK_AT[1] - HALFWORD) / WORD), (NETWORK_AT[0] - HALFWORD) / WORD));
    let transportLanes = beat.data.rotr(8 * HALFWORD);
    for (let bit = 0; WORD << bit < bytes; bit++) transportLanes = mux(words.bit(bit), transportLanes.rotr((8 * WORD) << bit), transportLanes);
    const beatOf = Array.from({ length: transport.length / 2 + 1 }, (_, i) => index.eq(words.zext(6).add(i).shr(clog2(bytes / WORD)).zext(index.width)));
    for (const [i, halfword] of transport.entries()) {
      when(located.valid.and(beatOf[Math.floor((i + 1) / 2)]!), () => { halfword.next = lane(transportLanes, i * HALFWORD); });
    }

    const lanes = (halfwords: readonly UInt[]): UInt => cat(...halfwords.toReversed());
    return { link, network, transport, words, networkLanes, transportLanes, headers: { link: lanes(link), network: lanes(network), transport: lanes(transport) } };
  });
}

export type Headers = { readonly [layer in 'link' | 'network' | 'transport']: UInt };
