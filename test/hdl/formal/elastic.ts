/** The proof module of everything that passes a stream on unchanged: what comes in comes out, once and in order. */
import { anyConst, assert, In, module, Out, reg, type Source, Stream, UInt, type UIntShape, when } from '@vtoe/hdl';
import { checkStream } from '@vtoe/hdl/lib';

/** Bits of a payload: two, so that a lost bit shows; the blocks do not look into it. */
export const ITEM = UInt(2);

/**
 * Items are counted modulo 2^`bits`, more than fit inside. `which` is any of these numbers: each item of that number
 * is remembered as it goes in and must be the one that comes out. The input keeps the stream's rule; the output must.
 */
export function elasticProof(name: string, capacity: number, between: (source: Source<UIntShape>) => Source<UIntShape> | { out: Source<UIntShape>; names: Record<string, unknown> }, bits = 3) {
  return module(name, {}, { in: In(Stream(ITEM)), out: Out(Stream(ITEM)) }, (io) => {
    const made = between(io.in);
    const { out, names } = 'out' in made ? made : { out: made, names: {} };
    io.out.from(out);
    checkStream(io.in, { name: 'in', verdict: 'assume' });
    checkStream(io.out, { name: 'out' });

    const number = UInt(bits);
    const sent = reg(number), received = reg(number), kept = reg(ITEM);
    const which = anyConst(number);
    when(io.in.fire, () => {
      sent.next = sent.add(1);
      when(sent.eq(which), () => { kept.next = io.in.payload; });
    });
    when(io.out.fire, () => { received.next = received.add(1); });
    const held = sent.sub(received);
    assert(held.le(capacity), `no more than ${capacity} items are inside`);
    when(held.eq(0), () => assert(io.in.ready, 'who is empty takes an item'));
    // Cycles with an item inside and nothing at the output: latency, and no deadlock.
    const waits = reg(UInt(2));
    when(held.eq(0).or(io.out.valid), () => { waits.next = 0; }).otherwise(() => { waits.next = waits.add(1); });
    assert(waits.lt(3), 'an item that is inside comes to the output within 3 cycles');
    when(io.out.valid, () => {
      assert(held.ne(0), 'nothing comes out that did not go in');
      when(received.eq(which), () => assert(io.out.payload.eq(kept), 'what comes out is what went in, in order'));
    });
    return { sent, received, kept, which, held, waits, ...names };
  });
}
