/** Legal designs that nobody writes, but generators do: dead logic, constants, unread bits, names that get in the way. */
import type { Design } from '@vtoe/hdl/internal/ir/design';
import type { EnumLabels } from '@vtoe/hdl/internal/ir/net';
import {
  add, assign, bits, cat, choose, constant, design, eq, input, instance, match, memory, module, mux, named, net, not, operation, output, read, register, value, when, wire,
} from './ir.ts';

const memoryRead = (name: string, width: number) => net('memoryRead', name, width);

/** Inputs of which some bits, or none, are read; registers and wires that nobody reads. */
function unread(): Design {
  const [a, b, c] = [input('a', 16), input('b', 16), input('c')];
  const [counter, never] = [register('counter', 8), register('never', 8)];
  const dead = wire('dead', 16, add(value(a), value(b)));
  return design(module('unread', {
    ports: [a, b, c, output('y', 4, bits(value(a), 7, 4)), output('z', 2, bits(value(a), 12, 11))],
    wires: [dead], registers: [counter, never],
    clocked: [assign(counter, add(value(counter), constant(8, 1)))],
    named: [named('sum', add(value(a), constant(16, 3)))],
  }));
}

/** Registers that are never assigned, with and without reset; memories that lack a read, a write, or both. */
function undriven(): Design {
  const address = input('address', 3);
  const [x, y] = [memoryRead('x', 4), memoryRead('y', 4)];
  const [r, s] = [register('r', 4, { reset: 9n }), register('s', 4, { reset: undefined })];
  const write = { enable: undefined, address: value(address), data: bits(cat(value(address), value(address)), 3, 0), mask: undefined, lanes: [{ lo: 0, width: 4 }], domain: 'clk' };
  return design(module('undriven', {
    ports: [address, output('p', 4, value(x)), output('q', 4, operation('xor', 4, value(r), value(s))), output('o', 4, value(y))],
    registers: [r, s],
    memories: [
      memory('no_write', 4, 8, { reads: [read(x, value(address))] }),
      memory('no_read', 4, 8, { write }),
      memory('neither', 4, 8, {}),
      memory('rom', 4, 6, { init: [1n, 2n, 3n, 15n], reads: [read(y, value(address), { synchronous: true })] }),
    ],
  }));
}

/** Conditions and subjects that are constant, at every level. */
function constants(): Design {
  const [a, c] = [input('a', 4), input('c')];
  const [y, z, w, v] = [output('y', 4), output('z', 4), output('w', 4), output('v', 4)];
  const r = register('r', 4);
  y.drive.push(assign(y, constant(4, 1)), when(constant(1, 1), [assign(y, constant(4, 2))], [assign(y, constant(4, 3))]));
  z.drive.push(when(eq(constant(4, 3), constant(4, 4)), [assign(z, value(a))], [when(value(c), [assign(z, constant(4, 7))], [assign(z, constant(4, 8))])]));
  w.drive.push(match(constant(2, 2), [[[0], [assign(w, value(a))]], [[1, 2], [assign(w, constant(4, 5))]]], 0));
  v.drive.push(assign(v, value(a)), when(value(c), []), match(bits(value(a), 1, 0), [[[0], []], [[1], []]], -1));
  return design(module('constants', {
    ports: [a, c, y, z, w, v, output('u', 4, value(r))], registers: [r],
    clocked: [when(constant(1, 0), [assign(r, value(a))]), when(value(c), [], [assign(r, constant(4, 5))])],
  }));
}

/** The smallest of everything: one bit, one word, one element, a case over one bit. */
function least(): Design {
  const [a, b] = [input('a'), input('b')];
  const q = memoryRead('q', 1);
  const y = output('y');
  y.drive.push(match(value(a), [[[0], [assign(y, value(b))]], [[1], [assign(y, not(value(b)))]]]));
  return design(module('least', {
    ports: [a, b, y, output('z', 1, value(q)), output('w', 1, choose(value(a), value(b), value(a))), output('v', 1, choose(constant(1, 0), value(b))), output('u', 3, operation('mul', 3, value(a), cat(value(a), value(b))))],
    memories: [memory('one', 1, 1, {
      reads: [read(q, value(a), { synchronous: true, enable: value(b) })],
      write: { enable: value(b), address: value(a), data: value(b), mask: value(a), lanes: [{ lo: 0, width: 1 }], domain: 'clk' },
    })],
  }));
}

/** Names that the emitter would like to have. */
function names(): Design {
  const labels: EnumLabels = { name: 'unused', width: 2, labels: [{ name: 'ok', value: 1n }, { name: 'b', value: 2n }] };
  const [i, a] = [input('i', 12), input('start_word', 12)];
  const y = output('y', 12);
  const r = register('unused_start', 12, { reset: undefined });
  const state = register('start_index', 2, { reset: 1n, labels });
  const shared = operation('mul', 24, value(i), value(a));
  y.drive.push(assign(y, bits(shared, 20, 9)), when(eq(bits(shared, 3, 0), constant(4, 0)), [assign(y, value(r))]));
  const q = memoryRead('q', 40);
  return design(module('names', {
    ports: [i, a, y, output('ones', 4, operation('popcount', 4, value(i))), output('y_t1', 4, operation('priority', 4, value(i))), output('z', 40, value(q)), output('s', 2, value(state), { labels })],
    wires: [wire('y_t0', 12, value(i)), wire('unused_ok', 1, bits(value(i), 0, 0)), wire('ones_loop', 1, bits(value(i), 1, 1)), wire('q_stage', 1, bits(value(i), 2, 2))],
    registers: [r, state],
    clocked: [assign(r, value(i)), when(eq(value(state), constant(2, 2)), [assign(state, constant(2, 1))])],
    memories: [memory('m', 40, 5, { reads: [read(q, bits(value(i), 2, 0), { synchronous: true, outputRegister: true })], write: { enable: undefined, address: bits(value(i), 2, 0), data: cat(value(a), value(i), value(a), bits(value(i), 3, 0)), mask: undefined, lanes: [{ lo: 0, width: 40 }], domain: 'clk' } })],
  }));
}

/** Ports of instances: constants, slices, one net for two inputs, outputs that nobody reads, inputs driven in branches. */
function wiring(): Design {
  const [p, q] = [input('p', 8), input('q', 4)];
  const child = module('wiring_child', { ports: [p, q, output('r', 8, value(p)), output('s', 4, value(q))] });
  const [a, c] = [input('a', 8), input('c')];
  const one = instance('one', child, { p: value(a), q: bits(value(a), 5, 2) });
  const two = instance('two', child, { p: constant(8, 77), q: mux(value(c), constant(4, 1), bits(value(a), 3, 0)) });
  const three = instance('three', child, { p: value(one.nets[2]!) });
  three.nets[1]!.drive.push(assign(three.nets[1]!, constant(4, 0)), when(value(c), [assign(three.nets[1]!, value(one.nets[3]!))]));
  // An input of one instance read as the input of another, and by logic.
  const four = instance('four', child, { p: value(one.nets[0]!), q: bits(value(two.nets[0]!), 6, 3) });
  return design(child, module('wiring', { ports: [a, c, output('y', 8, value(three.nets[2]!)), output('z', 8, add(value(four.nets[2]!), value(four.nets[0]!)))], instances: [one, two, three, four] }));
}

/** Very wide words: dozens of limbs, long concatenations, write masks of many lanes. */
function wide(): Design {
  const a = input('a', 1024);
  const [q, p] = [memoryRead('q', 1024), memoryRead('p', 24)];
  const bytes = Array.from({ length: 128 }, (_, i) => bits(value(a), i * 8 + 7, i * 8));
  const lanes = (count: number, width: number) => Array.from({ length: count }, (_, i) => ({ lo: i * width, width }));
  const r = register('r', 1024, { reset: undefined });
  const address = bits(value(a), 1, 0);
  return design(module('wide', {
    ports: [
      a, output('reversed', 1024, cat(...bytes)), output('sum', 1024, add(value(a), value(r))), output('y', 1024, value(q)), output('z', 24, value(p)),
      output('n', 11, operation('popcount', 11, value(a))), output('m', 10, operation('priority', 10, add(value(a), value(r)))),
    ],
    registers: [r], clocked: [assign(r, operation('shl', 1024, value(a), bits(value(a), 14, 0)))],
    memories: [
      memory('m0', 1024, 3, { reads: [read(q, address)], write: { enable: undefined, address, data: value(r), mask: bits(value(a), 47, 16), lanes: lanes(32, 32), domain: 'clk' } }),
      memory('m1', 24, 3, { reads: [read(p, address)], write: { enable: bits(value(a), 9, 9), address, data: bits(value(a), 30, 7), mask: not(bits(value(a), 23, 0)), lanes: lanes(24, 1), domain: 'clk' } }),
    ],
  }));
}

export const ODD: readonly Design[] = [unread(), undriven(), constants(), least(), names(), wiring(), wide()];
