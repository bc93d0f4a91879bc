import { elaborate, In, module, Out, type SimDrive, simulate } from '@vtoe/hdl';
import { AxiStream, axiStreamChecker, type AxiStreamRules, checkAxiStream } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { lint } from '../engines/lint.ts';
import { hardwareBench } from '../support/bench.ts';
import { synthesizable } from './synthesizable.ts';
import { kept, violation } from './violation.ts';

const bench = hardwareBench();

interface Cycle {
  readonly valid?: boolean;
  readonly ready?: boolean;
  readonly beat?: Partial<SimDrive<ReturnType<typeof AxiStream>['payload']>>;
}

const BEAT = { user: false, last: false, keep: 0xff, data: 0 };
const IDLE: Cycle = {};
const FIRST: Cycle = { valid: true, ready: true };
const LAST: Cycle = { valid: true, ready: true, beat: { last: true, keep: 0x07 } };

const checker = kept((options: AxiStreamRules) => bench.simulate(axiStreamChecker(64, options)));

/** Plays `cycles` to the checker; one idle cycle after reset comes first, unless `cold`. */
function play(cycles: readonly Cycle[], { cold = false, ...options }: AxiStreamRules & { cold?: boolean } = {}): string | undefined {
  const sim = checker(options);
  return violation(sim, () => {
    for (const { valid = false, ready = false, beat } of cold ? cycles : [IDLE, ...cycles]) {
      Object.assign(sim.io.s, { valid, ready, payload: { ...BEAT, ...beat } });
      sim.step();
    }
  });
}

describe('what the specification allows passes', () => {
  test.each<[string, Cycle[], AxiStreamRules]>([
    ['packets of one and of several beats, back to back', [LAST, FIRST, FIRST, LAST, LAST], { gapless: true }],
    ['a beat that waits', [{ ...FIRST, ready: false }, { ...FIRST, ready: false }, FIRST, LAST], {}],
    ['ready that comes and goes while nothing is offered', [{ ready: true }, IDLE, { ready: true }, LAST], {}],
    ['a pause between packets of a gapless stream', [FIRST, LAST, IDLE, LAST], { gapless: true }],
    ['a pause inside of a packet', [FIRST, IDLE, LAST], {}],
    ['a full last beat', [{ ...LAST, beat: { last: true, keep: 0xff } }], {}],
    ['holes where any tkeep may be', [{ ...FIRST, beat: { keep: 0x5a } }, { ...LAST, beat: { last: true, keep: 0 } }], { keep: 'any' }],
    ['a payload that changes while nothing is offered', [{ beat: { data: 1 } }, { beat: { data: 2, keep: 0 } }], {}],
  ])('%s', (_what, cycles, options) => expect(play(cycles, options)).toBeUndefined());
});

describe('each rule is broken once and caught', () => {
  test.each<[string, Cycle[], (AxiStreamRules & { cold?: boolean })?]>([
    ['TVALID must be low in the first cycle after reset (AMBA AXI4-Stream 2.7.2)', [FIRST], { cold: true }],
    ['TVALID must not fall before TREADY (AMBA AXI4-Stream 2.2.1)', [{ valid: true }, IDLE]],
    ['the T payload must not change while TVALID waits for TREADY (AMBA AXI4-Stream 2.2.1)', [{ valid: true }, { valid: true, beat: { data: 1 } }]],
    ['the T payload must not change while TVALID waits for TREADY (AMBA AXI4-Stream 2.2.1)', [{ valid: true }, { valid: true, beat: { user: true } }]],
    ['TKEEP must be all ones on a beat without TLAST (packed stream, AMBA AXI4-Stream 2.4.1)', [{ ...FIRST, beat: { keep: 0x7f } }]],
    ['TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST (packed stream, AMBA AXI4-Stream 2.4.1)', [{ ...LAST, beat: { last: true, keep: 0x05 } }]],
    ['TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST (packed stream, AMBA AXI4-Stream 2.4.1)', [{ ...LAST, beat: { last: true, keep: 0xfe } }]],
    ['TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST (packed stream, AMBA AXI4-Stream 2.4.1)', [{ ...LAST, beat: { last: true, keep: 0 } }]],
    ['TVALID must not pause inside of a packet (gapless stream)', [FIRST, IDLE], { gapless: true }],
  ])('%s', (sentence, cycles, options) => {
    // The last cycle breaks the rule; those before it pass.
    expect(play(cycles.slice(0, -1), options)).toBeUndefined();
    expect(play(cycles, options)).toBe(`cycle ${cycles.length - (options?.cold === true ? 1 : 0)}: ${sentence}`);
  });
});

/** A block that drops its valid when it is told to, with a checker on both sides. */
const block = module('block', {}, { in: In(AxiStream(32)), out: Out(AxiStream(32)), drop: In(AxiStream(8).payload.fields.last) }, (io) => {
  io.in.ready.set(io.out.ready);
  io.out.valid.set(io.in.valid.and(io.drop.not()));
  io.out.payload.set(io.in.payload);
  return { in_rules: checkAxiStream(io.in, { name: 'in', verdict: 'assume' }), out_rules: checkAxiStream(io.out, { name: 'out' }) };
});

test('attached inside of a module, it names the connection and whose fault it is', () => {
  const start = () => {
    const sim = simulate(block);
    sim.step();
    sim.io.in.payload = { ...BEAT, keep: 0xf };
    sim.io.in.valid = true;
    sim.step();
    return sim;
  };
  const dropping = start();
  dropping.io.drop = true;
  expect(() => dropping.step()).toThrow('assertion in the top failed in cycle 2: out: TVALID must not fall before TREADY (AMBA AXI4-Stream 2.2.1)');
  const falling = start();
  falling.io.in.valid = false;
  expect(() => falling.step()).toThrow('assumption in the top failed in cycle 2: in: TVALID must not fall before TREADY (AMBA AXI4-Stream 2.2.1)');
});

test('it makes no hardware', () => {
  expect(synthesizable(block)).not.toMatch(/\breg\b/);
  expect(synthesizable(axiStreamChecker(64))).not.toMatch(/\breg\b/);
});

test('its assertions in Verilog are clean', async () => {
  expect(await lint([elaborate(axiStreamChecker(64, { gapless: true }))], { defines: ['VTOE_ASSERT'], yosys: false })).toEqual([]);
});

bench.verilog();
