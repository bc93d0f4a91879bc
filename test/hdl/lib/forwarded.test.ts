import { Bool, Bundle, elaborate, emit, In, mem, module, mux, Out, pausing, reg, simulate, UInt, when } from '@vtoe/hdl';
import { forwarded } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { filesOf } from '../engines/emitted.ts';
import { runYosys } from '../engines/yosys.ts';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

const Word = Bundle('Word', { count: UInt(20), tag: UInt(12) });

/** Reads and writes at any addresses, by the test bench. */
const ports = (depth: number, outputRegister: boolean) => {
  const address = UInt(Math.max(1, Math.ceil(Math.log2(depth))));
  return module('forwarded_ports', { d: depth, l: outputRegister ? 2 : 1 }, {
    readEnable: In(Bool), readAddress: In(address), otherAddress: In(address),
    writeEnable: In(Bool), writeAddress: In(address), writeData: In(UInt(16)),
    data: Out(UInt(16)), other: Out(UInt(16)),
  }, (io) => {
    const words = forwarded(UInt(16), depth, { outputRegister, init: Array.from({ length: depth }, (_, i) => i) });
    io.data.set(words.read({ enable: io.readEnable, address: io.readAddress }));
    io.other.set(words.read({ address: io.otherAddress }));
    words.write({ enable: io.writeEnable, address: io.writeAddress, data: io.writeData });
    return { words };
  });
};

/** Counts at one address a cycle: data are read, changed and written back in the cycle in which they come. */
const counters = (outputRegister: boolean) =>
  module('counters', { l: outputRegister ? 2 : 1 }, { valid: In(Bool), index: In(UInt(5)), tag: In(UInt(12)), done: Out(Bool), before: Out(Word) }, (io) => {
    const words = forwarded(Word, 32, { outputRegister, init: Array.from({ length: 32 }, () => ({ count: 0, tag: 0 })) });
    let arrived = { valid: io.valid as Bool, index: io.index as UInt, tag: io.tag as UInt };
    const way = Array.from({ length: words.latency }, () => {
      const stage = { valid: reg(Bool), index: reg(UInt(5)), tag: reg(UInt(12)) };
      stage.valid.next = arrived.valid;
      stage.index.next = arrived.index;
      stage.tag.next = arrived.tag;
      arrived = stage;
      return stage;
    });
    const word = words.read({ address: io.index });
    words.write({ enable: arrived.valid, address: arrived.index, data: { count: word.count.add(1), tag: word.tag.xor(arrived.tag) } });
    io.done.set(arrived.valid);
    io.before.set(word);
    return { words, way };
  });

/** Few addresses, many collisions. */
const random = (seed: number) => {
  let state = seed;
  return (below: number) => {
    state = Math.imul(state, 1103515245) + 12345 >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
};

describe.each([false, true])('outputRegister %s', (outputRegister) => {
  const latency = outputRegister ? 2 : 1;

  test.each([[2, 1], [2, 8], [5, 3], [16, 16], [16, 2]])('%i words, %i of them in use: as an array', (depth, hot) => {
    const sim = bench.simulate(ports(depth, outputRegister));
    const draw = random(depth * 100 + hot);
    const array = Array.from({ length: depth }, (_, i) => BigInt(i));
    // Addresses of the reads that are under way, the oldest first: of the port with enable the last read that was issued.
    const way: { main: number | undefined; other: number }[] = [];
    let last: number | undefined;
    for (let cycle = 0; cycle < 600; cycle++) {
      const address = () => draw(Math.min(hot, depth));
      const [readAddress, otherAddress, writeAddress] = [address(), address(), address()];
      const [readEnable, writeEnable, writeData] = [draw(4) > 0, draw(3) > 0, draw(65536)];
      Object.assign(sim.io, { readEnable, readAddress, otherAddress, writeEnable, writeAddress, writeData });
      sim.step();
      const seen = way.length === latency ? way.shift()! : undefined;
      if (seen !== undefined) {
        // The array holds all writes up to the cycle before.
        expect(sim.sampled.other).toBe(array[seen.other]);
        if (seen.main !== undefined) expect(sim.sampled.data).toBe(array[seen.main]);
      }
      if (readEnable) last = readAddress;
      way.push({ main: last, other: otherAddress });
      if (writeEnable) array[writeAddress] = BigInt(writeData);
    }
  });

  const streams: Record<string, (cycle: number, draw: (below: number) => number) => number> = {
    'one address': () => 7,
    'two in turn': (cycle) => cycle % 2,
    'three in turn': (cycle) => cycle % 3,
    'pairs': (cycle) => Math.floor(cycle / 2) % 32,
    'random of 2': (_, draw) => draw(2),
    'random of 4': (_, draw) => draw(4),
    'random of all': (_, draw) => draw(32),
  };
  describe.each(Object.entries(streams))('read-modify-write of %s', (_, addressOf) => {
    test.each([0, 30])('with %i in 100 bubbles', (bubbles) => {
      const sim = bench.simulate(counters(outputRegister));
      const [draw, bubble] = [random(9), pausing(bubbles, 4)];
      const array = Array.from({ length: 32 }, () => ({ count: 0n, tag: 0n }));
      const way: ({ index: number; tag: number } | undefined)[] = [];
      let done = 0;
      for (let cycle = 0; cycle < 300; cycle++) {
        const item = bubble?.(cycle) === true ? undefined : { index: addressOf(cycle, draw), tag: draw(4096) };
        sim.io.valid = item !== undefined;
        sim.io.index = item?.index ?? draw(32);
        sim.io.tag = item?.tag ?? 0;
        sim.step();
        way.push(item);
        const arrived = way.length > latency ? way.shift() : undefined;
        expect(sim.sampled.done).toBe(arrived !== undefined);
        if (arrived === undefined) continue;
        const word = array[arrived.index]!;
        expect(sim.sampled.before).toEqual(word);
        array[arrived.index] = { count: word.count + 1n, tag: word.tag ^ BigInt(arrived.tag) };
        done += 1;
      }
      if (bubbles === 0) expect(done).toBe(300 - latency); // one a cycle
    });
  });
});

test('timing: one address in every cycle, latency 1 and 2', () => {
  const draw = (outputRegister: boolean) => {
    const sim = bench.simulate(counters(outputRegister));
    const wave = sim.watch(['valid', 'index', 'done', 'before_count']);
    for (const index of [7, 7, 7, 2, 7, 7]) {
      Object.assign(sim.io, { valid: true, index, tag: 0 });
      sim.step();
    }
    sim.io.valid = false;
    sim.step(2);
    return wave.text();
  };
  expect(draw(false)).toMatchInlineSnapshot(`
    "cycle         0     1     2     3     4     5     6     7
    valid         ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁
    index         │7                │2    │7
    done          ▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁
    before_count  │ea588│0    │1    │2    │0    │3    │4    │5
    "
  `);
  expect(draw(true)).toMatchInlineSnapshot(`
      "cycle         0     1     2     3     4     5     6     7
      valid         ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁
      index         │7                │2    │7
      done          ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
      before_count  │e638 │8d2b3│0    │1    │2    │0    │3    │4
      "
    `);
});

test('the memory becomes block RAM, beside which the copies are few flip-flops', async () => {
  const { text } = emit(elaborate(ports(1024, true)));
  const { ok, output } = await runYosys('read_verilog d.v\nhierarchy -auto-top\nproc\nopt\nmemory -nomap\nsynth_xilinx -run map_memory:map_ffram\nselect -assert-none t:$mem_v2\nselect -assert-count 2 t:RAMB18E1\n', [
    { name: 'd.v', text }, ...filesOf(emit(elaborate(ports(1024, true))).files).filter(({ name }) => name.endsWith('.hex')),
  ]);
  expect(output).toBe('');
  expect(ok).toBe(true);
}, 240_000);

test('without forwarding the simulator stops: the collision is real', () => {
  const bare = module('bare', {}, { valid: In(Bool), index: In(UInt(5)), count: Out(UInt(8)) }, (io) => {
    const words = mem(UInt(8), 32, { collision: 'asserted', init: Array.from({ length: 32 }, () => 0) });
    const arrived = { valid: reg(Bool), index: reg(UInt(5)) };
    arrived.valid.next = io.valid;
    arrived.index.next = io.index;
    const word = words.readSync(io.index);
    when(arrived.valid, () => { words.write(arrived.index, word.add(1)); });
    io.count.set(mux(arrived.valid, word, 0));
    return { words, arrived };
  });
  const sim = simulate(bare);
  sim.io.valid = true;
  expect(() => sim.step(5)).toThrow(/memory collision.*read of words port read collided with the write of 0/);
});

test('names follow the key, and there is no register without use', () => {
  const registers = (definition: Parameters<typeof elaborate>[0]) => elaborate(definition).top.registers.map(({ name }) => name);
  expect(registers(ports(16, false))).toEqual(['words_rd_hit', 'words_rd_copy', 'words_rd_address', 'words_rd_1_hit', 'words_rd_1_copy']);
  expect(elaborate(ports(16, true)).top.memories.map(({ name, reads }) => [name, reads.map((read) => read.data.name)])).toEqual([['words_ram', ['words_ram_read', 'words_ram_read_1']]]);
});

test('misuse', () => {
  const wrong = (body: (io: { a: UInt; yes: Bool }) => unknown) =>
    () => elaborate(module('wrong', {}, { a: In(UInt(4)), yes: In(Bool), z: Out(UInt(8)) }, (io) => { body(io); io.z.set(0); }));
  expect(wrong((io) => {
    const words = forwarded(UInt(8), 16);
    words.write({ enable: io.yes, address: io.a, data: 1 });
    words.write({ enable: io.yes, address: io.a, data: 2 });
  })).toThrow('forwarded: write was called before; the memory has one write port, so choose between writers before it');
  expect(wrong((io) => when(io.yes, () => { forwarded(UInt(8), 16).read({ address: io.a }); })))
    .toThrow('forwarded: read stands inside when or match, but works in every cycle; call it outside, with the condition as enable');
  expect(wrong((io) => when(io.yes, () => { forwarded(UInt(8), 16).write({ enable: io.yes, address: io.a, data: 1 }); })))
    .toThrow('forwarded: write stands inside when or match, but works in every cycle; call it outside, with the condition as enable');
});

bench.verilog();
