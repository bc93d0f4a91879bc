/**
 * AXI4-Stream with whole bytes, `tlast` and a one-bit `tuser`: a {@link Stream} of {@link Packet} under the names of the specification.
 *
 * It is wires only: throughput and latency are those of the blocks at its ends.
 * It has no TSTRB, TID and TDEST, and does not check the protocol (see `checkAxiStream`).
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { Packet, Stream } from '../index.ts';

/**
 * AXI4-Stream (AMBA, IHI 0051A): `In(AxiStream(64), { prefix: 's_axis_rx_' })` is a slave port with leaves
 * `s_axis_rx_tdata`, `s_axis_rx_tkeep`, `s_axis_rx_tvalid`, `s_axis_rx_tready`, `s_axis_rx_tlast`, `s_axis_rx_tuser`.
 * The payload is `Packet(width)`, so every packet verb of the library takes it.
 *
 * Byte i of a beat is `tdata[8i + 7 : 8i]`, the first of the packet in `tdata[7:0]` (2.3); `tkeep[i]` says whether it
 * is there (2.4); `tuser` on the last beat marks a bad packet, as in the usual MAC cores.
 *
 * @param width bits of tdata, a multiple of 8 from 8 to 1024
 */
export function AxiStream(width: number) {
  if (!Number.isInteger(width) || width < 8 || width > 1024 || width % 8 !== 0) {
    usage(`AxiStream: width must be a multiple of 8 bits from 8 to 1024, not ${describe(width)}`);
  }
  return Stream(Packet(width), { prefix: 't' });
}

export type AxiStreamShape = ReturnType<typeof AxiStream>;
