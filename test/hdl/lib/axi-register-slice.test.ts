import { type BundleShape, type Data, elaborate, inst, In, module, Out, pausing, type SimDrive, type SimValue, streamSink, streamSource } from '@vtoe/hdl';
import { AxiStream, axiLiteRegisterSlice, type AxiSlices, axiRegisterSlice, axiStreamRegisterSlice, checkAxiStream, type Slice } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { LOADS } from './traffic.ts';

const bench = hardwareBench();
const ITEMS = 80;
const SLICES: readonly Slice[] = ['bypass', 'stage', 'skid'];

type Beat = SimValue<ReturnType<typeof AxiStream>['payload']>;

/** Packets of 1 to 4 beats. */
const BEATS: Beat[] = Array.from({ length: ITEMS }, (_, i) => {
  const last = i % 4 === (i >> 2) % 4 || i === ITEMS - 1;
  return { user: last && i % 3 === 0, last, keep: last ? 0xffn >> BigInt(i % 8) : 0xffn, data: BigInt(i) * 0x0101010101010101n };
});

/** The slice between two checkers. */
const watched = (slice: Slice) => module('watched_slice', { slice }, {
  s: In(AxiStream(64), { prefix: 's_axis_' }), m: Out(AxiStream(64), { prefix: 'm_axis_' }),
}, ({ s, m }) => {
  const dut = inst(axiStreamRegisterSlice(64, slice), { s });
  m.from(dut.m);
  return { dut, from: checkAxiStream(s, { name: 's', verdict: 'assume' }), to: checkAxiStream(m, { name: 'm' }) };
});

describe.each(SLICES)('AXI4-Stream, %s', (slice) => {
  test.each(LOADS)('all beats in order, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(watched(slice));
    const out: Beat[] = [];
    sim.step();
    sim.start(streamSource(sim.io.s, sim.sampled.s, BEATS, pausing(idle, 1)));
    sim.start(streamSink(sim.io.m, sim.sampled.m, out, pausing(pressure, 2)));
    sim.until(() => out.length === ITEMS, 20 * ITEMS);
    expect(out).toEqual(BEATS);
    // One beat a cycle, after one cycle unless it is all wires; and the first cycle after reset, in which nothing may be offered.
    if (idle + pressure === 0) expect(sim.cycle).toBe(ITEMS + (slice === 'bypass' ? 0 : 1) + 1);
  });

  test('what is combinational', () => {
    const sim = bench.simulate(axiStreamRegisterSlice(64, slice));
    const { io, step } = sim;
    io.m.ready = false;
    io.s.valid = true;
    io.s.payload = { user: false, last: true, keep: 1, data: 1 };
    const forward = io.m.valid;
    step(4);
    // Full now: is the news that the sink takes one seen at once?
    const before = io.s.ready;
    io.m.ready = true;
    const backward = io.s.ready !== before;
    expect({ forward, backward }).toEqual({ bypass: { forward: true, backward: true }, stage: { forward: false, backward: true }, skid: { forward: false, backward: false } }[slice]);
  });
});

/** Something for each field of a shape, different for each `i`. */
function item<T extends Data>(shape: T, i: number): SimDrive<T> {
  const value = (field: Data): unknown => {
    switch (field.kind) {
      case 'uint': return (BigInt(i + 1) * 0x9e3779b97f4a7c15n) & ((1n << BigInt(field.width)) - 1n);
      case 'bool': return i % 3 === 0;
      case 'enum': return field.labels[i % field.labels.length];
      default: return Object.fromEntries(Object.entries((field as BundleShape).fields).map(([name, inner]) => [name, value(inner)]));
    }
  };
  return value(shape) as SimDrive<T>;
}

const MIXED: readonly AxiSlices[] = [{}, { aw: 'bypass', w: 'stage', b: 'bypass', ar: 'stage', r: 'skid' }, { aw: 'stage', w: 'bypass', b: 'stage', ar: 'skid', r: 'bypass' }];
const CHANNELS = [['aw', 's', 'm'], ['w', 's', 'm'], ['b', 'm', 's'], ['ar', 's', 'm'], ['r', 'm', 's']] as const;

describe.each(MIXED)('%j', (slices) => {
  const definitions = { 'AXI4-Lite': axiLiteRegisterSlice(16, 32, slices), AXI4: axiRegisterSlice({ dataWidth: 64, idWidth: 4, userWidth: 7 }, slices) };
  for (const [name, definition] of Object.entries(definitions) as [string, typeof definitions.AXI4][]) {
    test.each(LOADS)(`${name}: all five channels in order, idle %i, back-pressure %i percent`, (idle, pressure) => {
      const sim = bench.simulate(definition);
      const results = CHANNELS.map(([channel, from, to], k) => {
        const input = sim.io[from][channel] as Parameters<typeof streamSource>[0];
        const output = sim.io[to][channel] as Parameters<typeof streamSink>[0];
        const shape = definition.ports.s.shape.members[channel].shape.payload;
        const items = Array.from({ length: ITEMS }, (_, i) => item(shape, 10 * i + k));
        const out: SimValue<Data>[] = [];
        sim.start(streamSource(input, sim.sampled[from][channel], items, pausing(idle, 2 * k)));
        sim.start(streamSink(output, sim.sampled[to][channel], out, pausing(pressure, 2 * k + 1)));
        return { items, out };
      });
      sim.until(() => results.every(({ out }) => out.length === ITEMS), 20 * ITEMS);
      for (const { items, out } of results) expect(out).toEqual(items);
      if (idle + pressure === 0) expect(sim.cycle).toBe(ITEMS + 1);
    });
  }
});

test('a skid slice takes the beat that comes with the news that the sink has stopped', () => {
  const { io, step, watch } = bench.simulate(axiStreamRegisterSlice(8, 'skid'));
  const wave = watch(['s_axis_tvalid', 's_axis_tready', 's_axis_tdata', 'm_axis_tvalid', 'm_axis_tready', 'm_axis_tdata']);
  let data = 1;
  for (const ready of [true, true, true, false, false, true, true, true, true]) {
    io.m.ready = ready;
    io.s.valid = data < 6;
    io.s.payload = { user: false, last: true, keep: 1, data };
    if (io.s.valid && io.s.ready) data += 1;
    step();
  }
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle          0  1  2  3  4  5  6  7  8
    s_axis_tvalid  ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁
    s_axis_tready  ▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔
    s_axis_tdata   │1 │2 │3 │4 │5       │6
    m_axis_tvalid  ▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁
    m_axis_tready  ▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔
    m_axis_tdata   │57│1 │2 │3       │4 │5 │6
    "
  `);
});

test('the variants have names of their own', () => {
  expect(elaborate(axiStreamRegisterSlice(64, 'stage')).top.name).toBe('axi_stream_register_slice_d64_slice_stage');
  expect(elaborate(axiLiteRegisterSlice(16, 32, { b: 'bypass' })).top.name).toBe('axi_lite_register_slice_a16_d32_aw_skid_w_skid_b_bypass_ar_skid_r_skid');
});

test('wrong arguments', () => {
  // @ts-expect-error: no such slice
  expect(() => axiStreamRegisterSlice(64, 'simple')).toThrow("axiStreamRegisterSlice: slice must be 'bypass', 'stage' or 'skid', not \"simple\"");
  // @ts-expect-error: no such slice
  expect(() => axiLiteRegisterSlice(16, 32, { r: 2 })).toThrow("axiLiteRegisterSlice: r must be 'bypass', 'stage' or 'skid', not 2");
  // @ts-expect-error: no such slice
  expect(() => axiRegisterSlice({ dataWidth: 64, idWidth: 1 }, { ar: 'full' })).toThrow("axiRegisterSlice: ar must be 'bypass', 'stage' or 'skid', not \"full\"");
});

bench.verilog();
