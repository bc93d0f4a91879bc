import { clog2, inst } from '@vtoe/hdl';
import { fifo, type FifoForm, skid, stage } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { elasticProof, ITEM } from './elastic.ts';
import { type Inside, proofText, prove, rewriting } from './prove.ts';

describe('stage', () => {
  const design = elasticProof('stage_proof', 1, stage);

  test('every item comes out once, in order, and stays until it is taken', async () => {
    const inside = { stage_proof: { invariants: ['held == in_stage_full'] } };
    expect(proofText(await prove(design, { depth: 4, inside }))).toBe('proven by induction over 2 cycles');
  });

  test('a stage that takes items while it is full is found', async () => {
    const proof = await prove(design, { depth: 8, method: 'bounded', plant: rewriting('in_ready = ~in_stage_full | in_stage_ready', "in_ready = 1'b1") });
    expect(proofText(proof)).toMatch(/^violated/);
  });
});

describe('skid', () => {
  const design = elasticProof('skid_proof', 2, skid);

  test('every item comes out once, in order, and stays until it is taken', async () => {
    const inside = { skid_proof: { invariants: [
      'held == in_skid_full + !in_skid_free', 'in_skid_full || in_skid_free',
      "in_skid_free || received + 3'd1 != which || in_skid_spare == kept",
    ] } };
    expect(proofText(await prove(design, { depth: 4, inside }))).toBe('proven by induction over 2 cycles');
  });

  test('a skid buffer that forgets its spare item is found', async () => {
    const proof = await prove(design, { depth: 8, method: 'bounded', plant: rewriting('in_skid_item <= in_skid_spare', 'in_skid_item <= in_payload') });
    expect(proofText(proof)).toMatch(/^violated/);
  });
});

/** What relates the inside of a FIFO to the numbers of its items; `dut.x` is seen as `\\dut.x `. */
function insideOfFifo(form: FifoForm, depth: number): Record<string, Inside> {
  const slots = Array.from({ length: depth }, (_, i) => i);
  const see = (name: string, width: number) => `  (* hierconn *) wire [${width - 1}:0] \\dut.${name} ;`;
  const top: Inside = form === 'register' ? {
    declare: [see('count', 2), ...slots.map((i) => see(`slots_${i}`, 2))],
    invariants: ['held == \\dut.count ', ...slots.map((i) => `held <= ${i} || received + 3'd${i} != which || \\dut.slots_${i} == kept`)],
  } : {
    // Items in the RAM that were not read yet; places that each slot is before the next to be read.
    declare: [
      see('count', clog2(depth + 1)), see('rd', 2), see('wr', 2), ...slots.map((i) => see(`word_${i}`, 2)), ...(form === 'block' ? [see('loaded', 1)] : []),
      `  wire [2:0] unread = held - ${form === 'block' ? '\\dut.loaded ' : "3'd0"};`,
      ...slots.map((i) => `  wire [2:0] ahead_${i} = (${i} >= \\dut.rd ) ? 3'd${i} - \\dut.rd : 3'd${i + depth} - \\dut.rd ;`),
    ],
    invariants: [
      'held == \\dut.count ', `\\dut.rd < ${depth} && \\dut.wr < ${depth}`, `\\dut.wr == (\\dut.rd + {1'b0, unread}) % 4'd${depth}`,
      ...(form === 'block' ? ["!\\dut.loaded || held != 3'd0"] : []),
      ...slots.map((i) => `ahead_${i} >= unread || received + (held - unread) + ahead_${i} != which || \\dut.word_${i} == kept`),
    ],
  };
  const ram: Inside = { declare: slots.map((i) => `  wire [1:0] word_${i} = ram[${i}];`) };
  return { fifo_proof: top, ...(form === 'register' ? {} : { [`fifo_${form}_w2_d${depth}`]: ram }) };
}

const FIFOS: [FifoForm, number][] = [['register', 3], ['lut', 4], ['lut', 3], ['block', 4]];

describe.each(FIFOS)('fifo %s, depth %i', (form, depth) => {
  const definition = fifo(ITEM, depth, { form });
  const design = elasticProof('fifo_proof', depth, (source) => {
    const dut = inst(definition, { in: source });
    return { out: dut.out, names: { dut } };
  });

  test('every item comes out once, in order, and stays until it is taken', async () => {
    expect(proofText(await prove(design, { depth: 4, inside: insideOfFifo(form, depth) }))).toMatch(/^proven by induction over [23] cycles$/);
  });

  const bits = depth === 4 ? 3 : 2;
  const full = `in_ready = count != ${bits}'d${depth}`;
  const BUGS: [string, (verilog: string) => string][] = [
    ['takes items while it is full', rewriting(full, "in_ready = 1'b1")],
    ['forgets to count an item that leaves', rewriting(`count <= count - ${bits}'d1`, 'count <= count')],
    ...(form === 'register' ? [] : [['writes to another place', rewriting('ram[wr] <= ', "ram[wr ^ (rd == 2'd1)] <= ")] as [string, (verilog: string) => string]]),
  ];
  test.each(BUGS)('one that %s is found', async (_what, plant) => {
    const proof = await prove(design, { depth: 10, method: 'bounded', plant });
    expect(proofText(proof)).toMatch(/^violated/);
  });
});
