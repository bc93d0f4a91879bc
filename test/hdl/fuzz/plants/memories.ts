/** Faults of memories. */
import type { Memory, MemoryRead, Module } from '@vtoe/hdl/internal/ir/design';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import type { Net, Statement } from '@vtoe/hdl/internal/ir/net';
import type { Plant } from './plant.ts';
import { bits, cat, constant, mux, operation, rewriteDesign, valueOf } from './rewrite.ts';

function memories(name: string, description: string, memory: (memory: Memory) => Memory): Plant {
  return { name, description, design: (design) => rewriteDesign(design, { memory }) };
}

function reads(name: string, description: string, change: (read: MemoryRead) => MemoryRead): Plant {
  return memories(name, description, (memory) => ({ ...memory, reads: memory.reads.map(change) }));
}

function writes(name: string, description: string, change: (write: NonNullable<Memory['write']>) => NonNullable<Memory['write']>): Plant {
  return memories(name, description, (memory) => (memory.write === undefined ? memory : { ...memory, write: change(memory.write) }));
}

export const MEMORIES: readonly Plant[] = [
  {
    name: 'read-new',
    description: 'a synchronous read of the word that is written in the same cycle gives the new word',
    design: (design) => rewriteDesign(design, { module: readNew }),
  },
  reads('read-enable-ignored', 'a synchronous read reads in every cycle', (read) => (read.kind === 'synchronous' ? { ...read, enable: undefined } : read)),
  reads('output-register-missing', 'data comes one cycle after the address where there is an output register', (read) => ({ ...read, outputRegister: false })),
  memories('start-contents-ignored', 'start contents of memories are not loaded', (memory) => ({ ...memory, init: undefined })),
  memories('start-contents-shifted', 'start contents of memories are loaded one word too high', (memory) => (
    memory.init === undefined || memory.depth < 2 ? memory : { ...memory, init: [memory.init.at(-1)!, ...memory.init].slice(0, memory.depth) })),
  writes('mask-ignored', 'a masked write writes the whole word', (write) => ({ ...write, mask: undefined })),
  writes('mask-lane-off-by-one', 'bit i of a mask writes lane i + 1', (write) => {
    const { mask } = write;
    if (mask === undefined || mask.width < 2) return write;
    return { ...write, mask: cat(bits(mask, 0, mask.width - 1), bits(mask, mask.width - 1, 1)) };
  }),
  writes('second-write-site', 'of two write sites in exclusive branches the second is dropped', (write) => {
    const { enable, data, address } = write;
    // The language merges sites as `enable1 | enable2` and `enable2 ? data2 : data1`.
    if (enable?.op !== 'or' || data.op !== 'mux' || data.args[0] !== enable.args[1]) return write;
    const first = (merged: Expression): Expression => (merged.op === 'mux' && merged.args[0] === enable.args[1] ? merged.args[2]! : merged);
    return { ...write, enable: enable.args[0], data: first(data), address: first(address), mask: write.mask && first(write.mask) };
  }),
  writes('write-enable-ignored', 'a write inside of a when writes in every cycle', (write) => ({ ...write, enable: undefined })),
];

/** Every synchronous read becomes an asynchronous one, a bypass around the write and a register. */
function readNew(module: Module): Module {
  const registers: Net[] = [];
  const clocked: Statement[] = [];
  const copies: Memory[] = module.memories.map((memory) => ({
    ...memory,
    reads: memory.reads.map((read) => {
      if (read.kind !== 'synchronous' || read.outputRegister) return read;
      const { data, at, enable } = read;
      const now: Net = { ...data, name: `${data.name}_now` };
      // The register keeps the net's identity, so whoever read the port's data reads the register.
      const register = Object.assign(data, { kind: 'reg', register: { reset: undefined, domain: read.domain, verificationOnly: false } }) as Net;
      registers.push(register);
      const take: Statement = { kind: 'assign', target: register, value: bypassed(memory, read.address, valueOf(now)), at };
      clocked.push(enable === undefined ? take : { kind: 'if', condition: enable, then: [take], otherwise: [], at });
      return { ...read, kind: 'asynchronous', enable: undefined, data: now };
    }),
  }));
  return { ...module, memories: copies, registers: [...module.registers, ...registers], clocked: [...module.clocked, ...clocked] };
}

/** The word at `address` after this cycle's write. */
function bypassed({ write }: Memory, address: Expression, old: Expression): Expression {
  if (write === undefined) return old;
  const { enable = constant(1, 1), mask, lanes, data } = write;
  const hit = operation('and', 1, enable, operation('eq', 1, write.address, address));
  const parts = lanes.map(({ lo, width }, i) => ({ lo, word: mux(mask === undefined ? hit : operation('and', 1, hit, bits(mask, i, 1)), bits(data, lo, width), bits(old, lo, width)) }));
  return cat(...parts.sort((a, b) => b.lo - a.lo).map(({ word }) => word));
}
