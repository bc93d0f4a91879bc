/** Frames on their way to the wire, and what they cost there. */
import { Bundle, Packet, type Read, UInt, type UIntShape } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { ETHERNET_LEAST_BYTES } from '../protocol/ethernet.ts';

/** A beat of a frame, and whose frame it is: 0 the VMM, 1 + v VM v. */
export function TxFrame(config: Config) {
  const { ownerBits } = derived(config);
  return Bundle(`TxFrame_o${ownerBits}_w${config.datapathBits}`, { owner: UInt(ownerBits), beat: Packet(config.datapathBits) });
}

/** Preamble and start delimiter 8, frame check sequence 4, gap between frames 12 bytes (IEEE 802.3, 3.1.1 and 4.4.2). */
export const WIRE_OVERHEAD_BYTES = 24;
/** What the shortest frame takes of the wire. */
export const WIRE_LEAST_BYTES = ETHERNET_LEAST_BYTES + WIRE_OVERHEAD_BYTES;

/** What a frame takes of the wire, for the scheduler and for counters. */
export function TxCharge(config: Config) {
  const { ownerBits } = derived(config);
  return Bundle(`TxCharge_o${ownerBits}`, { owner: UInt(ownerBits), wire_bytes: UInt(16) });
}

/** Of a frame of `bytes` bytes without padding and frame check sequence, 16 bits. */
export function wireBytes(bytes: Read<UIntShape>): Read<UIntShape> {
  return bytes.add(WIRE_OVERHEAD_BYTES).max(WIRE_LEAST_BYTES);
}
