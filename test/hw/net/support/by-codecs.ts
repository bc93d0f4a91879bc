/** What a frame is, told by the parsers of hw/protocol. */
import {
  ArpOperation, ArpPacket, EtherType, ICMP_QUOTED_BYTES, IcmpHeader, IcmpType, IcmpUnreachable, internetChecksum, isArpForIpv4, type Ipv4Fault, Ipv4Header, IpProtocol, onesSum, parseEthernet,
  parseIpv4, parseTcp, TcpHeader, TcpPseudoHeader, UnreachableCode,
} from '../../../../hw/protocol/index.ts';
import type { Frame, Outcome } from './by-bytes.ts';

const IP_FAULTS: Record<Ipv4Fault, string> = {
  truncated: 'ip_truncated', version: 'ip_version', ihl_below_5: 'ip_ihl_below_5', ihl_beyond_packet: 'ip_ihl_beyond_packet', length_beyond_packet: 'ip_length_beyond_frame', checksum: 'ip_checksum',
};
const FIRST_GROUP_ADDRESS = 0xe000_0000;
const isGroup = (mac: number): boolean => Math.floor(mac / 2 ** 40) % 2 === 1;

export function byCodecs({ bytes, bad }: Frame, frameMostBytes: number): Outcome {
  if (bad) return { fault: 'mac_error' };
  if (bytes.length > frameMostBytes) return { fault: 'too_long' };
  const frame = parseEthernet(bytes);
  if (frame === undefined) return { fault: 'runt' };
  const packet = bytes.subarray(frame.payload);
  const link = { vlan: frame.tag?.vid ?? 0, destination: frame.destination, remote_mac: frame.source };
  if (frame.ethertype === EtherType.value.ARP) {
    if (packet.length < ArpPacket.bytes) return { fault: 'arp_malformed' };
    const arp = ArpPacket.decode(packet);
    const operation = ArpOperation.labelOf(arp.oper);
    if (!isArpForIpv4(arp) || operation === undefined || isGroup(arp.sha)) return { fault: 'arp_malformed' };
    return { fault: 'none', kind: operation === 'REQUEST' ? 'ArpRequest' : 'ArpReply', fields: { ...link, remote_mac: arp.sha, local_address: arp.tpa, remote_address: arp.spa } };
  }
  if (frame.ethertype !== EtherType.value.IPV4) return { fault: 'none', kind: 'Punt', fields: { ...link, ip: 0 } };

  const parsed = parseIpv4(packet);
  if (parsed.verdict !== 'good') return { fault: IP_FAULTS[parsed.verdict] };
  if (parsed.fragment) return { fault: 'fragment' };
  const { header, payload } = parsed;
  const { source, destination, protocol } = header;
  const body = packet.subarray(payload.from, payload.to);
  const ip = { ...link, ip: 1, local_address: destination, remote_address: source };
  const isTcp = protocol === IpProtocol.value.TCP;
  if (!isTcp && protocol !== IpProtocol.value.ICMP) return { fault: 'none', kind: 'Punt', fields: ip };
  if (isGroup(frame.destination) || destination >= FIRST_GROUP_ADDRESS) return { fault: 'group' };
  if (source === 0 || source >= FIRST_GROUP_ADDRESS || isGroup(frame.source)) return { fault: 'bad_source' };
  return isTcp ? tcp(body, ip, frame.payload + payload.from) : icmp(body, ip, header.ihl > 5);
}

interface Ip {
  readonly local_address: number;
  readonly remote_address: number;
}

function tcp(body: Uint8Array, ip: Ip, at: number): Outcome {
  const parsed = parseTcp(body);
  if (parsed.verdict !== 'good') return { fault: `tcp_${parsed.verdict}` };
  const pseudo = TcpPseudoHeader.encode({ source: ip.remote_address, destination: ip.local_address, tcp_length: body.length });
  if (internetChecksum(body, onesSum(pseudo)) !== 0) return { fault: 'tcp_checksum' };
  const { header, options, faults } = parsed;
  if (ip.local_address === ip.remote_address && header.source_port === header.destination_port) return { fault: 'tcp_land' };
  const flags = [header.urg, header.ack, header.psh, header.rst, header.syn, header.fin].reduce((bits, flag) => bits * 2 + Number(flag), 0);
  return {
    fault: 'none', kind: 'Tcp',
    fields: {
      ...ip, remote_port: header.source_port, local_port: header.destination_port, seq: header.sequence_number, ack: header.acknowledgment_number, window: header.window, flags,
      length: body.length - parsed.payload, payload_at: at + parsed.payload,
      mss: options.mss ?? -1, wscale: options.window_scale ?? -1, tsval: options.timestamps?.tsval ?? -1, tsecr: options.timestamps?.tsecr ?? -1, option_fault: Number(faults.length > 0),
    },
  };
}

function icmp(body: Uint8Array, ip: Ip, hasOptions: boolean): Outcome {
  if (body.length < IcmpHeader.bytes) return { fault: 'icmp_truncated' };
  if (internetChecksum(body) !== 0) return { fault: 'icmp_checksum' };
  const { type, code } = IcmpHeader.decode(body);
  if (type === IcmpType.value.ECHO_REQUEST && !hasOptions) return { fault: 'none', kind: 'Echo', fields: { ...ip } };
  const label = IcmpType.labelOf(type);
  const isError = label === 'UNREACHABLE' || label === 'SOURCE_QUENCH' || label === 'TIME_EXCEEDED' || label === 'PARAMETER_PROBLEM';
  const punt: Outcome = { fault: 'none', kind: 'Punt', fields: { ...ip } };
  if (!isError || body.length < IcmpHeader.bytes + Ipv4Header.bytes + ICMP_QUOTED_BYTES) return punt;
  const quoted = Ipv4Header.decode(body, IcmpHeader.bytes);
  const isOurs = quoted.version === 4 && quoted.ihl === 5 && quoted.protocol === IpProtocol.value.TCP && quoted.fragment_offset === 0 && quoted.source === ip.local_address;
  if (!isOurs) return punt;
  if (type !== IcmpType.value.UNREACHABLE || code !== UnreachableCode.value.FRAGMENTATION_NEEDED) return { fault: 'icmp_soft' };
  const at = IcmpHeader.bytes + Ipv4Header.bytes;
  return {
    fault: 'none', kind: 'Unreachable',
    fields: {
      ...ip, local_address: quoted.source, remote_address: quoted.destination, local_port: TcpHeader.get(withRoom(body), 'source_port', at), remote_port: TcpHeader.get(withRoom(body), 'destination_port', at),
      seq: TcpHeader.get(withRoom(body), 'sequence_number', at), window: IcmpUnreachable.decode(body).next_hop_mtu,
    },
  };
}

/** The quote may end behind the 8 bytes of TCP that are promised; codecs want the whole header. */
function withRoom(body: Uint8Array): Uint8Array {
  const longer = new Uint8Array(body.length + TcpHeader.bytes);
  longer.set(body);
  return longer;
}

