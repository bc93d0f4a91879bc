/** The example that `npm run example` shows: the Internet checksum (RFC 1071) of frames, behind a small FIFO. */
import { Bool, Bundle, clog2, type Data, Enum, In, inst, match, mem, module, Out, reg, Stream, UInt, Valid, when } from '@vtoe/hdl';

/** First word falls through; one word in and one out per cycle. */
const fifo = <T extends Data>(payload: T, depth: number) => {
  const pointer = UInt(clog2(depth) + 1);
  const index = (p: UInt) => p.trunc(clog2(depth));
  return module('fifo', { t: payload, d: depth }, { in: In(Stream(payload)), out: Out(Stream(payload)) }, (io) => {
    const ram = mem(payload, depth);
    const [rd, wr] = [reg(pointer), reg(pointer)];
    const level = wr.sub(rd);
    io.in.ready.set(level.ne(depth));
    io.out.valid.set(level.ne(0));
    io.out.payload.set(ram.read(index(rd)));
    when(io.in.fire, () => { ram.write(index(wr), io.in.payload); wr.next = wr.add(1); });
    when(io.out.fire, () => { rd.next = rd.add(1); });
    return { ram, rd, wr, level };
  });
};

export const Word = Bundle('Word', { last: Bool, data: UInt(16) });
const Phase = Enum('Phase', ['Idle', 'Sum', 'Fold']);

/** Adds 16-bit words with end-around carry until `last`, folds once, and gives the complement: two cycles after the last word. */
export const checksum = module('checksum', {}, { words: In(Stream(Word)), sum: Out(Valid(UInt(16))) }, (io) => {
  const queue = inst(fifo(Word, 4), { in: io.words });
  const phase = reg(Phase);
  const total = reg(UInt(17));
  const word = queue.out.payload;
  const folded = total.trunc(16).add(total.bit(16).toUInt().zext(16));

  queue.out.ready.set(phase.ne('Fold'));
  io.sum.valid.set(phase.eq('Fold'));
  io.sum.payload.set(folded.not());

  match(phase, {
    Idle: () => { when(queue.out.fire, () => { total.next = word.data.zext(17); phase.next = 'Sum'; }); },
    Sum: () => { when(queue.out.fire, () => { total.next = folded.addc(word.data); }); },
    Fold: () => { phase.next = 'Idle'; },
  });
  when(queue.out.fire.and(word.last), () => { phase.next = 'Fold'; });
  return { queue, phase, total, folded };
});
