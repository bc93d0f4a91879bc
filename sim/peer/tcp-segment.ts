/** TCP segments: values and bytes. */
import { internetChecksum, IpProtocol, onesSum, TcpHeader, TcpPseudoHeader } from '../../hw/protocol/index.ts';
import { optionBytes, readOptions, type TcpOptions } from './tcp-options.ts';

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** As on the wire. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly syn: boolean;
  readonly ack: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  readonly psh: boolean;
  /** Not scaled. */
  readonly window: number;
  readonly options: TcpOptions;
  readonly payload: Uint8Array;
}

/** Where it comes from and goes to, as IPv4 addresses. */
export interface Addresses {
  readonly source: number;
  readonly destination: number;
}

/** @param options in place of the segment's own: what no well-behaved sender would write */
export function encodeTcp(segment: TcpSegment, addresses: Addresses, options = optionBytes(segment.options)): Uint8Array {
  const { sourcePort, destinationPort, sequence, acknowledgment, syn, ack, fin, rst, psh, window, payload } = segment;
  const header = TcpHeader.bytes + options.length;
  const bytes = new Uint8Array(header + payload.length);
  TcpHeader.write(bytes, 0, {
    source_port: sourcePort, destination_port: destinationPort, sequence_number: sequence, acknowledgment_number: ack ? acknowledgment : 0, data_offset: header / 4,
    cwr: false, ece: false, urg: false, ack, psh, rst, syn, fin, window,
  });
  bytes.set(options, TcpHeader.bytes);
  bytes.set(payload, header);
  TcpHeader.put(bytes, 'checksum', internetChecksum(bytes, pseudoSum(bytes.length, addresses)));
  return bytes;
}

/** Undefined if the checksum or the header's length is wrong. */
export function decodeTcp(bytes: Uint8Array, addresses: Addresses): TcpSegment | undefined {
  if (bytes.length < TcpHeader.bytes || onesSum(bytes, pseudoSum(bytes.length, addresses)) !== 0xffff) return undefined;
  const header = TcpHeader.decode(bytes);
  const start = 4 * header.data_offset;
  if (start < TcpHeader.bytes || start > bytes.length) return undefined;
  const { syn, ack, fin, rst, psh, window } = header;
  return {
    sourcePort: header.source_port, destinationPort: header.destination_port, sequence: header.sequence_number, acknowledgment: header.acknowledgment_number,
    syn, ack, fin, rst, psh, window,
    options: readOptions(bytes.subarray(TcpHeader.bytes, start)), payload: bytes.slice(start),
  };
}

function pseudoSum(length: number, { source, destination }: Addresses): number {
  return onesSum(TcpPseudoHeader.encode({ source, destination, protocol: IpProtocol.value.TCP, tcp_length: length }));
}
