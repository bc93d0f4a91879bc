/**
 * `stage` and `skid`: registers in a stream, which cut its combinational paths.
 *
 * Both take one item a cycle and add one cycle of latency; `stage` costs one register a payload bit and lets `ready`
 * pass through combinationally, `skid` costs two and has nothing combinational from one side to the other.
 * Neither absorbs bursts or long pauses: that is what a `queue` is for.
 */
import { Bool, type Data, reg, type Source, when } from '../index.ts';
import { verb } from './stream-verb.ts';

/** A register in valid and payload; full throughput, latency 1, ready combinational from sink to source. */
export function stage<T extends Data>(source: Source<T>): Source<T> {
  const { shape } = source.payload;
  return verb('stage', shape, (out) => {
    const full = reg(Bool);
    const item = reg(shape, { reset: false });
    source.ready.set(full.not().or(out.ready));
    out.valid.set(full);
    out.payload.set(item);
    when(source.ready, () => { full.next = source.valid; });
    when(source.fire, () => { item.next = source.payload; });
    return { full, item };
  });
}

/** Registers in valid, payload and ready: a second item is stored while the news that the sink has stopped is on its way. */
export function skid<T extends Data>(source: Source<T>): Source<T> {
  const { shape } = source.payload;
  return verb('skid', shape, (out) => {
    const full = reg(Bool);
    const item = reg(shape, { reset: false });
    const free = reg(Bool, { init: true });
    const spare = reg(shape, { reset: false });
    source.ready.set(free);
    out.valid.set(full);
    out.payload.set(item);
    when(full.not().or(out.ready), () => {
      free.next = true;
      full.next = source.valid.or(free.not());
      item.next = source.payload;
      when(free.not(), () => { item.next = spare; });
    }).elsewhen(source.fire, () => {
      free.next = false;
      spare.next = source.payload;
    });
    return { full, item, free, spare };
  });
}
