/**
 * The keyed hash of the tables that strangers fill: SipHash-2-4 under a secret that a register of the VMM holds. Whoever
 * looks for a flow or a listener by hash makes the message here.
 */
import { lit, pack, UInt } from '@vtoe/hdl';
import { FlowKey, type ListenKey } from './flow-key.ts';

/** Bytes of the hashed message: the key, zeros in front. */
export const FLOW_KEY_BYTES = Math.ceil(FlowKey.width / 8);
export const FlowHash = UInt(64);
export const FlowSecret = UInt(128);

/** What is hashed for a connection. */
export function flowMessage(key: FlowKey): UInt {
  return pack(key).zext(8 * FLOW_KEY_BYTES);
}

/** What is hashed for a listener: the message of a connection without a remote end, so that one hash unit serves both. */
export function listenMessage({ vlan, local_address, local_port }: ListenKey): UInt {
  return pack(lit(FlowKey, { vlan, local_address, remote_address: 0, local_port, remote_port: 0 })).zext(8 * FLOW_KEY_BYTES);
}

/** Tables of a flow table: a key may stand in one row of each. */
export const TABLES = 4;
/** Bits of the hash for the row of each table: four independent rows out of one hash. */
const ROW_BITS = FlowHash.width / TABLES;
/** Largest number of rows that the hash can tell apart. */
export const ROWS_MOST = 2 ** (ROW_BITS - 1);

/** Where in the hash the row of each table begins. */
export function rowsPlaces(): number[] {
  return Array.from({ length: TABLES }, (_, i) => ROW_BITS * i);
}

/** The row of each table in which a key with this hash may stand. `bits`: of a row's number. */
export function rowsOf(hash: UInt, bits: number): UInt[] {
  return rowsPlaces().map((low) => hash.bits(low + bits - 1, low));
}
