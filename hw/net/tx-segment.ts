/** A segment on its way out, from the grant to the wire. */
import { Bool, Bundle, type Read, UInt } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { PAGE_BITS } from '../dma/burst.ts';
import { EthernetHeader, TaggedEthernetHeader } from '../protocol/ethernet.ts';
import { Ipv4Header } from '../protocol/ipv4.ts';
import { MssOption, TCP_OPTIONS_MOST_BYTES, TimestampsOption, WindowScaleOption } from '../protocol/tcp-options.ts';
import { TcpHeader } from '../protocol/tcp.ts';
import { Send } from '../tcp/actions.ts';

/** Between whom: `source` is ours. */
export const TxAddresses = Bundle('TxAddresses', {
  source_mac: UInt(48), destination_mac: UInt(48),
  tagged: Bool, vid: UInt(12),
  source: UInt(32), destination: UInt(32), source_port: UInt(16), destination_port: UInt(16),
});

/** Where a transmit ring lies (`RingDescriptor`). */
export const TxRing = Bundle('TxRing', { page: UInt(PAGE_BITS), size_log2: UInt(5) });

/** A granted segment: what the TCP pipeline sends, for whom, to whom, and where its payload is. */
export function TxSegment(config: Config) {
  const { ownerBits, connectionIndexBits } = derived(config);
  return Bundle(`TxSegment_o${ownerBits}_c${connectionIndexBits}`, {
    owner: UInt(ownerBits), connection: UInt(connectionIndexBits), addresses: TxAddresses, ring: TxRing, send: Send,
  });
}
export type TxSegment = Read<ReturnType<typeof TxSegment>>;

/** A segment whose payload is in hand, and the one's complement sum of that. */
export function TxFetched(config: Config) {
  const { ownerBits } = derived(config);
  return Bundle(`TxFetched_o${ownerBits}`, { owner: UInt(ownerBits), addresses: TxAddresses, send: Send, sum: UInt(16) });
}

/** Options with the NOPs that bring them to whole words (`tcp-options-writer.ts`), in bytes. */
export const TX_OPTION_BYTES = { mss: MssOption.bytes, ts: 2 + TimestampsOption.bytes, wscale: 1 + WindowScaleOption.bytes };
export const TX_OPTIONS_MOST_BYTES = TX_OPTION_BYTES.mss + TX_OPTION_BYTES.ts + TX_OPTION_BYTES.wscale;
if (TX_OPTIONS_MOST_BYTES > TCP_OPTIONS_MOST_BYTES) throw new RangeError('the options of a segment do not fit its header');

const LEAST_HEADER_BYTES = EthernetHeader.bytes + Ipv4Header.bytes + TcpHeader.bytes;
export const TX_HEADER_MOST_BYTES = TaggedEthernetHeader.bytes + Ipv4Header.bytes + TcpHeader.bytes + TX_OPTIONS_MOST_BYTES;
const TAG_BYTES = TaggedEthernetHeader.bytes - EthernetHeader.bytes;

/** Bytes of options: 5 bits. */
export function optionBytes({ has_mss, has_ts, has_wscale }: Pick<Read<typeof Send>, 'has_mss' | 'has_ts' | 'has_wscale'>): UInt {
  const part = (there: Bool, bytes: number): UInt => there.repeat(5).and(bytes);
  return part(has_mss, TX_OPTION_BYTES.mss).add(part(has_ts, TX_OPTION_BYTES.ts)).add(part(has_wscale, TX_OPTION_BYTES.wscale));
}

/** Bytes of all headers of the frame: 7 bits. */
export function headerBytes(tagged: Bool, send: Read<typeof Send>): UInt {
  return optionBytes(send).zext(7).add(tagged.repeat(7).and(TAG_BYTES)).add(LEAST_HEADER_BYTES);
}

/** Beats of the ring that holds payload until it is sent. */
export function txRingBeats(config: Config): number {
  return config.txRingBytes / derived(config).hostBytes;
}
