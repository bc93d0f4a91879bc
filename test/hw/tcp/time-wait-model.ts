/** What the TIME_WAIT cache should do: places by hash and age, verdicts by the model; and segments at the edges of a record. */
import { TCP_CONSTANTS } from '../../../sim/tcp/constants.ts';
import { after, ticksOf } from '../../../sim/tcp/clock.ts';
import { ACK, FIN, PSH, RST, type Segment, SYN } from '../../../sim/tcp/segment.ts';
import { seqAdd } from '../../../sim/tcp/sequence.ts';
import { stepTimeWait, type TimeWait } from '../../../sim/tcp/time-wait.ts';
import type { Random } from '../../../sim/random.ts';

export interface Entry { readonly key: number; readonly vm: number; readonly record: TimeWait }
export interface Answered { readonly answer: string; readonly ack?: Segment; readonly vm?: number; readonly restarted?: boolean }

export class TimeWaitModel {
  readonly sets: (Entry | undefined)[][];
  readonly count = { inserted: 0, evicted: 0, dropped: 0, acked: 0, reused: 0, closed: 0, restarted: 0 };
  timeWaitTicks: number;

  constructor(entries: number, ways: number, timeWaitTicks: number) {
    this.sets = Array.from({ length: entries / ways }, () => Array.from({ length: ways }, () => undefined));
    this.timeWaitTicks = timeWaitTicks;
  }

  #set(hash: number): (Entry | undefined)[] {
    return this.sets[hash % this.sets.length]!;
  }

  #alive(entry: Entry | undefined, now: number): entry is Entry {
    return entry !== undefined && entry.record.expires > ticksOf(now);
  }

  insert(key: number, hash: number, vm: number, record: Omit<TimeWait, 'expires'>, now: number): void {
    const set = this.#set(hash);
    const alive = set.map((entry) => this.#alive(entry, now));
    const same = set.findIndex((entry, i) => alive[i] && entry!.key === key);
    const free = alive.indexOf(false);
    const first = Math.min(...set.map((entry) => entry?.record.expires ?? Infinity));
    const oldest = set.findIndex((entry) => entry?.record.expires === first);
    this.count.inserted += 1;
    if (same < 0 && free < 0) this.count.evicted += 1;
    set[same >= 0 ? same : free >= 0 ? free : oldest] = { key, vm, record: { ...record, expires: after(ticksOf(now), this.timeWaitTicks) } };
  }

  find(key: number, hash: number, now: number): Entry | undefined {
    return this.#set(hash).find((entry) => this.#alive(entry, now) && entry.key === key);
  }

  lookup(key: number, hash: number, segment: Segment, now: number): Answered {
    const entry = this.find(key, hash, now);
    if (entry === undefined) return { answer: 'Miss' };
    const { record, verdict } = stepTimeWait(entry.record, segment, now, { ...TCP_CONSTANTS, timeWaitTicks: this.timeWaitTicks });
    const set = this.#set(hash);
    const restarted = record !== undefined && record !== entry.record;
    set[set.indexOf(entry)] = record === undefined ? undefined : { ...entry, record };
    this.count[({ drop: 'dropped', ack: 'acked', reuse: 'reused', close: 'closed' } as const)[verdict.kind]] += 1;
    if (restarted) this.count.restarted += 1;
    const answer = verdict.kind[0]!.toUpperCase() + verdict.kind.slice(1);
    return verdict.kind === 'ack' ? { answer, ack: verdict.ack, vm: entry.vm, restarted } : { answer };
  }

  remove(vm: number): void {
    for (const set of this.sets) for (const [i, entry] of set.entries()) if (entry?.vm === vm) set[i] = undefined;
  }
}

const pick = <T>(draw: Random, values: readonly T[]): T => values[draw.below(values.length)]!;

/** A record whose sequence numbers, windows and timestamps often lie where they wrap. */
export function steeredRecord(draw: Random): Omit<TimeWait, 'expires'> {
  const near = () => (draw.chance(0.6) ? seqAdd(0, draw.below(6000) - 3000) : draw.uint32());
  const rcv_wnd = pick(draw, [0, 1, 2, 1460, 65_535, 2 ** 30 - 1, draw.below(2 ** 30)]);
  return { snd_nxt: near(), rcv_nxt: near(), rcv_wnd, window: Math.min(rcv_wnd, 65_535), ts_ok: draw.chance(0.6), ts_offset: draw.uint32(), ts_recent: near() };
}

/** A segment for that record, steered to the edges that decide. */
export function steeredSegment(draw: Random, record: Omit<TimeWait, 'expires'>): Segment {
  const flags = pick(draw, [SYN, SYN, SYN | ACK, ACK, ACK, ACK | PSH, FIN | ACK, FIN | ACK, FIN, RST, RST | ACK, RST | SYN, 0, SYN | FIN, draw.below(32)]);
  const length = pick(draw, [0, 0, 0, 1, 2, 1460, 65_535, draw.below(65_536)]);
  const control = (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
  const edge = pick(draw, [
    0, 0, 1, -1, -1, 2, -2, -length - control, 1 - length - control, -1 - length - control, record.rcv_wnd, record.rcv_wnd - 1, record.rcv_wnd + 1,
    2 ** 31, 2 ** 31 - 1, 2 ** 31 + 1, draw.uint32(),
  ]);
  const options = draw.chance(record.ts_ok ? 0.85 : 0.3)
    ? { tsval: seqAdd(record.ts_recent, pick(draw, [0, 0, 0, 1, 1, -1, 2, 1000, -1000, 2 ** 31, 2 ** 31 - 1, 2 ** 31 + 1, draw.uint32()])), tsecr: draw.uint32() } : {};
  return { seq: seqAdd(record.rcv_nxt, edge), ack: draw.uint32(), flags, window: draw.below(65_536), length, options };
}
