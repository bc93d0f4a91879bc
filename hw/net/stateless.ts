/** Segments that need no connection: RST for nobody's segment, ACK out of TIME_WAIT. They take the way of all others, without a ring. */
import { Bool, type Like, lit, type Read, UInt } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { Send, type StatelessReset } from '../tcp/actions.ts';
import type { FlowKey } from '../tcp/flow-key.ts';
import { TxSegment } from './tx-segment.ts';

/** What all of them leave out. */
const NOTHING = {
  ack_flag: false, psh: false, rst: false, syn: false, fin: false, window: 0, length: 0, offset: 0,
  has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
} as const;

export interface Ends {
  readonly owner: UInt;
  readonly key: FlowKey;
  readonly local_mac: UInt;
  readonly remote_mac: UInt;
}

/** `send` between the two ends of `key`. */
export function statelessSegment(c: Config, { owner, key, local_mac, remote_mac }: Ends, send: Like<typeof Send>): Read<ReturnType<typeof TxSegment>> {
  const { local_address: source, remote_address: destination, local_port: source_port, remote_port: destination_port, vlan } = key;
  return lit(TxSegment(c), {
    owner, connection: 0,
    addresses: { source_mac: local_mac, destination_mac: remote_mac, tagged: vlan.ne(0), vid: vlan, source, destination, source_port, destination_port },
    ring: { page: 0, size_log2: 0 }, send,
  });
}

/** RFC 9293, 3.10.7.1. */
export function resetSend({ seq, ack, ack_flag }: Read<typeof StatelessReset>): Read<typeof Send> {
  return lit(Send, { ...NOTHING, kind: 'Reset', seq, ack, ack_flag, rst: true });
}

/** RFC 9293, 3.10.7.4, in TIME_WAIT. */
export function ackSend(ack: { readonly seq: UInt; readonly ack: UInt; readonly window: UInt; readonly has_ts: Bool; readonly tsval: UInt; readonly tsecr: UInt }): Read<typeof Send> {
  const { seq, ack: number, window, has_ts, tsval, tsecr } = ack;
  return lit(Send, { ...NOTHING, kind: 'Ack', seq, ack: number, ack_flag: true, window, has_ts, tsval, tsecr });
}
