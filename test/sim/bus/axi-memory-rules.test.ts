/** Each rule that the memory checks is broken by a master driven by hand, through a slice that is nothing but wires. */
import { elaborate, In, module, Out } from '@vtoe/hdl';
import { axiRegisterSlice, AxiWrite } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { AxiMemory, type AxiMemoryOptions } from '../../../sim/bus/axi-memory.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench, TestBenchError } from '../../../sim/engine/test-bench.ts';
import { pinsOf } from './pins.ts';

const WIRES = { aw: 'bypass', w: 'bypass', b: 'bypass', ar: 'bypass', r: 'bypass' } as const;
const design = elaborate(axiRegisterSlice({ dataWidth: 64, idWidth: 4 }, WIRES));

function setUp(options: Partial<AxiMemoryOptions> = {}) {
  const engine = builtinEngine(design);
  const bench = new TestBench(engine);
  const memory = bench.add(new AxiMemory(engine.ports, { prefix: 'm_axi_', store: new Uint8Array(65536), ...options }));
  const pins = pinsOf(engine, 's_axi_');
  bench.reset();
  bench.run(1);
  pins.set({ bready: 1, rready: 1 });
  return { bench, memory, pins };
}

/** Full beats of 8 bytes. */
const BURST = { id: 0, addr: 0x100, len: 0, size: 3, burst: 1, lock: 0, cache: 0, prot: 0 };

function address(channel: 'aw' | 'ar', fields: Partial<typeof BURST>): Record<string, number> {
  return Object.fromEntries([...Object.entries({ ...BURST, ...fields }), ['valid', 1]].map(([name, value]) => [`${channel}${name}`, value as number]));
}

describe.each([['AW', 'aw'], ['AR', 'ar']] as const)('%s', (channel, name) => {
  test.each([
    [{ burst: 3 }, `${channel}BURST must not be 3, which is reserved, but it was (AMBA AXI A3.4.1)`],
    [{ size: 4 }, `${channel}SIZE must not exceed the data bus, but a beat of 16 bytes is wider than 8 (AMBA AXI A3.4.1)`],
    [{ addr: 0x1ff8, len: 1 }, `an INCR ${channel} burst must not cross a 4 KiB boundary, but 2 x 8 bytes from 0x1ff8 go 8 bytes beyond it (AMBA AXI A3.4.1)`],
    [{ addr: 0x1fff, len: 3, size: 2 }, `an INCR ${channel} burst must not cross a 4 KiB boundary, but 4 x 4 bytes from 0x1fff go 12 bytes beyond it (AMBA AXI A3.4.1)`],
    [{ burst: 0, len: 16 }, `a FIXED ${channel} burst must not be longer than 16 beats, but it has 17 (AMBA AXI A3.4.1)`],
    [{ burst: 2, len: 2 }, `a WRAP ${channel} burst must be 2, 4, 8 or 16 beats long, but it has 3 (AMBA AXI A3.4.1)`],
    [{ burst: 2, len: 3, addr: 0x104 }, `a WRAP ${channel} burst must start at a multiple of its size, but 0x104 is no multiple of 8 (AMBA AXI A3.4.1)`],
    [{ cache: 4 }, `${channel}CACHE must not ask to allocate what is not modifiable, but it is 4 (AMBA AXI A4.4)`],
    [{ lock: 1 }, `${channel}LOCK must be low: this memory has no exclusive accesses, but it was high (AMBA AXI A7.2)`],
  ])('%o', (fields, sentence) => {
    const { bench, pins } = setUp();
    pins.set(address(name, fields));
    expect(() => bench.run(3)).toThrow(new TestBenchError(`m_axi, cycle 3: ${sentence}`, 'm_axi', 3));
  });

  test.each([
    [{ addr: 0x1ff0, len: 1 }], [{ addr: 0x1ffd, len: 0, size: 2 }], [{ addr: 0x1001, len: 255, size: 3 }], [{ burst: 0, len: 15 }], [{ burst: 2, len: 15, addr: 0xff8 }],
  ])('at the limit it is right: %o', (fields) => {
    const { bench, memory, pins } = setUp();
    pins.set(address(name, fields));
    bench.run(1);
    pins.set({ [`${name}valid`]: 0 });
    bench.run(2);
    expect((channel === 'AW' ? memory.writes : memory.reads)!.transactions).toBe(1);
  });

  test('limits of the connection, if there are any', () => {
    const narrow = setUp({ incrementing: true });
    narrow.pins.set(address(name, { size: 2 }));
    expect(() => narrow.bench.run(3)).toThrow(`m_axi, cycle 3: ${channel} bursts must be INCR with full-width beats, but this one is INCR with 4 bytes a beat (option incrementing)`);
    const long = setUp({ maximumBytes: 64 });
    long.pins.set(address(name, { len: 8 }));
    expect(() => long.bench.run(3)).toThrow(`m_axi, cycle 3: ${channel} bursts must not exceed 64 bytes, but this one has 72 (option maximumBytes)`);
  });

  const stalled = { pauses: { [name]: { percent: 100 } } };

  test('valid that falls', () => {
    const { bench, memory, pins } = setUp(stalled);
    pins.set(address(name, {}));
    bench.run(4);
    pins.set({ [`${name}valid`]: 0 });
    expect(() => bench.run(1)).toThrow(`m_axi, cycle 7: ${channel}VALID must not fall before ${channel}READY, but it fell after ${channel}READY had been low (AMBA AXI A3.2.1)`);
    expect(memory.stalls[name]).toBe(4);
  });

  test.each([['addr', 0x100, 0x108], ['id', 0, 5], ['len', 0, 7], ['prot', 0, 2]] as const)('%s that changes while valid waits', (field, before, after) => {
    const { bench, pins } = setUp(stalled);
    pins.set(address(name, { [field]: before }));
    bench.run(2);
    pins.set({ [name + field]: after });
    const sentence = `the ${channel} payload must not change while ${channel}VALID waits for ${channel}READY, but m_axi_${name}${field} went from 0x${before.toString(16)} to 0x${after.toString(16)} (AMBA AXI A3.2.1)`;
    expect(() => bench.run(1)).toThrow(`m_axi, cycle 5: ${sentence}`);
  });

  test('valid in reset, from its second cycle on, and in the first after it', () => {
    const sentence = `${channel}VALID must be low during reset and in the first cycle after it, but it was high (AMBA AXI A3.1.2)`;
    const { bench, pins } = setUp();
    const reset = pinsOf(bench.engine, '');
    reset.set({ rst: 1 });
    bench.run(1);
    pins.set(address(name, {}));
    expect(() => bench.run(1)).toThrow(`m_axi, cycle 4: ${sentence}`);

    const after = setUp();
    after.bench.reset(4);
    after.pins.set(address(name, {}));
    expect(() => after.bench.run(1)).toThrow(`m_axi, cycle 7: ${sentence}`);

    const later = setUp();
    later.bench.reset(4);
    later.bench.run(1);
    later.pins.set({ ...address(name, {}), wvalid: 0 });
    later.bench.run(1);
  });
});

describe('W', () => {
  const beat = (fields: Record<string, number | bigint>) => ({ wvalid: 1, wdata: 0x1234, wstrb: 0xff, wlast: 0, ...fields });

  test('WLAST too early', () => {
    const { bench, pins } = setUp();
    pins.set({ ...address('aw', { len: 3 }), ...beat({}) });
    bench.run(1);
    pins.set({ awvalid: 0 });
    bench.run(1);
    pins.set({ wlast: 1 });
    expect(() => bench.run(1)).toThrow('m_axi, cycle 5: WLAST must be high on beat AWLEN + 1 of a burst and on no other, but it was high on beat 3 of 4 (AMBA AXI A3.2.2)');
  });

  test('WLAST missing', () => {
    const { bench, pins } = setUp();
    pins.set({ ...address('aw', { len: 1 }), ...beat({}) });
    bench.run(1);
    pins.set({ awvalid: 0 });
    expect(() => bench.run(1)).toThrow('m_axi, cycle 4: WLAST must be high on beat AWLEN + 1 of a burst and on no other, but it was low on beat 2 of 2 (AMBA AXI A3.2.2)');
  });

  test('WLAST missing for 256 beats before any address', () => {
    const { bench, pins } = setUp();
    pins.set(beat({}));
    bench.run(255);
    expect(() => bench.run(1)).toThrow('m_axi, cycle 258: WLAST must be high on beat 256 at the latest, but it was low there (AMBA AXI A3.4.1)');
  });

  test('data before the address, of another length', () => {
    const { bench, pins } = setUp();
    pins.set(beat({}));
    bench.run(1);
    pins.set({ wlast: 1 });
    bench.run(1);
    pins.set({ wvalid: 0, ...address('aw', { len: 2 }) });
    expect(() => bench.run(1)).toThrow('m_axi, cycle 5: AWLEN + 1 must be the number of beats of the data that came before, but AWLEN + 1 is 3 and the data had 2 (AMBA AXI A3.4.1)');
  });

  test('data before the address, already too long', () => {
    const { bench, pins } = setUp();
    pins.set(beat({}));
    bench.run(2);
    pins.set({ wvalid: 0, ...address('aw', { len: 1 }) });
    expect(() => bench.run(1)).toThrow('m_axi, cycle 5: WLAST must be high on beat AWLEN + 1 of a burst and on no other, but it was low on beat 2 of 2 (AMBA AXI A3.2.2)');
  });

  test.each([
    ['below an unaligned start', { addr: 0x103 }, [0xff], '0xff on beat 1 of 1, which covers lanes 3 to 7'],
    ['above a narrow beat', { addr: 0x100, size: 1, len: 1 }, [0x3, 0x7], '0x7 on beat 2 of 2, which covers lanes 2 to 3'],
    ['of a FIXED burst', { addr: 0x102, size: 1, len: 1, burst: 0 }, [0xc, 0x30], '0x30 on beat 2 of 2, which covers lanes 2 to 3'],
    ['of a WRAP burst', { addr: 0x10c, size: 2, len: 1, burst: 2 }, [0xf0, 0xf0], '0xf0 on beat 2 of 2, which covers lanes 0 to 3'],
  ])('strobes %s', (_name, fields, strobes, what) => {
    const sentence = `WSTRB must be set only on byte lanes that the beat's address and size cover, but it was ${what} (AMBA AXI A3.4.3)`;
    const { bench, pins } = setUp();
    pins.set({ ...address('aw', fields), ...beat({ wstrb: strobes[0]!, wlast: strobes.length === 1 ? 1 : 0 }) });
    expect(() => {
      bench.run(1);
      pins.set({ awvalid: 0, wstrb: strobes.at(-1)!, wlast: 1 });
      bench.run(1);
    }).toThrow(`m_axi, cycle ${2 + strobes.length}: ${sentence}`);

    // The same, data first: found when the address comes.
    const early = setUp();
    for (const [i, wstrb] of strobes.entries()) {
      early.pins.set(beat({ wstrb, wlast: i === strobes.length - 1 ? 1 : 0 }));
      early.bench.run(1);
    }
    early.pins.set({ wvalid: 0, ...address('aw', fields) });
    expect(() => early.bench.run(1)).toThrow(sentence);
  });

  test('valid that falls, data that change', () => {
    const stalled = { pauses: { w: { percent: 100 } } };
    const falls = setUp(stalled);
    falls.pins.set(beat({}));
    falls.bench.run(2);
    falls.pins.set({ wvalid: 0 });
    expect(() => falls.bench.run(1)).toThrow('m_axi, cycle 5: WVALID must not fall before WREADY, but it fell after WREADY had been low (AMBA AXI A3.2.1)');
    const changes = setUp(stalled);
    changes.pins.set(beat({ wdata: 0x11_2222_3333n }));
    changes.bench.run(2);
    changes.pins.set({ wdata: 0x12_2222_3333n });
    expect(() => changes.bench.run(1)).toThrow('m_axi, cycle 5: the W payload must not change while WVALID waits for WREADY, but m_axi_wdata went from 0x1122223333 to 0x1222223333 (AMBA AXI A3.2.1)');
  });
});

test('with addressAfterData an address waits for data, whether they are offered or were taken', () => {
  const data = { wvalid: 1, wdata: 5, wstrb: 0xff, wlast: 1 };
  const addressFirst = setUp({ write: { addressAfterData: true } });
  addressFirst.pins.set(address('aw', {}));
  addressFirst.bench.run(50);
  expect(addressFirst.memory.writes!.transactions).toBe(0);
  addressFirst.pins.set(data);
  addressFirst.bench.run(1);
  addressFirst.pins.set({ wvalid: 0 });
  addressFirst.bench.run(2);
  expect(addressFirst.memory.writes!.transactions).toBe(1);

  const dataFirst = setUp({ write: { addressAfterData: true } });
  dataFirst.pins.set(data);
  dataFirst.bench.run(1);
  dataFirst.pins.set({ wvalid: 0 });
  dataFirst.bench.run(20);
  dataFirst.pins.set(address('aw', {}));
  dataFirst.bench.run(1);
  expect(dataFirst.memory.writes!.transactions).toBe(1);
});

test('every rule that was looked at is counted, and those that were not stand at 0', () => {
  const { bench, memory, pins } = setUp();
  expect(Object.values(memory.checks).filter((checks) => checks > 0)).toHaveLength(3);
  pins.set({ ...address('aw', { len: 1 }), wvalid: 1, wdata: 1, wstrb: 0xff, wlast: 0 });
  bench.run(1);
  pins.set({ awvalid: 0, wlast: 1 });
  bench.run(1);
  pins.set({ wvalid: 0 });
  bench.run(2);
  expect(memory.checks).toMatchObject({
    'AWVALID must be low during reset and in the first cycle after it': 2,
    'WLAST must be high on beat AWLEN + 1 of a burst and on no other': 2,
    'an INCR AW burst must not cross a 4 KiB boundary': 1,
    'a WRAP AW burst must start at a multiple of its size': 0,
    'an INCR AR burst must not cross a 4 KiB boundary': 0,
  });
});

describe('a memory that cannot be', () => {
  const ports = builtinEngine(design).ports;
  const store = new Uint8Array(16);
  test.each([
    [{ prefix: 'm_axl_' }, 'the design has no input m_axl_rdata, which an AXI4 memory needs (did you mean m_axi_rdata?)'],
    [{ prefix: 's_axi_' }, 's_axi_rdata is an output of the design; for an AXI4 memory it must be an input'],
    [{ read: { latency: 0 } }, 'm_axi: read.latency must be a number of cycles from 1 up, or [least, most] of them, not 0'],
    [{ write: { latency: [5, 2] as const } }, 'm_axi: write.latency must be a number of cycles from 1 up, or [least, most] of them, not [5,2]'],
    [{ read: { bandwidth: 1.5 } }, 'm_axi: read.bandwidth must be above 0 and at most 1 beat per cycle, not 1.5'],
    [{ write: { outstanding: 0 } }, 'm_axi: write.outstanding must be a whole number from 1 to 256, not 0'],
    [{ write: { earlyBursts: 65 } }, 'm_axi: write.earlyBursts must be a whole number from 0 to 64, not 65'],
    [{ write: { earlyBursts: 0, addressAfterData: true } }, 'm_axi: write.addressAfterData must be false with earlyBursts 0, not true: address and data would wait for each other'],
    [{ read: { interleave: true } }, 'm_axi: read.interleave must be false without reorder, not true: mixed beats are out of order'],
    [{ read: { silentFrom: -1 } }, 'm_axi: read.silentFrom must be a whole number from 0 up, not -1'],
    [{ read: { faults: [{ response: 'SLVERR', probability: 2 }] as const } }, `m_axi: read.faults must have a response 'SLVERR' or 'DECERR' and { from, to } addresses, a { transaction } from 0 up or a { probability } from 0 to 1, not {"response":"SLVERR","probability":2}`],
    [{ pauses: { aw: { every: 0 } } }, `m_axi: pauses.aw must be 'never', { every: 1 or more }, { percent: 0 to 100 }, { work, pause: cycles from 1 up, or [least, most] of them } or { while: a function }, not {"every":0}`],
    [{ maximumBytes: 5000 }, 'm_axi: maximumBytes must be a whole number from 1 to 4096, not 5000'],
    [{ read: { latncy: 3 } as never }, 'm_axi: read has no option latncy (did you mean latency?); its options are latency, bandwidth, outstanding, faults, silentFrom, silentAt, interleave'],
    [{ write: { silentAt: [{ from: 8, to: 8 }] } }, 'm_axi: write.silentAt must be a list of { from, to }, addresses from 0 up, not [{"from":8,"to":8}]'],
    [{ store: 3 as never }, 'm_axi: store must be a Uint8Array or have functions read and write, not 3'],
    [{ seed: 1.5 }, 'seed must be a whole number from 0 to 9007199254740991, not 1.5'],
  ] satisfies [Partial<AxiMemoryOptions>, string][])('%o', (options, sentence) => {
    let message = '';
    try {
      void new AxiMemory(ports, { prefix: 'm_axi_', store, ...options });
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toBe(sentence);
  });
});

test('a design may have the write channels alone', () => {
  const writer = module('writer', {}, { m: Out(AxiWrite({ dataWidth: 32, idWidth: 1 }), { prefix: 'm_axi_' }), s: In(AxiWrite({ dataWidth: 32, idWidth: 1 }), { prefix: 's_axi_' }) }, ({ m, s }) => {
    m.aw.from(s.aw);
    m.w.from(s.w);
    s.b.from(m.b);
  });
  const { ports } = builtinEngine(elaborate(writer));
  const memory = new AxiMemory(ports, { prefix: 'm_axi_', store: new Uint8Array(4) });
  expect([memory.reads, memory.writes?.transactions]).toEqual([undefined, 0]);
});
