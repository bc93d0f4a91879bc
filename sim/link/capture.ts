/**
 * A capture of a link: what a tap at each end would see, as two interfaces of one pcapng file. A frame that arrives
 * stands in it twice, as it left and as it came, each at the time of its last bit.
 */
import type { End, LinkEvent } from './direction.ts';
import type { PcapngWriter } from './pcapng.ts';
import type { Rate } from './mac.ts';

export interface CaptureOptions {
  readonly pcapng: PcapngWriter;
  readonly rateBitsPerSecond: Rate;
  /** What the interfaces are called. */
  readonly names: Readonly<Record<End, string>>;
  /** Further comments on a packet, such as a connection's state. */
  readonly comments?: (event: LinkEvent) => readonly string[];
}

/** To be called with each event of the link, in order. */
export function captureLink({ pcapng, rateBitsPerSecond, names, comments = () => [] }: CaptureOptions): (event: LinkEvent) => void {
  const interfaces = { a: pcapng.interface({ name: names.a, rateBitsPerSecond }), b: pcapng.interface({ name: names.b, rateBitsPerSecond }) };
  return (event) => {
    const { kind, from, timePs, frame } = event;
    switch (kind) {
      case 'departed':
        pcapng.packet({ interfaceId: interfaces[from], timePs, frame, direction: 'out', comments: [...fateComments(event), ...comments(event)] });
        break;
      case 'arrived': {
        // The FCS is worth its four bytes only where it is wrong.
        const bad = event.fcsGood ? {} : { fcs: event.fcs, errors: ['crc'] as const };
        pcapng.packet({ interfaceId: interfaces[from === 'a' ? 'b' : 'a'], timePs, frame, direction: 'in', ...bad, comments: [...arrivalComments(event), ...comments(event)] });
        break;
      }
      case 'dropped':
        // A frame that no wire carried was seen by no tap; one that was lost behind its sender's tap was captured there.
        break;
    }
  };
}

function fateComments({ number, fate }: Extract<LinkEvent, { kind: 'departed' }>): string[] {
  const { lost, flips, heldPs, copyAfterPs } = fate;
  if (lost !== false) return [`frame ${number}: lost on the link (${lost})`];
  return [
    ...(flips.length > 0 ? [`frame ${number}: ${flips.length} ${flips.length === 1 ? 'bit' : 'bits'} flipped on the link`] : []),
    ...(heldPs > 0 ? [`frame ${number}: held back by ${heldPs} ps`] : []),
    ...(copyAfterPs === undefined ? [] : [`frame ${number}: duplicated on the link`]),
  ];
}

function arrivalComments({ number, copy, corrupted, fcsGood }: Extract<LinkEvent, { kind: 'arrived' }>): string[] {
  return [
    ...(copy ? [`frame ${number}: second copy`] : []),
    ...(corrupted ? [`frame ${number}: corrupted, FCS ${fcsGood ? 'right' : 'wrong'}`] : []),
  ];
}
