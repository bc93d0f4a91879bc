import { elaborate, emit, pausing, simulate, type Simulation } from '@vtoe/hdl';
import { arbiter, type ArbiterPorts, weightedArbiter } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();
const CYCLES = 300;

/** Requests of one cycle: each requester by itself, in `percent` of the cycles. */
function requests(count: number, percent: number, seed: number): () => number[] {
  const idle = Array.from({ length: count }, (_, i) => pausing(100 - percent, seed * 100 + i));
  return () => idle.flatMap((pause, i) => (pause?.(0) === true ? [] : [i]));
}

const bits = (set: readonly number[]): bigint => set.reduce((word, i) => word | (1n << BigInt(i)), 0n);

/** Drives a cycle and gives the winner, or undefined. */
function cycle(sim: Simulation<ArbiterPorts>, wanted: readonly number[], advance: boolean): number | undefined {
  sim.io.request = bits(wanted);
  sim.io.advance = advance;
  sim.step();
  const { grant, index, valid } = sim.sampled;
  expect(grant).toBe(valid ? 1n << index : 0n);
  if (!valid) expect(index).toBe(0n);
  return valid ? Number(index) : undefined;
}

/** The first of `wanted` in the order after `last`. */
function next(wanted: readonly number[], last: number): number | undefined {
  return wanted.find((i) => i > last) ?? wanted[0];
}

describe.each([1, 2, 3, 4, 7, 16, 33])('%i requesters', (requesters) => {
  // The Verilog of some sizes is run as well: one, two, an odd number, and more than a word of 32 bits.
  const start = [1, 2, 7, 33].includes(requesters) ? bench.simulate : simulate;

  test.each([[100, 100], [100, 60], [50, 100], [30, 40]])('in turn: requesting in %i of 100 cycles, taken in %i', (load, taken) => {
    const sim = start(arbiter({ requesters }));
    const [wants, pause] = [requests(requesters, load, 1), pausing(100 - taken, 2)];
    let last = requesters; // after reset the lowest comes first
    for (let i = 0; i < CYCLES; i++) {
      const [wanted, advance] = [wants(), pause?.(i) !== true];
      const winner = cycle(sim, wanted, advance);
      expect(winner).toBe(next(wanted, last));
      if (winner !== undefined && advance) last = winner;
    }
  });

  test('by priority: the lowest index', () => {
    const sim = start(arbiter({ requesters, policy: 'fixedPriority' }));
    const wants = requests(requesters, 30, 3);
    for (let i = 0; i < CYCLES; i++) {
      const wanted = wants();
      expect(cycle(sim, wanted, i % 2 === 0)).toBe(wanted[0]);
    }
  });

  test.each([[100, 40], [40, 40]])('held until taken: requesting in %i of 100 cycles, taken in %i', (load, taken) => {
    const sim = start(arbiter({ requesters, hold: true }));
    const [wants, pause] = [requests(requesters, load, 4), pausing(100 - taken, 5)];
    let [last, holder] = [requesters, undefined as number | undefined];
    for (let i = 0; i < CYCLES; i++) {
      const [wanted, advance] = [wants(), pause?.(i) !== true];
      const chosen = holder ?? next(wanted, last);
      const winner = cycle(sim, wanted, advance);
      expect(winner).toBe(chosen !== undefined && wanted.includes(chosen) ? chosen : undefined);
      if (winner !== undefined) {
        holder = advance ? undefined : winner;
        if (advance) last = winner;
      }
    }
  });
});

test('in turn: nobody who keeps requesting waits for more than n - 1 grants to others', () => {
  const requesters = 5;
  const sim = bench.simulate(arbiter({ requesters }));
  const waits = longestWaits(requesters, 2000, (wanted) => cycle(sim, wanted, true));
  expect(waits).toEqual(Array(requesters).fill(requesters - 1));
});

/** Of each requester the most grants to others while it kept requesting, under random requests of changing density. */
function longestWaits(requesters: number, cycles: number, serve: (wanted: readonly number[]) => number | undefined): number[] {
  const [longest, waiting] = [Array<number>(requesters).fill(0), Array<number>(requesters).fill(0)];
  const loads = [20, 60, 95, 100].map((load, i) => requests(requesters, load, 20 + i));
  for (let i = 0; i < cycles; i++) {
    const wanted = loads[Math.floor(i / 50) % loads.length]!();
    const winner = serve(wanted);
    for (let k = 0; k < requesters; k++) {
      waiting[k] = wanted.includes(k) && winner !== k ? waiting[k]! + 1 : 0;
      longest[k] = Math.max(longest[k]!, waiting[k]!);
    }
  }
  return longest;
}

const WEIGHTS = [[1], [3, 1], [1, 3, 1], [4, 2, 1, 1], [7, 0, 5, 2], [1, 1, 1, 1, 1, 15]];

describe.each(WEIGHTS.map((weights) => [weights]))('weights %j', (weights) => {
  const requesters = weights.length;
  const total = weights.reduce((sum, weight) => sum + weight);

  const start = (hold = false) => {
    const sim = bench.simulate(weightedArbiter({ requesters, weightBits: 4, hold }));
    sim.io.weight = weights;
    return sim;
  };

  test('each round follows the weights', () => {
    const sim = start();
    const all = weights.map((_, i) => i);
    for (let round = 0; round < 10; round++) {
      const grants = weights.map(() => 0);
      for (let i = 0; i < total; i++) grants[cycle(sim, all, true)!]! += 1;
      expect(grants).toEqual(weights);
    }
  });

  test.each([100, 40])('as the model, taken in %i of 100 cycles', (taken) => {
    const sim = start();
    const [wants, pause] = [requests(requesters, 60, 7), pausing(100 - taken, 8)];
    let [credit, last] = [weights.map(() => 0), requesters];
    for (let i = 0; i < CYCLES; i++) {
      const [wanted, advance] = [wants(), pause?.(i) !== true];
      const solvent = wanted.filter((k) => credit[k]! > 0);
      const round = solvent.length === 0 ? weights : credit;
      const winner = cycle(sim, wanted, advance);
      expect(winner).toBe(next(wanted.filter((k) => round[k]! > 0), last));
      if (winner === undefined || !advance) continue;
      last = winner;
      credit = round.map((left, k) => (k === winner ? left - 1 : left));
    }
  });

  test('held: a taken grant is the one that was shown first, and rounds still follow the weights', () => {
    const sim = start(true);
    const pause = pausing(60, 9)!;
    const all = weights.map((_, i) => i);
    const grants = weights.map(() => 0);
    let shown: number | undefined;
    for (let i = 0, count = 0; count < 5 * total; i++) {
      const advance = !pause(i);
      // Only the one shown must keep requesting; others come and go.
      const winner = cycle(sim, all, advance);
      if (shown !== undefined) expect(winner).toBe(shown);
      shown = advance ? undefined : winner;
      if (!advance) continue;
      grants[winner!]! += 1;
      count += 1;
    }
    expect(grants).toEqual(weights.map((weight) => 5 * weight));
  });

  test('nobody with a weight waits for more than S - w + n - 2 grants to others', () => {
    const sim = start();
    const active = weights.filter((weight) => weight > 0).length;
    const waits = longestWaits(requesters, 3000, (wanted) => cycle(sim, wanted, true));
    for (const [i, weight] of weights.entries()) {
      if (weight > 0) expect(waits[i]!).toBeLessThanOrEqual(active === 1 ? 0 : total - weight + active - 2);
    }
  });
});

test('the bound on waiting with weights is reached', () => {
  const sim = bench.simulate(weightedArbiter({ requesters: 3, weightBits: 2 }));
  sim.io.weight = [1, 3, 1];
  // 0 uses its credit; the rest of the round ends with 1, so in the next one 2 comes before 0: S - w + n - 2 = 5 others.
  expect(cycle(sim, [0], true)).toBe(0);
  expect(Array.from({ length: 6 }, () => cycle(sim, [0, 1, 2], true))).toEqual([1, 2, 1, 1, 2, 0]);
});

test('a held grant of a new round survives a weight that falls to 0', () => {
  const sim = bench.simulate(weightedArbiter({ requesters: 2, weightBits: 2, hold: true }));
  sim.io.weight = [1, 2];
  expect(cycle(sim, [0, 1], false)).toBe(0);
  sim.io.weight = [0, 2];
  expect(cycle(sim, [0, 1], true)).toBe(0);
  expect(sim.peek('credit_0')).toBe(0n);
  expect(Array.from({ length: 4 }, () => cycle(sim, [0, 1], true))).toEqual([1, 1, 1, 1]);
});

test('a grant that began a new round begins it when it is taken, also if somebody with credit left has come by then', () => {
  const sim = bench.simulate(weightedArbiter({ requesters: 2, weightBits: 2, hold: true }));
  sim.io.weight = [1, 2];
  expect(cycle(sim, [0], true)).toBe(0);
  expect(cycle(sim, [1], true)).toBe(1); // one of its two
  expect(cycle(sim, [0], false)).toBe(0); // nobody else asks: a new round
  expect(cycle(sim, [0, 1], true)).toBe(0);
  expect(Array.from({ length: 4 }, () => cycle(sim, [0, 1], true))).toEqual([1, 1, 0, 1]);
});

test('a packet keeps its grant through pauses', () => {
  const sim = bench.simulate(arbiter({ requesters: 2, hold: true }));
  const wave = sim.watch(['request', 'advance', 'valid', 'index']);
  // Packets of three beats: requester 0 pauses after its first beat while requester 1 wants to send.
  for (const [request, last] of [[0b01, false], [0b10, false], [0b11, false], [0b11, true], [0b10, false], [0b10, false], [0b10, true], [0, false]] as const) {
    sim.io.request = request;
    sim.io.advance = last;
    sim.step();
  }
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle    0 1 2 3 4 5 6 7
    request  │1│2│3  │2    │0
    advance  ▁▁▁▁▁▁▔▔▁▁▁▁▔▔▁▁
    valid    ▔▔▁▁▔▔▔▔▔▔▔▔▔▔▁▁
    index    │0      │1    │0
    "
  `);
});

test('wrong arguments', () => {
  expect(() => arbiter({ requesters: 0 })).toThrow('arbiter: requesters must be a whole number from 1 to 1024, not 0');
  expect(() => weightedArbiter({ requesters: 2000, weightBits: 1 })).toThrow('weightedArbiter: requesters must be a whole number from 1 to 1024, not 2000');
  expect(() => weightedArbiter({ requesters: 2, weightBits: 17 })).toThrow('weightedArbiter: weightBits must be a whole number from 1 to 16, not 17');
  // @ts-expect-error: no such policy
  expect(() => arbiter({ requesters: 2, policy: 'lottery' })).toThrow("arbiter: policy must be 'roundRobin' or 'fixedPriority', not \"lottery\"");
  expect(() => arbiter({ requesters: 0 })).toThrow(/^lib\/arbiter\.test\.ts:\d+: /);
});

test('names are plain', () => {
  expect(emit(elaborate(arbiter({ requesters: 4 }))).text).toMatch(/module arbiter_round_robin_n4 \(/);
});

bench.verilog();
