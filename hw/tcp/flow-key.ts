/** What a segment's connection, and what its listener, is found by. The VM is the result of a look-up, never part of the key. */
import { Bundle, type Read, UInt } from '@vtoe/hdl';

/** VLAN identifier; 0 for a frame without one. */
export const Vlan = UInt(12);
/** IPv4 address as a number: 10.0.0.1 is 0x0a000001. */
export const Ipv4Address = UInt(32);
export const MacAddress = UInt(48);
export const Port = UInt(16);

/** "Local" is our side, of segments in both directions. */
export const FlowKey = Bundle('FlowKey', { vlan: Vlan, local_address: Ipv4Address, remote_address: Ipv4Address, local_port: Port, remote_port: Port });
export type FlowKey = Read<typeof FlowKey>;

/** What a listener listens on. */
export const ListenKey = Bundle('ListenKey', { vlan: Vlan, local_address: Ipv4Address, local_port: Port });
export type ListenKey = Read<typeof ListenKey>;
