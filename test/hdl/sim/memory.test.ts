/** Memories of all kinds: against a plain model at random, and the corners by hand. */
import { describe, expect, test } from 'vitest';
import { startValue } from '@vtoe/hdl/internal/ir/random-start';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { clog2, design, input, memory, memoryRead, module, output, value, type ReadOptions } from './support/ir.ts';
import { Random } from '../support/random.ts';

const WIDTHS = [1, 7, 8, 9, 16, 17, 32, 33, 63, 64, 65, 100, 128, 192, 256, 512, 1024];
const READS: Readonly<Record<string, ReadOptions>> = {
  asynchronous: { kind: 'asynchronous' }, synchronous: {}, registered: { outputRegister: true },
};

function lanesOf(width: number, form: string): { lo: number; width: number }[] {
  if (form === 'whole') return [];
  if (form === 'fields') {
    const cut = Math.ceil(width / 3);
    return width < 3 ? [] : [{ lo: cut, width: width - cut }, { lo: 0, width: cut }];
  }
  const size = form === 'bytes' ? 8 : 64;
  return width % size === 0 ? Array.from({ length: width / size }, (_, i) => ({ lo: i * size, width: size })) : [];
}

const ones = (width: number) => (1n << BigInt(width)) - 1n;

/** One memory with every kind of read port, all ports at the top. */
function build(width: number, depth: number, form: string) {
  const addressWidth = Math.max(1, clog2(depth));
  const lanes = lanesOf(width, form);
  const [wa, wd, we] = [input('wa', addressWidth), input('wd', width), input('we', 1)];
  const wm = input('wm', Math.max(1, lanes.length));
  const ra = input('ra', addressWidth);
  const re = input('re', 1);
  const reads = Object.entries(READS).map(([name, options]) =>
    memoryRead('ram', name, width, value(ra), options.kind === 'asynchronous' ? options : { ...options, enable: value(re) }));
  const ram = memory('ram', width, depth, {
    reads, init: [ones(width)],
    write: { address: value(wa), data: value(wd), enable: value(we), ...(lanes.length > 0 ? { mask: value(wm), lanes } : {}) },
  });
  return { lanes, made: design(module('top', { ports: [wa, wd, we, wm, ra, re, ...reads.map((read) => output(read.name, value(read.data)))], memories: [ram] })) };
}

describe.each(['whole', 'bytes', 'fields', 'limbs'])('%s', (form) => {
  test.each(WIDTHS)('width %i', (width) => {
    for (const depth of [1, 5, 16]) {
      const { lanes, made } = build(width, depth, form);
      if (form !== 'whole' && lanes.length === 0) continue;
      const random = new Random(width * 100 + depth);
      const engine = createEngine(made);
      const words = Array.from({ length: depth }, (_, i) => (i === 0 ? ones(width) : startValue(1, 'top.ram', i, width)));
      let [data, stage, registered] = ['synchronous', 'registered_stage', 'registered'].map((name) => startValue(1, `top.ram_${name}`, 0, width)) as [bigint, bigint, bigint];
      for (let cycle = 0; cycle < 60; cycle += 1) {
        const now = new Map([...engine.inputs.values()].map((port) => [port.name, port.name === 'rst' ? BigInt(cycle < 5) : random.edgeBits(port.width)]));
        for (const [name, bits] of now) engine.input(name).set(bits);
        const [ra, wa] = [Number(now.get('ra')), Number(now.get('wa'))];
        const read = words[ra] ?? 0n;
        expect(engine.output('asynchronous').get()).toBe(read);
        engine.run(1);
        registered = stage;
        if (now.get('re') === 1n) [data, stage] = [read, read];
        if (now.get('we') === 1n && wa < depth) {
          const mask = lanes.length === 0 ? ones(width) : lanes.reduce((all, lane, i) => ((now.get('wm')! >> BigInt(i)) & 1n ? all | (ones(lane.width) << BigInt(lane.lo)) : all), 0n);
          words[wa] = (words[wa]! & ~mask) | (now.get('wd')! & mask);
        }
        expect([engine.output('synchronous').get(), engine.output('registered').get()]).toEqual([data, registered]);
      }
      expect(words.map((_, i) => engine.readMemory('ram', i))).toEqual(words);
    }
  });
});

test('words beyond the depth read as zero and are not written, whatever the width of the address', () => {
  const [a, d, we] = [input('a', 40), input('d', 16), input('we', 1)];
  const reads = [memoryRead('ram', 'now', 16, value(a), { kind: 'asynchronous' }), memoryRead('ram', 'later', 16, value(a))];
  const ram = memory('ram', 16, 6, { init: [1n, 2n, 3n, 4n, 5n, 6n], reads, write: { address: value(a), data: value(d), enable: value(we) } });
  const engine = createEngine(design(module('top', { ports: [a, d, we, ...reads.map((read) => output(read.name, value(read.data)))], memories: [ram] })));
  for (const address of [6n, 7n, 0x1_0000_0002n, (1n << 40n) - 1n]) {
    engine.input('a').set(address);
    engine.input('d').set(0xffffn);
    engine.input('we').set(1n);
    expect(engine.output('now').get()).toBe(0n);
    engine.run(2);
    expect(engine.output('later').get()).toBe(0n);
  }
  expect([0, 1, 2, 3, 4, 5].map((i) => engine.readMemory('ram', i))).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
});

test('a read that meets a write gives the old word', () => {
  const [d] = [input('d', 8)];
  const zero = { op: 'const', width: 1, value: 0n, args: [] } as const;
  const read = memoryRead('ram', 'p', 8, zero);
  const ram = memory('ram', 8, 2, { init: [7n, 0n], reads: [read], write: { address: zero, data: value(d) } });
  const engine = createEngine(design(module('top', { ports: [d, output('q', value(read.data))], memories: [ram] })));
  engine.input('d').set(9n);
  engine.run(1);
  expect(engine.output('q').get()).toBe(7n);
  engine.run(1);
  expect(engine.output('q').get()).toBe(9n);
});

test('a large memory starts with the same contents word by word', () => {
  const a = input('a', 16);
  const read = memoryRead('ram', 'p', 40, value(a), { kind: 'asynchronous' });
  const engine = createEngine(design(module('top', { ports: [a, output('q', value(read.data))], memories: [memory('ram', 40, 65536, { reads: [read] })] })), { seed: 77 });
  for (const index of [0, 1, 4095, 65535]) expect(engine.readMemory('ram', index)).toBe(startValue(77, 'top.ram', index, 40));
  expect(engine.memories.get('ram')).toMatchObject({ width: 40, depth: 65536, stride: 8 });
  expect(() => engine.readMemory('ram', 65536)).toThrow('memory ram has words 0 to 65535, not 65536');
});

test('memories beyond 4 GiB are refused', () => {
  const a = input('a', 31);
  const read = memoryRead('ram', 'p', 64, value(a), { kind: 'asynchronous' });
  expect(() => createEngine(design(module('top', { ports: [a, output('q', value(read.data))], memories: [memory('ram', 64, 2 ** 30, { reads: [read] })] }))))
    .toThrow("the design's memories need 8.0 GiB, the simulator has 4 GiB: simulate it with smaller memories");
});
