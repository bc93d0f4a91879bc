/** What may be driven, and how: wires and outputs by `set`, registers by `next`, inputs by nobody. Compiled, never run. */
import { Bool, Bundle, Enum, In, lit, module, Out, reg, UInt, Vec, wire } from '@vtoe/hdl';

const State = Enum('State', ['Idle', 'Run']);
const Pair = Bundle('Pair', { a: UInt(8), b: Bool });

export const assignment = module('assignment', {}, {
  x: In(UInt(8)), on: In(Bool), pair: In(Pair), row: In(Vec(UInt(8), 4)), y: Out(UInt(8)), out: Out(Pair), rows: Out(Vec(Pair, 2)),
}, (io) => {
  const w = wire(UInt(8));
  const r = reg(UInt(8), { init: 3 });
  const state = reg(State, { init: 'Run' });
  const pairs = reg(Vec(Pair, 2), { init: [{ a: 0, b: true }, { a: 1, b: false }] });

  // Driving an input, as a whole or in part
  // @ts-expect-error
  io.x.set(1);
  // @ts-expect-error
  io.x.next = 1;
  // @ts-expect-error
  io.pair.set({ a: 1, b: true });
  // @ts-expect-error
  io.pair.a.set(1);
  // @ts-expect-error
  io.row.at(0).set(1);
  // @ts-expect-error
  io.row.at(io.x).set(1);
  // @ts-expect-error
  for (const element of io.row) element.set(1);

  // Driving a value
  // @ts-expect-error
  w.add(1).set(3);
  // @ts-expect-error
  lit(UInt(8), 3).set(3);
  // @ts-expect-error
  w.bit(2).set(true);

  // `.set()` on a register
  // @ts-expect-error
  r.set(1);
  // @ts-expect-error
  pairs.set(pairs);
  // @ts-expect-error
  pairs.at(0).set({ a: 1, b: true });
  // @ts-expect-error
  pairs.at(0).a.set(1);

  // `.next` of a wire or an output
  // @ts-expect-error
  w.next = 1;
  // @ts-expect-error
  io.y.next = 1;
  // @ts-expect-error
  io.out.a.next = 1;

  // Reading `.next`
  // @ts-expect-error
  w.set(r.next);
  // @ts-expect-error
  r.next.add(1);
  // @ts-expect-error
  r.next = reg(UInt(8)).next;
  // @ts-expect-error
  void r.next.eq(1);

  // Assigning with `=` what takes `set`, or forgetting `.next`
  // @ts-expect-error
  io.y = w;
  // @ts-expect-error
  io.out.a = w;

  // The wrong kind
  // @ts-expect-error
  w.set(io.on);
  // @ts-expect-error
  w.set(true);
  // @ts-expect-error
  r.next = io.on;
  // @ts-expect-error
  r.next = '1';
  // @ts-expect-error
  state.next = 'Stop';
  // @ts-expect-error
  state.next = 1;
  // @ts-expect-error
  io.out.set({ a: 1 });
  // @ts-expect-error
  io.out.set({ a: 1, b: true, c: 1 });
  // @ts-expect-error
  io.out.set(io.x);
  // @ts-expect-error
  io.out.b.set(1);
  // @ts-expect-error
  io.rows.set(io.pair);
  // @ts-expect-error
  io.rows.at(0).set({ a: 1, b: 1 });

  // A bundle with more fields is another shape
  // @ts-expect-error
  wire(Bundle('Small', { a: UInt(8) })).set(io.pair);
  // @ts-expect-error
  reg(Bundle('Small', { a: UInt(8) })).next = io.pair;

  // Options
  // @ts-expect-error
  reg(UInt(8), { init: true });
  // @ts-expect-error
  reg(State, { init: 'Stop' });
  // @ts-expect-error
  reg(UInt(8), { initial: 3 });
  // @ts-expect-error
  reg(UInt(8), { reset: true });
  // @ts-expect-error
  reg(8);
  // @ts-expect-error
  wire('w');
  // @ts-expect-error
  wire(In(UInt(8)));
});
