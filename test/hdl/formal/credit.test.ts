import { assert, assume, In, inst, module, reg, UInt } from '@vtoe/hdl';
import { creditCounter } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { prove, proofText, rewriting } from './prove.ts';

const MAXIMUM = 5;

/** Users that take no more than there is and give back no more than they have. */
const design = module('credit_proof', {}, { take: In(UInt(2)), give: In(UInt(2)) }, ({ take, give }) => {
  const dut = inst(creditCounter({ maximum: MAXIMUM, mostTaken: 3, mostGiven: 3 }), { take, give });
  const taken = reg(UInt(3));
  assume(take.zext(3).le(dut.level), 'nobody takes more than there is');
  assume(give.zext(3).le(taken), 'nobody gives back what was not taken');
  taken.next = taken.add(take.zext(3)).sub(give.zext(3));
  assert(dut.level.le(MAXIMUM), 'there are no more credits than the maximum');
  assert(dut.level.add(taken).eq(MAXIMUM), 'no credit is lost and none is made');
  return { dut, taken };
});

test('no credit is lost and none is made, whatever is taken and given at once', async () => {
  expect(proofText(await prove(design, { depth: 3 }))).toBe('proven by induction over 2 cycles');
});

test.each([
  ['does not see what is given while something is taken', "+ {1'b0, give}", "+ (take == 2'd0 ? {1'b0, give} : 3'd0)"],
  ['counts one credit only', "- {1'b0, take}", "- (take != 2'd0)"],
  ['starts with one too many', "count <= 3'd5", "count <= 3'd6"],
])('a counter that %s is found', async (_what, from, to) => {
  const proof = await prove(design, { depth: 6, method: 'bounded', plant: rewriting(from, to) });
  expect(proofText(proof)).toMatch(/^violated in cycle \d: .*no credit is lost and none is made/);
});
