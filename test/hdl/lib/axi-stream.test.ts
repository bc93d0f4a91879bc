import { elaborate, In, module, Out, Packet } from '@vtoe/hdl';
import { AxiStream } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

const through = (width: number) => module('through', { d: width }, {
  rx: In(AxiStream(width), { prefix: 's_axis_rx_' }),
  tx: Out(AxiStream(width), { prefix: 'm_axis_tx_' }),
}, ({ rx, tx }) => { tx.from(rx); });

test.each([8, 64, 512])('%i bits: names and widths are those of the specification', (width) => {
  const ports = elaborate(through(width)).top.ports.map(({ kind, name, width: bits }) => `${kind} ${name} ${bits}`).sort();
  expect(ports).toEqual([
    'input m_axis_tx_tready 1', `input s_axis_rx_tdata ${width}`, `input s_axis_rx_tkeep ${width / 8}`,
    'input s_axis_rx_tlast 1', 'input s_axis_rx_tuser 1', 'input s_axis_rx_tvalid 1',
    `output m_axis_tx_tdata ${width}`, `output m_axis_tx_tkeep ${width / 8}`,
    'output m_axis_tx_tlast 1', 'output m_axis_tx_tuser 1', 'output m_axis_tx_tvalid 1', 'output s_axis_rx_tready 1',
  ]);
});

test('the payload is a packet beat, for all packet verbs', () => {
  expect(AxiStream(64).payload).toEqual(Packet(64));
});

test('everything passes through wires', () => {
  const { io, step } = bench.simulate(through(64));
  for (let i = 0; i < 8; i++) {
    const beat = { data: 0x0102030405060708n + BigInt(i), keep: BigInt(2 ** i), last: i % 2 === 0, user: i % 4 < 2 };
    io.rx.payload = beat;
    io.rx.valid = i < 4;
    io.tx.ready = i % 3 === 0;
    expect(io.tx.payload).toEqual(beat);
    expect([io.tx.valid, io.rx.ready]).toEqual([i < 4, i % 3 === 0]);
    step();
  }
});

test('wrong arguments', () => {
  for (const width of [0, 12, 1032, Number.NaN]) {
    expect(() => AxiStream(width)).toThrow(`AxiStream: width must be a multiple of 8 bits from 8 to 1024, not ${width}`);
  }
});

bench.verilog();
