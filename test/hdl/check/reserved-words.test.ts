/** Names that a tool of the chain keeps for itself are refused wherever a name can come from. */
import { Bool, elaborate, external, HdlError, In, inst, Interface, mem, module, type Names, Out, reg, Stream, UInt, wire } from '@vtoe/hdl';
import { reservedIn } from '@vtoe/hdl/internal/check/reserved-words';
import { describe, expect, test } from 'vitest';

const empty = module('empty', {}, {}, () => {});

function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof HdlError) return `${error.code}: ${error.sentence}`;
    throw error;
  }
  return 'none';
}

test.each([['wire', 'Verilog'], ['signed', 'Verilog'], ['uwire', 'Verilog'], ['logic', 'SystemVerilog'], ['checker', 'SystemVerilog'], ['class', 'SystemVerilog'], ['int', 'SystemVerilog'], ['template', 'C++'], ['and_eq', 'C++'], ['errno', 'C++']])('%s is a word of %s', (word, language) => {
  expect(reservedIn(word)).toBe(language);
});

test.each(['Wire', 'WIRE', 'wires', 'reg_', '_reg', 'clk', 'valid', 'ready', 'data', 'state', 'index', 'in', 'out', 'd', 'q', 'table_'])('%s is free', (word) => {
  expect(reservedIn(word)).toBeUndefined();
});

describe('a reserved word is refused', () => {
  const body = (make: () => Names) => () => elaborate(module('m', {}, { i: In(UInt(2)) }, make));
  test.each<[string, () => unknown, string]>([
    ['as a module', () => elaborate(module('module', {}, {}, () => {})), 'module'],
    ['as an external module', () => elaborate(external('buf', {})), 'buf'],
    ['as a port', () => elaborate(module('m', {}, { input: In(Bool) }, () => {})), 'input'],
    ['as a leaf under a prefix', () => elaborate(module('m', {}, { p: In(Interface('I', { reg: In(Bool) }), { prefix: '' }) }, (io) => { io.p.reg.set(true); })), 'reg'],
    ['as a leaf that a prefix makes', () => elaborate(module('m', {}, { s: In(Stream(Bool), { prefix: 'w' }), ire: In(Bool, { prefix: 'wire' }) }, (io) => { io.s.ready.set(true); })), 'wire'],
    ['as a register', body(() => ({ event: reg(Bool) })), 'event'],
    ['as a wire', body(() => { const w = wire(Bool); w.set(true); return { table: w }; }), 'table'],
    ['as a memory', body(() => ({ memory: 1, strong0: mem(Bool, 4) })), 'strong0'],
    ['as data of a read port', body(() => { const ram = mem(Bool, 4); return { ram, byte: ram.read(0) }; }), 'byte'],
    ['as an instance', body(() => ({ bind: inst(empty) })), 'bind'],
    ['as a value', () => elaborate(module('m', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { const real = io.x.add(1); io.y.set(real.add(1)); return { real }; })), 'real'],
    ['as an instance\'s port', body(() => { const unit = inst(module('part', {}, { t: In(Bool) }, () => {}), { t: true }); return { char16: unit }; }), 'char16_t'],
  ])('%s', (_what, run, word) => {
    expect(errorOf(run)).toMatch(new RegExp(`^reserved-word: ${word} is a reserved word of (Verilog|SystemVerilog|C\\+\\+); use another name$`));
  });
});
