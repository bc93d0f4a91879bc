/**
 * Makes the headers of a segment: Ethernet with or without a tag, IPv4, TCP with its options, and both checksums.
 *
 * A word a cycle without a gap between headers, a header's first word 4 cycles after its segment came; a header of n words
 * takes n cycles. The last word is filled from lane 0 up and is zero above, so that payload can be laid over it.
 * It does not see the payload: its sum comes with the segment. DF is set and TTL is 64; no datagram is ever fragmented, so that
 * the identification is only a count (RFC 6864, 4.1).
 */
import { Bool, Bundle, cat, clog2, In, lit, module, mux, networkOrder, Out, Packet, type Read, reg, Stream, UInt, type UIntShape, when, wire } from '@vtoe/hdl';
import { map, onesComplementSum, stage } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { EthernetHeader, EtherType, TaggedEthernetHeader } from '../protocol/ethernet.ts';
import { IpProtocol, Ipv4Header } from '../protocol/ipv4.ts';
import { MssOption, TcpOptionKind, TimestampsOption, WindowScaleOption } from '../protocol/tcp-options.ts';
import { TcpHeader, TcpPseudoHeader } from '../protocol/tcp.ts';
import type { Send } from '../tcp/actions.ts';
import { headerBytes, optionBytes, TX_HEADER_MOST_BYTES, TX_OPTION_BYTES, TX_OPTIONS_MOST_BYTES, TxAddresses, TxFetched } from './tx-segment.ts';

type UIntValue = Read<UIntShape>;

/** RFC 1700, "IP Time to Live". */
export const TTL = 64;

/** A word of headers, and with it whose frame it is, and whether payload follows. */
export function TxHeaderWord(config: Config) {
  const { ownerBits } = derived(config);
  return Bundle(`TxHeaderWord_o${ownerBits}_w${config.datapathBits}`, { owner: UInt(ownerBits), payload: Bool, beat: Packet(config.datapathBits) });
}

const HEADER_BITS = 8 * TX_HEADER_MOST_BYTES;

export function txHeader(config: Config) {
  const { datapathBits } = config;
  const { datapathBytes, ownerBits } = derived(config);
  const words = Math.ceil(TX_HEADER_MOST_BYTES / datapathBytes);
  const Left = UInt(clog2(TX_HEADER_MOST_BYTES + 1));
  // The headers without checksums, and the words that go into these.
  const Laid = Bundle(`TxLaid_o${ownerBits}`, { owner: UInt(ownerBits), payload: Bool, bytes: Left, addresses: TxAddresses, ip: Ipv4Header.shape, tcp: TcpHeader.shape, options: UInt(8 * TX_OPTIONS_MOST_BYTES), pseudo: UInt(16), sum: UInt(16) });
  const Whole = Bundle(`TxWhole_o${ownerBits}`, { owner: UInt(ownerBits), payload: Bool, bytes: Left, lanes: UInt(HEADER_BITS) });

  return module('tx_header', { w: datapathBits, o: ownerBits }, {
    fetched: In(Stream(TxFetched(config))),
    header: Out(Stream(TxHeaderWord(config))),
  }, (io) => {
    const identification = reg(UInt(16));
    when(io.fetched.fire, () => { identification.next = identification.add(1); });
    const laid = stage(map(io.fetched, Laid, ({ owner, addresses, send, sum }) => {
      const options = optionBytes(send);
      const tcpLength = lit(UInt(16), TcpHeader.bytes).add(options.zext(16)).add(send.length);
      const { source, destination, source_port, destination_port } = addresses;
      const pseudo = TcpPseudoHeader.toLanes(lit(TcpPseudoHeader.shape, { source, destination, zero: 0, protocol: IpProtocol.value.TCP, tcp_length: tcpLength }));
      return {
        owner, payload: send.length.ne(0), bytes: headerBytes(addresses.tagged, send), addresses, sum,
        pseudo: onesComplementSum(wordsOf(pseudo)),
        ip: lit(Ipv4Header.shape, {
          version: 4, ihl: Ipv4Header.bytes / 4, dscp: 0, ecn: 0, total_length: tcpLength.add(Ipv4Header.bytes), identification, reserved: 0, df: true, mf: false, fragment_offset: 0,
          ttl: TTL, protocol: IpProtocol.value.TCP, header_checksum: 0, source, destination,
        }),
        tcp: lit(TcpHeader.shape, {
          source_port, destination_port, sequence_number: send.seq, acknowledgment_number: send.ack, data_offset: options.bits(4, 2).zext(4).add(TcpHeader.bytes / 4), reserved: 0,
          cwr: false, ece: false, urg: false, ack: send.ack_flag, psh: send.psh, rst: send.rst, syn: send.syn, fin: send.fin, window: send.window, checksum: 0, urgent_pointer: 0,
        }),
        options: optionLanes(send),
      };
    }));
    const summed = stage(map(laid, Bundle(`TxSummed_l${Laid.width}`, { laid: Laid, ip: UInt(16), tcp: UInt(16) }), (l) => ({
      laid: l,
      ip: onesComplementSum(wordsOf(Ipv4Header.toLanes(l.ip))).not(),
      tcp: onesComplementSum([...wordsOf(TcpHeader.toLanes(l.tcp)), ...wordsOf(l.options), l.pseudo, l.sum]).not(),
    })));
    const { laid: l, ip: ipChecksum, tcp: tcpChecksum } = summed.payload;
    const ip = wire(Ipv4Header.shape), tcp = wire(TcpHeader.shape);
    ip.set(l.ip);
    ip.header_checksum.set(ipChecksum);
    tcp.set(l.tcp);
    tcp.checksum.set(tcpChecksum);
    const { destination_mac, source_mac, tagged, vid } = l.addresses;
    const behind = cat(l.options, TcpHeader.toLanes(tcp), Ipv4Header.toLanes(ip));
    const plain = EthernetHeader.toLanes(lit(EthernetHeader.shape, { destination: destination_mac, source: source_mac, ethertype: EtherType.value.IPV4 }));
    const withTag = TaggedEthernetHeader.toLanes(lit(TaggedEthernetHeader.shape, { destination: destination_mac, source: source_mac, tpid: EtherType.value.VLAN, pcp: 0, dei: false, vid, ethertype: EtherType.value.IPV4 }));
    const whole = stage(map(summed, Whole, () => ({ owner: l.owner, payload: l.payload, bytes: l.bytes, lanes: mux(tagged, cat(behind, withTag), cat(behind, plain).zext(HEADER_BITS)) })));

    // Word by word out of a register that shifts down.
    const busy = reg(Bool);
    const now = { owner: reg(UInt(ownerBits), { reset: false }), payload: reg(Bool, { reset: false }), left: reg(Left, { reset: false }), lanes: reg(UInt(words * datapathBits), { reset: false }) };
    const last = now.left.le(datapathBytes);
    io.header.valid.set(busy);
    io.header.payload.set({ owner: now.owner, payload: now.payload, beat: { user: false, last, keep: mux(last, below(now.left, datapathBytes), (1n << BigInt(datapathBytes)) - 1n), data: now.lanes.trunc(datapathBits) } });
    whole.ready.set(busy.not().or(io.header.ready.and(last)));
    when(io.header.fire, () => {
      now.left.next = now.left.sub(datapathBytes);
      now.lanes.next = now.lanes.shr(datapathBits);
    });
    when(whole.ready, () => { busy.next = whole.valid; });
    when(whole.fire, () => {
      const { owner, payload, bytes, lanes } = whole.payload;
      now.owner.next = owner;
      now.payload.next = payload;
      now.left.next = bytes;
      now.lanes.next = lanes.zext(words * datapathBits);
    });
    return { identification, laid, summed, whole, ip, tcp, busy, now };
  });
}

/**
 * MSS, timestamps, window scale, each where it is asked for and padded as `tcpOptions` does (`tcp-options-writer.ts`), one
 * behind the other; zeros behind the last.
 */
function optionLanes({ has_mss, mss, has_ts, tsval, tsecr, has_wscale, wscale }: Read<typeof Send>): UIntValue {
  const { NOP } = TcpOptionKind.value;
  const nops = (count: number): UIntValue => lit(UInt(8), NOP).repeat(count);
  const mssLanes = MssOption.toLanes(lit(MssOption.shape, { kind: TcpOptionKind.value.MSS, length: MssOption.bytes, mss }));
  const tsLanes = cat(TimestampsOption.toLanes(lit(TimestampsOption.shape, { kind: TcpOptionKind.value.TIMESTAMPS, length: TimestampsOption.bytes, tsval, tsecr })), nops(TX_OPTION_BYTES.ts - TimestampsOption.bytes));
  const wscaleLanes = cat(WindowScaleOption.toLanes(lit(WindowScaleOption.shape, { kind: TcpOptionKind.value.WINDOW_SCALE, length: WindowScaleOption.bytes, shift: wscale.zext(8) })), nops(TX_OPTION_BYTES.wscale - WindowScaleOption.bytes));
  const put = (there: Bool, option: UIntValue, rest: UIntValue): UIntValue => mux(there, cat(rest, option), rest.zext(rest.width + option.width));
  const none = mux(has_wscale, wscaleLanes, 0);
  return put(has_mss, mssLanes, put(has_ts, tsLanes, none));
}

/** The first `bytes` lanes, 1 to `lanes` of them. */
function below(bytes: UIntValue, lanes: number): UIntValue {
  return lit(UInt(lanes + 1), 1).shl(bytes).trunc(lanes).sub(1);
}

/** Words of 16 bits as the checksum adds them. */
function wordsOf(lanes: UIntValue): UIntValue[] {
  return Array.from({ length: lanes.width / 16 }, (_, i) => networkOrder(lanes.bits(16 * i + 15, 16 * i)));
}
