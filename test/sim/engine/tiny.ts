/** A design that compiles quickly: for tests of how it is built, not of what it does. */
import { Bool, elaborate, type EmittedDesign, In, lit, mem, module, mux, Out, reg, UInt, when } from '@vtoe/hdl';
import { emitForModel } from '../../../sim/engine/verilator/verilator.ts';

export const tiny = elaborate(module('tiny', {}, { up: In(Bool), clash: In(Bool), count: Out(UInt(8)), word: Out(UInt(8)) }, (io) => {
  const count = reg(UInt(8));
  const ram = mem(UInt(8), 4, { collision: 'asserted' });
  when(io.up, () => { count.next = count.add(1); });
  io.count.set(count);
  // The word that is written is read: who looks at it is stopped.
  when(io.clash, () => { ram.write(0, count); });
  io.word.set(ram.readSync(mux(io.clash, lit(UInt(2), 0), 1)));
  return { count_now: count, ram };
}));

/** Writes to address 0 when the count is 5. */
export function crashing(): EmittedDesign {
  const emitted = emitForModel(tiny);
  const files = new Map(emitted.files);
  const text = files.get('tiny.v')!;
  files.set('tiny.v', text.replace('endmodule', 'always @(posedge clk) if (count == 8\'d5) $c("*(volatile int*)0 = 0;");\nendmodule'));
  return { ...emitted, files };
}
