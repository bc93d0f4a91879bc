import { Bool, In, module, simulate } from '@vtoe/hdl';
import { checkStream } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { Word } from './traffic.ts';

const bench = hardwareBench();

const watching = (options: { name?: string; verdict?: 'assert' | 'assume' } = {}) =>
  module('watching', { name: options.name ?? 'none', verdict: options.verdict ?? 'none' }, { valid: In(Bool), ready: In(Bool), payload: In(Word) }, (io) => {
    checkStream(io, options);
  });

test('what is offered and taken at once, or held until it is taken, is right', () => {
  const sim = bench.simulate(watching());
  for (const [valid, ready, payload] of [[true, true, 1], [true, true, 2], [false, true, 3], [true, false, 4], [true, false, 4], [true, true, 4], [false, false, 5]] as const) {
    Object.assign(sim.io, { valid, ready, payload });
    sim.step();
  }
});

test('valid must not fall before ready', () => {
  const sim = simulate(watching());
  sim.io.valid = true;
  sim.step();
  sim.io.valid = false;
  expect(() => sim.step()).toThrow('valid must not fall before ready');
});

test('the payload must not change while it waits', () => {
  const sim = simulate(watching({ name: 'rx', verdict: 'assume' }));
  sim.io.valid = true;
  sim.step();
  sim.io.payload = 1;
  expect(() => sim.step()).toThrow('rx: the payload must not change while it waits for ready');
});

test('a reset ends the promise', () => {
  const sim = bench.simulate(watching());
  sim.io.valid = true;
  sim.step();
  sim.io.valid = false;
  sim.reset();
  sim.step(2);
});

bench.verilog();
