/**
 * Whatever is passed to whatever function or method of the language: it works, or it is an HdlError that says what is
 * wrong. A TypeError from inside the language would leave the designer with our stack instead of a sentence.
 */
import * as hdl from '@vtoe/hdl';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { garbage, inModule, isOurs, realise } from './support/garbage.ts';
import { call as callRecipe, spoilt, withRecipes } from './support/recipes.ts';

/** Those of the simulator and the emitter have tests of their own. */
const ELSEWHERE = new Set(['simulate', 'emit', 'createEngine', 'pausing', 'streamSink', 'streamSource', 'Waveform', 'SimulationError', 'HdlError']);

const LANGUAGE = Object.entries(hdl).filter(([name, value]) => typeof value === 'function' && !ELSEWHERE.has(name)) as [string, (...args: unknown[]) => unknown][];

/** A call of a function of the language (`target` undefined) or of a member of a value. */
interface Call {
  readonly target: unknown;
  readonly member: number;
  readonly args: readonly unknown[];
}

const call = fc.record({ target: fc.oneof(fc.constant(undefined), garbage), member: fc.nat(200), args: fc.array(garbage, { maxLength: 5 }) });

/** Names of everything that can be called or set on a value. */
function membersOf(x: object): string[] {
  const names = new Set<string>();
  for (let level: object | null = x; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level) as object | null) {
    for (const name of Object.getOwnPropertyNames(level)) names.add(name);
  }
  names.delete('constructor');
  return [...names].toSorted();
}

function run({ target, member, args }: Call, values: readonly unknown[]): void {
  const given = args.map((argument) => realise(argument, values));
  const subject = realise(target, values);
  if (!isOurs(subject)) {
    const [, call] = LANGUAGE[member % LANGUAGE.length]!;
    return use(call(...given), given);
  }
  const members = membersOf(subject);
  const name = members[member % members.length]!;
  const value = Reflect.get(subject, name) as unknown;
  if (typeof value === 'function') use(Reflect.apply(value, subject, given), given);
  else if (name === 'next') Reflect.set(subject, name, given[0]);
}

/** Goes on with what a call returned, where it has something to go on with. */
function use(result: unknown, args: readonly unknown[]): void {
  if (typeof result !== 'object' || result === null || !('elsewhen' in result)) return;
  const chain = result as hdl.WhenChain;
  chain.elsewhen(args[1] as never, args[0] as never);
}

/** @throws anything but an HdlError */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof hdl.HdlError)) throw error;
    expect(error.sentence).not.toMatch(/\[object|function anonymous/);
  }
}

const LONG = process.env['VTOE_LONG'] === '1' ? 20 : 1;

describe('anything may be passed to anything', () => {
  test('outside of a module', () => {
    fc.assert(fc.property(call, (one) => attempt(() => run(one, []))), { numRuns: 1000 * LONG });
  });

  test('in the body of a module, which then ends, or says why not', () => {
    fc.assert(fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), (calls) => {
      attempt(() => inModule((values) => {
        for (const one of calls) attempt(() => run(one, values));
      }));
    }), { numRuns: 200 * LONG });
  });

  test('and returned from a body', () => {
    fc.assert(fc.property(garbage, (returned) => {
      attempt(() => hdl.elaborate(hdl.module('subject', {}, { x: hdl.In(hdl.UInt(8)) }, (io) => realise(returned, [io.x]) as undefined)));
    }), { numRuns: 300 * LONG });
  });
});

describe('a call that is wrong in one place', () => {
  test('there is a right call of every function and method, and together they make a module', () => {
    withRecipes((all) => {
      const functions = new Set(all.filter(([, on]) => on === undefined).map(([name]) => name));
      expect([...functions].toSorted()).toEqual(LANGUAGE.map(([name]) => name).toSorted());
      const called = new Set(all.map(([name]) => name));
      const methods = new Set(all.flatMap(([, on]) => (on === undefined ? [] : membersOf(on as object).filter((name) => typeof methodOf(on as object, name) === 'function'))));
      expect([...methods].filter((name) => !called.has(name) && name !== 'toString')).toEqual([]);
      return all.map(callRecipe);
    });
  });

  test('works, or says what is wrong', () => {
    fc.assert(fc.property(fc.nat(), fc.nat(), garbage, (which, place, wrong) => {
      attempt(() => withRecipes((all) => {
        const values = all.map(([, on]) => on).filter((on) => on !== undefined);
        return all.map((one, i) => {
          let result: unknown;
          attempt(() => { result = callRecipe(i === which % all.length ? spoilt(one, place, realise(wrong, values)) : one); });
          return result;
        });
      }));
    }), { numRuns: 300 * LONG });
  });
});

/** Reading `next` is an error; all other members may be looked at. */
function methodOf(x: object, name: string): unknown {
  return name === 'next' || name === 'fire' ? undefined : Reflect.get(x, name) as unknown;
}
