import { Bool, Bundle, In, mem, UInt, when } from '@vtoe/hdl';
import { wrong } from '../../lang/support/untyped.ts';
import { inBody, Pair, withPorts } from './body.ts';
import { mistake } from './mistake.ts';

const Uneven = Bundle('Uneven', { high: UInt(24), low: UInt(8) });

export const memories = [
  mistake('argument', 'mem: depth must be a whole number from 1 to 1073741824, not 0', (here) => inBody(() => { here(); mem(UInt(8), 0); })),
  mistake('argument', "mem: collision must be 'old' or 'asserted', not \"new\"", (here) => inBody(() => { here(); mem(UInt(8), 4, { collision: wrong('new') }); })),
  mistake('argument', 'mem: style must be block, distributed, registers, auto, not "bram"', (here) => inBody(() => { here(); mem(UInt(8), 4, { style: wrong('bram') }); })),
  mistake('argument', 'mem: outputRegister must be true or false, not 1', (here) => inBody(() => { here(); mem(UInt(8), 4, { outputRegister: wrong(1) }); })),
  mistake('argument', 'readSync: name must be an identifier, not "a b"', (here) => inBody((io) => { here(); mem(UInt(8), 16).readSync(io.n, 'a b'); })),
  mistake('shape-expected', 'mem needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not 8', (here) => inBody(() => { here(); mem(wrong(8), 4); })),
  mistake('memory-init', 'mem: init must be an array of at most 2 words, not an array of 3', (here) => inBody(() => { here(); mem(UInt(8), 2, { init: [1, 2, 3] }); })),
  mistake('memory-init', 'mem: init must be an array of at most 2 words, not 0', (here) => inBody(() => { here(); mem(UInt(8), 2, { init: wrong(0) }); })),
  mistake('literal-range', 'init: literal 256 does not fit 8 bits, which hold 0 to 255', (here) => inBody(() => { here(); mem(UInt(8), 2, { init: [256] }); })),
  mistake('init-literal', 'init must be made of literals only: it is a value at reset or at start', (here) => inBody((io) => { here(); mem(UInt(8), 2, { init: [wrong(io.x)] }); })),
  mistake('memory-address', "read: address 10 is beyond the memory's 10 words", (here) => inBody(() => { here(); mem(UInt(8), 10).read(10); })),
  mistake('memory-address', "write: address 12 is beyond the memory's 10 words", (here) => inBody(() => { here(); mem(UInt(8), 10).write(12, 3); })),
  mistake('literal-range', 'read: literal 16 does not fit 4 bits, which hold 0 to 15', (here) => inBody(() => { here(); mem(UInt(8), 10).read(16); })),
  mistake('memory-address-width', 'readSync: a memory of 10 words needs an address of 4 bits, but it has 8', (here) => inBody((io) => { here(); mem(UInt(8), 10).readSync(io.x); })),
  mistake('kind-mismatch', 'read needs UInt(4), but the value is Bool; pack, unpack, asBool and toUInt are the casts', (here) => inBody((io) => { here(); mem(UInt(8), 16).read(wrong(io.on)); })),
  mistake('memory-port-name', 'readSync: the memory has a read port peek already', (here) => inBody((io) => {
    const ram = mem(UInt(8), 16);
    ram.read(io.n, 'peek');
    here(); ram.readSync(io.n, 'peek');
  })),
  mistake('memory-port-name', 'read: the memory has a read port read already', (here) => inBody((io) => {
    const ram = mem(UInt(8), 16);
    ram.read(io.n);
    here(); ram.read(io.n, 'read');
  })),
  mistake('memory-mask', 'write: the mask must be { bytes }, { lanes } or, for a bundle, { fields }, not 3', (here) => inBody((io) => { here(); mem(UInt(8), 16).write(io.n, io.x, wrong(3)); })),
  mistake('memory-mask', 'write: the mask must be { bytes }, { lanes } or, for a bundle, { fields }, not an object with keys fields', (here) => inBody((io) => { here(); mem(UInt(8), 16).write(io.n, io.x, wrong({ fields: { a: true } })); })),
  mistake('memory-mask', 'write: the mask must be { bytes }, { lanes } or, for a bundle, { fields }, not an object with keys bytes, lanes', (here) => inBody((io) => { here(); mem(UInt(8), 16).write(io.n, io.x, { bytes: 1, lanes: io.n }); })),
  mistake('memory-mask', 'write: the mask must be { bytes }, { lanes } or, for a bundle, { fields }, not an object with keys lanes', (here) => inBody((io) => { here(); mem(UInt(8), 16).write(io.n, io.x, { lanes: wrong(3) }); })),
  mistake('memory-mask-bytes', 'write: a mask of bytes needs words of whole bytes, but they have 4 bits', (here) => inBody((io) => { here(); mem(UInt(4), 16).write(io.n, io.n, { bytes: 1 }); })),
  mistake('memory-mask-lanes', 'write: a word of 9 bits cannot be cut into 4 equal lanes', (here) => inBody((io) => { here(); mem(UInt(9), 16).write(io.n, 0, { lanes: io.n }); })),
  mistake('memory-two-writes', 'write: another write, at {first}, may happen in the same cycle; put both into branches of one when or match', (here) => inBody((io) => {
    const ram = mem(UInt(8), 16);
    when(io.on, () => { here('first'); ram.write(io.n, io.x); });
    when(io.on.not(), () => { here(); ram.write(io.n, io.y); });
  })),
  mistake('memory-two-writes', 'write: another write, at {first}, may happen in the same cycle; put both into branches of one when or match', (here) => inBody((io) => {
    const ram = mem(UInt(8), 16);
    here('first'); ram.write(io.n, io.x);
    when(io.on, () => { here(); ram.write(io.n, io.y); });
  })),
  mistake('memory-lanes', 'write: the mask cuts the word in another way than the write at {first}', (here) => inBody((io) => {
    const ram = mem(Pair, 16);
    when(io.on, () => { here('first'); ram.write(io.n, io.pair, { lanes: io.n }); })
      .otherwise(() => { here(); ram.write(io.n, io.pair, { fields: { low: true } }); });
  })),
  // One cut is a prefix of the other
  mistake('memory-lanes', 'write: the mask cuts the word in another way than the write at {first}', (here) => withPorts({ on: In(Bool), n: In(UInt(4)) }, (io) => {
    const ram = mem(Uneven, 16);
    when(io.on, () => { here('first'); ram.write(io.n, { high: 1, low: 2 }, { bytes: 3 }); })
      .otherwise(() => { here(); ram.write(io.n, { high: 1, low: 2 }, { fields: { low: true } }); });
  })),
  mistake('memory-lanes', 'write: the mask cuts the word in another way than the write at {first}', (here) => withPorts({ on: In(Bool), n: In(UInt(4)) }, (io) => {
    const ram = mem(Uneven, 16);
    when(io.on, () => { here('first'); ram.write(io.n, { high: 1, low: 2 }, { fields: { low: true } }); })
      .otherwise(() => { here(); ram.write(io.n, { high: 1, low: 2 }, { bytes: 3 }); });
  })),
];
