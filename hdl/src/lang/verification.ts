/** Assertions and what they need to speak of time. None of it reaches synthesizable output. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { type Assertion, DEFAULT_DOMAIN } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import { isAggregate, leavesOf, type View } from './aggregate.ts';
import { current } from './context.ts';
import { type Data, isShape } from './shape.ts';
import { register } from './state.ts';
import type { Bool, Read, Shaped } from './types.ts';
import { Bit, Leaf, wholeNumber } from './value.ts';

/** `condition` holds in every cycle outside reset in which the surrounding `when` runs; else simulation stops before that cycle's clock edge. */
export function assert(condition: Bool, sentence: string): void {
  say('assert', condition, sentence);
}

/** A promise of the environment: checked in simulation as an assertion, taken for granted in proofs. */
export function assume(condition: Bool, sentence: string): void {
  say('assume', condition, sentence);
}

/** Counts the cycles in which `condition` holds; a proof looks for one. */
export function cover(condition: Bool, sentence: string): void {
  say('cover', condition, sentence);
}

function say(kind: Assertion['kind'], condition: unknown, message: string): void {
  const builder = current(kind);
  if (!(condition instanceof Bit)) fail('condition', kind, describe(condition));
  if (typeof message !== 'string' || message === '') fail('argument', kind, 'sentence', 'a sentence that says what must hold', describe(message));
  builder.assertions.push({ kind, enable: builder.enable(), condition: condition.expression, message, domain: DEFAULT_DOMAIN, at: Locator.here() });
}

/** The value `cycles` clock edges ago (all zeros before the first). For assertions only. */
export function past<T extends Data>(value: Shaped<T>, cycles = 1): Read<T> {
  const builder = current('past');
  if (!((value as unknown) instanceof Leaf) && !isAggregate(value)) fail('argument', 'past', 'value', 'a value', describe(value));
  wholeNumber('past', 'cycles', cycles, 1, 64);
  let delayed = value as unknown as View;
  const at = Locator.here();
  const path = builder.path;
  builder.path = []; // it follows every cycle, also those in which the surrounding `when` does not run
  try {
    for (let i = 0; i < cycles; i++) {
      const stage = register(delayed.shape as Data, {}, true);
      for (const [k, leaf] of leavesOf(delayed).entries()) leavesOf(stage)[k]!.target!.assign(leaf.expression, at);
      delayed = stage;
    }
  } finally {
    builder.path = path;
  }
  return delayed as unknown as Read<T>;
}

/** The same as one cycle ago. */
export function stable<T extends Data>(value: Shaped<T>): Bool {
  const before = past(value);
  return (value as unknown as View).eq(before) as unknown as Bool;
}

/** True now, false one cycle ago. */
export function rose(value: Bool): Bool {
  return checkedBool('rose', value).and(past(value).not());
}

/** False now, true one cycle ago. */
export function fell(value: Bool): Bool {
  return checkedBool('fell', value).not().and(past(value));
}

function checkedBool(what: string, value: Bool): Bool {
  current(what);
  return (value as unknown) instanceof Bit ? value : fail('argument', what, 'value', 'a Bool', describe(value));
}

/** Any value that never changes: a proof holds for all of them, a simulation picks one by its seed. */
export function anyConst<T extends Data>(shape: T): Read<T> {
  current('anyConst');
  if (!isShape(shape)) fail('shape-expected', 'anyConst', describe(shape));
  return register(shape, { reset: false, attributes: { anyconst: 1 } }, true) as unknown as Read<T>;
}
