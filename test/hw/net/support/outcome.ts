/** What hardware says of a frame, in the form in which the software models say it. */
import type { SimValue } from '@vtoe/hdl';
import type { ParsedShape, ReceivedShape } from '../../../../hw/net/received.ts';
import type { Outcome } from './by-bytes.ts';

type About = Omit<SimValue<ReceivedShape>, 'slot'>;

/** What the parser says of a frame. */
export function outcomeOf(parsed: SimValue<ParsedShape>): Outcome {
  if (parsed.fault !== 'none') return { fault: parsed.fault };
  const { kind, fields } = receivedOutcome(parsed);
  return kind === 'Tcp' ? { fault: 'none', kind, fields: { ...fields, payload_at: Number(parsed.payload_at), option_fault: Number(parsed.option_fault) } } : { fault: 'none', kind, fields };
}

/** What is told of a frame that was stored: all of the above but where the payload is, and whether options were bad. */
export function receivedOutcome({ kind, ip, key, destination, remote_mac, segment }: About): { fault: 'none'; kind: string; fields: Record<string, number> } {
  const link = { vlan: Number(key.vlan), destination: Number(destination), remote_mac: Number(remote_mac) };
  const addresses = { local_address: Number(key.local_address), remote_address: Number(key.remote_address) };
  const ports = { local_port: Number(key.local_port), remote_port: Number(key.remote_port) };
  const common = { seq: Number(segment.seq), window: Number(segment.window) };
  const of = (fields: Record<string, number>): { fault: 'none'; kind: string; fields: Record<string, number> } => ({ fault: 'none', kind, fields });
  switch (kind) {
    case 'ArpRequest': case 'ArpReply': return of({ ...link, ...addresses });
    case 'Echo': return of({ ...link, ip: Number(ip), ...addresses });
    case 'Punt': return of({ ...link, ip: Number(ip), ...(ip && addresses) });
    case 'Unreachable': return of({ ...link, ip: Number(ip), ...addresses, ...ports, ...common });
    case 'Tcp': {
      const { urg, ack_flag, psh, rst, syn, fin, has_mss, mss, has_wscale, wscale, has_ts, tsval, tsecr } = segment;
      return of({
        ...link, ip: Number(ip), ...addresses, ...ports, ...common,
        ack: Number(segment.ack), flags: [urg, ack_flag, psh, rst, syn, fin].reduce((bits, flag) => bits * 2 + Number(flag), 0), length: Number(segment.length),
        mss: has_mss ? Number(mss) : -1, wscale: has_wscale ? Number(wscale) : -1, tsval: has_ts ? Number(tsval) : -1, tsecr: has_ts ? Number(tsecr) : -1,
      });
    }
  }
}
