/** The bus side: any order of channels, back-pressure, latency, throughput, and the rules of AXI. */
import { In, inst, module, Out, type Process, UInt } from '@vtoe/hdl';
import { AxiLite, axiLiteMaster, type Bank, checkAxiLite, group, registerBank, registers, ro, rw } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { masterOf, run } from './register-bank-run.ts';

const bench = hardwareBench();

/** A small bank without memories, and one with. */
const plain = registers({ name: 'plain', doc: 'No memories.', registers: { control: rw('Control.', 32, { reset: 7 }), status: ro('Status.', 32) } });
const paged = registers({ name: 'paged', doc: 'With memories.', registers: { page: group('Pages.', { control: rw('Control.', 32), limit: rw('Limit.', 32, { indexed: true, reset: 9 }) }, { count: 3 }) } });

describe('timing', () => {
  test('a write acts one cycle after address and data, and is answered in the next', () => {
    const sim = bench.simulate(registerBank(plain));
    const wave = sim.watch(['s_axil_awvalid', 's_axil_awready', 's_axil_wvalid', 's_axil_wready', 's_axil_bvalid', 'regs_control']);
    sim.io.axil.b.ready = true;
    sim.io.axil.aw.valid = true;
    sim.io.axil.aw.payload = { addr: 0, prot: 0 };
    sim.step();
    sim.io.axil.aw.valid = false;
    sim.step();
    sim.io.axil.w.valid = true;
    sim.io.axil.w.payload = { data: 5, strb: 15 };
    sim.step();
    sim.io.axil.w.valid = false;
    sim.step(4);
    expect(wave.text()).toMatchInlineSnapshot(`
      "cycle           0 1 2 3 4 5 6
      s_axil_awvalid  ▔▔▁▁▁▁▁▁▁▁▁▁▁▁
      s_axil_awready  ▔▔▁▁▁▁▁▁▔▔▔▔▔▔
      s_axil_wvalid   ▁▁▁▁▔▔▁▁▁▁▁▁▁▁
      s_axil_wready   ▔▔▔▔▔▔▁▁▔▔▔▔▔▔
      s_axil_bvalid   ▁▁▁▁▁▁▁▁▔▔▁▁▁▁
      regs_control    │7      │5
      "
    `);
  });

  test('a read is answered two cycles after its address', () => {
    const sim = bench.simulate(registerBank(plain));
    const wave = sim.watch(['s_axil_arvalid', 's_axil_arready', 's_axil_rvalid', 's_axil_rready', 's_axil_rdata']);
    sim.io.axil.ar.payload = { addr: 0, prot: 0 };
    sim.io.axil.ar.valid = true;
    sim.io.axil.r.ready = true;
    sim.step(6);
    expect(wave.text()).toMatchInlineSnapshot(`
      "cycle           0    1    2    3    4    5
      s_axil_arvalid  ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
      s_axil_arready  ▔▔▔▔▔▁▁▁▁▁▔▔▔▔▔▁▁▁▁▁▔▔▔▔▔▁▁▁▁▁
      s_axil_rvalid   ▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▁▁▁▁▁▔▔▔▔▔▁▁▁▁▁
      s_axil_rready   ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
      s_axil_rdata    │8e93be92 │7
      "
    `);
  });

  test.each([
    { name: 'without memories', bank: plain as Bank, readCycles: 2 },
    { name: 'with memories', bank: paged as Bank, readCycles: 3 },
  ])('latency and throughput $name', ({ bank, readCycles }) => {
    const sim = bench.simulate(registerBank(bank));
    const { aw, w, b, ar, r } = sim.io.axil;
    for (const channel of [aw, ar]) {
      channel.valid = true;
      channel.payload = { addr: 0, prot: 0 };
    }
    w.valid = true;
    w.payload = { data: 3, strb: 15 };
    b.ready = true;
    r.ready = true;
    const at = { aw: [] as number[], b: [] as number[], ar: [] as number[], r: [] as number[] };
    for (let cycle = 0; cycle < 13; cycle++) {
      sim.step();
      for (const name of ['aw', 'b', 'ar', 'r'] as const) if (sim.sampled.axil[name].valid && sim.sampled.axil[name].ready) at[name].push(cycle);
    }
    expect(at.aw).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(at.b).toEqual([2, 4, 6, 8, 10, 12]);
    const reads = at.ar.map((_, i) => i * readCycles);
    expect(at.ar).toEqual(reads);
    expect(at.r).toEqual(reads.map((cycle) => cycle + readCycles).filter((cycle) => cycle < 13));
  });

  test('a write is in effect for hardware when it is answered', () => {
    const sim = bench.simulate(registerBank(plain));
    sim.start((function* (): Process {
      const master = masterOf(sim);
      for (let value = 100n; value < 110n; value++) {
        yield* master.write(0, value);
        expect(sim.sampled.regs.control).toBe(value);
      }
    })());
    sim.step(60);
    expect(sim.io.regs.control).toBe(109n);
  });
});

test.each([-3, -1, 0, 1, 4].flatMap((dataAfterAddress) => [0, 1, 5].map((responseAfter) => ({ dataAfterAddress, responseAfter }))))(
  'data $dataAfterAddress cycles after the address, responses taken $responseAfter cycles late', (timing) => {
    const sim = bench.simulate(registerBank(paged));
    sim.start((function* (): Process {
      const master = masterOf(sim, () => timing);
      for (let i = 0; i < 3; i++) {
        yield* master.write(i * 8, BigInt(i) + 10n);
        yield* master.write(i * 8 + 4, BigInt(i) << 16n, 0b0100);
      }
      for (let i = 0; i < 3; i++) {
        expect(yield* master.read(i * 8)).toBe(BigInt(i) + 10n);
        expect(yield* master.read(i * 8 + 4)).toBe((BigInt(i) << 16n) | 9n);
      }
    })());
    sim.step(300);
    expect(sim.io.regs.page.control).toEqual([10n, 11n, 12n]);
  });

test('a read and a write may be under way together, and neither waits for the other', () => {
  const sim = bench.simulate(registerBank(paged));
  // Nobody takes the write's response; reads go on.
  sim.start((function* (): Process { yield* masterOf(sim).tryWrite(0, 5n, 15, { responseAfter: 200 }); })());
  const got: bigint[] = [];
  sim.start((function* (): Process { for (let i = 0; i < 10; i++) got.push(yield* masterOf(sim).read(0)); })());
  sim.step(60);
  expect(got).toHaveLength(10);
  expect(got.at(-1)).toBe(5n);
});

describe('answers', () => {
  const answersOf = (bank: ReturnType<typeof registers<typeof plain.items>>) => {
    const sim = bench.simulate(registerBank(bank));
    const master = masterOf(sim);
    return {
      sim,
      read: (address: number) => run(sim, master.tryRead(address)),
      write: (address: number) => run(sim, master.tryWrite(address, 0xffff_ffffn)).resp,
    };
  };
  const build = (name: string, answers: Parameters<typeof registers>[0]['answers'] = {}) =>
    registers({ name, doc: 'Answers.', registers: plain.items, size: 16, addressWidth: 5, answers });

  test('by default: hole and misaligned SLVERR, beyond DECERR, a write to what is read-only OKAY', () => {
    const { sim, read, write } = answersOf(build('answers_default'));
    expect(read(0)).toEqual({ data: 7n, resp: 'OKAY' });
    expect([read(8), read(1), read(16), read(28)]).toEqual(['SLVERR', 'SLVERR', 'DECERR', 'DECERR'].map((resp) => ({ data: 0n, resp })));
    expect([write(8), write(2), write(3), write(20), write(4)]).toEqual(['SLVERR', 'SLVERR', 'SLVERR', 'DECERR', 'OKAY']);
    expect(sim.io.regs.control).toBe(7n);
    expect(write(0)).toBe('OKAY');
    expect(sim.io.regs.control).toBe(0xffff_ffffn);
  });

  test('as asked: holes read 0 and ignore writes, and each is reported', () => {
    const { sim, read, write } = answersOf(build('answers_asked', { hole: 'OKAY', beyond: 'SLVERR', misaligned: 'OKAY', readOnly: 'DECERR' }));
    const reports: string[] = [];
    sim.start((function* (): Process {
      for (;;) {
        yield;
        for (const name of ['readFault', 'writeFault'] as const) {
          const { valid, payload } = sim.sampled[name];
          if (valid) reports.push(`${name} ${payload.address} ${payload.cause}`);
        }
      }
    })());
    expect([read(8), read(1), read(16)]).toEqual(['OKAY', 'OKAY', 'SLVERR'].map((resp) => ({ data: 0n, resp })));
    expect([write(12), write(2), write(20), write(4)]).toEqual(['OKAY', 'OKAY', 'SLVERR', 'DECERR']);
    expect(reports).toEqual([
      'readFault 8 Hole', 'readFault 1 Misaligned', 'readFault 16 Beyond',
      'writeFault 12 Hole', 'writeFault 2 Misaligned', 'writeFault 20 Beyond', 'writeFault 4 ReadOnly',
    ]);
    expect(sim.io.regs.control).toBe(7n);
  });

  test('a refused access throws in the accessors, with its address', () => {
    const sim = bench.simulate(registerBank(plain));
    expect(() => run(sim, masterOf(sim).read(2))).toThrow('read of 0x2 was answered SLVERR');
    expect(() => run(sim, masterOf(sim).write(6, 0n))).toThrow('write of 0x6 was answered SLVERR');
  });
});

/** The bank with the rules of AXI4-Lite watching its port. */
const watchedPlain = module('watched_plain', {}, { axil: In(AxiLite(plain.layout.addressWidth), { prefix: 's_axil_' }), control: Out(UInt(32)) }, (io) => {
  const inner = inst(registerBank(plain), { axil: io.axil });
  inner.regs.status.set(inner.regs.control);
  io.control.set(inner.regs.control);
  return { inner, rules: checkAxiLite(io.axil, { patience: 8 }) };
});
const watchedPaged = module('watched_paged', {}, { axil: In(AxiLite(paged.layout.addressWidth), { prefix: 's_axil_' }), control: Out(UInt(32)) }, (io) => {
  const inner = inst(registerBank(paged), { axil: io.axil });
  inner.regs.page.limit.index.set(1);
  io.control.set(inner.regs.page.control.at(2));
  return { inner, rules: checkAxiLite(io.axil, { patience: 8 }) };
});

test.each([watchedPlain, watchedPaged])('keeps the rules of AXI4-Lite, with any timing of the master', (definition) => {
  const sim = bench.simulate(definition);
  let seed = 7;
  const below = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  const timing = () => ({ dataAfterAddress: below(5) - 2, responseAfter: below(4) });
  const master = axiLiteMaster(sim.io.axil, sim.sampled.axil, timing);
  const space = 2 ** definition.ports.axil.shape.members.aw.shape.payload.fields.addr.width;
  let done = 0;
  sim.step(); // A3.1.2: valid is low in the first cycle after reset
  sim.start((function* (): Process { for (;;) { yield* master.tryWrite(below(space), BigInt(below(1000)), below(16)); done++; } })());
  sim.start((function* (): Process { for (;;) { yield* master.tryRead(below(space)); done++; } })());
  sim.step(4000);
  expect(done).toBeGreaterThan(500);
});

bench.verilog();
