/** Conditions are Bool, and a match on an enum has an arm for each label. Compiled, never run. */
import { allOf, anyOf, assert, assume, Bool, Bundle, cover, Enum, fell, In, match, module, past, probe, rose, scope, UInt, when } from '@vtoe/hdl';

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Pair = Bundle('Pair', { a: UInt(8), b: Bool });
const nothing = () => {};

export const control = module('control', {}, { x: In(UInt(8)), on: In(Bool), state: In(State), pair: In(Pair) }, ({ x, on, state, pair }) => {
  // A UInt as condition
  // @ts-expect-error
  when(x, nothing);
  // @ts-expect-error
  when(true, nothing);
  // @ts-expect-error
  when(state, nothing);
  // @ts-expect-error
  when(pair, nothing);
  // @ts-expect-error
  when(on);
  // @ts-expect-error
  when(on, nothing).elsewhen(x, nothing);
  // @ts-expect-error
  when(on, nothing).otherwise();
  // @ts-expect-error
  when(on, nothing).otherwise(nothing).otherwise(nothing);
  // @ts-expect-error
  when(on, nothing).elsewhen(on, nothing).finally(nothing);

  // A match that is not exhaustive
  // @ts-expect-error
  match(state, { Idle: nothing, Run: nothing });
  // @ts-expect-error
  match(state, {});
  // A label that is none
  // @ts-expect-error
  match(state, { Idle: nothing, Run: nothing, Drain: nothing, Stop: nothing });
  // @ts-expect-error
  match(state, { Idle: nothing, Runn: nothing, otherwise: nothing });
  // @ts-expect-error
  match(state, { 0: nothing, otherwise: nothing });
  // @ts-expect-error
  match(state, { Idle: nothing, Run: nothing, Drain: 3 });
  // @ts-expect-error
  match(state, [['Idle', nothing]], nothing);
  // @ts-expect-error
  match(x, { Idle: nothing });
  // @ts-expect-error
  match(x, [['1', nothing]]);
  // @ts-expect-error
  match(x, [[1]]);
  // @ts-expect-error
  match(on, { true: nothing, false: nothing });
  // @ts-expect-error
  match(pair, {});

  // Assertions
  // @ts-expect-error
  assert(x, 'x holds');
  // @ts-expect-error
  assert(on);
  // @ts-expect-error
  assume(true, 'always');
  // @ts-expect-error
  cover(x.add(1), 'x');
  // @ts-expect-error
  rose(x);
  // @ts-expect-error
  fell(state);
  // @ts-expect-error
  past(3);
  // @ts-expect-error
  past(x).set(3);
  // @ts-expect-error
  probe('retire', x, { x });
  // @ts-expect-error
  probe('retire', on, { x: 3 });
  // @ts-expect-error
  probe(on, { x });
  // @ts-expect-error
  anyOf(on, x);
  // @ts-expect-error
  allOf([on]);
  // @ts-expect-error
  scope(nothing);
});
