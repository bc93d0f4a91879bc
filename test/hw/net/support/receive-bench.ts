/** Runs frames through the whole receive path, with a host that answers each frame, and checks what becomes of each of them. */
import type { Simulation } from '@vtoe/hdl';
import { expect } from 'vitest';
import { type Config, derived } from '../../../../hw/config.ts';
import type { receive } from '../../../../hw/net/receive.ts';
import { RX_DROP_NAMES } from '../../../../hw/net/rx-store.ts';
import type { Random } from '../../../../sim/random.ts';
import { byBytes, type Frame, type Outcome } from './by-bytes.ts';
import { beatsOf, bytesOf } from './drive.ts';
import { DmaModel } from './dma-model.ts';
import { receivedOutcome } from './outcome.ts';

export type ReceiveSim = Simulation<ReturnType<typeof receive>['ports']>;

export interface Load {
  /** Percent of the cycles without a beat, and in which `received`, `range` and `data` are not taken. */
  readonly idle: number;
  readonly pressure: number;
  /** Cycles until a verdict, and until a write is acknowledged, at most. */
  readonly verdictCycles: number;
  readonly dmaCycles: number;
  /** Share of the segments with payload that are placed. */
  readonly places?: number;
  readonly fails?: (owner: bigint) => boolean;
}

interface Verdict {
  readonly at: number;
  readonly slot: bigint;
  readonly kind: 'None' | 'Place' | 'Echo' | 'Punt';
  readonly owner: number;
  readonly connection: number;
  readonly base: bigint;
  readonly size: number;
  readonly offset: number;
  readonly skip: number;
  readonly length: number;
}

export interface Tally {
  readonly drops: Record<string, number>;
  delivered: number;
  retired: number;
  failed: number;
  optionFaults: number;
  cycles: number;
}

/** @returns what was counted; all that can be checked frame by frame was checked. */
export function run(sim: ReceiveSim, c: Config, frames: Iterable<Frame>, load: Load, r: Random): Tally {
  const { datapathBytes: lanes, hostBytes, frameMostBytes } = derived(c);
  const { idle, pressure, verdictCycles, dmaCycles, places = 0.8, fails } = load;
  const [pauses, stalls, choices] = [r.fork('idle'), r.fork('pressure'), r.fork('verdicts')];
  const dma = new DmaModel({ hostBytes, burstMostBytes: c.dmaBurstMostBytes, random: r.fork('dma'), latency: dmaCycles, ...(fails && { fails }) });
  const tally: Tally = { drops: Object.fromEntries(RX_DROP_NAMES.map((name) => [name, 0])), delivered: 0, retired: 0, failed: 0, optionFaults: 0, cycles: 0 };
  /** Frames whose last beat went in, oldest first, until they are told of or dropped. */
  const inFlight: { readonly frame: Frame; readonly expected: Outcome }[] = [];
  const verdicts: Verdict[] = [];
  const slots: { readonly slot: bigint; readonly frame: Frame; verdict?: Verdict }[] = [];
  const expectedMemory = new Map<string, number>();
  const copies = { Echo: [] as Uint8Array[], Punt: [] as Uint8Array[] };
  const copying = { Echo: [] as number[], Punt: [] as number[] };
  /** Every placement gets fresh pages, so that no byte is written twice. */
  let page = 0x1_2345n;

  /** Who is ready in this cycle, and whether an answer without a ring waits. */
  const given = { received: false, range: false, data: false, routed: false };

  const told = (): void => {
    const { payload } = sim.sampled.received;
    // Frames are told of in their order; what is in between was dropped by the store, and counted.
    let next = inFlight.shift();
    const got = receivedOutcome(payload);
    while (next !== undefined && !(next.expected.fault === 'none' && JSON.stringify(next.expected) === JSON.stringify(withPlace(got, next.expected)))) next = inFlight.shift();
    expect(next, `a frame is told of that did not come, or not as it came: ${JSON.stringify(got)}`).toBeDefined();
    tally.delivered += 1;
    const { kind, fields } = next!.expected;
    const length = fields?.['length'] ?? 0;
    const size = 12 + choices.below(6);
    const base = { at: sim.cycle + 1 + choices.below(verdictCycles), slot: payload.slot, owner: 1 + choices.below(c.vms), connection: choices.below(c.connections), base: page, size, offset: choices.below(2 ** size), skip: 0, length: 0 };
    let verdict: Verdict = { ...base, kind: kind === 'Echo' ? 'Echo' : kind === 'Punt' ? 'Punt' : 'None' };
    if (kind === 'Tcp' && choices.chance(places)) {
      const skip = choices.chance(0.6) ? 0 : choices.below(length + 1);
      const offset = choices.chance(0.3) ? (2 ** size - choices.below(200) - 1 + 2 ** size) % 2 ** size : base.offset;
      // A length of 0 is no placement.
      verdict = { ...base, kind: 'Place', offset, skip, length: Math.min(length - skip, 2 ** size) };
      for (let i = 0; i < verdict.length; i++) {
        expectedMemory.set(`${verdict.owner}:${page * 4096n + BigInt((offset + i) % 2 ** size)}`, next!.frame.bytes[fields!['payload_at']! + skip + i]!);
      }
      page += BigInt(2 ** (size - 12));
    }
    if (verdict.kind === 'Echo' || verdict.kind === 'Punt') copies[verdict.kind].push(next!.frame.bytes);
    verdicts.push(verdict);
    slots.push({ slot: payload.slot, frame: next!.frame, verdict });
  };

  const answer = (): void => {
    const due = verdicts.findIndex(({ at, kind }) => at <= sim.cycle && (kind === 'Place' || kind === 'None'));
    const { io } = sim;
    io.verdict.valid = due >= 0;
    if (due >= 0) {
      const { at: _, ...payload } = verdicts.splice(due, 1)[0]!;
      io.verdict.payload = payload;
    }
    if (given.routed && !sim.sampled.routed.ready) return;
    const routed = verdicts.findIndex(({ at, kind }) => at <= sim.cycle && kind !== 'Place');
    given.routed = routed >= 0;
    io.routed.valid = given.routed;
    if (routed >= 0) {
      const { slot, kind } = verdicts.splice(routed, 1)[0]!;
      io.routed.payload = { slot, kind };
    }
  };

  const observe = (): void => {
    const { sampled } = sim;
    // Each look at a bundle is a copy of it.
    const { drops } = sampled;
    for (const name of RX_DROP_NAMES) if (drops[name]) tally.drops[name]! += 1;
    if (sampled.option_fault) tally.optionFaults += 1;
    if (given.received && sampled.received.valid) told();
    if (given.range && sampled.range.valid) dma.range({ ...sampled.range.payload });
    if (given.data && sampled.data.valid) dma.data(sampled.data.payload, sim.cycle);
    for (const [kind, port] of [['Echo', sampled.echo], ['Punt', sampled.punt]] as const) {
      if (!port.valid) continue;
      copying[kind].push(...bytesOf(port.payload, lanes));
      if (!port.payload.last) continue;
      expect(Buffer.from(copying[kind]).toString('hex')).toBe(Buffer.from(copies[kind].shift() ?? []).toString('hex'));
      copying[kind] = [];
    }
    if (sampled.retired.valid) {
      const { slot, placed, owner, connection, failed } = sampled.retired.payload;
      const oldest = slots.shift();
      expect(oldest?.slot, 'slots are retired in order').toBe(slot);
      const { verdict } = oldest!;
      expect(placed).toBe(verdict!.kind === 'Place' && verdict!.length > 0);
      if (placed) {
        expect({ owner: Number(owner), connection: Number(connection) }).toEqual({ owner: verdict!.owner, connection: verdict!.connection });
        const last = `${verdict!.owner}:${verdict!.base * 4096n + BigInt((verdict!.offset + verdict!.length - 1) % 2 ** verdict!.size)}`;
        expect(dma.memory.get(last), 'what is retired was written').toBe(expectedMemory.get(last));
        expect(failed).toBe(fails?.(owner) ?? false);
        if (failed) tally.failed += 1;
      }
      tally.retired += 1;
    }
  };

  const cycle = (beat?: ReturnType<typeof beatsOf>[number]): void => {
    const { io } = sim;
    io.rx.valid = beat !== undefined;
    if (beat !== undefined) io.rx.payload = beat;
    given.received = stalls.below(100) >= pressure;
    given.range = stalls.below(100) >= pressure;
    given.data = dma.wantsData && stalls.below(100) >= pressure;
    io.received.ready = given.received;
    io.range.ready = given.range;
    io.data.ready = given.data;
    const done = dma.done(sim.cycle);
    io.done.valid = done !== undefined;
    if (done !== undefined) io.done.payload = { client: 0, ...done };
    answer();
    sim.step();
    observe();
    tally.cycles += 1;
  };

  sim.io.enable = true;
  while (!sim.io.ready) sim.step();
  for (const frame of frames) {
    for (const beat of beatsOf(frame, lanes)) {
      while (pauses.below(100) < idle) cycle();
      if (beat.last) inFlight.push({ frame, expected: byBytes(frame, frameMostBytes) });
      cycle(beat);
    }
  }
  // What is on its way through the parser.
  for (let i = 0; i < 30; i++) cycle();
  const limit = sim.cycle + 200_000;
  // A slot whose frame is handed on is free before the last word of it.
  while (slots.length + copies.Echo.length + copies.Punt.length > 0 || sim.sampled.received.valid || !dma.idle) {
    if (sim.cycle > limit) throw new Error(`frames are left behind: ${tally.delivered} told of, ${tally.retired} retired, ${verdicts.length} verdicts to come`);
    cycle();
  }
  expect(dma.twice).toBe(0);
  expect(dma.memory.size).toBe(expectedMemory.size);
  for (const [key, byte] of expectedMemory) if (dma.memory.get(key) !== byte) expect(`${key} ${dma.memory.get(key)}`).toBe(`${key} ${byte}`);
  expect(copies).toEqual({ Echo: [], Punt: [] });
  return tally;
}

/** Where the payload is, a slot's reader knows and `received` does not say. */
function withPlace(got: Outcome, { fields }: Outcome): Outcome {
  if (got.kind !== 'Tcp') return got;
  const { option_fault: _, ...rest } = got.fields!;
  return { ...got, fields: { ...fields, ...rest } };
}

/** What is expected of frames: how many of each drop, and how many are told of. */
export function expectedTally(frames: readonly Frame[], frameMostBytes: number): { readonly drops: Record<string, number>; readonly delivered: number; readonly optionFaults: number } {
  const drops: Record<string, number> = Object.fromEntries(RX_DROP_NAMES.map((name) => [name, 0]));
  let [delivered, optionFaults] = [0, 0];
  for (const frame of frames) {
    const { fault, fields } = byBytes(frame, frameMostBytes);
    if (fault === 'none') delivered += 1;
    else drops[fault]! += 1;
    optionFaults += fields?.['option_fault'] ?? 0;
  }
  return { drops, delivered, optionFaults };
}
