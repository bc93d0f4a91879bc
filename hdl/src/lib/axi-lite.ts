/**
 * AXI4-Lite as an interface: five channels, each a stream, with the names of the specification.
 *
 * It is wires only: throughput and latency are those of the blocks at its ends.
 * It does not check the protocol (see `checkAxiLite`) and has no registers (see `axiLiteRegisterSlice`).
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { Bundle, Enum, In, Interface, Out, Stream, UInt } from '../index.ts';

/** BRESP and RRESP, 2 bits (AMBA AXI, IHI 0022E, A3.4.4). AXI4-Lite has no EXOKAY (B1.1.1). */
export const AxiResponse = Enum('AxiResponse', { OKAY: 0, EXOKAY: 1, SLVERR: 2, DECERR: 3 });

/**
 * AXI4-Lite from the master's side (IHI 0022E, B1): `In(AxiLite(16), { prefix: 's_axil_' })` is a slave port with
 * leaves `s_axil_awaddr`, `s_axil_awprot`, `s_axil_awvalid`, `s_axil_awready`, `s_axil_wdata`, …
 *
 * | channel | payload |
 * | --- | --- |
 * | `aw`, `ar` | addr[addressWidth], a byte address; prot[3] |
 * | `w` | data[dataWidth], strb[dataWidth / 8], one bit a byte |
 * | `b` | resp |
 * | `r` | data[dataWidth], resp |
 *
 * @param addressWidth bits of a byte address, 1 to 64
 * @param dataWidth 32 or 64 bits (B1.1)
 */
export function AxiLite(addressWidth: number, dataWidth = 32) {
  if (!Number.isInteger(addressWidth) || addressWidth < 1 || addressWidth > 64) {
    usage(`AxiLite: addressWidth must be a whole number from 1 to 64, not ${describe(addressWidth)}`);
  }
  if (dataWidth !== 32 && dataWidth !== 64) usage(`AxiLite: dataWidth must be 32 or 64, not ${describe(dataWidth)}`);
  const address = Bundle(`AxiLiteAddress_a${addressWidth}`, { addr: UInt(addressWidth), prot: UInt(3) });
  const write = Bundle(`AxiLiteWrite_d${dataWidth}`, { data: UInt(dataWidth), strb: UInt(dataWidth / 8) });
  const response = Bundle('AxiLiteResponse', { resp: AxiResponse });
  const read = Bundle(`AxiLiteRead_d${dataWidth}`, { data: UInt(dataWidth), resp: AxiResponse });
  return Interface(`AxiLite_a${addressWidth}_d${dataWidth}`, {
    aw: Out(Stream(address, FLAT), { prefix: 'aw' }),
    w: Out(Stream(write, FLAT), { prefix: 'w' }),
    b: In(Stream(response, FLAT), { prefix: 'b' }),
    ar: Out(Stream(address, FLAT), { prefix: 'ar' }),
    r: In(Stream(read, FLAT), { prefix: 'r' }),
  });
}

/** Leaves are named `awaddr`, without an underscore and without `payload`. */
const FLAT = { prefix: '' };

export type AxiLiteShape = ReturnType<typeof AxiLite>;
