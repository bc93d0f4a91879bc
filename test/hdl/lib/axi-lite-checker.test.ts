import { elaborate } from '@vtoe/hdl';
import { axiLiteChecker, type AxiLiteRules } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { lint } from '../engines/lint.ts';
import { hardwareBench } from '../support/bench.ts';
import { synthesizable } from './synthesizable.ts';
import { kept, times, violation } from './violation.ts';

const bench = hardwareBench();

/** valid and ready of a channel in a cycle. */
type Handshake = '' | 'v' | 'r' | 'vr';

interface Cycle {
  readonly aw?: Handshake;
  readonly w?: Handshake;
  readonly b?: Handshake;
  readonly ar?: Handshake;
  readonly r?: Handshake;
  /** Sets payloads to something else than 0. */
  readonly also?: 'address' | 'data' | 'strobe' | 'readAddress' | 'exokay' | 'readData';
}

type Options = Pick<AxiLiteRules, 'outstanding' | 'patience'> & { readonly cold?: boolean };

const checker = kept((options: Options) => bench.simulate(axiLiteChecker(16, 32, options)));

/** Plays `cycles` to the checker; one idle cycle after reset comes first, unless `cold`. */
function play(cycles: readonly Cycle[], { cold = false, ...options }: Options = {}): string | undefined {
  const sim = checker(options);
  return violation(sim, () => (cold ? cycles : [{}, ...cycles]).forEach((cycle) => drive(sim, cycle)));
}

function drive({ io, step }: ReturnType<typeof checker>, { aw = '', w = '', b = '', ar = '', r = '', also }: Cycle): void {
  for (const [channel, handshake] of [[io.s.aw, aw], [io.s.w, w], [io.s.b, b], [io.s.ar, ar], [io.s.r, r]] as const) {
    channel.valid = handshake.includes('v');
    channel.ready = handshake.includes('r');
  }
  io.s.aw.payload = { addr: also === 'address' ? 4 : 0, prot: 0 };
  io.s.w.payload = { data: also === 'data' ? 1 : 0, strb: also === 'strobe' ? 1 : 15 };
  io.s.b.payload = { resp: also === 'exokay' ? 'EXOKAY' : 'OKAY' };
  io.s.ar.payload = { addr: also === 'readAddress' ? 4 : 0, prot: 0 };
  io.s.r.payload = { data: also === 'readData' ? 1 : 0, resp: also === 'exokay' ? 'EXOKAY' : 'OKAY' };
  step();
}

const WRITE: Cycle = { aw: 'vr', w: 'vr' };

describe('what the specification allows passes', () => {
  test.each<[string, Cycle[], Options?]>([
    ['address and data together', [WRITE, { b: 'vr' }]],
    ['address before data', [{ aw: 'vr' }, {}, { w: 'vr' }, { b: 'v' }, { b: 'vr' }]],
    ['data before address', [{ w: 'vr' }, {}, { aw: 'vr' }, {}, { b: 'vr' }]],
    ['a slave that waits for both', [{ aw: 'v' }, { aw: 'vr', w: 'vr' }, { b: 'vr' }]],
    ['a write a cycle', [WRITE, { ...WRITE, b: 'vr' }, { ...WRITE, b: 'vr' }, { b: 'vr' }]],
    ['a read a cycle', [{ ar: 'vr' }, { ar: 'vr', r: 'vr' }, { ar: 'vr', r: 'vr' }, { r: 'vr' }]],
    ['a read that waits on both channels', [{ ar: 'v' }, { ar: 'v' }, { ar: 'vr' }, {}, { r: 'v' }, { r: 'vr' }]],
    ['as many as the checker follows', [WRITE, { ...WRITE, ar: 'vr' }, { b: 'vr', ar: 'vr' }, { ...WRITE, b: 'vr', ar: 'vr', r: 'vr' }], { outstanding: 2 }],
    ['a master that holds the response up', [WRITE, ...times<Cycle>(9, { b: 'v' }), { b: 'vr' }], { patience: 3 }],
    ['a master that holds its data back', [...times<Cycle>(9, { aw: 'v' }), WRITE, { b: 'vr' }], { patience: 3 }],
    ['a slave just patient enough', [{ ar: 'v' }, { ar: 'v' }, { ar: 'vr' }, {}, {}, {}, { r: 'vr' }], { patience: 3 }],
  ])('%s', (_what, cycles, options) => expect(play(cycles, options)).toBeUndefined());
});

const stays = (channel: string) => `${channel}VALID must not fall before ${channel}READY (AMBA AXI A3.2.1)`;
const same = (channel: string) => `the ${channel} payload must not change while ${channel}VALID waits for ${channel}READY (AMBA AXI A3.2.1)`;
const cold = (channel: string) => `${channel}VALID must be low in the first cycle after reset (AMBA AXI A3.1.2)`;

describe('each rule is broken once and caught', () => {
  test.each<[string, Cycle[], Options?]>([
    [cold('AW'), [{ aw: 'v' }], { cold: true }],
    [cold('W'), [{ w: 'v' }], { cold: true }],
    [cold('B'), [{ b: 'v' }], { cold: true }],
    [cold('AR'), [{ ar: 'v' }], { cold: true }],
    [cold('R'), [{ r: 'v' }], { cold: true }],
    [stays('AW'), [{ aw: 'v' }, {}]],
    [stays('W'), [{ w: 'v' }, {}]],
    [stays('B'), [WRITE, { b: 'v' }, {}]],
    [stays('AR'), [{ ar: 'v' }, {}]],
    [stays('R'), [{ ar: 'vr' }, { r: 'v' }, {}]],
    [same('AW'), [{ aw: 'v' }, { aw: 'v', also: 'address' }]],
    [same('W'), [{ w: 'v' }, { w: 'v', also: 'data' }]],
    [same('W'), [{ w: 'v' }, { w: 'vr', also: 'strobe' }]],
    [same('AR'), [{ ar: 'v' }, { ar: 'vr', also: 'readAddress' }]],
    [same('R'), [{ ar: 'vr' }, { r: 'v' }, { r: 'vr', also: 'readData' }]],
    ['BRESP must not be EXOKAY (AMBA AXI B1.1.2)', [WRITE, { b: 'vr', also: 'exokay' }]],
    ['RRESP must not be EXOKAY (AMBA AXI B1.1.2)', [{ ar: 'vr' }, { r: 'vr', also: 'exokay' }]],
    ['BVALID must wait for the handshake of AW (AMBA AXI A3.3.1)', [{ w: 'vr' }, { b: 'vr' }]],
    ['BVALID must wait for the handshake of AW (AMBA AXI A3.3.1)', [{ w: 'vr' }, { aw: 'vr', b: 'vr' }]],
    ['BVALID must wait for the handshake of W (AMBA AXI A3.3.1)', [{ aw: 'vr' }, { w: 'v', b: 'vr' }]],
    ['BVALID must wait for the handshake of AW (AMBA AXI A3.3.1)', [WRITE, { b: 'vr' }, { b: 'vr' }]],
    ['RVALID must wait for the handshake of AR (AMBA AXI A3.3.1)', [{ ar: 'v', r: 'v' }]],
    ['RVALID must wait for the handshake of AR (AMBA AXI A3.3.1)', [{ ar: 'vr' }, { r: 'vr' }, { r: 'vr' }]],
    ['this checker follows at most 2 outstanding transactions each way; raise its option outstanding', [WRITE, { aw: 'vr' }, { aw: 'vr' }], { outstanding: 2 }],
    ['this checker follows at most 2 outstanding transactions each way; raise its option outstanding', [WRITE, { w: 'vr' }, { w: 'vr' }], { outstanding: 2 }],
    ['this checker follows at most 1 outstanding transactions each way; raise its option outstanding', [{ ar: 'vr' }, { ar: 'vr' }], { outstanding: 1 }],
    ['the slave has left a write without progress for more than 3 cycles', [{ ...WRITE }, {}, {}, {}, {}, {}], { patience: 3 }],
    ['the slave has left a write without progress for more than 3 cycles', times(5, { aw: 'v', w: 'v' }), { patience: 3 }],
    ['the slave has left a read without progress for more than 3 cycles', times(5, { ar: 'v' }), { patience: 3 }],
    ['the slave has left a read without progress for more than 3 cycles', [{ ar: 'vr' }, {}, {}, {}, {}, {}], { patience: 3 }],
  ])('%s', (sentence, cycles, options) => {
    // The last cycle breaks the rule; those before it pass.
    expect(play(cycles.slice(0, -1), options)).toBeUndefined();
    expect(play(cycles, options)).toBe(`cycle ${cycles.length - (options?.cold === true ? 1 : 0)}: ${sentence}`);
  });
});

test('it makes no hardware, and its assertions in Verilog are clean', async () => {
  const definition = axiLiteChecker(16, 32, { patience: 8 });
  expect(synthesizable(definition)).not.toMatch(/\breg\b/);
  expect(await lint([elaborate(definition)], { defines: ['VTOE_ASSERT'], yosys: false })).toEqual([]);
});

test('wrong arguments', () => {
  expect(() => axiLiteChecker(16, 32, { outstanding: 0 })).toThrow('checkAxiLite: outstanding must be a whole number from 1 to 255, not 0');
  expect(() => axiLiteChecker(16, 32, { patience: 1.5 })).toThrow('checkAxiLite: patience must be a whole number from 1 to 65535, not 1.5');
});

bench.verilog();
