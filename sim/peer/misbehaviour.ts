/**
 * What a peer does wrong on purpose. Nothing here may harm a connection with a correct other side: no byte is lost, none
 * comes twice, none comes that was not sent; but for `vanishAfterBytes`, which ends all talk.
 */
import { onlyOptions, probability, wholeNumber } from '../options.ts';
import type { Random } from '../random.ts';
import type { TcpSegment } from './tcp-segment.ts';

/** Probabilities are per segment that goes out once a connection is established. */
export interface Misbehaviour {
  /** Data that are under way, sent again in pieces that fit nowhere. */
  readonly overlaps?: number;
  /** Rubbish in place of data that are acknowledged already. */
  readonly staleRubbish?: number;
  /** Rubbish a gibibyte beyond the window. */
  readonly outOfWindow?: number;
  /** A copy with another payload under a wrong checksum, of TCP or IP. */
  readonly wrongChecksums?: number;
  /** An acknowledgment whose options have lengths of 0, 1, or more than there is. */
  readonly garbageOptions?: number;
  /** Options that nobody knows, before the proper ones. */
  readonly unknownOptions?: number;
  /** Resets from outside of the window, before and behind it. */
  readonly resets?: number;
  /** A SYN in the midst of it. */
  readonly syns?: number;
  /** Acknowledges half a gibibyte that was never sent. */
  readonly acksOfUnsent?: number;
  /** Each acknowledgment in so many parts (ACK division). */
  readonly ackDivision?: number;
  /** Takes back a part of the window for one segment. */
  readonly shrunkenWindows?: number;
  /** After so many bytes the window stays where it is for a time, until it is zero. */
  readonly zeroWindows?: { readonly everyBytes: number; readonly forNs: number };
  /** Falls silent for ever, on each connection after so many bytes received. */
  readonly vanishAfterBytes?: number;
}

const CHANCES = ['overlaps', 'staleRubbish', 'outOfWindow', 'wrongChecksums', 'garbageOptions', 'unknownOptions', 'resets', 'syns', 'acksOfUnsent', 'shrunkenWindows'] as const;
const KINDS = [...CHANCES, 'ackDivision', 'zeroWindows', 'vanishAfterBytes'] as const;
export type MisbehaviourKind = (typeof KINDS)[number];

/** What a connection shows of itself. */
export interface ConnectionView {
  /** First byte of data; SND.UNA, SND.NXT. */
  readonly first: number;
  readonly una: number;
  readonly next: number;
  readonly mss: number;
  sent(position: number, length: number): Uint8Array;
}

/** A segment as it should not be: `position` in place of its sequence number. */
export interface Forged {
  readonly position: number;
  readonly change: Partial<Pick<TcpSegment, 'syn' | 'rst' | 'fin' | 'psh' | 'payload'>>;
  /** To be added to the acknowledgment number. */
  readonly beyond?: number;
  readonly options?: Uint8Array;
  readonly damage?: 'tcp' | 'ip';
}

export interface ReceiverMischief {
  readonly zeroWindows: Misbehaviour['zeroWindows'];
  /** The window field, perhaps less of it. */
  shrunken(field: number): number;
  count(kind: MisbehaviourKind): void;
}

const GIBIBYTE = 2 ** 30;
/** Kinds for experiments (RFC 3692), with lengths that are right. */
const UNKNOWN_OPTIONS = [[253, 4, 0xf9, 0x89], [254, 2, 1, 1], [99, 3, 7, 1]] as const;

export class Mischief implements ReceiverMischief {
  readonly counters: Readonly<Record<MisbehaviourKind, number>>;
  readonly #options: Misbehaviour;
  readonly #random: Random;
  readonly #counts = Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<MisbehaviourKind, number>;

  /** @throws RangeError in one sentence, if an option makes no sense */
  constructor(options: Misbehaviour, random: Random) {
    onlyOptions('misbehaviour', options, KINDS);
    for (const kind of CHANCES) probability(`misbehaviour.${kind}`, options[kind] ?? 0);
    if (options.ackDivision !== undefined) wholeNumber('misbehaviour.ackDivision', options.ackDivision, 1, 100);
    if (options.vanishAfterBytes !== undefined) wholeNumber('misbehaviour.vanishAfterBytes', options.vanishAfterBytes, 0);
    if (options.zeroWindows !== undefined) {
      onlyOptions('misbehaviour.zeroWindows', options.zeroWindows, ['everyBytes', 'forNs']);
      wholeNumber('misbehaviour.zeroWindows.everyBytes', options.zeroWindows.everyBytes, 1);
      wholeNumber('misbehaviour.zeroWindows.forNs', options.zeroWindows.forNs, 1);
    }
    this.#options = options;
    this.#random = random;
    this.counters = this.#counts;
  }

  get zeroWindows(): Misbehaviour['zeroWindows'] {
    return this.#options.zeroWindows;
  }

  get ackDivision(): number {
    return this.#options.ackDivision ?? 1;
  }

  get vanishAfterBytes(): number {
    return this.#options.vanishAfterBytes ?? Infinity;
  }

  count(kind: MisbehaviourKind): void {
    this.#counts[kind] += 1;
  }

  shrunken(field: number): number {
    return field > 0 && this.#does('shrunkenWindows') ? this.#random.below(field) : field;
  }

  /** Words to put before a segment's options; none as a rule. */
  unknownOptions(room: number): Uint8Array {
    if (room < 4 || !this.#does('unknownOptions')) return new Uint8Array(0);
    return Uint8Array.from(UNKNOWN_OPTIONS[this.#random.below(UNKNOWN_OPTIONS.length)]!);
  }

  /** What goes out beside a segment. */
  beside({ payload }: TcpSegment, view: ConnectionView): Forged[] {
    const random = this.#random;
    const { first, una, next, mss } = view;
    const forged: Forged[] = [];
    const rubbish = (most: number): Uint8Array => Uint8Array.from({ length: 1 + random.below(most) }, () => random.below(256));
    if (next > una + 1 && this.#does('overlaps')) {
      const from = Math.max(first, una) + random.below(Math.max(1, next - 1 - una));
      const length = Math.min(1 + random.below(mss), next - 1 - from);
      if (length > 0) forged.push({ position: from, change: { payload: view.sent(from, length) } });
    }
    if (una > first && this.#does('staleRubbish')) {
      const bytes = rubbish(Math.min(mss, una - first));
      forged.push({ position: una - bytes.length, change: { payload: bytes } });
    }
    if (this.#does('outOfWindow')) forged.push({ position: next + GIBIBYTE + random.below(GIBIBYTE / 2), change: { payload: rubbish(mss) } });
    if (this.#does('wrongChecksums')) forged.push({ position: next - payload.length, change: { payload: rubbish(mss) }, damage: random.chance(0.5) ? 'tcp' : 'ip' });
    if (this.#does('garbageOptions')) forged.push({ position: next, change: {}, options: this.#garbage() });
    if (this.#does('resets')) forged.push({ position: random.chance(0.5) ? una - 1 - random.below(GIBIBYTE / 2) : next + GIBIBYTE + random.below(GIBIBYTE / 2), change: { rst: true } });
    if (this.#does('syns')) forged.push({ position: next + random.below(GIBIBYTE), change: { syn: true } });
    if (this.#does('acksOfUnsent')) forged.push({ position: next, change: {}, beyond: GIBIBYTE / 2 });
    return forged;
  }

  #garbage(): Uint8Array {
    const random = this.#random;
    const bytes = Uint8Array.from({ length: 4 * (1 + random.below(10)) }, () => random.below(256));
    const kind = [2, 3, 5, 8, 253][random.below(5)]!;
    const length = [0, 1, 41, 255][random.below(4)]!;
    bytes.set([kind, length], 0);
    return bytes;
  }

  #does(kind: (typeof CHANCES)[number]): boolean {
    const chance = this.#options[kind] ?? 0;
    if (chance === 0 || !this.#random.chance(chance)) return false;
    this.count(kind);
    return true;
  }
}
