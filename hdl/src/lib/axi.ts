/**
 * AXI4 as interfaces: all five channels, or the write or the read channels alone, with the names of the specification.
 *
 * They are wires only: throughput and latency are those of the blocks at their ends.
 * They have no AxREGION and no WUSER, BUSER and RUSER, and do not check the protocol (see `checkAxi`).
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { Bool, Bundle, Enum, In, Interface, Out, Stream, UInt } from '../index.ts';
import { AxiResponse } from './axi-lite.ts';

/** AxBURST (AMBA AXI, IHI 0022E, A3.4.1). */
export const AxiBurst = Enum('AxiBurst', { FIXED: 0, INCR: 1, WRAP: 2, RESERVED: 3 });

export interface AxiParameters {
  /** Bits of a byte address, 12 to 64 (default 64). */
  readonly addressWidth?: number;
  /** Bits of a beat: 8, 16, 32, … 1024. */
  readonly dataWidth: number;
  /** Bits of AxID, BID and RID, 1 to 32. */
  readonly idWidth: number;
  /** Bits of AWUSER and ARUSER, from 1 up (default 1, to be left at 0 if unused). */
  readonly userWidth?: number;
}

/** Bytes of a page that no burst may leave (A3.4.1). */
export const AXI_PAGE_BYTES = 4096;

/** Most beats of an INCR burst (A3.4.1). */
export const AXI_MAXIMUM_BEATS = 256;

/** The parameters with their defaults. @throws what is out of range, naming it */
export function axiParameters(given: AxiParameters): Required<AxiParameters> {
  const { addressWidth = 64, dataWidth, idWidth, userWidth = 1 } = given;
  const within = (name: string, value: number, least: number, most: number) => {
    if (!Number.isInteger(value) || value < least || value > most) usage(`Axi: ${name} must be a whole number from ${least} to ${most}, not ${describe(value)}`);
  };
  within('addressWidth', addressWidth, 12, 64);
  within('idWidth', idWidth, 1, 32);
  within('userWidth', userWidth, 1, 1024);
  if (![8, 16, 32, 64, 128, 256, 512, 1024].includes(dataWidth)) {
    usage(`Axi: dataWidth must be 8, 16, 32, 64, 128, 256, 512 or 1024, not ${describe(dataWidth)}`);
  }
  return { addressWidth, dataWidth, idWidth, userWidth };
}

/** AW and AR carry the same (A2.2, A2.5): id, addr, len (beats - 1), size (log2 of the bytes of a beat), burst, lock, cache, prot, qos, user. */
export function AxiAddress(parameters: AxiParameters) {
  const { addressWidth, idWidth, userWidth } = axiParameters(parameters);
  return Bundle(`AxiAddress_i${idWidth}_a${addressWidth}_u${userWidth}`, {
    id: UInt(idWidth), addr: UInt(addressWidth), len: UInt(8), size: UInt(3), burst: AxiBurst, lock: Bool,
    cache: UInt(4), prot: UInt(3), qos: UInt(4), user: UInt(userWidth),
  });
}

/** A beat of W (A2.3): `strb[i]` writes byte i. */
export function AxiWriteData(dataWidth: number) {
  return Bundle(`AxiWriteData_d${dataWidth}`, { data: UInt(dataWidth), strb: UInt(dataWidth / 8), last: Bool });
}

/** B (A2.4). */
export function AxiWriteResponse(idWidth: number) {
  return Bundle(`AxiWriteResponse_i${idWidth}`, { id: UInt(idWidth), resp: AxiResponse });
}

/** A beat of R (A2.6). */
export function AxiReadData(dataWidth: number, idWidth: number) {
  return Bundle(`AxiReadData_i${idWidth}_d${dataWidth}`, { id: UInt(idWidth), data: UInt(dataWidth), resp: AxiResponse, last: Bool });
}

/** The write channels `aw`, `w` and `b`, from the master's side. */
export function AxiWrite(parameters: AxiParameters) {
  return Interface(`AxiWrite_${suffix(parameters)}`, writeChannels(parameters));
}

/** The read channels `ar` and `r`, from the master's side. */
export function AxiRead(parameters: AxiParameters) {
  return Interface(`AxiRead_${suffix(parameters)}`, readChannels(parameters));
}

/**
 * AXI4 from the master's side: `Out(Axi({ dataWidth: 128, idWidth: 4, userWidth: 7 }), { prefix: 'm_axi_' })` is a
 * master port with leaves `m_axi_awid`, `m_axi_awaddr`, …, `m_axi_wdata`, …, `m_axi_rlast`.
 */
export function Axi(parameters: AxiParameters) {
  return Interface(`Axi_${suffix(parameters)}`, { ...writeChannels(parameters), ...readChannels(parameters) });
}

export type AxiWriteShape = ReturnType<typeof AxiWrite>;
export type AxiReadShape = ReturnType<typeof AxiRead>;
export type AxiShape = ReturnType<typeof Axi>;

function suffix(parameters: AxiParameters): string {
  const { addressWidth, dataWidth, idWidth, userWidth } = axiParameters(parameters);
  return `i${idWidth}_a${addressWidth}_d${dataWidth}_u${userWidth}`;
}

/** Leaves are named `awaddr`, without an underscore and without `payload`. */
const FLAT = { prefix: '' };

function writeChannels(parameters: AxiParameters) {
  const { dataWidth, idWidth } = axiParameters(parameters);
  return {
    aw: Out(Stream(AxiAddress(parameters), FLAT), { prefix: 'aw' }),
    w: Out(Stream(AxiWriteData(dataWidth), FLAT), { prefix: 'w' }),
    b: In(Stream(AxiWriteResponse(idWidth), FLAT), { prefix: 'b' }),
  };
}

function readChannels(parameters: AxiParameters) {
  const { dataWidth, idWidth } = axiParameters(parameters);
  return {
    ar: Out(Stream(AxiAddress(parameters), FLAT), { prefix: 'ar' }),
    r: In(Stream(AxiReadData(dataWidth, idWidth), FLAT), { prefix: 'r' }),
  };
}
