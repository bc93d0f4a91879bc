import { anyConst, assert, assume, Bool, In, inst, mem, module, Out, reg, UInt, when } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { prove, proofText, rewriting } from './prove.ts';

/** Counts to 12 and starts again. */
const counter = (limit: number) => module('counter', { limit }, { enable: In(Bool), count: Out(UInt(4)) }, ({ enable, count }) => {
  const value = reg(UInt(4));
  when(enable, () => { value.next = value.add(1); });
  when(enable.and(value.eq(12)), () => { value.next = 0; });
  count.set(value);
  assert(value.le(limit), 'the counter stays below its limit');
  return { value };
});

test('what holds is proven', async () => {
  expect(await prove(counter(12), { depth: 3 })).toEqual({ result: 'proven', induction: 2 });
});

test('what does not hold gets a counterexample, with its first cycle a reset', async () => {
  const proof = await prove(counter(3), { depth: 8 });
  expect(proofText(proof).replace(/^((?:count|enable|value) +)./gm, '$1x')).toMatchInlineSnapshot(`
    "violated in cycle 6: the counter stays below its limit
    count  x01234
    enable x11111
    rst    100000
    value  x01234"
  `);
});

test('what happens later than the depth is not found, and what does not close says from where', async () => {
  expect(await prove(counter(3), { depth: 3, method: 'bounded' })).toEqual({ result: 'bounded', cycles: 3 });
  const proof = await prove(counter(11), { depth: 3 });
  expect(proof).toMatchObject({ result: 'open', sentences: ['the counter stays below its limit'] });
});

test('a reset may come at any time', async () => {
  const design = module('forgetful', {}, { set: In(Bool) }, ({ set }) => {
    const kept = reg(Bool, { reset: false }), seen = reg(Bool);
    when(set, () => { kept.next = true; seen.next = true; });
    assert(kept.not().or(seen), 'a register without reset forgets, too');
    return { kept, seen };
  });
  expect((await prove(design, { depth: 4 })).result).toBe('violated');
});

test('registers without reset, memories and constants may have any value', async () => {
  const wire = module('wire_below', {}, { a: In(UInt(2)), b: Out(UInt(2)) }, ({ a, b }) => { b.set(a); });
  const design = (condition: 'register' | 'memory' | 'constant' | 'below') => module('unknown', { condition }, { address: In(UInt(1)) }, ({ address }) => {
    const unset = reg(UInt(2), { reset: false });
    const words = mem(UInt(2), 2, { init: [] });
    const read = words.read(address);
    const constant = anyConst(UInt(2));
    const copy = reg(UInt(2));
    copy.next = constant;
    const below = inst(wire, { a: anyConst(UInt(2)) });
    assert({ register: unset, memory: read, constant, below: below.b }[condition].ne(2), 'it is not 2');
    return { unset, words, read, constant, copy, below };
  });
  for (const condition of ['register', 'memory', 'constant', 'below'] as const) {
    expect((await prove(design(condition), { depth: 2 })).result).toBe('violated');
  }
});

test('assumptions are taken for granted', async () => {
  const design = module('trusting', {}, { a: In(UInt(4)), b: In(UInt(4)) }, ({ a, b }) => {
    assume(a.lt(4).and(b.lt(4)), 'inputs are small');
    assert(a.addc(b).le(6), 'so their sum is');
  });
  expect((await prove(design, { depth: 2 })).result).toBe('proven');
});

test('an assertion below the top is named with its instance', async () => {
  const top = module('two', {}, { enable: In(Bool) }, ({ enable }) => ({ dut: inst(counter(3), { enable }) }));
  expect(await prove(top, { depth: 8 })).toMatchObject({ result: 'violated', cycles: 6, sentences: ['dut: the counter stays below its limit'] });
});

test('invariants of the inside make a proof close, and are proven themselves', async () => {
  const twice = module('twice', {}, { enable: In(Bool) }, ({ enable }) => {
    const [a, b] = [inst(counter(12), { enable }), inst(counter(12), { enable })];
    // Looked at once in 16 cycles: until then the counters of the step's first state may stand apart.
    const cycle = reg(UInt(4));
    cycle.next = cycle.add(1);
    when(cycle.eq(0), () => assert(a.count.eq(b.count), 'two counters count alike'));
    return { a, b, cycle };
  });
  expect((await prove(twice, { depth: 3 })).result).toBe('open');
  const see = (name: string) => `(* hierconn *) wire [3:0] \\${name}.value ;`;
  const declare = [see('a'), see('b')];
  expect((await prove(twice, { depth: 3, inside: { twice: { declare, invariants: ['\\a.value == \\b.value '] } } })).result).toBe('proven');
  expect(await prove(twice, { depth: 3, inside: { twice: { declare, invariants: ['\\a.value != 1'] } } }))
    .toMatchObject({ result: 'violated', sentences: ['invariant: \\a.value != 1'] });
});

test('a planted bug is found, and one that changes nothing is refused', async () => {
  expect((await prove(counter(12), { depth: 16, method: 'bounded', plant: rewriting("== 4'd12", "== 4'd13") })).result).toBe('violated');
  await expect(prove(counter(12), { depth: 3, plant: rewriting('no such text', '') })).rejects.toThrow('the planted bug changes nothing');
});

test('what cannot be asked is refused', async () => {
  const silent = module('silent', {}, { a: In(Bool), b: Out(Bool) }, ({ a, b }) => { b.set(a); });
  await expect(prove(silent, { depth: 3 })).rejects.toThrow('there is nothing to prove: the design has no assertion');
  await expect(prove(counter(12), { depth: 3, inside: { other: { invariants: ['1'] } } })).rejects.toThrow('there is no module other');
});
