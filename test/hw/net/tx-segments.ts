/** What the tests of the transmit path share: segments at random, and the frame that each must become. */
import { EthernetHeader, EtherType, IpProtocol, Ipv4Header, onesSum, TaggedEthernetHeader, TcpHeader, tcpOptions, TcpPseudoHeader } from '../../../hw/protocol/index.ts';
import type { Random } from '../../../sim/random.ts';

export type SendKind = 'Reset' | 'Syn' | 'DuplicateAck' | 'Retransmission' | 'Data' | 'Fin' | 'Probe' | 'Keepalive' | 'Ack';

export interface Segment {
  readonly owner: number;
  readonly connection: number;
  readonly addresses: {
    readonly source_mac: number; readonly destination_mac: number; readonly tagged: boolean; readonly vid: number;
    readonly source: number; readonly destination: number; readonly source_port: number; readonly destination_port: number;
  };
  readonly ring: { readonly page: bigint; readonly size_log2: number };
  readonly send: {
    readonly kind: SendKind; readonly seq: number; readonly ack: number;
    readonly ack_flag: boolean; readonly psh: boolean; readonly rst: boolean; readonly syn: boolean; readonly fin: boolean;
    readonly window: number; readonly length: number; readonly offset: number;
    readonly has_mss: boolean; readonly mss: number; readonly has_wscale: boolean; readonly wscale: number;
    readonly has_ts: boolean; readonly tsval: number; readonly tsecr: number;
  };
}

export interface Wanted {
  readonly length: number;
  readonly offset?: number;
  readonly size_log2?: number;
  readonly page?: bigint;
  readonly owner?: number;
  readonly tagged?: boolean;
  /** Options, by their bits: 1 MSS, 2 timestamps, 4 window scale. */
  readonly options?: number;
}

/** A segment; what is not asked for is drawn. */
export function segment(draw: Random, { length, offset, size_log2 = 16, page = 0n, owner = 0, tagged = draw.chance(0.4), options = draw.below(8) }: Wanted): Segment {
  const bits = (count: number): number => draw.below(2 ** count);
  return {
    owner, connection: draw.below(1024),
    addresses: { source_mac: bits(48), destination_mac: bits(48), tagged, vid: bits(12), source: bits(32), destination: bits(32), source_port: bits(16), destination_port: bits(16) },
    ring: { page, size_log2 },
    send: {
      kind: 'Data', seq: bits(32), ack: bits(32), ack_flag: draw.chance(0.7), psh: draw.chance(0.5), rst: draw.chance(0.2), syn: draw.chance(0.2), fin: draw.chance(0.2),
      window: bits(16), length, offset: offset ?? draw.below(2 ** size_log2),
      has_mss: (options & 1) !== 0, mss: bits(16), has_ts: (options & 2) !== 0, tsval: bits(32), tsecr: bits(32), has_wscale: (options & 4) !== 0, wscale: draw.below(15),
    },
  };
}

/** The payload as it stands in the ring, `base` being where that lies in memory. */
export function payloadOf({ ring, send }: Segment, memory: Uint8Array, base = Number(ring.page) * 4096): Uint8Array {
  return Uint8Array.from({ length: send.length }, (_, i) => memory[base + ((send.offset + i) % 2 ** ring.size_log2)]!);
}

/** The frame, made by the codecs of `hw/protocol` and the checksum in software. */
export function frameOf({ addresses, send }: Segment, identification: number, payload: Uint8Array): Uint8Array {
  const { source, destination, source_port, destination_port, tagged, vid } = addresses;
  const mac = { destination: addresses.destination_mac, source: addresses.source_mac, ethertype: EtherType.value.IPV4 };
  const ethernet = tagged ? TaggedEthernetHeader.encode({ ...mac, vid, dei: false }) : EthernetHeader.encode(mac);
  const options = tcpOptions({
    ...(send.has_mss && { mss: send.mss }), ...(send.has_ts && { timestamps: { tsval: send.tsval, tsecr: send.tsecr } }), ...(send.has_wscale && { window_scale: send.wscale }),
  });
  const tcp = TcpHeader.encode({
    source_port, destination_port, sequence_number: send.seq, acknowledgment_number: send.ack, data_offset: 5 + options.length / 4,
    cwr: false, ece: false, urg: false, ack: send.ack_flag, psh: send.psh, rst: send.rst, syn: send.syn, fin: send.fin, window: send.window,
  });
  const segment = Buffer.concat([tcp, options, payload]);
  const pseudo = TcpPseudoHeader.encode({ source, destination, tcp_length: segment.length });
  TcpHeader.put(segment, 'checksum', 0xffff - onesSum(segment, onesSum(pseudo)));
  const ip = Ipv4Header.encode({ total_length: Ipv4Header.bytes + segment.length, identification: identification & 0xffff, df: true, mf: false, ttl: 64, protocol: IpProtocol.value.TCP, source, destination });
  Ipv4Header.put(ip, 'header_checksum', 0xffff - onesSum(ip));
  const frame = Buffer.concat([ethernet, ip, segment]);
  return new Uint8Array(Buffer.concat([frame, Buffer.alloc(Math.max(0, 60 - frame.length))]));
}
