/** What people without types pass: of every kind, and the real things in the wrong places. */
import * as hdl from '@vtoe/hdl';
import fc from 'fast-check';

const { Bool, Bundle, elaborate, Enum, external, In, inst, Interface, lit, mem, module, Out, reg, Stream, UInt, Valid, Vec, wire } = hdl;

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });
const Bus = Interface('Bus', { request: Out(Stream(Pair)), response: In(Valid(UInt(8))), busy: In(Bool) });

/** What can be made outside of a body. */
const SHAPES: readonly unknown[] = [
  UInt(8), UInt(1), Bool, State, Pair, Vec(UInt(8), 3), Vec(Pair, 2), Stream(Pair), Valid(UInt(8)), Bus, Vec(Bus, 2), In(UInt(8)), Out(Stream(Pair)), In(Bus),
  lit(UInt(8), 3), lit(Bool, true), lit(State, 'Run'), lit(Pair, { high: 1, low: 2 }),
  external('PLL', { locked: Out(Bool) }),
];

const PORTS = {
  x: In(UInt(8)), on: In(Bool), state: In(State), pair: In(Pair), row: In(Vec(UInt(8), 3)), y: Out(UInt(8)), out: Out(Stream(Pair)), in: In(Stream(Pair)),
  rx: In(Valid(UInt(8))), bus: Out(Bus), slaves: In(Vec(Bus, 2)),
};

const part = module('part', {}, { x: In(UInt(8)), y: Out(UInt(8)), in: In(Stream(Pair)), out: Out(Stream(Pair)) }, (io) => {
  io.y.set(io.x);
  io.out.from(io.in);
});

/** Values of the running module, of each kind; all of it is right, so what is said in the end is about what was added. */
function valuesOfBody(io: hdl.InnerPorts<typeof PORTS>): { readonly values: readonly unknown[]; readonly named: { readonly [name: string]: unknown } } {
  const unit = inst(part, { x: 3, in: io.in });
  const named = {
    unit, octet: wire(UInt(8)), words: wire(Pair), buses: wire(Bus), count: reg(UInt(8)), pairs: reg(Pair), mode: reg(State), rows: reg(Vec(Pair, 2)), pairMemory: mem(Pair, 16), byteMemory: mem(UInt(8), 10),
  };
  named.octet.set(1);
  named.words.set({ high: 1, low: 2 });
  io.y.set(unit.y);
  io.out.payload.set(named.words);
  io.out.valid.set(true);
  unit.out.ready.set(io.on);
  for (const bus of [io.bus, named.buses]) {
    bus.request.valid.set(false);
    bus.request.payload.set(io.pair);
  }
  named.buses.request.ready.set(io.on);
  named.buses.response.from(io.rx);
  named.buses.busy.set(io.on);
  for (const slave of io.slaves) {
    slave.request.ready.set(true);
    slave.response.valid.set(false);
    slave.response.payload.set(io.x);
    slave.busy.set(io.on);
  }
  const values = [
    ...Object.values(io), ...Object.values(named), io.x, io.pair.low, io.row.at(io.x), io.x.bit(2), io.x.add(1), named.rows.at(io.x.bit(0).toUInt()), named.byteMemory.readSync(io.x.trunc(4)), named.pairMemory.read(3),
    unit.y, unit.out, unit.x, part, hdl.when(io.on, () => {}), lit(UInt(8), 3),
  ];
  return { values, named };
}

/** Runs `body` in the body of a module that is right but for it. @throws what the rest of elaboration throws */
export function inModule(body: (values: readonly unknown[]) => void): void {
  elaborate(module('subject', {}, PORTS, (io) => {
    const { values, named } = valuesOfBody(io);
    body(values);
    return named;
  }));
}

/** Values of a module whose body has ended. */
const LEAKED: readonly unknown[] = (() => {
  let leaked: readonly unknown[] = [];
  inModule((values) => { leaked = values; });
  return leaked;
})();

class Design {
  readonly width = 8;
  readonly shape = UInt(8);
  elaborated(): number { return this.width; }
}

const NUMBERS = [0, 1, 2, 3, 8, 16, -1, -8, 0.5, 256, 2 ** 31, 2 ** 53, Number.NaN, Infinity, -Infinity, -0];
const STRINGS = ['', 'a', 'x', 'Idle', 'Run', 'a b', '1', 'reg', 'clk', '__proto__', 'constructor', 'otherwise', 'toString', 'in', 'old', 'block'];
const KEYS = [...STRINGS, 'init', 'reset', 'attributes', 'width', 'kind', 'shape', 'direction', 'prefix', 'name', 'fields', 'bytes', 'lanes', 'high', 'low', 'x', 'y', 'model', 'clock', 'parameters', 'illegal', 'elaborated', 'ports', 'valid', 'ready', 'payload', '0', '255'];

/** Indices into the values of the body stand for them, since they exist only there. */
export interface OfBody {
  readonly ofBody: number;
}

const primitives = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, true, false, Symbol('s'), 0n, 1n, -1n, 1n << 80n),
  fc.constantFrom(...NUMBERS),
  fc.constantFrom(...STRINGS),
);

const objects = fc.constantFrom<() => unknown>(
  () => new Design(), () => new Date(0), () => new Map([['a', 1]]), () => new Set(), () => /x/, () => new Error('x'), () => Object.create(null) as unknown, () => Array.from({ length: 3 }),
  () => Promise.resolve(1), () => new Uint8Array(2), () => new Proxy({}, {}), () => globalThis.Math,
  () => () => {}, () => (x: unknown) => x, () => async () => {}, () => async () => { await Promise.resolve(); throw new Error('late'); },
  () => function* body() { yield 1; }, () => UInt, () => ({ kind: 'uint', width: -3 }), () => ({ kind: 'bundle', fields: {} }), () => ({ direction: 'in', shape: 3 }),
  () => ({ elaborated: () => 3 }), () => ({ kind: 'stream' }), () => ({ shape: { kind: 'uint', width: 8 } }),
).map((make) => ({ make }));

const real = fc.oneof(
  fc.constantFrom(...SHAPES),
  fc.constantFrom(...LEAKED),
  fc.nat(60).map((ofBody): OfBody => ({ ofBody })),
);

export const { garbage } = fc.letrec<{ garbage: unknown }>((tie) => ({
  garbage: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: primitives },
    { weight: 4, arbitrary: real },
    { weight: 2, arbitrary: objects },
    { weight: 1, arbitrary: fc.array(tie('garbage'), { maxLength: 4 }) },
    { weight: 2, arbitrary: fc.dictionary(fc.constantFrom(...KEYS), tie('garbage'), { maxKeys: 4 }) },
  ),
}));

const PROTOTYPES = new Set(LEAKED.map((value) => Object.getPrototypeOf(value) as object).filter((prototype) => prototype !== Object.prototype && prototype !== Array.prototype));

/** Values, memories, interfaces: objects whose methods are the language's. */
export function isOurs(x: unknown): x is object {
  return typeof x === 'object' && x !== null && (PROTOTYPES.has(Object.getPrototypeOf(x) as object) || 'elsewhen' in x && typeof x.elsewhen === 'function');
}

/** Makes what stands for something: values of the body, and objects that are new each time. */
export function realise(x: unknown, values: readonly unknown[]): unknown {
  if (typeof x !== 'object' || x === null) return x;
  if (Array.isArray(x)) return x.map((element) => realise(element, values));
  if (Object.getPrototypeOf(x) !== Object.prototype && Object.getPrototypeOf(x) !== null) return x;
  if (Object.isFrozen(x) && Object.keys(x).length > 0) return x;
  if ('make' in x) return (x as { make: () => unknown }).make();
  if ('ofBody' in x) return values.length === 0 ? undefined : values[(x as unknown as OfBody).ofBody % values.length];
  return Object.fromEntries(Object.entries(x).map(([key, part]) => [key, realise(part, values)]));
}
