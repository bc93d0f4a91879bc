import { Bool, Bundle, clog2, Enum, In, lit, Packet, reg, Stream, UInt, Valid, Vec, wire } from '@vtoe/hdl';
import { wrong } from '../../lang/support/untyped.ts';
import { inBody, Other, Pair, State } from './body.ts';
import { mistake } from './mistake.ts';

export const shapes = [
  mistake('shape-width', 'UInt needs a width that is a whole number from 1 to 1048576, not 0', () => UInt(0)),
  mistake('shape-width', 'UInt needs a width that is a whole number from 1 to 1048576, not 2.5', () => UInt(2.5)),
  mistake('shape-width', 'UInt needs a width that is a whole number from 1 to 1048576, not NaN', () => UInt(Number.NaN)),
  mistake('shape-width', 'UInt needs a width that is a whole number from 1 to 1048576, not 8n', () => UInt(wrong(8n))),
  mistake('shape-width', 'UInt needs a width that is a whole number from 1 to 1048576, not 1048577', () => UInt(1048577)),
  mistake('shape-width', 'Vec needs a width that is a whole number from 1 to 1048576, not 1048584', () => Vec(UInt(8), 131073)),
  mistake('shape-width', 'bundle Wide needs a width that is a whole number from 1 to 1048576, not 1048577', () => Bundle('Wide', { a: UInt(1 << 20), b: Bool })),

  mistake('shape-expected', 'In needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not 8', () => In(wrong(8))),
  mistake('shape-expected', 'In needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not a port', () => In(wrong(In(UInt(8))))),
  mistake('shape-expected', 'the payload of Stream needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not a shape of kind stream', () => Stream(wrong(Stream(Bool)))),
  mistake('shape-expected', 'the payload of Valid needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not undefined', () => Valid(wrong(undefined))),
  mistake('shape-expected', 'field a of bundle B needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not 8', () => Bundle('B', { a: wrong(8) })),
  mistake('shape-expected', 'Vec needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not function UInt', () => Vec(wrong(UInt), 3)),
  mistake('shape-expected', 'lit needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not 8', () => lit(wrong<typeof Bool>(8), true)),
  mistake('shape-expected', 'reg needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not a value of kind uint, 8 bits', (here) => inBody((io) => { here(); reg(wrong(io.x)); })),
  // A look-alike, whose width nobody checked
  mistake('shape-expected', 'wire needs a shape (UInt(8), Bool, an Enum, a Bundle, …), not an object with keys kind, width', (here) => inBody(() => { here(); wire({ kind: 'uint', width: -1 }); })),

  mistake('shape-name', 'Bundle needs a name of letters, digits and underscores that does not start with a digit, not "2d"', () => Bundle('2d', { a: Bool })),
  mistake('shape-name', 'Enum needs a name of letters, digits and underscores that does not start with a digit, not ""', () => Enum('', ['A'])),

  mistake('shape-mismatch', 'eq needs bundle Pair, but the value is bundle Other; low is UInt(8) in the former and UInt(4) in the latter', (here) => inBody((io) => { here(); io.pair.eq(wrong(io.other)); })),
  mistake('shape-mismatch', 'set needs bundle Other, but the value is bundle Pair; low is UInt(4) in the former and UInt(8) in the latter', (here) => inBody((io) => { here(); wire(Other).set(wrong(io.pair)); })),
  mistake('shape-mismatch', 'eq needs bundle Pair, but the value is bundle More; only the latter has a field last', (here) => inBody((io) => {
    const more = wire(Bundle('More', { high: UInt(8), low: UInt(8), last: Bool }));
    here(); io.pair.eq(wrong(more));
  })),
  mistake('shape-mismatch', 'eq needs bundle Pair, but the value is bundle Less; only the former has a field low', (here) => inBody((io) => { here(); io.pair.eq(wrong(wire(Bundle('Less', { high: UInt(8) })))); })),
  mistake('shape-mismatch', 'eq needs bundle Pair, but the value is bundle Turned; their fields have another order', (here) => inBody((io) => {
    const turned = wire(Bundle('Turned', { low: UInt(8), high: UInt(8) }));
    here(); io.pair.eq(turned);
  })),
  mistake('shape-mismatch', 'eq needs Vec(UInt(8), 3), but the value is Vec(UInt(8), 4)', (here) => inBody((io) => { here(); io.row.eq(wire(Vec(UInt(8), 4))); })),
  mistake('shape-mismatch', 'eq needs enum State, but the value is enum State', (here) => inBody((io) => { here(); io.state.eq(wire(Enum('State', { Idle: 1, Run: 2, Drain: 3 }))); })),
  mistake('shape-mismatch', 'set of pair needs bundle Pair, but the value is bundle Other; low is UInt(8) in the former and UInt(4) in the latter', (here) => inBody((io) => {
    const outer = wire(Bundle('Outer', { pair: Pair }));
    here(); outer.set({ pair: wrong(io.other) });
  })),

  mistake('enum-labels', 'enum E needs a list of labels or a record of encodings, not "A"', () => Enum('E', wrong('A'))),
  mistake('enum-labels', 'enum E needs a list of labels or a record of encodings, not none', () => Enum('E', [])),
  mistake('enum-label', 'enum E: "A" is no label: a label is an identifier other than otherwise, and stands once', () => Enum('E', ['A', 'A'])),
  mistake('enum-label', 'enum E: "otherwise" is no label: a label is an identifier other than otherwise, and stands once', () => Enum('E', ['A', 'otherwise'])),
  mistake('enum-label', 'enum E: "a-b" is no label: a label is an identifier other than otherwise, and stands once', () => Enum('E', { 'a-b': 1 })),
  mistake('enum-encoding', 'enum E: A and B are both 1', () => Enum('E', { A: 1, B: 1 })),
  mistake('enum-encoding', 'enum E: A is -1, not a whole number from 0 up', () => Enum('E', { A: -1 })),
  mistake('enum-encoding', 'enum E: width 2 is not a whole number from 4 to 1048576; 8 needs 4 bits', () => Enum('E', { A: 8 }, { width: 2 })),
  mistake('enum-illegal', 'enum E: the arm for illegal values is "C", which is none of A, B', () => Enum('E', ['A', 'B'], { illegal: wrong('C') })),
  mistake('enum-no-label', 'eq: enum State has no label "Runn"; it has Idle, Run, Drain', (here) => inBody((io) => { here(); io.state.eq(wrong('Runn')); })),
  mistake('enum-no-label', 'is: enum State has no label "Stop"; it has Idle, Run, Drain', (here) => inBody(() => { here(); lit(State, 'Idle').is(wrong('Stop')); })),

  mistake('bundle-fields', 'bundle B needs a record of at least one field', () => Bundle('B', {})),
  mistake('bundle-fields', 'bundle B needs a record of at least one field', () => Bundle('B', wrong(null))),
  mistake('bundle-field-name', 'bundle B: "next" cannot be a field: a field is an identifier that no value has as a member already (shape, width, eq, ne, set, next, from)', () => Bundle('B', { next: Bool })),
  mistake('bundle-field-name', 'bundle B: "a b" cannot be a field: a field is an identifier that no value has as a member already (shape, width, eq, ne, set, next, from)', () => Bundle('B', { 'a b': Bool })),
  mistake('vec-length', 'Vec needs a length that is a whole number from 1 up, not 0', () => Vec(Bool, 0)),
  mistake('vec-length', 'Vec needs a length that is a whole number from 1 up, not "4"', () => Vec(Stream(Bool), wrong('4'))),
  mistake('packet-width', 'Packet needs a width that is a multiple of 8 bits, not 12', () => Packet(12)),
  mistake('clog2', 'clog2 needs a whole number from 1 up, not 0', () => clog2(0)),
];
