import { anyConst, assert, assume, Bool, In, inst, module, type OuterPorts, reg, type UInt as Value, UInt, Vec, when } from '@vtoe/hdl';
import { arbiter, type ArbiterPorts, weightedArbiter } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { type Inside, prove, proofText, rewriting } from './prove.ts';

const REQUESTERS = 4;

/** Grants to others that requester `who`, any of them, has seen taken while it kept requesting. */
function othersBefore(who: Value, { request, advance, valid, index }: OuterPorts<ArbiterPorts>, bits: number) {
  const others = reg(UInt(bits));
  const taken = valid.and(advance);
  when(request.bit(who).not().or(taken.and(index.eq(who))), () => { others.next = 0; })
    .elsewhen(taken, () => { others.next = others.add(1); });
  return others;
}

const fair = (hold: boolean) => module('arbiter_proof', {}, { request: In(UInt(REQUESTERS)), advance: In(Bool) }, ({ request, advance }) => {
  const dut = inst(arbiter({ requesters: REQUESTERS, hold }), { request, advance });
  const who = anyConst(UInt(2));
  const others = othersBefore(who, dut, 3);
  assert(others.lt(REQUESTERS), 'who keeps requesting waits for at most n - 1 grants to others');
  assert(dut.grant.and(request.not()).eq(0), 'only who requests is granted');
  assert(dut.valid.eq(dut.grant.ne(0)), 'valid says that there is a grant');
  when(dut.valid, () => assert(dut.grant.eq(dut.index.oneHot(REQUESTERS)), 'the index is that of the grant, which is one'));
  if (!hold) assert(dut.valid.eq(request.ne(0)), 'if anybody requests, somebody is granted');
  return { dut, who, others };
});

describe('round robin', () => {
  const design = fair(false);

  test('it is fair', async () => {
    // The one served last is below all bits of `later`; between it and `who` are those who may still come first.
    const arbiter_proof: Inside = {
      declare: [
        `  (* hierconn *) wire [3:0] \\dut.later ;`,
        "  wire [1:0] last = 2'd3 - \\dut.later [0] - \\dut.later [1] - \\dut.later [2] - \\dut.later [3];",
        "  wire [1:0] between = who - last - 2'd1;",
      ],
      invariants: [
        "\\dut.later == 4'd0 || \\dut.later == 4'd8 || \\dut.later == 4'd12 || \\dut.later == 4'd14",
        "others == 3'd0 || others + between <= 3'd3",
      ],
    };
    expect(proofText(await prove(design, { depth: 3, inside: { arbiter_proof } }))).toBe('proven by induction over 2 cycles');
  });

  test.each([
    ['one that always starts from 0', 'later <= ~(', "later <= 4'd0 & ~("],
    ['one that serves the same again', "later <= ~(grant | (grant - 4'd1))", "later <= ~(grant - 4'd1)"],
  ])('%s is found', async (_what, from, to) => {
    const proof = await prove(design, { depth: 10, method: 'bounded', plant: rewriting(from, to) });
    expect(proofText(proof)).toMatch(/^violated in cycle \d: who keeps requesting waits for at most n - 1 grants to others/);
  });
});

describe('round robin that holds its grants', () => {
  const design = fair(true);

  test('it is fair', async () => {
    expect(proofText(await prove(design, { depth: 9, method: 'bounded' }))).toBe('holds for 9 cycles after a reset');
  });

  test('one that forgets what it holds is found', async () => {
    const proof = await prove(design, { depth: 9, method: 'bounded', plant: rewriting('later <= ~(', "later <= held ? 4'd0 : ~(") });
    expect(proofText(proof)).toMatch(/^violated/);
  });
});

describe('weighted', () => {
  const requesters = 3;
  const design = module('weighted_proof', {}, { request: In(UInt(requesters)), advance: In(Bool) }, ({ request, advance }) => {
    const weight = anyConst(Vec(UInt(2), requesters));
    const dut = inst(weightedArbiter({ requesters, weightBits: 2 }), { request, advance, weight });
    const who = anyConst(UInt(2));
    assume(who.lt(requesters), 'who is one of them');
    for (const each of weight) assume(each.ne(0), 'everybody has a weight');
    const others = othersBefore(who, dut, 4);
    const sum = [...weight].map((each) => each.zext(4)).reduce((a, b) => a.add(b));
    assert(others.le(sum.sub(weight.at(who).zext(4)).add(requesters - 2)), 'who keeps requesting waits for at most S - w + n - 2 grants to others');
    return { weight, dut, who, others };
  });

  test('it is fair', async () => {
    expect(proofText(await prove(design, { depth: 11, method: 'bounded' }))).toBe('holds for 11 cycles after a reset');
  });

  test('one that does not charge for a grant is found', async () => {
    const proof = await prove(design, { depth: 11, method: 'bounded', plant: rewriting("credit_0_t0 - 2'd1", 'credit_0_t0') });
    expect(proofText(proof)).toMatch(/^violated/);
  });
});
