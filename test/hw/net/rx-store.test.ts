import { simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, derived } from '../../../hw/config.ts';
import { ringWords, RX_DROP_NAMES, rxStore } from '../../../hw/net/rx-store.ts';
import { random } from '../../../sim/random.ts';
import { blockRams } from '../../hdl/lib/block-ram.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
// The least that can be built: 2 KiB, 16 slots.
const small = (width: number) => config({ datapathBits: width, mtuMostBytes: 576, rxFifoBytes: 2048, rxFifoFrames: 16, txRingBytes: 2048, loopbackFifoBytes: 1024 });
type Sim = Simulation<ReturnType<typeof rxStore>['ports']>;

interface Store {
  readonly sim: Sim;
  readonly words: number;
  /** Drops so far. */
  readonly drops: Record<string, number>;
  /** Sends a frame of so many words; its words are numbers from `tag` on. Gives whether it was taken. */
  frame(words: number, tag: number, fault?: 'none' | 'tcp_checksum' | 'mac_error'): boolean;
  /** Takes the oldest frame out: its words. */
  take(): { readonly slot: number; readonly words: number[] } | undefined;
  idle(cycles: number): void;
}

function storeOf(width: number, sim: Sim): Store {
  const words = ringWords(small(width));
  const lanes = width / 8;
  const drops: Record<string, number> = Object.fromEntries(RX_DROP_NAMES.map((name) => [name, 0]));
  let freed = 0;
  sim.io.ready = true;
  sim.io.received.ready = true;
  const cycle = (): void => {
    sim.step();
    const seen = sim.sampled.drops;
    for (const name of RX_DROP_NAMES) if (seen[name]) drops[name]! += 1;
  };
  const store: Store = {
    sim, words, drops,
    frame: (count, tag, fault = 'none') => {
      const before = sim.io.slots;
      for (let i = 0; i < count; i++) {
        sim.io.in.valid = true;
        sim.io.in.payload = { user: false, last: i === count - 1, keep: (1n << BigInt(lanes)) - 1n, data: BigInt(tag + i) };
        sim.io.parsed.fault = fault;
        sim.io.parsed.payload_at = 3;
        cycle();
      }
      sim.io.in.valid = false;
      return sim.io.slots > before;
    },
    take: () => {
      for (let i = 0; i < 4 && !sim.io.frames.valid; i++) cycle();
      if (!sim.io.frames.valid) return undefined;
      const { slot, first, bytes } = sim.io.frames.payload;
      sim.io.frames.ready = true;
      cycle();
      sim.io.frames.ready = false;
      const count = Math.ceil(Number(bytes) / lanes);
      const taken = Array.from({ length: count }, (_, i) => {
        sim.io.read_enable = true;
        sim.io.read_address = (Number(first) + i) % words;
        cycle();
        sim.io.read_enable = false;
        return Number(sim.io.read_data);
      });
      freed = (Number(first) + count) % (2 * words);
      sim.io.freed = freed;
      sim.io.slot_free = true;
      cycle();
      sim.io.slot_free = false;
      return { slot: Number(slot), words: taken };
    },
    idle: (cycles) => { for (let i = 0; i < cycles; i++) cycle(); },
  };
  return store;
}

const wordsFrom = (tag: number, count: number): number[] => Array.from({ length: count }, (_, i) => tag + i);

describe.each([64, 128, 256, 512])('%i bits', (width) => {
  test('frames come out as they went in, whatever was dropped in between', () => {
    const store = storeOf(width, bench.simulate(rxStore(small(width))));
    const r = random(width);
    const inside: { tag: number; count: number }[] = [];
    let [slot, sent] = [0, 0];
    let used = 0;
    for (let i = 0; i < 60; i++) {
      if (r.chance(0.6)) {
        const count = 1 + r.below(Math.min(9, store.words / 4));
        const fault = r.chance(0.25) ? 'tcp_checksum' : 'none';
        const fits = used + count <= store.words && inside.length < 16 && fault === 'none';
        expect(store.frame(count, sent, fault)).toBe(fits);
        if (fits) {
          inside.push({ tag: sent, count });
          used += count;
        }
        sent += count;
      } else {
        const expected = inside.shift();
        expect(store.take()).toEqual(expected && { slot: slot % 16, words: wordsFrom(expected.tag, expected.count) });
        if (expected) [slot, used] = [slot + 1, used - expected.count];
      }
      expect(store.sim.io.level).toBe(BigInt(used));
    }
  });

  describe('full', () => {
    /** Words of the longest frame. */
    const most = Math.floor(derived(small(width)).frameMostBytes / (width / 8));
    // `kept` words are inside when a frame of `count` comes.
    test.each([
      ['at its first word', (words: number) => words, 3, false],
      ['at its only word', (words: number) => words, 1, false],
      ['at its last word', (words: number) => words - 2, 3, false],
      ['inside', (words: number) => words - 2, 4, false],
      ['never: it fits exactly', (words: number) => words - 3, 3, true],
    ] as const)('%s', (_case, keptOf, count, fits) => {
      const store = storeOf(width, simulate(rxStore(small(width))));
      const kept = keptOf(store.words);
      const fill = (tag: number, total: number): number[][] => {
        const frames: number[][] = [];
        for (let at = 0; at < total; at += most) {
          const words = wordsFrom(tag + at, Math.min(most, total - at));
          expect(store.frame(words.length, words[0]!)).toBe(true);
          frames.push(words);
        }
        return frames;
      };
      const inside = fill(1000, kept);
      expect(store.frame(count, 3000)).toBe(fits);
      expect(store.drops['no_room']).toBe(fits ? 0 : 1);
      for (const words of inside) expect(store.take()?.words).toEqual(words);
      expect(store.take()?.words).toEqual(fits ? wordsFrom(3000, count) : undefined);
      // And nothing is left behind.
      for (const words of fill(4000, store.words)) expect(store.take()?.words).toEqual(words);
    });
  });
});

test('room that is freed while a frame that lost a word comes in does not save it', () => {
  const store = storeOf(64, bench.simulate(rxStore(small(64))));
  expect(store.frame(store.words - 1, 0)).toBe(true);
  const { sim } = store;
  for (let i = 0; i < 4; i++) {
    // Free from the third word on.
    if (i === 2) sim.io.freed = store.words - 1;
    sim.io.in.valid = true;
    sim.io.in.payload = { user: false, last: i === 3, keep: 0xff, data: i };
    sim.step();
  }
  sim.io.in.valid = false;
  expect(sim.sampled.drops).toMatchObject({ no_room: true });
  expect(sim.io).toMatchObject({ slots: 1n, level: 0n });
});

test('the 17th frame finds no slot, however small it is', () => {
  const store = storeOf(64, bench.simulate(rxStore(small(64))));
  for (let i = 0; i < 16; i++) expect(store.frame(1, i)).toBe(true);
  expect(store.frame(1, 99)).toBe(false);
  expect(store.drops).toMatchObject({ no_slot: 1, no_room: 0 });
  expect(store.take()?.words).toEqual([0]);
  expect(store.frame(1, 16)).toBe(true);
  for (let i = 1; i <= 16; i++) expect(store.take()).toEqual({ slot: i % 16, words: [i] });
});

test('a frame counts once: bad before all else, and before ready as such', () => {
  const store = storeOf(64, simulate(rxStore(small(64))));
  for (let i = 0; i < 4; i++) store.frame(store.words / 4, 0);
  store.frame(5, 0, 'mac_error');
  store.frame(5, 0);
  store.sim.io.ready = false;
  store.frame(5, 0);
  store.frame(5, 0, 'tcp_checksum');
  expect(Object.entries(store.drops).filter(([, count]) => count > 0)).toEqual([['mac_error', 1], ['tcp_checksum', 1], ['not_ready', 1], ['no_room', 1]]);
});

test('nothing is stored before the tables are ready', () => {
  const store = storeOf(64, simulate(rxStore(small(64))));
  store.sim.io.ready = false;
  expect(store.frame(5, 0)).toBe(false);
  expect(store.drops).toMatchObject({ not_ready: 1 });
  expect(store.sim.io.level).toBe(0n);
});

test.each([[1, 64], [2, 128]])('%i cycles from the last beat of a frame until it is told of, with %i slots', (cycles, slots) => {
  const { sim, frame } = storeOf(64, simulate(rxStore({ ...small(64), rxFifoFrames: slots })));
  sim.io.received.ready = false;
  frame(3, 0);
  // `frame` ends with the edge that takes the last beat.
  for (let passed = 1; passed < cycles; passed++) {
    expect(sim.io.received.valid).toBe(false);
    sim.step();
  }
  expect(sim.io.received.valid).toBe(true);
});

test.runIf(process.env['VTOE_LONG'] === '1')('by default 8 block RAMs are the ring, 6 what is told and one where frames are', async () => {
  expect(await blockRams(rxStore(config()))).toEqual({ RAMB36E1: 15 });
}, 240_000);

bench.verilog();
