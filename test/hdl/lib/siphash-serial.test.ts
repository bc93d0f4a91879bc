import { simulate } from '@vtoe/hdl';
import { serialSiphash, serialSiphashLatency } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { counting, number, siphashModel } from '../support/siphash-model.ts';

const bench = hardwareBench();
const KEY = number(counting(16));

describe.each([...[1, 7, 8, 13, 14, 16, 23, 63].map((bytes) => [bytes, false] as const), ...[1, 8, 14, 23].map((bytes) => [bytes, true] as const)])('%i bytes, by halves: %s', (bytes, halves) => {
  const latency = (2 * (Math.floor(bytes / 8) + 1) + 4) * (halves ? 2 : 1) + 1;

  test('any message and key, with pauses and without', () => {
    expect(serialSiphashLatency(bytes, { halves })).toBe(latency);
    const sim = (bytes < 20 ? bench.simulate : simulate)(serialSiphash({ bytes, halves }));
    for (let i = 0; i < 12; i++) {
      const message = Array.from({ length: bytes }, (_, at) => (i * 13 + at * 59 + i * at) & 255);
      const key = i === 0 ? KEY : KEY * BigInt(i * 0x9e3779b1) % (1n << 128n);
      sim.io.key = key;
      Object.assign(sim.io.in, { valid: true, payload: number(message) });
      const start = sim.cycle;
      sim.until(() => sim.io.in.ready, 100);
      expect(sim.cycle - start).toBe(latency);
      expect(sim.io.hash).toBe(siphashModel('siphash', key, message));
      sim.step();
      expect(sim.io.in.ready).toBe(false);
      if (i % 3 === 2) {
        sim.io.in.valid = false;
        sim.step(i);
        expect(sim.io.in.ready).toBe(false);
      }
    }
  });
});

test.each([false, true])('the vector of the paper, appendix A, by halves: %s', (halves) => {
  const sim = simulate(serialSiphash({ bytes: 15, halves }));
  sim.io.key = KEY;
  Object.assign(sim.io.in, { valid: true, payload: number(counting(15)) });
  sim.until(() => sim.io.in.ready);
  expect(sim.io.hash).toBe(0xa129ca6149be45e5n);
});

test('a reset in the middle begins anew', () => {
  const sim = simulate(serialSiphash({ bytes: 15 }));
  sim.io.key = KEY;
  Object.assign(sim.io.in, { valid: true, payload: number(counting(15)) });
  sim.step(4);
  sim.reset();
  sim.until(() => sim.io.in.ready);
  expect(sim.io.hash).toBe(0xa129ca6149be45e5n);
});

test('misuse', () => {
  expect(() => serialSiphash({ bytes: 0 })).toThrow('serialSiphash: bytes must be a whole number from 1 to 255, not 0');
});

bench.verilog();
