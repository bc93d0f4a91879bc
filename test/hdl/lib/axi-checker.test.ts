import { elaborate, module, Out, type SimDrive, simulate } from '@vtoe/hdl';
import { Axi, type AxiAddress, axiChecker, type AxiRules, checkAxiRead, checkAxiWrite } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { lint } from '../engines/lint.ts';
import { hardwareBench } from '../support/bench.ts';
import { synthesizable } from './synthesizable.ts';
import { kept, times, violation } from './violation.ts';

const bench = hardwareBench();
const PARAMETERS = { dataWidth: 64, idWidth: 2 };

type Handshake = 'v' | 'r' | 'vr';
type Address = Partial<SimDrive<ReturnType<typeof AxiAddress>>>;

interface Cycle {
  readonly aw?: Handshake;
  readonly w?: Handshake;
  readonly b?: Handshake;
  readonly ar?: Handshake;
  readonly r?: Handshake;
  /** AW and AR. */
  readonly address?: Address;
  readonly strb?: number;
  /** WLAST and RLAST, high by default. */
  readonly more?: boolean;
  /** BID and RID. */
  readonly id?: number;
}

type Options = Omit<AxiRules, 'name' | 'master' | 'slave'> & { readonly cold?: boolean };

const ADDRESS = { id: 0, addr: 0, len: 0, size: 3, burst: 'INCR', lock: false, cache: 0, prot: 0, qos: 0, user: 0 } as const;

const checker = kept((options: Options) => bench.simulate(axiChecker(PARAMETERS, { outstanding: 4, ...options })));

/** Plays `cycles` to the checker; one idle cycle after reset comes first, unless `cold`. */
function play(cycles: readonly Cycle[], { cold = false, ...options }: Options = {}): string | undefined {
  const sim = checker(options);
  return violation(sim, () => (cold ? cycles : [{}, ...cycles]).forEach((cycle) => drive(sim, cycle)));
}

function drive({ io, step }: ReturnType<typeof checker>, { aw, w, b, ar, r, address, strb = 0xff, more = false, id = 0 }: Cycle): void {
  for (const [channel, handshake] of [[io.s.aw, aw], [io.s.w, w], [io.s.b, b], [io.s.ar, ar], [io.s.r, r]] as const) {
    channel.valid = handshake === 'v' || handshake === 'vr';
    channel.ready = handshake === 'r' || handshake === 'vr';
  }
  io.s.aw.payload = { ...ADDRESS, ...address };
  io.s.ar.payload = { ...ADDRESS, ...address };
  io.s.w.payload = { data: 0, strb, last: !more };
  io.s.b.payload = { id, resp: 'OKAY' };
  io.s.r.payload = { id, data: 0, resp: 'OKAY', last: !more };
  step();
}

const write = (address: Address = {}): Cycle => ({ aw: 'vr', address });
const read = (address: Address = {}): Cycle => ({ ar: 'vr', address });
const beats = (count: number, strobes: readonly number[] = []): Cycle[] =>
  Array.from({ length: count }, (_, i) => ({ w: 'vr', more: i < count - 1, strb: strobes[i] ?? 0xff }));
const data = (count: number, id = 0): Cycle[] => Array.from({ length: count }, (_, i) => ({ r: 'vr', more: i < count - 1, id }));
const response = (id = 0): Cycle => ({ b: 'vr', id });

describe('what the specification allows passes', () => {
  test.each<[string, Cycle[], Options?]>([
    ['address before data', [write({ len: 1 }), ...beats(2), response()]],
    ['address with the first beat', [{ ...write({ len: 1 }), w: 'vr', more: true }, ...beats(1), response()]],
    ['address with the last beat', [{ w: 'vr', more: true }, { ...write({ len: 1 }), w: 'vr' }, response()]],
    ['address after all data', [...beats(3), {}, write({ len: 2 }), response()]],
    ['two bursts of data before their addresses', [...beats(1), ...beats(2), write(), write({ len: 1 }), response(), response()]],
    ['early data of one burst while the next has begun', [...beats(1), { w: 'vr', more: true }, write(), { ...write({ len: 1 }), w: 'vr' }, response(), response()]],
    ['data behind data while its address comes', [...beats(1), { ...write(), w: 'vr' }, { ...write(), b: 'vr' }, response()]],
    ['as many as the checker follows', [write(), write(), write(), write(), ...beats(1), response(), write(), ...beats(1), ...beats(1), ...beats(1), ...beats(1), ...[0, 0, 0, 0].map(response)]],
    ['responses out of order between IDs', [write({ id: 1 }), write({ id: 2 }), ...beats(1), ...beats(1), response(2), response(1)]],
    ['256 beats', [write({ len: 255 }), ...beats(256), response()]],
    ['a burst up to the end of the page', [write({ addr: 4096 - 32, len: 3 }), ...beats(4), response()]],
    ['an unaligned burst up to the end of the page', [write({ addr: 4096 - 29, len: 3 }), ...beats(4, [0xf8]), response()]],
    ['narrow beats on their lanes', [write({ addr: 5, size: 1, len: 3 }), ...beats(4, [0x20, 0xc0, 0x03, 0x0c]), response()]],
    ['a FIXED burst on the same lanes', [write({ addr: 2, size: 1, len: 2, burst: 'FIXED' }), ...beats(3, [0x0c, 0x04, 0x08]), response()]],
    ['a WRAP burst around its lanes', [write({ addr: 6, size: 0, len: 3, burst: 'WRAP' }), ...beats(4, [0x40, 0x80, 0x10, 0x20]), response()]],
    ['a wide WRAP burst', [write({ addr: 4096 - 8, len: 7, burst: 'WRAP' }), ...beats(8), response()]],
    ['no strobe at all', [write(), ...beats(1, [0]), response()]],
    ['an exclusive access', [write({ addr: 128, len: 15, lock: true }), ...beats(16), response()]],
    ['reads of different IDs that mix', [read({ id: 1, len: 1 }), read({ id: 2, len: 1 }), { r: 'vr', id: 2, more: true }, { r: 'vr', id: 1, more: true }, { r: 'vr', id: 2 }, { r: 'vr', id: 1 }]],
    ['reads of one ID in order', [read({ len: 2 }), read({ len: 0 }), ...data(3), ...data(1)]],
    ['a read address with the data of the one before', [read(), { ...read(), r: 'vr' }, { ...read(), r: 'vr' }, ...data(1)]],
    ['our bursts', [write({ addr: 7, len: 255 }), ...beats(256, [0x80]), response()], { incrementing: true, maximumBytes: 2048 }],
  ])('%s', (_what, cycles, options) => expect(play(cycles, options)).toBeUndefined());
});

const stays = (channel: string) => `${channel}VALID must not fall before ${channel}READY (AMBA AXI A3.2.1)`;
const same = (channel: string) => `the ${channel} payload must not change while ${channel}VALID waits for ${channel}READY (AMBA AXI A3.2.1)`;
const cold = (channel: string) => `${channel}VALID must be low in the first cycle after reset (AMBA AXI A3.1.2)`;
const WLAST = 'WLAST must be high on beat AWLEN + 1 of a burst and on no other (AMBA AXI A3.2.2)';
const RLAST = 'RLAST must be high on beat ARLEN + 1 of a burst and on no other, in order within an ID (AMBA AXI A3.2.2, A5.3)';
const WSTRB = "WSTRB must be set only on byte lanes that the beat's address and size cover (AMBA AXI A3.4.3)";
const ANSWER = 'BVALID and BID must answer a write whose address and last data were taken (AMBA AXI A3.3.1)';
const READ_ANSWER = 'RVALID and RID must answer a read whose address was taken (AMBA AXI A3.3.1)';
const room = (what: string) => `this checker follows at most 4 outstanding ${what}; raise its option outstanding`;

/** Of AW and of AR: the same rules about their contents. */
const CONTENTS: readonly [(channel: string) => string, Address, Options?][] = [
  [(c) => `${c}BURST must not be 3, which is reserved (AMBA AXI A3.4.1)`, { burst: 'RESERVED' }],
  [(c) => `${c}SIZE must not exceed the data bus (AMBA AXI A3.4.1)`, { size: 4 }],
  [(c) => `an ${c} burst must not cross a 4 KiB boundary (AMBA AXI A3.4.1)`, { addr: 4096 - 8, len: 1 }],
  [(c) => `an ${c} burst must not cross a 4 KiB boundary (AMBA AXI A3.4.1)`, { addr: 8191, len: 1, size: 0 }],
  [(c) => `an ${c} burst must not cross a 4 KiB boundary (AMBA AXI A3.4.1)`, { addr: 2056, len: 255 }],
  [(c) => `a FIXED ${c} burst must not be longer than 16 beats (AMBA AXI A3.4.1)`, { burst: 'FIXED', len: 16 }],
  [(c) => `a WRAP ${c} burst must be 2, 4, 8 or 16 beats long (AMBA AXI A3.4.1)`, { burst: 'WRAP', len: 2 }],
  [(c) => `a WRAP ${c} burst must start at a multiple of its size (AMBA AXI A3.4.1)`, { burst: 'WRAP', len: 1, addr: 4 }],
  [(c) => `an exclusive ${c} access must be a power of two of at most 128 bytes in at most 16 beats (AMBA AXI A7.2.4)`, { lock: true, len: 2 }],
  [(c) => `an exclusive ${c} access must be a power of two of at most 128 bytes in at most 16 beats (AMBA AXI A7.2.4)`, { lock: true, len: 31, size: 2 }],
  [(c) => `an exclusive ${c} access must start at a multiple of its bytes (AMBA AXI A7.2.4)`, { lock: true, len: 1, addr: 8 }],
  [(c) => `${c}CACHE must not ask to allocate what is not modifiable (AMBA AXI A4.4)`, { cache: 0b1000 }],
  [(c) => `${c} bursts must be INCR with full-width beats on this connection`, { size: 2 }, { incrementing: true }],
  [(c) => `${c} bursts must be INCR with full-width beats on this connection`, { burst: 'FIXED' }, { incrementing: true }],
  [(c) => `${c} bursts must not exceed 64 bytes on this connection`, { len: 8 }, { maximumBytes: 64 }],
];

describe('each rule is broken once and caught', () => {
  test.each<[string, Cycle[], Options?]>([
    [cold('AW'), [{ aw: 'v' }], { cold: true }],
    [cold('W'), [{ w: 'v' }], { cold: true }],
    [cold('B'), [{ b: 'v' }], { cold: true }],
    [cold('AR'), [{ ar: 'v' }], { cold: true }],
    [cold('R'), [{ r: 'v' }], { cold: true }],
    [stays('AW'), [{ aw: 'v' }, {}]],
    [stays('W'), [{ w: 'v' }, {}]],
    [stays('B'), [write(), ...beats(1), { b: 'v' }, {}]],
    [stays('AR'), [{ ar: 'v' }, {}]],
    [stays('R'), [read(), { r: 'v' }, {}]],
    [same('AW'), [{ aw: 'v' }, write({ len: 1 })]],
    [same('W'), [{ w: 'v' }, { w: 'vr', strb: 0 }]],
    [same('B'), [write({ id: 1 }), write(), ...beats(1), ...beats(1), { b: 'v' }, response(1)]],
    [same('AR'), [{ ar: 'v' }, read({ user: 1 })]],
    [same('R'), [read(), read({ len: 1 }), { r: 'v' }, { r: 'vr', more: true }]],
    ...CONTENTS.flatMap(([sentence, address, options]): [string, Cycle[], Options?][] => [
      [sentence('AW'), [{ aw: 'v', address }], options], [sentence('AR'), [{ ar: 'v', address }], options],
    ]),
    [WLAST, [write({ len: 1 }), ...beats(1)]],
    [WLAST, [write({ len: 1 }), { w: 'vr', more: true }, { w: 'v', more: true }]],
    [WLAST, [write(), { w: 'v', more: true }]],
    [WLAST, [{ w: 'vr', more: true }, { ...write(), w: 'vr' }]],
    ['WLAST must be high on beat 256 at the latest (AMBA AXI A3.4.1)', times(256, { w: 'vr', more: true })],
    ['AWLEN + 1 must be the number of beats of the data that came before (AMBA AXI A3.4.1)', [...beats(2), write()]],
    [WSTRB, [write({ addr: 3 }), ...beats(1, [0xfc])]],
    [WSTRB, [write({ size: 1, len: 1 }), ...beats(2, [0x03, 0x03])]],
    [WSTRB, [write({ addr: 3, size: 1, len: 1, burst: 'FIXED' }), ...beats(2, [0x08, 0x0c])]],
    [WSTRB, [write({ addr: 6, size: 0, len: 1, burst: 'WRAP' }), ...beats(2, [0x40, 0x20])]],
    [WSTRB, [write({ addr: 7, size: 0, len: 1, burst: 'WRAP' }), ...beats(2, [0x80, 0x80])]],
    [ANSWER, [write(), response()]],
    [ANSWER, [...beats(1), response()]],
    [ANSWER, [write({ len: 1 }), { w: 'vr', more: true }, response()]],
    [ANSWER, [write({ id: 1 }), ...beats(1), response(2)]],
    [ANSWER, [write({ id: 1 }), write({ id: 2 }), ...beats(1), response(2)]],
    [ANSWER, [write(), ...beats(1), response(), response()]],
    [READ_ANSWER, [{ r: 'v' }]],
    [READ_ANSWER, [read(), ...data(1), { r: 'v' }]],
    [READ_ANSWER, [read({ id: 1 }), { r: 'v', id: 3 }]],
    [RLAST, [read({ len: 1 }), ...data(1)]],
    [RLAST, [read(), { r: 'v', more: true }]],
    [RLAST, [read({ len: 0 }), read({ len: 1 }), { r: 'v', more: true }]],
    [room('writes'), times(5, write())],
    [room('writes'), times(5, { w: 'vr' })],
    [room('reads'), times(5, read())],
  ])('%s', (sentence, cycles, options) => {
    // The last cycle breaks the rule; those before it pass.
    expect(play(cycles.slice(0, -1), options)).toBeUndefined();
    expect(play(cycles, options)).toBe(`cycle ${cycles.length - (options?.cold === true ? 1 : 0)}: ${sentence}`);
  });
});

test('the write or the read channels alone can be watched', () => {
  const idle = module('idle_master', {}, { m: Out(Axi(PARAMETERS)) }, ({ m }) => {
    for (const channel of [m.aw, m.w, m.ar] as const) channel.valid.set(false);
    m.aw.payload.set(ADDRESS);
    m.ar.payload.set(ADDRESS);
    m.w.payload.set({ data: 0, strb: 0, last: false });
    m.b.ready.set(true);
    m.r.ready.set(true);
    return { writes: checkAxiWrite(m, { outstanding: 2 }), reads: checkAxiRead(m, { outstanding: 2, name: 'reads' }) };
  });
  const sim = simulate(idle);
  sim.step();
  sim.io.m.b.valid = true;
  expect(() => sim.step()).toThrow(`cycle 1: ${ANSWER}`);
  sim.io.m.b.valid = false;
  sim.io.m.r.valid = true;
  expect(() => sim.step()).toThrow(`cycle 1: reads: ${READ_ANSWER}`);
});

test('it makes no hardware, and its assertions in Verilog are clean', async () => {
  const definition = axiChecker(PARAMETERS, { outstanding: 4, incrementing: true });
  expect(synthesizable(definition)).not.toMatch(/\breg\b/);
  expect(await lint([elaborate(definition)], { defines: ['VTOE_ASSERT'], yosys: false })).toEqual([]);
});

test('wrong arguments', () => {
  expect(() => axiChecker(PARAMETERS, { outstanding: 65 })).toThrow('checkAxi: outstanding must be a whole number from 1 to 64, not 65');
  expect(() => axiChecker(PARAMETERS, { maximumBytes: 8192 })).toThrow('checkAxi: maximumBytes must be a whole number from 1 to 4096, not 8192');
});

bench.verilog();
