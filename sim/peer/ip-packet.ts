/** IPv4 packets in Ethernet frames. */
import { ETHERNET_LEAST_BYTES, EthernetHeader, EtherType, internetChecksum, Ipv4Header } from '../../hw/protocol/index.ts';

export interface IpOptions {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly identification: number;
}

const TTL = 64;

/** A frame as it goes out but for the MAC address that it goes to, which may not be known yet. */
export function ipFrame(sourceMac: number, { source, destination, protocol, identification }: IpOptions, payload: Uint8Array): Uint8Array {
  const start = EthernetHeader.bytes;
  const frame = new Uint8Array(Math.max(ETHERNET_LEAST_BYTES, start + Ipv4Header.bytes + payload.length));
  EthernetHeader.write(frame, 0, { destination: 0, source: sourceMac, ethertype: EtherType.value.IPV4 });
  Ipv4Header.write(frame, start, { total_length: Ipv4Header.bytes + payload.length, identification, df: true, mf: false, ttl: TTL, protocol, source, destination });
  Ipv4Header.put(frame, 'header_checksum', internetChecksum(frame.subarray(start, start + Ipv4Header.bytes)), start);
  frame.set(payload, start + Ipv4Header.bytes);
  return frame;
}
