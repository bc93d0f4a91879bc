/**
 * A ring of bytes in the VMM's memory, as the punt ring and the raw ring are: its settings, and its life.
 *
 * It runs a cycle after it was enabled and all accesses of before have ended; a fault stops it a cycle later, until it is disabled.
 * It moves no data and holds no positions: whoever uses it puts them to 0 with `starts`.
 */
import { allOf, Bool, Bundle, cat, clog2, Enum, lit, type Read, reg, scope, UInt, when, wire } from '@vtoe/hdl';
import { PAGE_BITS, PAGE_OFFSET_BITS } from '../dma/burst.ts';
import { PUNT_ALIGN_BYTES, PUNT_HEADER_BYTES } from '../protocol/punt-record.ts';
import { RING_LEAST_LOG2, RING_MOST_LOG2 } from '../protocol/ring-descriptor.ts';

/** Longest burst of a ring: others who read or write do not wait long for it. */
export const RING_BURST_BYTES = 256;

/** Why a ring was stopped. */
export const RING_CAUSES = {
  None: 'It was not.',
  Size: 'Its size is not 2^12 to 2^30 bytes.',
  Doorbell: 'A doorbell named a position that is no multiple of 128, or beyond what the ring has.',
  Access: 'Memory answered with an error.',
  Record: 'Of the raw ring: a record goes beyond the doorbell.',
} as const;
export const RingCause = Enum('RingCause', ['None', 'Size', 'Doorbell', 'Access', 'Record']);
export type RingCauseName = keyof typeof RING_CAUSES;

/** Bytes since the ring was enabled, modulo 2^32. */
export const RingPosition = UInt(32);
const ALIGN_BITS = clog2(PUNT_ALIGN_BYTES);
/** A record of the longest frame that 16 bits can say. */
export const RecordBytes = UInt(17);

/** From the VMM's registers; base and size are taken when the ring begins to run. */
export const RingSettings = Bundle('VmmRingSettings', { enable: Bool, base: UInt(64), size_log2: UInt(5) });
/** `running`: it runs, or accesses of it are still under way. */
export const RingStatus = Bundle('VmmRingStatus', { running: Bool, cause: RingCause });

/** What a frame takes of a ring. */
export function recordBytes(frameBytes: UInt): UInt {
  const end = frameBytes.zext(RecordBytes.width).add(PUNT_HEADER_BYTES + PUNT_ALIGN_BYTES - 1);
  return cat(end.bits(RecordBytes.width - 1, ALIGN_BITS), lit(UInt(ALIGN_BITS), 0));
}

/** Whether a doorbell may move from `from` to `to`, at most `most` further. */
export function bellFits(from: UInt, to: UInt, most: UInt): Bool {
  return to.trunc(ALIGN_BITS).eq(0).and(to.sub(from).le(most));
}

interface Life {
  readonly settings: Read<typeof RingSettings>;
  /** No access is under way. */
  readonly quiet: Bool;
  /** What stops it, in order of precedence; each counts only while it runs. */
  readonly faults: readonly (readonly [Bool, Exclude<RingCauseName, 'None' | 'Size'>])[];
}

export function vmmRing({ settings, quiet, faults }: Life) {
  return scope('ring', () => {
    const on = reg(Bool);
    const cause = reg(RingCause);
    const page = reg(UInt(PAGE_BITS), { reset: false });
    const size_log2 = reg(UInt(5), { reset: false });
    const sizeFits = settings.size_log2.ge(RING_LEAST_LOG2).and(settings.size_log2.le(RING_MOST_LOG2));
    const waits = allOf(settings.enable, on.not(), cause.eq('None'));
    const starts = allOf(waits, sizeFits, quiet);
    const [stops, why] = [wire(Bool), wire(RingCause)];
    stops.set(waits.and(sizeFits.not()));
    why.set('Size');
    for (const [found, name] of faults.toReversed()) {
      when(on.and(found), () => {
        stops.set(true);
        why.set(name);
      });
    }
    when(settings.enable.not(), () => {
      on.next = false;
      cause.next = 'None';
    }).elsewhen(stops, () => {
      on.next = false;
      cause.next = why;
    }).elsewhen(starts, () => {
      on.next = true;
      page.next = settings.base.bits(63, PAGE_OFFSET_BITS);
      size_log2.next = settings.size_log2;
    });
    const bytes = lit(RingPosition, 1).shl(size_log2);
    const status = lit(RingStatus, { running: on.or(quiet.not()), cause });
    return { on, cause, page, size_log2, starts, stopped: stops.and(settings.enable), bytes, status, why, stops };
  });
}
