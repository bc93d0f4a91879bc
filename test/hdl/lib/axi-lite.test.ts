import { elaborate, In, module, Out } from '@vtoe/hdl';
import { AxiLite, AxiResponse } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

const through = (addressWidth: number, dataWidth?: number) => module('through', { a: addressWidth, d: dataWidth ?? 32 }, {
  s: In(AxiLite(addressWidth, dataWidth), { prefix: 's_axil_' }),
  m: Out(AxiLite(addressWidth, dataWidth), { prefix: 'm_axil_' }),
}, ({ s, m }) => {
  m.aw.from(s.aw);
  m.w.from(s.w);
  s.b.from(m.b);
  m.ar.from(s.ar);
  s.r.from(m.r);
});

/** Leaves of a port as `name width`, inputs and outputs apart. */
function leaves(prefix: string, addressWidth: number, dataWidth?: number): { input: string[]; output: string[] } {
  const ports = elaborate(through(addressWidth, dataWidth)).top.ports.filter(({ name }) => name.startsWith(prefix));
  const of = (kind: string) => ports.filter((port) => port.kind === kind).map(({ name, width }) => `${name.slice(prefix.length)} ${width}`).sort();
  return { input: of('input'), output: of('output') };
}

const FROM_MASTER = ['araddr 16', 'arprot 3', 'arvalid 1', 'awaddr 16', 'awprot 3', 'awvalid 1', 'bready 1', 'rready 1', 'wdata 32', 'wstrb 4', 'wvalid 1'];
const FROM_SLAVE = ['arready 1', 'awready 1', 'bresp 2', 'bvalid 1', 'rdata 32', 'rresp 2', 'rvalid 1', 'wready 1'];

test('a slave port and a master port have the names of the specification', () => {
  expect(leaves('s_axil_', 16)).toEqual({ input: FROM_MASTER, output: FROM_SLAVE });
  expect(leaves('m_axil_', 16)).toEqual({ input: FROM_SLAVE, output: FROM_MASTER });
});

test('widths are parameters', () => {
  const { input } = leaves('s_axil_', 40, 64);
  expect(input).toEqual(expect.arrayContaining(['awaddr 40', 'araddr 40', 'wdata 64', 'wstrb 8']));
});

test('responses have the encodings of A3.4.4', () => {
  expect(AxiResponse.encoding.labels).toEqual([
    { name: 'OKAY', value: 0n }, { name: 'EXOKAY', value: 1n }, { name: 'SLVERR', value: 2n }, { name: 'DECERR', value: 3n },
  ]);
});

test('everything passes through wires', () => {
  const { io, step } = bench.simulate(through(16));
  for (let i = 0; i < 4; i++) {
    io.s.aw.payload = { addr: 0x1000 + i, prot: i };
    io.m.b.payload = { resp: (['OKAY', 'EXOKAY', 'SLVERR', 'DECERR'] as const)[i]! };
    io.s.aw.valid = io.m.b.valid = i % 2 === 0;
    io.m.aw.ready = io.s.b.ready = i < 2;
    expect([io.m.aw.payload.addr, io.m.aw.payload.prot, io.m.aw.valid, io.s.aw.ready]).toEqual([BigInt(0x1000 + i), BigInt(i), i % 2 === 0, i < 2]);
    expect([io.s.b.payload.resp, io.s.b.valid, io.m.b.ready]).toEqual([io.m.b.payload.resp, i % 2 === 0, i < 2]);
    step();
  }
});

test('wrong arguments', () => {
  expect(() => AxiLite(0)).toThrow('AxiLite: addressWidth must be a whole number from 1 to 64, not 0');
  expect(() => AxiLite(65)).toThrow('AxiLite: addressWidth must be a whole number from 1 to 64, not 65');
  expect(() => AxiLite(16, 128)).toThrow('AxiLite: dataWidth must be 32 or 64, not 128');
});

bench.verilog();
