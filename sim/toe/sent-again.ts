/** Counts, on the wire, the segments in which a sender repeats payload that it sent before. */
import { EthernetHeader, EtherType, IpProtocol, Ipv4Header, TcpHeader } from '../../hw/protocol/index.ts';

export class SentAgain {
  /** Segments with payload, and those whose payload begins before the end of what was sent already. */
  segments = 0;
  repeated = 0;
  /** By ports: the sequence number behind the last payload. */
  readonly #next = new Map<number, number>();

  /** Each frame as it leaves; one sender's. */
  take(frame: Uint8Array): void {
    if (EthernetHeader.decode(frame).ethertype !== EtherType.value.IPV4) return;
    const ip = Ipv4Header.decode(frame, EthernetHeader.bytes);
    if (ip.protocol !== IpProtocol.value.TCP) return;
    const tcp = TcpHeader.decode(frame, EthernetHeader.bytes + Ipv4Header.bytes);
    const connection = tcp.source_port * 65_536 + tcp.destination_port;
    // Ports come again with another connection.
    if (tcp.syn) this.#next.delete(connection);
    const payload = ip.total_length - Ipv4Header.bytes - 4 * tcp.data_offset;
    if (payload === 0) return;
    this.segments += 1;
    const next = this.#next.get(connection);
    const end = (tcp.sequence_number + payload) >>> 0;
    if (next !== undefined && ((tcp.sequence_number - next) | 0) < 0) this.repeated += 1;
    if (next === undefined || ((end - next) | 0) > 0) this.#next.set(connection, end);
  }
}
