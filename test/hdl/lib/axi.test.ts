import { connect, elaborate, In, module, Out } from '@vtoe/hdl';
import { Axi, AxiBurst, axiParameters, AxiRead, AxiWrite } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();
const TOE = { dataWidth: 128, idWidth: 4, userWidth: 7 };

const leaves = (definition: Parameters<typeof elaborate>[0]): string[] =>
  elaborate(definition).top.ports.map(({ kind, name, width }) => `${kind} ${name} ${width}`).sort();

const address = (channel: string) => [
  ['addr', 64], ['burst', 2], ['cache', 4], ['id', 4], ['len', 8], ['lock', 1], ['prot', 3], ['qos', 4], ['size', 3], ['user', 7], ['valid', 1],
].map(([name, width]) => `output m_axi_${channel}${name} ${width}`);
const WRITE = [
  ...address('aw'), 'input m_axi_awready 1',
  'output m_axi_wdata 128', 'output m_axi_wlast 1', 'output m_axi_wstrb 16', 'output m_axi_wvalid 1', 'input m_axi_wready 1',
  'input m_axi_bid 4', 'input m_axi_bresp 2', 'input m_axi_bvalid 1', 'output m_axi_bready 1',
];
const READ = [
  ...address('ar'), 'input m_axi_arready 1',
  'input m_axi_rdata 128', 'input m_axi_rid 4', 'input m_axi_rlast 1', 'input m_axi_rresp 2', 'input m_axi_rvalid 1', 'output m_axi_rready 1',
];

const ADDRESS = { id: 0, addr: 0, len: 0, size: 4, burst: 'INCR', lock: false, cache: 0, prot: 0, qos: 0, user: 0 } as const;

/** A master that writes or reads nothing. */
const writer = module('writer', {}, { m: Out(AxiWrite(TOE), { prefix: 'm_axi_' }) }, ({ m }) => {
  m.aw.valid.set(false);
  m.aw.payload.set(ADDRESS);
  m.w.valid.set(false);
  m.w.payload.set({ data: 0, strb: 0, last: false });
  m.b.ready.set(true);
});
const reader = module('reader', {}, { m: Out(AxiRead(TOE), { prefix: 'm_axi_' }) }, ({ m }) => {
  m.ar.valid.set(false);
  m.ar.payload.set(ADDRESS);
  m.r.ready.set(true);
});

const through = module('through', {}, { s: In(Axi(TOE), { prefix: 's_axi_' }), m: Out(Axi(TOE), { prefix: 'm_axi_' }) }, ({ s, m }) => { connect(m, s); });

test('a master port has the names of the specification', () => {
  expect(leaves(through).filter((leaf) => leaf.includes(' m_axi_'))).toEqual([...WRITE, ...READ].sort());
});

test('the write and the read channels can stand alone', () => {
  expect(leaves(writer)).toEqual([...WRITE].sort());
  expect(leaves(reader)).toEqual([...READ].sort());
});

test('burst types have the encodings of A3.4.1', () => {
  expect(AxiBurst.encoding.labels).toEqual([
    { name: 'FIXED', value: 0n }, { name: 'INCR', value: 1n }, { name: 'WRAP', value: 2n }, { name: 'RESERVED', value: 3n },
  ]);
});

test('everything passes through wires', () => {
  const { io, step } = bench.simulate(through);
  for (let i = 0; i < 4; i++) {
    const ar = { ...ADDRESS, id: i, addr: 0xfedcba9876543210n + BigInt(i), len: 255 - i, user: 2 ** i };
    io.s.ar.payload = ar;
    io.m.r.payload = { id: i, data: 5n << (BigInt(i) * 40n), resp: 'SLVERR', last: i === 3 };
    io.s.ar.valid = i === 1;
    expect(io.m.ar.payload).toEqual({ ...ar, id: BigInt(i), len: BigInt(255 - i), size: 4n, cache: 0n, prot: 0n, qos: 0n, user: BigInt(2 ** i) });
    expect(io.s.r.payload).toEqual({ id: BigInt(i), data: 5n << (BigInt(i) * 40n), resp: 'SLVERR', last: i === 3 });
    expect(io.m.ar.valid).toBe(i === 1);
    step();
  }
});

test('defaults', () => {
  expect(axiParameters({ dataWidth: 64, idWidth: 1 })).toEqual({ addressWidth: 64, dataWidth: 64, idWidth: 1, userWidth: 1 });
});

test('wrong arguments', () => {
  expect(() => Axi({ ...TOE, addressWidth: 11 })).toThrow('Axi: addressWidth must be a whole number from 12 to 64, not 11');
  expect(() => Axi({ ...TOE, idWidth: 0 })).toThrow('Axi: idWidth must be a whole number from 1 to 32, not 0');
  expect(() => AxiRead({ ...TOE, userWidth: 0 })).toThrow('Axi: userWidth must be a whole number from 1 to 1024, not 0');
  expect(() => AxiWrite({ ...TOE, dataWidth: 96 })).toThrow('Axi: dataWidth must be 8, 16, 32, 64, 128, 256, 512 or 1024, not 96');
});

bench.verilog();
