/** Whatever ranges come, over any time: their bursts are the bytes of the ring in order, and no burst is one that AXI or an engine forbids. */
import { assert, assume, Bool, cat, In, inst, lit, module, Out, reg, Stream, UInt, when } from '@vtoe/hdl';
import { checkStream } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { DmaRange, dmaSplit, DmaSplitBurst } from '../../../hw/dma/split.ts';
import { type Inside, prove, proofText, rewriting } from '../../hdl/formal/prove.ts';

const c = config({ hostBits: 64, dmaBurstMostBytes: 512, vms: 1 });
const PARAMETERS = { bytesBits: 13, tag: UInt(1) };

const design = module('dma_split_proof', {}, {
  range: In(Stream(DmaRange(c, PARAMETERS))),
  burst: Out(Stream(DmaSplitBurst(c, PARAMETERS.tag))),
}, (io) => {
  const dut = inst(dmaSplit(c, PARAMETERS), { range: io.range });
  io.burst.from(dut.burst);
  checkStream(io.range, { name: 'range', verdict: 'assume' });
  checkStream(io.burst, { name: 'burst' });

  // What is left of the range: bytes from `at` on of the ring, whose end `ring` knows by its mask.
  const active = reg(Bool), begun = reg(Bool), at = reg(UInt(30)), left = reg(UInt(13)), mask = reg(UInt(30)), page = reg(UInt(52)), tag = reg(UInt(1));
  const { address, bytes, beats, first, last, tag: burstTag } = io.burst.payload;
  const inRing = at.and(mask);
  assert(io.burst.valid.eq(active), 'as long as something is left there is a burst');
  when(io.burst.valid, () => {
    assert(left.ne(0), 'no burst without a byte');
    assert(address.eq(cat(page, lit(UInt(12), 0)).add(inRing.zext(64))), 'a burst starts where the one before ended, within the ring');
    assert(burstTag.eq(tag), 'a burst carries the tag of its range');
    assert(first.eq(begun.not()), 'the first burst is the one that nothing came before');
    assert(address.trunc(12).zext(14).add(bytes.zext(14)).le(4096), 'a burst does not cross 4 KiB');
    assert(inRing.zext(31).add(bytes.zext(31)).le(mask.zext(31).add(1)), 'a burst does not cross the end of the ring');
    assert(address.trunc(3).zext(10).add(bytes).le(512), 'a burst, with the bytes before it in its first beat, is not longer than the maximum');
    assert(beats.zext(10).eq(address.trunc(3).zext(10).add(bytes).add(7).shr(3)), 'a burst has as many beats as its bytes touch');
    assert(last.eq(bytes.zext(13).eq(left)), 'the last burst is the one that covers what is left');
    assert(bytes.zext(13).le(left), 'no burst covers more than what is left');
    assert(last.or(address.trunc(3).zext(10).add(bytes).trunc(3).eq(0)), 'all but the last burst end with a beat');
  });
  when(io.burst.fire, () => {
    active.next = last.not();
    begun.next = true;
    at.next = at.add(bytes.zext(30));
    left.next = left.sub(bytes.zext(13));
  });
  when(io.range.fire, () => {
    active.next = true;
    begun.next = false;
    at.next = io.range.payload.offset;
    left.next = io.range.payload.bytes;
    mask.next = lit(UInt(31), 1).shl(io.range.payload.size_log2).sub(1).trunc(30);
    page.next = io.range.payload.page;
    tag.next = io.range.payload.tag;
  });
  when(io.range.valid, () => {
    const { bytes: asked, size_log2 } = io.range.payload;
    assume(asked.ne(0).and(size_log2.ge(12)).and(size_log2.le(30)), 'a range has a byte, and its ring a size');
    assume(asked.zext(31).le(lit(UInt(31), 1).shl(size_log2)), 'a range is not longer than its ring');
  });
  return { dut, active, begun, at, left, mask, page, tag };
});

test('bursts cover the range byte by byte, and cross neither 4 KiB nor the end of the ring, without end', async () => {
  const see = (name: string, width: number): string => `  (* hierconn *) wire [${width - 1}:0] \\dut.${name} ;`;
  const dma_split_proof: Inside = {
    declare: [see('busy', 1), see('first', 1), see('offset', 30), see('left', 13), see('ring_page', 52), see('ring_mask', 18), see('ring_tag', 1)],
    invariants: [
      '\\dut.busy == active', '!active || \\dut.first == !begun', '!active || \\dut.offset == at', '!active || \\dut.left == left', "!active || left != 13'd0", '!active || \\dut.ring_page == page',
      "!active || {\\dut.ring_mask , 12'hfff} == mask", "!active || (mask & (mask + 30'd1)) == 30'd0", '!active || \\dut.ring_tag == tag',
    ],
  };
  expect(proofText(await prove(design, { depth: 3, inside: { dma_split_proof } }))).toMatch(/^proven by induction/);
}, 240_000);

test.each<[string, (verilog: string) => string, string]>([
  ['forgets where in its block a range starts', rewriting("10'd512 - {1'b0, offset[8:0]}", "10'd512"), 'a burst'],
  ['forgets the end of the ring', rewriting('offset[29:12] & ring_mask', 'offset[29:12]'), 'a burst starts where the one before ended, within the ring'],
  ['takes the ring for half as long', rewriting("range_payload_size_log2 > 5'd12", "range_payload_size_log2 > 5'd13"), 'a burst'],
  ['counts a beat too few', rewriting("+ bytes - 10'd1", "+ bytes - 10'd2"), 'a burst has as many beats as its bytes touch'],
])('one that %s is found', async (_what, plant, sentence) => {
  const proof = await prove(design, { depth: 5, method: 'bounded', plant });
  expect(proofText(proof)).toMatch(/^violated/);
  expect(proofText(proof)).toContain(sentence);
}, 240_000);
