/** Memories: words, addresses, masks and options of the right kind. Compiled, never run. */
import { Bool, Bundle, In, mem, module, UInt, Vec } from '@vtoe/hdl';

const Entry = Bundle('Entry', { open: Bool, seq: UInt(31) });

export const memories = module('memories', {}, { x: In(UInt(4)), on: In(Bool), word: In(UInt(32)), entry: In(Entry), lanes: In(UInt(4)) }, (io) => {
  const words = mem(UInt(32), 16);
  const entries = mem(Entry, 16, { init: [{ open: true, seq: 1 }], collision: 'old', style: 'block' });

  // The wrong kind of address or word
  // @ts-expect-error
  words.read(io.on);
  // @ts-expect-error
  words.read('1');
  // @ts-expect-error
  words.write(io.x, io.on);
  // @ts-expect-error
  words.write(io.x, io.entry);
  // @ts-expect-error
  entries.write(io.x, io.word);
  // @ts-expect-error
  entries.write(io.x, { open: true });
  // @ts-expect-error
  entries.write(io.x, { open: 1, seq: 1 });
  // @ts-expect-error
  words.write(io.x);
  // @ts-expect-error
  void entries.readSync(io.x).sequence;
  // @ts-expect-error
  entries.read(io.x).seq.set(3);
  // @ts-expect-error
  words.set(io.word);

  // Masks
  // @ts-expect-error
  words.write(io.x, io.word, io.lanes);
  // @ts-expect-error
  words.write(io.x, io.word, { bytes: io.on });
  // @ts-expect-error
  words.write(io.x, io.word, { fields: { open: true } });
  // @ts-expect-error
  entries.write(io.x, io.entry, { fields: { closed: true } });
  // @ts-expect-error
  entries.write(io.x, io.entry, { fields: { open: 1 } });
  // @ts-expect-error
  words.write(io.x, io.word, { lanes: 3 });

  // Options
  // @ts-expect-error
  mem(UInt(8), 16, { init: [true] });
  // @ts-expect-error
  mem(UInt(8), 16, { style: 'bram' });
  // @ts-expect-error
  mem(UInt(8), 16, { collision: 'new' });
  // @ts-expect-error
  mem(UInt(8), 16, { ports: 2 });
  // @ts-expect-error
  mem(8, 16);
  // @ts-expect-error
  mem(Vec(UInt(8), 2), '16');
});
