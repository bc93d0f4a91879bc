import { assert, In, inst, lit, module, mux, Out, reg, Stream, UInt, when } from '@vtoe/hdl';
import { AxiBurstRange, AxiRange, axiSplit, checkStream } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { type Inside, prove, proofText, rewriting } from './prove.ts';

/** Two pages, words of 4 bytes, bursts of at most 5 of them, requests of up to 63 bytes: several bursts and both bounds. */
const SIZE = { addressWidth: 13, dataWidth: 32, lengthWidth: 6, maximumBytes: 20, tag: UInt(1) };

const design = module('split_proof', {}, {
  request: In(Stream(AxiRange(13, 6, SIZE.tag))),
  burst: Out(Stream(AxiBurstRange(13, 32, SIZE.tag))),
}, (io) => {
  const dut = inst(axiSplit(SIZE), { request: io.request });
  io.burst.from(dut.burst);
  checkStream(io.request, { name: 'request', verdict: 'assume' });
  checkStream(io.burst, { name: 'burst' });

  // What is left of the request, byte by byte.
  const active = reg(UInt(1)), at = reg(UInt(13)), left = reg(UInt(7)), tag = reg(UInt(1));
  const { address, len, firstStrobe, lastStrobe, last, tag: burstTag } = io.burst.payload;
  const bytes = len.zext(13).add(1).shl(2);
  const covered = bytes.sub(at.and(3));
  const end = at.add(left.zext(13));
  assert(io.burst.valid.toUInt().eq(active), 'as long as something is left there is a burst');
  when(io.burst.valid, () => {
    assert(address.eq(at), 'a burst starts where the one before ended');
    assert(burstTag.eq(tag), 'a burst carries the tag of its request');
    assert(bytes.le(SIZE.maximumBytes), 'a burst is not longer than the maximum');
    assert(at.bits(11, 2).zext(13).shl(2).add(bytes).le(4096), 'a burst does not cross 4 KiB');
    when(left.eq(0), () => assert(len.eq(0).and(last).and(firstStrobe.and(lastStrobe).eq(0)), 'a request of no bytes is one beat without strobes'))
      .otherwise(() => {
        assert(last.eq(covered.ge(left.zext(13))), 'the last burst is the one that covers what is left');
        assert(last.not().or(covered.sub(left.zext(13)).lt(4)), 'the last burst has no beat too many');
        assert(firstStrobe.eq(lit(UInt(4), 15).shl(at.trunc(2))), 'the first beat starts at the first byte');
        assert(lastStrobe.eq(mux(last.and(end.trunc(2).ne(0)), lit(UInt(4), 1).shl(end.trunc(2)).sub(1), 15)), 'the last beat ends at the last byte');
      });
  });
  when(io.burst.fire, () => {
    active.next = last.not().toUInt();
    at.next = at.add(covered);
    left.next = left.sub(covered.trunc(7));
  });
  when(io.request.fire, () => {
    active.next = 1;
    at.next = io.request.payload.address;
    left.next = io.request.payload.length.zext(7);
    tag.next = io.request.payload.tag;
  });
  return { dut, active, at, left, tag };
});

test('bursts cover the request byte by byte and cross no 4 KiB, without end', async () => {
  const see = (name: string, width: number) => `  (* hierconn *) wire [${width - 1}:0] \\dut.${name} ;`;
  const split_proof: Inside = {
    declare: [
      see('busy', 1), see('beat', 11), see('skipped', 2), see('left', 5), see('tail', 2), see('empty', 1), see('carried', 1),
      "  wire [6:0] rounded = left + at[1:0] + 7'd3;", "  wire [1:0] end_at = at[1:0] + left[1:0];",
    ],
    invariants: [
      '\\dut.busy == active', "!active || left <= 7'd63", '!active || {\\dut.beat , \\dut.skipped } == at', '!active || \\dut.carried == tag', '!active || \\dut.tail == end_at',
      "!active || \\dut.left == ((left == 0 && at[1:0] == 0) ? 7'd1 : rounded >> 2)", '!active || \\dut.empty == (left == 0 && at[1:0] == 0)',
    ],
  };
  expect(proofText(await prove(design, { depth: 3, inside: { split_proof } }))).toBe('proven by induction over 2 cycles');
});

test.each<[string, (verilog: string) => string, string]>([
  ['forgets the page', (verilog) => verilog.replace(/(wire \[10:0\] toPage = ).*/, "$1 11'd1024;"), 'a burst does not cross 4 KiB'],
  ['forgets the maximum', rewriting("(toPage < 11'd5) ? toPage : 11'd5", 'toPage'), 'a burst is not longer than the maximum'],
  ['forgets where in a word a request starts', rewriting("left_t0 = {5'd0, request_payload_address[1:0]}", "left_t0 = 7'd0"), 'the last beat ends at the last byte'],
  ['keeps the offset for the next bursts', rewriting("skipped <= 2'd0", 'skipped <= skipped'), 'a burst starts where the one before ended'],
  ['loses a request that comes with the end of the one before', rewriting('busy <= request_valid;', 'busy <= request_valid & ~burst_valid;'), 'as long as something is left there is a burst'],
])('one that %s is found', async (_what, plant, sentence) => {
  const proof = await prove(design, { depth: 5, method: 'bounded', plant });
  expect(proofText(proof)).toMatch(/^violated/);
  expect(proofText(proof)).toContain(sentence);
});
