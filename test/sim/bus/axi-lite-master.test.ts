import { connect, elaborate, In, inst, module, type Process } from '@vtoe/hdl';
import { AxiLite, axiLiteInterconnect, axiLiteRegisterSlice, flag, registerBank, registerProcess, registers, rw } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { AxiLiteMaster, type AxiLiteMasterOptions } from '../../../sim/bus/axi-lite-master.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench, TestBenchError } from '../../../sim/engine/test-bench.ts';
import { random } from '../../../sim/random.ts';
import { pinsOf } from './pins.ts';

const page = registers({
  name: 'page', doc: 'Words to write and to read.',
  registers: Object.fromEntries([...Array.from({ length: 8 }, (_, i) => [`word${i}`, rw('Anything.', 32)] as const), ['control', rw('A flag.', { on: flag('On.') })]]),
});

/** Two banks behind an interconnect: at 0 and at 0x8000, holes between. */
const top = module('two_pages', {}, { s: In(AxiLite(16), { prefix: 's_axil_' }) }, ({ s }) => {
  const split = inst(axiLiteInterconnect(16, { low: { base: 0, size: 2 ** page.layout.addressWidth }, high: { base: 0x8000, size: 2 ** page.layout.addressWidth } }), { s });
  const [low, high] = [inst(registerBank(page)), inst(registerBank(page))];
  connect(low.axil, split.m.low);
  connect(high.axil, split.m.high);
  return { split, low, high };
});
const design = elaborate(top);
const wires = elaborate(axiLiteRegisterSlice(16, 32, { aw: 'bypass', w: 'bypass', b: 'bypass', ar: 'bypass', r: 'bypass' }));

function setUp(options: Partial<AxiLiteMasterOptions> = {}) {
  const bench = new TestBench(builtinEngine(design));
  const master = bench.add(new AxiLiteMaster(bench.ports, { prefix: 's_axil_', ...options }));
  bench.reset();
  return { bench, master };
}

function* reads(master: AxiLiteMaster): Process {
  yield* master.read(0x40);
}

/** Runs a process to its end. */
function finish(bench: TestBench, work: () => Process, limit = 20_000): number {
  let done = false;
  bench.start('software', (function* (): Process {
    yield* work();
    done = true;
  })());
  return bench.until(() => done, limit, 'the software did not end');
}

const OPTIONS: readonly (readonly [string, Partial<AxiLiteMasterOptions>])[] = [
  ['one after the other', {}],
  ['data first', { dataAfterAddress: -3 }],
  ['address first', { dataAfterAddress: 5 }],
  ['with pauses', { pauses: { b: { percent: 60 }, r: { work: 1, pause: [1, 7] } } }],
];

test.each(OPTIONS)('registers hold what is written, byte by byte: %s', (_name, options) => {
  const { bench, master } = setUp(options);
  const model = new Map<number, number>();
  const draw = random(4);
  finish(bench, function* () {
    for (let i = 0; i < 300; i += 1) {
      const address = (draw.chance(0.5) ? 0x8000 : 0) + 4 * draw.below(8);
      if (draw.chance(0.5)) {
        const [value, strobes] = [draw.uint32(), draw.below(16)];
        yield* master.write(address, value, strobes);
        const mask = [0, 1, 2, 3].reduce((sum, i) => sum + ((strobes >> i) & 1) * 0xff * 2 ** (8 * i), 0);
        model.set(address, (((model.get(address) ?? 0) & ~mask) | (value & mask)) >>> 0);
      } else {
        expect(yield* master.read(address)).toBe(model.get(address) ?? 0);
      }
    }
  });
  expect(master.counters.reads + master.counters.writes).toBe(300);
  expect(master.counters).toMatchObject({ errors: 0, timeouts: 0, late: 0, mostOutstanding: 1 });
  expect(master.checks['BVALID must wait for the handshake of AW']).toBeGreaterThanOrEqual(master.counters.writes);
});

test('an access that is refused: an error for `read` and `write`, a result for the others', () => {
  const { bench, master } = setUp();
  const seen: unknown[] = [];
  finish(bench, function* () {
    seen.push(yield* master.tryRead(0x4000), yield* master.tryWrite(0x4000, 1), (yield* master.tryRead(0x8000)).response);
    try {
      yield* master.read(0x4000);
    } catch (error) {
      seen.push((error as Error).message);
    }
  });
  expect(seen).toEqual([{ value: 0, response: 'DECERR' }, 'DECERR', 'OKAY', 'read of 0x4000 was answered DECERR']);
  expect(master.counters.errors).toBe(3);
  expect(() => finish(bench, () => master.write(0x4004, 1))).toThrow(/^software, cycle \d+: write to 0x4004 was answered DECERR$/);
});

test('costs are added, before and after', () => {
  const cyclesOf = (options: Partial<AxiLiteMasterOptions>) => {
    const { bench, master } = setUp(options);
    return finish(bench, function* () {
      yield* master.read(0);
      yield* master.write(0, 1);
    });
  };
  const free = cyclesOf({});
  expect(cyclesOf({ readCost: { before: 100 } })).toBe(free + 100);
  expect(cyclesOf({ readCost: { before: 3, after: 20 }, writeCost: { after: 200, before: 7 } })).toBe(free + 230);
});

test('several in flight: processes share the master, and posted writes run ahead', () => {
  const cyclesOf = (outstanding: number, posted: boolean) => {
    const bench = new TestBench(builtinEngine(elaborate(module('sliced', {}, { s: In(AxiLite(page.layout.addressWidth), { prefix: 's_axil_' }) }, ({ s }) => {
      const slice = inst(axiLiteRegisterSlice(page.layout.addressWidth), { s });
      const bank = inst(registerBank(page));
      connect(bank.axil, slice.m);
      return { slice, bank };
    }))));
    const master = bench.add(new AxiLiteMaster(bench.ports, { prefix: 's_axil_', outstanding }));
    bench.reset();
    const cycles = finish(bench, function* () {
      for (let i = 0; i < 32; i += 1) {
        if (posted) yield* master.post(4 * (i % 8), i);
        else yield* master.write(4 * (i % 8), i);
      }
      yield* master.drain();
    });
    expect(master.counters.mostOutstanding).toBe(posted ? outstanding : 1);
    finish(bench, function* () {
      for (let i = 0; i < 8; i += 1) expect(yield* master.read(4 * i)).toBe(24 + i);
    });
    return cycles;
  };
  const [single, four] = [cyclesOf(1, false), cyclesOf(4, true)];
  // A bank takes one write in two cycles; alone, each waits for the whole way and back.
  expect(four).toBeLessThan(32 * 2 + 16);
  expect(single).toBeGreaterThan(32 * 5);
});

test('a posted write that is refused stops the bench', () => {
  const { bench, master } = setUp();
  bench.start('software', master.post(0x4000, 1));
  expect(() => bench.run(50)).toThrow(/^s_axil, cycle \d+: posted write to 0x4000 was answered DECERR$/);
});

test('it serves the accessors of a register bank', () => {
  const { bench, master } = setUp();
  const driver = registerProcess(page, master.registers) as unknown as { control: { on: { write(value: boolean): Process; read(): Generator<never, boolean, void> } } };
  let on: boolean | undefined;
  finish(bench, function* () {
    yield* driver.control.on.write(true);
    on = yield* driver.control.on.read();
  });
  expect(on).toBe(true);
});

describe('a slave by hand', () => {
  function byHand(options: Partial<AxiLiteMasterOptions> = {}) {
    const engine = builtinEngine(wires);
    const bench = new TestBench(engine);
    const master = bench.add(new AxiLiteMaster(engine.ports, { prefix: 's_axil_', timeout: 20, ...options }));
    bench.reset();
    bench.run(1);
    return { bench, master, pins: pinsOf(engine, 'm_axil_') };
  }

  test.each([
    ['read', {}, 'read of 0x40 was not answered within 20 cycles: the slave did not take the address'],
    ['read', { arready: 1 }, 'read of 0x40 was not answered within 20 cycles: the slave took the address and gave no RVALID'],
    ['write', {}, 'write to 0x40 was not answered within 20 cycles: the slave took neither address nor data'],
    ['write', { awready: 1 }, 'write to 0x40 was not answered within 20 cycles: the slave took the address and not the data'],
    ['write', { wready: 1 }, 'write to 0x40 was not answered within 20 cycles: the slave took the data and not the address'],
    ['write', { awready: 1, wready: 1 }, 'write to 0x40 was not answered within 20 cycles: the slave took address and data and gave no BVALID'],
  ] as const)('time-out of a %s, ready %o', (kind, ready, sentence) => {
    const { bench, master, pins } = byHand();
    pins.set(ready);
    expect(() => finish(bench, function* () {
      if (kind === 'read') yield* master.read(0x40);
      else yield* master.write(0x40, 1);
    })).toThrow(new RegExp(`^software, cycle 22: ${sentence}$`));
    expect(master.counters.timeouts).toBe(1);
  });

  test('time-outs of those behind, and of those that find no place', () => {
    const { bench, master } = byHand({ outstanding: 2 });
    const messages: string[] = [];
    const reader = function* (address: number): Process {
      try {
        yield* master.read(address);
      } catch (error) {
        messages.push((error as Error).message);
      }
    };
    for (const address of [0, 4, 8]) bench.start(`reader of ${address}`, reader(address));
    bench.run(40);
    expect(messages).toEqual([
      'read of 0x0 was not answered within 20 cycles: the slave did not take the address',
      'read of 0x4 was not answered within 20 cycles: it waits behind 1 earlier read',
      'read of 0x8 found no place within 20 cycles: 2 earlier reads wait for an answer',
    ]);
  });

  test('an answer that comes after the time-out is counted, and the next one is not taken for it', () => {
    const { bench, master, pins } = byHand({ outstanding: 2 });
    const seen: unknown[] = [];
    bench.start('first', (function* (): Process {
      try {
        yield* master.read(0x40);
      } catch {
        seen.push('late');
      }
      seen.push(yield* master.read(0x44));
    })());
    pins.set({ arready: 1 });
    bench.run(30);
    pins.set({ rvalid: 1, rdata: 0xaaaa });
    bench.run(1);
    pins.set({ rdata: 0xbbbb });
    bench.run(1);
    pins.set({ rvalid: 0 });
    bench.run(2);
    expect(seen).toEqual(['late', 0xbbbb]);
    expect(master.counters).toMatchObject({ timeouts: 1, late: 1, reads: 2 });
  });

  test('a reset cuts what is under way', () => {
    const { bench, master } = byHand();
    bench.start('software', master.write(0x40, 1));
    bench.run(3);
    expect(() => bench.reset()).toThrow(/^software, cycle \d+: write to 0x40 was cut by a reset$/);
    expect(master.counters.cut).toBe(1);
    expect(master.pending).toBe(0);
  });

  const reading = () => {
    const set = byHand();
    set.pins.set({ arready: 1, awready: 1, wready: 1 });
    return set;
  };

  test.each([
    ['B without a write', {}, { bvalid: 1 }, 'BVALID must wait for the handshake of AW, but no write is due whose address was taken (AMBA AXI A3.3.1)'],
    ['R without a read', {}, { rvalid: 1 }, 'RVALID must wait for the handshake of AR, but no read is due whose address was taken (AMBA AXI A3.3.1)'],
    ['B before the data', { wready: 0 }, { bvalid: 1 }, 'BVALID must wait for the handshake of W, but the data of the write to 0x40 were not taken (AMBA AXI A3.3.1)'],
    ['B that is EXOKAY', {}, { bvalid: 1, bresp: 1 }, 'BRESP must not be EXOKAY, but it was (AMBA AXI B1.1.2)'],
    ['R that is EXOKAY', {}, { rvalid: 1, rresp: 1 }, 'RRESP must not be EXOKAY, but it was (AMBA AXI B1.1.2)'],
  ])('%s', (name, ready, answer, sentence) => {
    const { bench, master, pins } = reading();
    pins.set(ready);
    if (!name.includes('without')) {
      bench.start('writer', master.write(0x40, 1));
      bench.start('reader', reads(master));
      bench.run(4);
    }
    pins.set(answer);
    const { cycle } = bench;
    expect(() => bench.run(1)).toThrow(new TestBenchError(`s_axil, cycle ${cycle}: ${sentence}`, 's_axil', cycle));
  });

  test('R that falls, data that change, valid in reset', () => {
    const held = () => {
      const engine = builtinEngine(wires);
      const bench = new TestBench(engine);
      const master = bench.add(new AxiLiteMaster(engine.ports, { prefix: 's_axil_', pauses: { r: { percent: 100 } } }));
      const pins = pinsOf(engine, 'm_axil_');
      bench.reset();
      bench.start('reader', reads(master));
      pins.set({ arready: 1 });
      bench.run(4);
      pins.set({ rvalid: 1, rdata: 1 });
      bench.run(1);
      return { bench, pins };
    };
    const falls = held();
    falls.pins.set({ rvalid: 0 });
    expect(() => falls.bench.run(1)).toThrow('s_axil, cycle 7: RVALID must not fall before RREADY, but it fell after RREADY had been low (AMBA AXI A3.2.1)');
    const changes = held();
    changes.pins.set({ rdata: 3 });
    expect(() => changes.bench.run(1)).toThrow('s_axil, cycle 7: the R payload must not change while RVALID waits for RREADY, but s_axil_rdata went from 0x1 to 0x3 (AMBA AXI A3.2.1)');
    const { bench, pins } = byHand();
    pins.set({ bvalid: 1 });
    pinsOf(bench.engine, '').set({ rst: 1 });
    bench.run(1);
    expect(() => bench.run(1)).toThrow('s_axil, cycle 4: BVALID must be low during reset and in the first cycle after it, but it was high (AMBA AXI A3.1.2)');
  });
});

describe('what cannot be', () => {
  test.each([
    [{ prefix: 's_axi_' }, 'the design has no input s_axi_awaddr, which an AXI4-Lite master needs (did you mean s_axil_awaddr?)'],
    [{ prefix: 'm_axil_' }, 'm_axil_awaddr is an output of the design; for an AXI4-Lite master it must be an input'],
    [{ outstanding: 0 }, 's_axil: outstanding must be a whole number from 1 to 255, not 0'],
    [{ timeout: 0 }, 's_axil: timeout must be a whole number from 1 up, not 0'],
    [{ readCost: { before: -1 } }, 's_axil: readCost.before must be a whole number from 0 up, not -1'],
    [{ writeCost: { befor: 1 } as never }, 's_axil: writeCost has no option befor (did you mean before?); its options are before, after'],
    [{ prot: 8 }, 's_axil: prot must be a whole number from 0 to 7, not 8'],
  ] satisfies [Partial<AxiLiteMasterOptions>, string][])('%o', (options, sentence) => {
    const { ports } = builtinEngine(wires);
    expect(() => new AxiLiteMaster(ports, { prefix: 's_axil_', ...options })).toThrow(new RegExp(`^${sentence.replaceAll(/[().?]/g, '\\$&')}$`));
  });

  test.each([
    [(master: AxiLiteMaster) => master.read(0x1_0000), 'an address is a whole number from 0 to 0xffff, not 65536'],
    [(master: AxiLiteMaster) => master.write(0, -1), 'a value is a whole number of 32 bits, not -1'],
    [(master: AxiLiteMaster) => master.write(0, 1, 16), 'strobes must be a whole number from 0 to 15, not 16'],
  ])('%#', (access, sentence) => {
    const { bench, master } = setUp();
    expect(() => bench.start('software', access(master) as Process)).toThrow(`software, cycle 2: ${sentence}`);
  });

  test('a bus of 64 bits', () => {
    const { ports } = builtinEngine(elaborate(axiLiteRegisterSlice(16, 64)));
    expect(() => new AxiLiteMaster(ports, { prefix: 's_axil_' })).toThrow('s_axil_wdata has 64 bits; an AXI4-Lite master needs 32 bits there');
  });
});
