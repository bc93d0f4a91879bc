/**
 * What a receiver reads in the options of a TCP segment: a pure function of the bytes, with a verdict for whatever may be
 * wrong with them.
 *
 * Two classes of mistakes, because RFC 9293 (3.1, MUST-7) asks only that bad lengths be survived. With a data offset that
 * cannot be there is no telling payload from options: nothing of the segment holds. A mistake within the options never
 * costs the segment, or one damaged or exotic option would end a connection: it costs the option, and where the next one
 * starts is unknown it costs those behind it.
 */
import { MssOption, SACK_MOST_BLOCKS, SackBlock, SackOption, SackPermittedOption, TcpOptionKind, TimestampsOption, WINDOW_SCALE_MOST, WindowScaleOption } from './tcp-options.ts';
import { TcpHeader } from './tcp.ts';
import type { ValuesOf } from './layout.ts';

/** Options that hold. Of an option that stands twice, the last one does. */
export interface TcpOptions {
  /** As received: a value that makes no sense (RFC 9293, 3.7.1 sets no floor) is for the reader to bound. */
  readonly mss?: number;
  /** 0 to 14. */
  readonly window_scale?: number;
  readonly sack_permitted?: true;
  /** 1 to 4, in the order of the segment; edges as received. */
  readonly sack?: readonly ValuesOf<typeof SackBlock>[];
  readonly timestamps?: { readonly tsval: number; readonly tsecr: number };
}

/** Why nothing of a segment holds: it is dropped. */
export const TCP_HEADER_FAULTS = {
  truncated: 'The segment has less than 20 bytes.',
  data_offset_below_5: 'The data offset is less than the header without options.',
  data_offset_beyond_segment: 'The data offset is more than the segment has.',
};
export type TcpHeaderFault = keyof typeof TCP_HEADER_FAULTS;

/** What is wrong with an option, and what is lost by it. */
export const TCP_OPTION_FAULTS = {
  length_missing: 'The header ends behind the kind. It and all behind it are lost.',
  length_below_2: 'Length 0 or 1, which would not even cover kind and length. It and all behind it are lost.',
  length_beyond_header: 'It would end behind the header. It and all behind it are lost.',
  length_wrong: 'An option that we know, with a length that it cannot have. It alone is lost.',
  needs_syn: 'MSS, window scale or SACK permitted without SYN. It alone is lost.',
  needs_no_syn: 'SACK blocks with SYN, when there is nothing yet to acknowledge selectively. It alone is lost.',
  shift_above_14: 'Window scale above 14: 14 is used (RFC 7323, 2.3). Nothing is lost.',
};
export type TcpOptionFault = keyof typeof TCP_OPTION_FAULTS;

export type ParsedTcp =
  | { readonly verdict: TcpHeaderFault }
  | {
      readonly verdict: 'good';
      readonly header: ValuesOf<typeof TcpHeader>;
      readonly options: TcpOptions;
      /** What is wrong with options: `at` is the option's byte in the segment. */
      readonly faults: readonly { readonly fault: TcpOptionFault; readonly kind: number; readonly at: number }[];
      /** Where the payload starts, in bytes. */
      readonly payload: number;
    };

/** Where an option may stand. */
type Place = 'anywhere' | 'needs_syn' | 'needs_no_syn';

interface Rule {
  readonly place: Place;
  /** Whether it can have this length in bytes. */
  fits(length: number): boolean;
  read(segment: Uint8Array, at: number, length: number): { readonly options: TcpOptions; readonly fault?: TcpOptionFault };
}

const exactly = (bytes: number) => (length: number): boolean => length === bytes;

const { MSS, WINDOW_SCALE, SACK_PERMITTED, SACK, TIMESTAMPS, EOL, NOP } = TcpOptionKind.value;

const RULES: ReadonlyMap<number, Rule> = new Map<number, Rule>([
  // RFC 9293, 3.2 (MUST-65): not to be sent in segments without SYN.
  [MSS, { place: 'needs_syn', fits: exactly(MssOption.bytes), read: (segment, at) => ({ options: { mss: MssOption.get(segment, 'mss', at) } }) }],
  // RFC 7323, 2.2: to be ignored in a segment without SYN.
  [WINDOW_SCALE, {
    place: 'needs_syn',
    fits: exactly(WindowScaleOption.bytes),
    read: (segment, at) => {
      const shift = WindowScaleOption.get(segment, 'shift', at);
      return shift > WINDOW_SCALE_MOST ? { options: { window_scale: WINDOW_SCALE_MOST }, fault: 'shift_above_14' } : { options: { window_scale: shift } };
    },
  }],
  // RFC 2018, 2: not to be sent in segments without SYN.
  [SACK_PERMITTED, { place: 'needs_syn', fits: exactly(SackPermittedOption.bytes), read: () => ({ options: { sack_permitted: true } }) }],
  // RFC 2018, 3: for a connection that is established; 4 blocks are what 40 bytes hold.
  [SACK, {
    place: 'needs_no_syn',
    fits: (length) => (length - SackOption.bytes) % SackBlock.bytes === 0 && length > SackOption.bytes && length <= SackOption.bytes + SACK_MOST_BLOCKS * SackBlock.bytes,
    read: (segment, at, length) => ({
      options: { sack: Array.from({ length: (length - SackOption.bytes) / SackBlock.bytes }, (_, i) => SackBlock.decode(segment, at + SackOption.bytes + i * SackBlock.bytes)) },
    }),
  }],
  // RFC 7323, 3.2: in SYN segments and all others.
  [TIMESTAMPS, {
    place: 'anywhere',
    fits: exactly(TimestampsOption.bytes),
    read: (segment, at) => ({ options: { timestamps: { tsval: TimestampsOption.get(segment, 'tsval', at), tsecr: TimestampsOption.get(segment, 'tsecr', at) } } }),
  }],
]);

/** `segment`: header, options and payload: the IP packet's payload, without the frame's padding. */
export function parseTcp(segment: Uint8Array): ParsedTcp {
  if (segment.length < TcpHeader.bytes) return { verdict: 'truncated' };
  const header = TcpHeader.decode(segment);
  if (header.data_offset < 5) return { verdict: 'data_offset_below_5' };
  const end = header.data_offset * 4;
  if (end > segment.length) return { verdict: 'data_offset_beyond_segment' };

  let options: TcpOptions = {};
  const faults: { fault: TcpOptionFault; kind: number; at: number }[] = [];
  let at = TcpHeader.bytes;
  while (at < end) {
    const kind = segment[at]!;
    if (kind === EOL) break;
    if (kind === NOP) {
      at += 1;
      continue;
    }
    const note = (fault: TcpOptionFault): void => { faults.push({ fault, kind, at }); };
    if (at + 1 >= end) { note('length_missing'); break; }
    const length = segment[at + 1]!;
    if (length < 2) { note('length_below_2'); break; }
    if (at + length > end) { note('length_beyond_header'); break; }
    // RFC 9293, 3.1 (MUST-6): an option that we do not know is passed over.
    const rule = RULES.get(kind);
    if (rule !== undefined) {
      const misplaced = rule.place === (header.syn ? 'needs_no_syn' : 'needs_syn');
      if (!rule.fits(length)) note('length_wrong');
      else if (misplaced) note(rule.place as TcpOptionFault);
      else {
        const read = rule.read(segment, at, length);
        options = { ...options, ...read.options };
        if (read.fault !== undefined) note(read.fault);
      }
    }
    at += length;
  }
  return { verdict: 'good', header, options, faults, payload: end };
}
