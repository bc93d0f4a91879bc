/** What the types refuse on values: kinds never mix, and only what a kind has can be asked of it. Compiled, never run. */
import { Bool, Bundle, cat, Enum, In, lit, module, mux, Out, pack, UInt, unpack, Vec } from '@vtoe/hdl';

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Other = Enum('Other', { On: 1, Off: 2 });
const Pair = Bundle('Pair', { a: UInt(8), b: Bool });
const Small = Bundle('Small', { a: UInt(8) });
const Few = Enum('Few', ['Idle', 'Run']);
const Nested = Bundle('Nested', { pair: Pair, rows: Vec(UInt(4), 2), state: State });

export const kinds = module('kinds', {}, {
  x: In(UInt(8)), y: In(UInt(8)), on: In(Bool), state: In(State), other: In(Other), pair: In(Pair), nested: In(Nested), row: In(Vec(UInt(8), 4)), pairs: In(Vec(Pair, 2)), small: In(Small), few: In(Few),
  sum: Out(UInt(8)),
}, ({ x, y, on, state, other, pair, nested, row, pairs, small, few }) => {
  // Bool where a UInt is wanted
  // @ts-expect-error
  x.add(on);
  // @ts-expect-error
  x.eq(on);
  // @ts-expect-error
  x.add(true);
  // @ts-expect-error
  x.shl(on);
  // @ts-expect-error
  x.bit(on);
  // @ts-expect-error
  row.at(on);
  // UInt where a Bool is wanted
  // @ts-expect-error
  on.and(x);
  // @ts-expect-error
  on.and(1);
  // @ts-expect-error
  on.eq(0);
  // An enum is no number
  // @ts-expect-error
  x.add(state);
  // @ts-expect-error
  state.eq(0);
  // @ts-expect-error
  state.add(1);
  // @ts-expect-error
  state.eq(x);
  // Labels
  // @ts-expect-error
  state.eq('Runn');
  // @ts-expect-error
  state.is('Idle', 'Stop');
  // @ts-expect-error
  state.eq(other);
  // @ts-expect-error
  other.eq('Idle');
  // Literals of the wrong kind
  // @ts-expect-error
  x.add('1');
  // @ts-expect-error
  x.add(null);
  // @ts-expect-error
  x.add(undefined);
  // @ts-expect-error
  x.add({});
  // @ts-expect-error
  lit(UInt(8), true);
  // @ts-expect-error
  lit(Bool, 1);
  // @ts-expect-error
  lit(State, 'Stop');
  // @ts-expect-error
  lit(Pair, { a: 1 });
  // @ts-expect-error
  lit(Pair, { a: 1, b: true, c: 2 });
  // @ts-expect-error
  lit(Pair, { a: true, b: true });
  // @ts-expect-error
  lit(Vec(Bool, 2), [1, 0]);
  // Fields
  // @ts-expect-error
  pair.c.eq(1);
  // @ts-expect-error
  nested.pair.c.eq(1);
  // @ts-expect-error
  nested.rows.at(0).a.eq(1);
  // @ts-expect-error
  pairs.at(x).c.eq(1);
  // @ts-expect-error
  pair.eq({ a: 1, b: 0 });
  // @ts-expect-error
  pair.eq(nested);
  // @ts-expect-error
  nested.eq({ pair: { a: 1, b: true }, rows: [1, 2], state: 'Stop' });
  // @ts-expect-error
  pair.b.add(1);
  // More fields or fewer labels make another shape, on either side
  // @ts-expect-error
  small.eq(pair);
  // @ts-expect-error
  pair.eq(small);
  // @ts-expect-error
  mux(on, small, pair);
  // @ts-expect-error
  mux(on, pair, small);
  // @ts-expect-error
  state.eq(few);
  // @ts-expect-error
  few.eq(state);
  // @ts-expect-error
  mux(on, state, few);
  // A vector has no operators of its elements
  // @ts-expect-error
  row.add(1);
  // @ts-expect-error
  row[0].add(1);
  // @ts-expect-error
  row.eq(pairs);
  // A bundle has none of its fields
  // @ts-expect-error
  pair.add(1);
  // @ts-expect-error
  on.add(1);
  // @ts-expect-error
  on.asBool();
  // @ts-expect-error
  x.toUInt();

  // mux: a Bool chooses, between values of one kind
  // @ts-expect-error
  mux(x, x, y);
  // @ts-expect-error
  mux(true, x, y);
  // @ts-expect-error
  mux(on, x, on);
  // @ts-expect-error
  mux(on, on, 1);
  // @ts-expect-error
  mux(on, 1, 2);
  // @ts-expect-error
  mux(on, state, 'Stop');
  // @ts-expect-error
  mux(on, 'Stop', state);
  // @ts-expect-error
  mux(on, state, other);
  // @ts-expect-error
  mux(on, pair, { a: 1 });
  // @ts-expect-error
  mux(on, pair, nested);
  // @ts-expect-error
  mux(on, pair, { a: on, b: on });
  // @ts-expect-error
  mux(on, row, pairs);
  // @ts-expect-error
  mux(on, row, x);

  // Casts
  // @ts-expect-error
  cat(x, 1);
  // @ts-expect-error
  pack(5);
  // @ts-expect-error
  unpack(Pair, pair);
  // @ts-expect-error
  unpack(Pair, 3);
  // @ts-expect-error
  unpack({ a: UInt(8) }, x);

  // Host-language operators
  // @ts-expect-error
  void (x + y);
  // @ts-expect-error
  void (x < 3);
  // @ts-expect-error
  void (x === 3);
  // @ts-expect-error
  void x[0].and(on);
});

// Shapes
// @ts-expect-error
UInt('8');
// @ts-expect-error
UInt();
// @ts-expect-error
Bundle('B', { a: 8 });
// @ts-expect-error
Bundle({ a: UInt(8) });
// @ts-expect-error
Vec(8, UInt(8));
// @ts-expect-error
Enum('E', ['A', 'B'], { illegal: 'C' });
// @ts-expect-error
Enum('E', { A: 'x' });
// @ts-expect-error
Enum('E', ['A'], { bits: 3 });
// @ts-expect-error
void Bool(1);
