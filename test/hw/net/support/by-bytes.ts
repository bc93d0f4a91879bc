/**
 * What a frame is, told byte by byte from the RFCs: written without the layouts and parsers of hw/protocol, so that a
 * mistake in those does not hide one in the hardware.
 */

/** Numbers only, so that outcomes compare with each other. Without a kind: dropped. */
export interface Outcome {
  readonly fault: string;
  readonly kind?: string;
  readonly fields?: Readonly<Record<string, number>>;
}

export interface Frame {
  readonly bytes: Uint8Array;
  /** TUSER with the last beat. */
  readonly bad: boolean;
}

export function byBytes({ bytes: b, bad }: Frame, frameMostBytes: number): Outcome {
  const drop = (fault: string): Outcome => ({ fault });
  const n = (at: number, count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + b[at + i]!;
    return value;
  };
  if (bad) return drop('mac_error');
  if (b.length > frameMostBytes) return drop('too_long');
  if (b.length < 14) return drop('runt');
  let at = 12;
  let vlan = 0;
  if (n(12, 2) === 0x8100) {
    if (b.length < 18) return drop('runt');
    vlan = n(14, 2) & 0xfff;
    at = 16;
  }
  const type = n(at, 2);
  const l3 = at + 2;
  const link = { vlan, destination: n(0, 6), remote_mac: n(6, 6) };
  if (type === 0x0806) {
    if (b.length < l3 + 28 || n(l3, 2) !== 1 || n(l3 + 2, 2) !== 0x0800 || b[l3 + 4] !== 6 || b[l3 + 5] !== 4) return drop('arp_malformed');
    const operation = n(l3 + 6, 2);
    if ((operation !== 1 && operation !== 2) || (b[l3 + 8]! & 1) === 1) return drop('arp_malformed');
    return { fault: 'none', kind: operation === 1 ? 'ArpRequest' : 'ArpReply', fields: { ...link, remote_mac: n(l3 + 8, 6), local_address: n(l3 + 24, 4), remote_address: n(l3 + 14, 4) } };
  }
  if (type !== 0x0800) return { fault: 'none', kind: 'Punt', fields: { ...link, ip: 0 } };

  if (b.length - l3 < 20) return drop('ip_truncated');
  if (b[l3]! >> 4 !== 4) return drop('ip_version');
  const ihl = (b[l3]! & 15) * 4;
  const total = n(l3 + 2, 2);
  if (ihl < 20) return drop('ip_ihl_below_5');
  if (ihl > b.length - l3 || ihl > total) return drop('ip_ihl_beyond_packet');
  if (total > b.length - l3) return drop('ip_length_beyond_frame');
  if (sum(b, l3, l3 + ihl) !== 0xffff) return drop('ip_checksum');
  if ((n(l3 + 6, 2) & 0x3fff) !== 0) return drop('fragment');
  const protocol = b[l3 + 9]!;
  const [source, destination] = [n(l3 + 12, 4), n(l3 + 16, 4)];
  const l4 = l3 + ihl;
  const end = l3 + total;
  const ip = { ...link, ip: 1, local_address: destination, remote_address: source };
  if (protocol !== 6 && protocol !== 1) return { fault: 'none', kind: 'Punt', fields: ip };
  if ((b[0]! & 1) === 1 || destination >= 0xe000_0000) return drop('group');
  if (source === 0 || source >= 0xe000_0000 || (b[6]! & 1) === 1) return drop('bad_source');

  if (protocol === 6) {
    if (end - l4 < 20) return drop('tcp_truncated');
    const header = (b[l4 + 12]! >> 4) * 4;
    if (header < 20) return drop('tcp_data_offset_below_5');
    if (header > end - l4) return drop('tcp_data_offset_beyond_segment');
    if (sum(b, l4, end, sum(b, l3 + 12, l3 + 20) + 6 + (end - l4)) !== 0xffff) return drop('tcp_checksum');
    if (source === destination && n(l4, 2) === n(l4 + 2, 2)) return drop('tcp_land');
    const flags = b[l4 + 13]!;
    const syn = (flags & 2) !== 0;
    return {
      fault: 'none', kind: 'Tcp',
      fields: {
        ...ip, remote_port: n(l4, 2), local_port: n(l4 + 2, 2), seq: n(l4 + 4, 4), ack: n(l4 + 8, 4), window: n(l4 + 14, 2), flags: flags & 0x3f,
        length: end - l4 - header, payload_at: l4 + header, ...options(b, l4 + 20, l4 + header, syn),
      },
    };
  }

  if (end - l4 < 8) return drop('icmp_truncated');
  if (sum(b, l4, end) !== 0xffff) return drop('icmp_checksum');
  const icmpType = b[l4]!;
  if (icmpType === 8 && ihl === 20) return { fault: 'none', kind: 'Echo', fields: ip };
  const q = l4 + 8;
  const aboutTcp = [3, 4, 11, 12].includes(icmpType) && end - q >= 28 && b[q] === 0x45 && b[q + 9] === 6 && (n(q + 6, 2) & 0x1fff) === 0 && n(q + 12, 4) === destination;
  if (!aboutTcp) return { fault: 'none', kind: 'Punt', fields: ip };
  if (icmpType !== 3 || b[l4 + 1] !== 4) return drop('icmp_soft');
  return {
    fault: 'none', kind: 'Unreachable',
    fields: { ...ip, local_address: n(q + 12, 4), remote_address: n(q + 16, 4), local_port: n(q + 20, 2), remote_port: n(q + 22, 2), seq: n(q + 24, 4), window: n(l4 + 6, 2) },
  };
}

/** RFC 9293, 3.1; RFC 7323, 2.2 and 3.2; RFC 2018, 2 and 3. A value without its option is -1. */
function options(b: Uint8Array, from: number, end: number, syn: boolean): { mss: number; wscale: number; tsval: number; tsecr: number; option_fault: number } {
  const found = { mss: -1, wscale: -1, tsval: -1, tsecr: -1, option_fault: 0 };
  const word = (at: number): number => ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  let at = from;
  while (at < end && b[at] !== 0) {
    const kind = b[at]!;
    if (kind === 1) { at += 1; continue; }
    const length = at + 1 < end ? b[at + 1]! : 0;
    if (length < 2 || at + length > end) { found.option_fault = 1; break; }
    let good = true;
    if (kind === 2) {
      good = length === 4 && syn;
      if (good) found.mss = (b[at + 2]! << 8) | b[at + 3]!;
    } else if (kind === 3) {
      good = length === 3 && syn;
      if (good) {
        found.wscale = Math.min(14, b[at + 2]!);
        if (b[at + 2]! > 14) found.option_fault = 1;
      }
    } else if (kind === 4) good = length === 2 && syn;
    else if (kind === 5) good = [10, 18, 26, 34].includes(length) && !syn;
    else if (kind === 8) {
      good = length === 10;
      if (good) [found.tsval, found.tsecr] = [word(at + 2), word(at + 6)];
    }
    if (!good) found.option_fault = 1;
    at += length;
  }
  return found;
}

function sum(b: Uint8Array, from: number, to: number, seed = 0): number {
  let total = seed;
  for (let i = from; i < to; i++) total += (i - from) % 2 === 0 ? b[i]! * 256 : b[i]!;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}
