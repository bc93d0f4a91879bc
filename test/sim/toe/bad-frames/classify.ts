/**
 * What becomes of a frame, from its bytes and from what the engine was told: which counters it is on, and who answers it. Written
 * without the hardware's parts, its parsers and its layouts.
 */
import type { CounterName } from '../../../../hw/registers.ts';
import { byBytes, type Frame } from '../../../hw/net/support/by-bytes.ts';
import type { ConnectionModel, SegmentFields, TimeWaitModel } from './connection-model.ts';

/** An engine with one address and one listener, which takes no SYNs at present. */
export interface World {
  readonly frameMostBytes: number;
  readonly mac: number;
  readonly address: number;
  readonly listens: number;
  readonly remoteAddress: number;
  /** Open, to the listener's port, by the remote port. */
  readonly connections: ReadonlyMap<number, ConnectionModel>;
  /** In TIME_WAIT, in the same way; those that end are taken out. */
  readonly waiting: Map<number, TimeWaitModel>;
}

export interface Fate {
  readonly counters: readonly CounterName[];
  /** Each frame has one: dropped and so on a counter of its own, handed to ARP or echo, a connection's, or TIME_WAIT's. */
  readonly end: 'dropped' | 'arp' | 'echo' | 'connection' | 'time wait';
  /** What is sent for it, if there is room. */
  readonly answer?: 'reset' | 'arp' | 'echo' | 'ack';
  readonly taken?: { readonly port: number; readonly from: number; readonly length: number };
  /** A connection ends. */
  readonly ends: boolean;
}

const BROADCAST = 0xffff_ffff_ffff;
const [SYN, RST, ACK] = [2, 4, 16];

export function classify(frame: Frame, world: World): Fate {
  const { fault, kind, fields = {} } = byBytes(frame, world.frameMostBytes);
  const dropped = (...counters: CounterName[]): Fate => ({ counters, end: 'dropped', ends: false });
  if (fault !== 'none') return dropped(`rx_${fault}` as CounterName);
  const field = (name: string): number => fields[name]!;
  const toUs = field('destination') === world.mac;
  const isAddress = field('vlan') === 0 && field('local_address') === world.address;
  const punted = (): Fate => dropped(toUs ? 'punt_off' : 'route_not_punted');
  switch (kind) {
    case 'ArpRequest':
    case 'ArpReply': {
      const ours = isAddress && (toUs || field('destination') === BROADCAST);
      const aboutSender = field('local_address') === field('remote_address');
      const counters: CounterName[] = ours && aboutSender ? ['arp_conflict'] : ours || aboutSender ? [] : ['arp_not_ours'];
      return { counters, end: 'arp', ends: false, ...(ours && !aboutSender && kind === 'ArpRequest' ? { answer: 'arp' } : {}) };
    }
    case 'Echo':
      if (!isAddress) return punted();
      return toUs ? { counters: [], end: 'echo', answer: 'echo', ends: false } : dropped('route_not_ours');
    case 'Unreachable':
      // Nothing is in flight.
      if (isAddress && toUs) return dropped(connectionOf(fields, world) === undefined ? 'too_big_unknown' : 'too_big_outside');
      return dropped('route_not_ours');
    case 'Tcp': return segment();
    default: return punted();
  }

  function segment(): Fate {
    const odd: CounterName[] = field('option_fault') === 1 ? ['option_fault'] : [];
    if (!isAddress || !toUs) return dropped('route_not_ours', ...odd);
    const flags = field('flags');
    const connection = connectionOf(fields, world);
    if (connection !== undefined) {
      const { counters, taken, ends } = connection.arrive(fieldsOf(fields));
      return { counters: [...odd, ...counters], end: 'connection', ends, ...(taken === undefined ? {} : { taken: { port: field('remote_port'), ...taken } }) };
    }
    const port = field('remote_port');
    const waiting = waitingOf(fields, world);
    if (waiting !== undefined) {
      const what = waiting.arrive(fieldsOf(fields));
      if (what === 'drop') return dropped('time_wait_dropped', ...odd);
      if (what === 'ack') return { counters: odd, end: 'time wait', answer: 'ack', ends: false };
      world.waiting.delete(port);
      if (what === 'ends') return { counters: odd, end: 'time wait', ends: true };
    }
    // RFC 9293, 3.10.7.1 and 3.10.7.2.
    if ((flags & RST) !== 0) return dropped('flow_ignored', ...odd);
    if (field('local_port') !== world.listens || (flags & ACK) !== 0) return { counters: ['flow_reset', ...odd], end: 'dropped', answer: 'reset', ends: false };
    return dropped((flags & SYN) === 0 ? 'flow_ignored' : 'flow_over_budget', ...odd);
  }
}

/** A segment for an open connection, if it is one. */
export function segmentOf(frame: Frame, world: World): { readonly port: number; readonly connection: ConnectionModel; readonly segment: SegmentFields; readonly payload: Uint8Array } | undefined {
  const fields = tcpFields(frame, world);
  const connection = fields && connectionOf(fields, world);
  if (connection === undefined) return undefined;
  const segment = fieldsOf(fields!);
  const at = fields!['payload_at']!;
  return { port: fields!['remote_port']!, connection, segment, payload: frame.bytes.subarray(at, at + segment.length) };
}

/** Whether a connection in TIME_WAIT would be forgotten for it. */
export function endsWait(frame: Frame, world: World): boolean {
  const fields = tcpFields(frame, world);
  const what = fields && waitingOf(fields, world)?.arrive(fieldsOf(fields));
  return what === 'ends' || what === 'new';
}

/** Of a good segment for us. */
function tcpFields(frame: Frame, { frameMostBytes, address, mac }: World): Fields | undefined {
  const { fault, kind, fields = {} } = byBytes(frame, frameMostBytes);
  return fault === 'none' && kind === 'Tcp' && fields['vlan'] === 0 && fields['local_address'] === address && fields['destination'] === mac ? fields : undefined;
}

type Fields = Readonly<Record<string, number>>;

function connectionOf(fields: Fields, { listens, remoteAddress, connections }: World): ConnectionModel | undefined {
  return fields['local_port'] === listens && fields['remote_address'] === remoteAddress ? connections.get(fields['remote_port']!) : undefined;
}

function waitingOf(fields: Fields, { listens, remoteAddress, waiting }: World): TimeWaitModel | undefined {
  return fields['local_port'] === listens && fields['remote_address'] === remoteAddress ? waiting.get(fields['remote_port']!) : undefined;
}

function fieldsOf(fields: Fields): SegmentFields {
  return { seq: fields['seq']!, ack: fields['ack']!, flags: fields['flags']!, window: fields['window']!, length: fields['length']!, tsval: fields['tsval']! };
}
