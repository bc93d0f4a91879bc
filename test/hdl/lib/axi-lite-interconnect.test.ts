import { connect, inst, In, module, Out, pausing } from '@vtoe/hdl';
import { AxiLite, axiLiteInterconnect, checkAxiLite } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { liteMaster, liteSlave, type Response, type SlaveModel, type Write } from './axi-lite-models.ts';

const bench = hardwareBench();
const RANGES = { vmm: { base: 0, size: 0x1000 }, page: { base: 0x8000, size: 0x4000 }, tiny: { base: 0x1ff0, size: 0x10 } };

/** Three slaves behind the interconnect, with checkers on all four ports. */
const system = module('watched_interconnect', {}, {
  s: In(AxiLite(16)), vmm: Out(AxiLite(12)), page: Out(AxiLite(14)), tiny: Out(AxiLite(4)),
}, ({ s, vmm, page, tiny }) => {
  const dut = inst(axiLiteInterconnect(16, RANGES), { s });
  connect(vmm, dut.m.vmm);
  connect(page, dut.m.page);
  connect(tiny, dut.m.tiny);
  checkAxiLite(s, { name: 's', master: 'assume', patience: 60 });
  for (const [name, port] of Object.entries({ vmm, page, tiny })) checkAxiLite(port, { name, slave: 'assume', outstanding: 1 });
  return { dut };
});

const WORDS = { vmm: 1, page: 2, tiny: 3 } as const;

/** A slave that answers with its own number, its address and how often it was written; SLVERR at 8. */
function model(number: number, log: string[]): SlaveModel {
  const resp = (addr: number): Response => (addr === 8 ? 'SLVERR' : 'OKAY');
  return {
    write(addr, prot, data, strb) {
      log.push(`${number}: ${addr} ${prot} ${data} ${strb}`);
      return resp(addr);
    },
    read: (addr, prot) => ({ data: number * 0x100000 + addr * 8 + prot, resp: resp(addr) }),
  };
}

/** Where an address goes: the slave's number and its own address; undefined for a hole. */
function target(addr: number): [number, number] | undefined {
  for (const [name, { base, size }] of Object.entries(RANGES)) {
    if (addr >= base && addr < base + size) return [WORDS[name as keyof typeof WORDS], addr - base];
  }
  return undefined;
}

const ADDRESSES = [0, 4, 8, 0xffc, 0x1000, 0x1fec, 0x1ff0, 0x1ff8, 0x1ffc, 0x2000, 0x7ffc, 0x8000, 0x8008, 0xbffc, 0xc000, 0xfffc];

function expectedRead(addr: number): { data: bigint; resp: Response } {
  const hit = target(addr);
  if (hit === undefined) return { data: 0n, resp: 'DECERR' };
  return { data: BigInt(hit[0] * 0x100000 + hit[1] * 8 + (addr & 7)), resp: hit[1] === 8 ? 'SLVERR' : 'OKAY' };
}

const writeOf = (addr: number, i: number): Write => ({ addr, data: i * 3, strb: i % 16 });

describe.each([[0, 0], [70, 0], [0, 70], [50, 50]])('master idle %i, slaves idle %i percent', (idle, slow) => {
  test('every access reaches its slave, or is answered with DECERR', () => {
    const sim = bench.simulate(system);
    const { io, sampled } = sim;
    const order = Array.from({ length: 96 }, (_, i) => ADDRESSES[(i * 7 + (i >> 4)) % ADDRESSES.length]!);
    const writes = order.map(writeOf);
    const reads = order.toReversed();
    let seed = 1;
    const pauses = (percent: number) => ({ aw: pausing(percent, seed++), w: pausing(percent, seed++), b: pausing(percent, seed++), ar: pausing(percent, seed++), r: pausing(percent, seed++) });
    const master = liteMaster(io.s, sampled.s, writes, reads, pauses(idle));
    const log: string[] = [];
    sim.step();
    for (const process of master.processes) sim.start(process);
    for (const name of ['vmm', 'page', 'tiny'] as const) {
      for (const process of liteSlave(io[name], sampled[name], model(WORDS[name], log), pauses(slow))) sim.start(process);
    }
    sim.until(() => master.responses.length === writes.length && master.data.length === reads.length, 20_000);
    expect(master.responses).toEqual(writes.map(({ addr }) => ({ resp: expectedRead(addr).resp })));
    expect(master.data).toEqual(reads.map(expectedRead));
    expect(log).toEqual(writes.flatMap(({ addr, data, strb }) => {
      const hit = target(addr);
      return hit === undefined ? [] : [`${hit[0]}: ${hit[1]} ${addr & 7} ${data} ${strb}`];
    }));
  });
});

test.each<[string, number, number]>([['a slave that answers in the next cycle', 0, 3], ['a hole', 0x2000, 2]])('an access to %s', (_what, addr, cycles) => {
  const sim = bench.simulate(system);
  const { io, sampled } = sim;
  const master = liteMaster(io.s, sampled.s, Array<Write>(10).fill(writeOf(addr, 1)), Array<number>(10).fill(addr), {});
  sim.step();
  for (const process of [...master.processes, ...liteSlave(io.vmm, sampled.vmm, model(1, []), {})]) sim.start(process);
  sim.until(() => master.responses.length === 10 && master.data.length === 10);
  expect(sim.cycle - 1).toBe(10 * cycles);
});

test('a read from a slave and one from a hole', () => {
  const { io, sampled, step, start, watch } = bench.simulate(axiLiteInterconnect(12, { page: { base: 0x800, size: 0x100 } }));
  const wave = watch(['s_arvalid', 's_arready', 's_araddr', 'm_page_arvalid', 'm_page_araddr', 'm_page_rvalid', 's_rvalid', 's_rready', 's_rresp']);
  for (const process of liteSlave(io.m.page, sampled.m.page, model(1, []), {})) start(process);
  const master = liteMaster(io.s, sampled.s, [], [0x804, 0x900], {});
  step();
  for (const process of master.processes) start(process);
  step(7);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle           0   1   2   3   4   5   6   7
    s_arvalid       ▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁
    s_arready       ▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▔▔▔▔▔▔▔▔
    s_araddr        │0  │804│900
    m_page_arvalid  ▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    m_page_araddr   │ac     │4          │0
    m_page_rvalid   ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    s_rvalid        ▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▔▔▔▔▁▁▁▁▁▁▁▁
    s_rready        ▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    s_rresp         │DECERR │OKAY       │DECERR
    "
  `);
});

test('one slave may have the whole address space, and data 64 bits', () => {
  const sim = bench.simulate(axiLiteInterconnect(12, { all: { base: 0, size: 4096 } }, 64));
  sim.io.s.ar.payload = { addr: 0xabc, prot: 5 };
  sim.io.s.ar.valid = true;
  sim.step();
  sim.io.s.ar.valid = false;
  expect([sim.io.m.all.ar.valid, sim.io.m.all.ar.payload]).toEqual([true, { addr: 0xabcn, prot: 5n }]);
});

test('wrong ranges', () => {
  const ranges = (a: { base: number; size: number }, b = { base: 0x8000, size: 0x100 }) => () => axiLiteInterconnect(16, { a, b });
  const wrong = 'axiLiteInterconnect: ';
  expect(ranges({ base: 0, size: 100 })).toThrow(`${wrong}size of a must be a power of two from 4 to 65536 bytes, not 100`);
  expect(ranges({ base: 0, size: 2 })).toThrow(`${wrong}size of a must be a power of two from 4 to 65536 bytes, not 2`);
  expect(ranges({ base: 0, size: 2 ** 17 })).toThrow(`${wrong}size of a must be a power of two from 4 to 65536 bytes, not 131072`);
  expect(ranges({ base: 0x1080, size: 0x100 })).toThrow(`${wrong}base of a must be a multiple of its size 0x100, not 0x1080`);
  expect(ranges({ base: -1, size: 0x100 })).toThrow(`${wrong}base of a must be a multiple of its size 0x100, not -1`);
  expect(ranges({ base: 0x10000, size: 0x100 })).toThrow(`${wrong}a ends at 0x100ff, beyond the 16 bits of an address`);
  expect(ranges({ base: 0x8000, size: 0x4000 })).toThrow(`${wrong}b at 0x8000 to 0x80ff overlaps a at 0x8000 to 0xbfff`);
  expect(() => axiLiteInterconnect(16, {})).toThrow(`${wrong}there must be at least one range`);
});

bench.verilog();
