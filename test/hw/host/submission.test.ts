/** Submission queues: every entry once and in order, whatever memory does, for every width of the host bus; and how fast. */
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { submission } from '../../../hw/host/submission.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const TAG_BITS = 4;
const BASE = [0x1000_0000, 0x2000_3000];

interface Options {
  readonly hostBits: number;
  readonly sizes?: readonly number[];
  /** Cycles from a burst to its first beat: from, and up to. */
  readonly latency?: readonly [number, number];
  readonly places?: number;
  readonly seed?: number;
}

/** The module, and memory that answers bursts late, out of order and interleaved. Entry i of VM v holds v and i. */
function system({ hostBits, sizes = [5, 5], latency = [3, 60], places = 16, seed = 1 }: Options) {
  const sim = bench.simulate(submission(config({ vms: 2, hostBits, connections: 16, sqPrefetchEntries: places }), TAG_BITS));
  const draw = random(seed);
  const hostBytes = hostBits / 8;
  /** What guests wrote: by address, the number of the entry there. */
  const written = [new Map<number, number>(), new Map<number, number>()];
  const under: { tag: number; vm: number; address: number; beats: number; given: number; at: number; error: boolean }[] = [];
  const got: number[][] = [[], []];
  const tails = [0, 0];
  let [asked, taking, failing, reservable] = [0, 1, false, [true, true]];
  sim.io.enable = [true, true];
  sim.io.size_log2 = [...sizes];
  const entryLanes = (vm: number, number: number) => (BigInt(vm) << 200n) | (BigInt(number) << 32n) | 0xabn;
  const beatAt = (vm: number, address: number): bigint => {
    let lanes = 0n;
    for (let byte = 0; byte < hostBytes; byte++) {
      const place = Math.floor((address + byte - BASE[vm]!) / 32);
      const number = written[vm]!.get(place);
      const value = number === undefined ? 0xeen : (entryLanes(vm, number) >> BigInt(8 * ((address + byte) % 32))) & 0xffn;
      lanes |= value << BigInt(8 * byte);
    }
    return lanes;
  };
  const s = {
    sim, got, tails, under,
    take: (chance: number) => { taking = chance; },
    fail: (now: boolean) => { failing = now; },
    reservable: (both: boolean[]) => { reservable = both; },
    /** The guest writes entries and rings. */
    post(vm: number, count: number) {
      for (let i = 0; i < count; i++) written[vm]!.set((tails[vm]! + i) % 2 ** sizes[vm]!, tails[vm]! + i);
      tails[vm] = tails[vm]! + count;
      s.bell(vm, tails[vm]!);
    },
    bell(vm: number, index: number) {
      sim.io.tail_bell.valid = true;
      sim.io.tail_bell.payload = { vm, index: index & 0xffff };
      s.step();
      sim.io.tail_bell.valid = false;
    },
    free: (vm: number) => 2 ** sizes[vm]! - ((tails[vm]! - Number(sim.io.head[vm])) & 0xffff),
    step() {
      sim.io.base = BigInt(BASE[asked]!);
      sim.io.request.ready = draw.chance(0.8);
      sim.io.entry.ready = draw.chance(taking);
      sim.io.may_reserve = reservable;
      const ready = under.filter(({ at }) => at <= sim.cycle);
      const one = ready.length === 0 ? undefined : ready[draw.below(ready.length)]!;
      sim.io.data.valid = one !== undefined && !one.error;
      sim.io.done.valid = false;
      if (one !== undefined) {
        sim.io.data.payload = { tag: one.tag, index: one.given, data: beatAt(one.vm, Math.floor(one.address / hostBytes) * hostBytes + one.given * hostBytes) };
        one.given++;
        if (one.given === one.beats || one.error) {
          sim.io.done.valid = true;
          sim.io.done.payload = { tag: one.tag, error: one.error };
          under.splice(under.indexOf(one), 1);
        }
      }
      sim.step();
      const { request, entry } = sim.sampled;
      if (request.valid && request.ready) {
        const { owner, address, bytes, tag } = request.payload;
        const vm = Number(owner) - 1;
        const [at, length] = [Number(address), Number(bytes)];
        expect(Math.floor(at / 4096)).toBe(Math.floor((at + length - 1) / 4096));
        expect(at >= BASE[vm]! && at + length <= BASE[vm]! + 32 * 2 ** sizes[vm]!).toBe(true);
        under.push({ tag: Number(tag), vm, address: at, beats: Math.ceil(((at % hostBytes) + length) / hostBytes), given: 0, at: sim.cycle + latency[0] + draw.below(latency[1] - latency[0] + 1), error: failing });
      }
      if (entry.valid && entry.ready) {
        const vm = Number(entry.payload.vm);
        expect(entry.payload.lanes).toBe(entryLanes(vm, got[vm]!.length));
        got[vm]!.push(sim.cycle);
      }
      asked = Number(sim.sampled.base_index);
    },
    steps(n: number) { for (let i = 0; i < n; i++) s.step(); },
  };
  return s;
}

test.each([[64, 16, 50], [128, 2, 100], [128, 16, 50], [128, 64, 100], [256, 16, 100], [512, 2, 50], [1024, 4, 100]])('host bus of %i bits, prefetch of %i entries, %i percent taken: every entry of both VMs once and in order', (hostBits, places, percent) => {
  const s = system({ hostBits, places, seed: hostBits + places, sizes: [4, 8] });
  const draw = random(places);
  s.take(percent / 100);
  for (let i = 0; i < 250; i++) {
    const vm = draw.below(2);
    const count = draw.below(Math.min(s.free(vm), 20) + 1);
    if (count > 0) s.post(vm, count);
    s.steps(draw.below(12));
  }
  s.take(1);
  for (let i = 0; i < 400 && s.got.some((list, vm) => list.length < s.tails[vm]!); i++) s.steps(50);
  expect(s.got.map((list) => list.length)).toEqual(s.tails);
  expect(s.tails[0]!).toBeGreaterThan(50);
  expect(s.sim.io.quiet).toEqual([true, true]);
});

test.each([[16, 156], [32, 312]])('with %i entries ahead and memory at %i cycles a VM of its own has them at 8 million a second and more', (places, cycles) => {
  const s = system({ hostBits: 128, places, latency: [cycles, cycles], sizes: [10, 4] });
  s.post(0, 1024);
  s.steps(cycles * 6);
  const first = s.got[0]!.length;
  s.steps(cycles * 10);
  const rate = (s.got[0]!.length - first) / (cycles * 10) * 156.25;
  console.log(`${places} entries ahead, ${cycles} cycles of latency: ${rate.toFixed(2)} million entries a second`);
  expect(rate).toBeGreaterThan(8);
});

test('the VMs take turns; one that has no place for answers keeps nobody waiting', () => {
  const s = system({ hostBits: 128, latency: [5, 5] });
  s.reservable([false, true]);
  s.post(0, 20);
  s.post(1, 20);
  s.steps(300);
  expect(s.got.map((list) => list.length)).toEqual([0, 20]);
  s.reservable([true, true]);
  s.steps(300);
  expect(s.got[0]).toHaveLength(20);
});

test('a doorbell with more than the queue has, or one that goes back, is reported and changes nothing', () => {
  const s = system({ hostBits: 128 });
  s.post(0, 3);
  s.bell(0, 40);
  expect(s.sim.sampled.bad_bell).toEqual({ valid: true, payload: 0n });
  s.bell(0, 1);
  expect(s.sim.sampled.bad_bell.valid).toBe(true);
  s.steps(200);
  expect(s.got[0]).toHaveLength(3);
});

test('a parked VM fetches nothing new, and goes on where it was', () => {
  const s = system({ hostBits: 128 });
  s.sim.io.park = [true, false];
  s.post(0, 5);
  s.post(1, 5);
  s.steps(200);
  expect(s.got.map((list) => list.length)).toEqual([0, 5]);
  s.sim.io.park = [false, false];
  s.steps(200);
  expect(s.got[0]).toHaveLength(5);
});

test('entries that cannot be read are reported, and none of them is handed on', () => {
  const s = system({ hostBits: 128 });
  s.fail(true);
  s.post(1, 4);
  let failed = 0;
  for (let i = 0; i < 200; i++) {
    s.step();
    if (s.sim.sampled.failed.valid) failed += 1 + Number(s.sim.sampled.failed.payload);
  }
  expect(failed).toBe(2);
  expect(s.got).toEqual([[], []]);
});

test('disabled in the middle of it: what comes late is not of the next life', () => {
  const s = system({ hostBits: 128, latency: [100, 100] });
  s.post(0, 8);
  s.steps(20);
  s.sim.io.enable = [false, true];
  s.steps(5);
  expect(s.sim.io.quiet).toEqual([false, true]);
  s.steps(200);
  expect(s.sim.io.quiet).toEqual([true, true]);
  s.sim.io.enable = [true, true];
  s.tails[0] = 0;
  s.steps(2);
  expect(s.sim.io.head[0]).toBe(0n);
  s.post(0, 2);
  s.steps(300);
  expect(s.got[0]).toHaveLength(2);
});

test('a VM that was stopped behind its last burst takes none of the bursts of others', () => {
  for (const error of [false, true]) {
    const s = system({ hostBits: 128 });
    s.fail(error);
    s.post(1, 4);
    s.steps(200);
    s.fail(false);
    s.sim.io.enable = [true, false];
    s.steps(5);
    s.post(0, 20);
    s.steps(400);
    expect(s.got[0]).toHaveLength(20);
  }
});

bench.verilog();
