import { allOf, anyConst, anyOf, assert, assume, Bool, Bundle, cat, cover, elaborate, fell, flip, In, inst, lit, match, mem, module, mux, networkOrder, pack, past, probe, type Read, reg, rose, scope, Stream, UInt, unpack, Vec, when, wire } from '@vtoe/hdl';
import { untyped, wrong } from '../../lang/support/untyped.ts';
import { inBody, Pair, stage } from './body.ts';
import { mistake } from './mistake.ts';

const nothing = () => {};

export const values = [
  mistake('option', 'reg has no option "initial"; it has init, reset, attributes', (here) => inBody(() => { here(); reg(UInt(8), wrong({ initial: 3 })); })),
  mistake('option', 'In has no option "name"; it has prefix', () => In(Bool, wrong({ name: 'x' }))),
  mistake('option', 'module has no option "keep"; it has attributes', () => module('m', {}, {}, nothing, wrong({ keep: true }))),
  mistake('argument', 'reg: options must be a record, not null', (here) => inBody(() => { here(); reg(UInt(8), wrong(null)); })),
  mistake('argument', 'reg: reset must be false, or nothing, not true', (here) => inBody(() => { here(); reg(UInt(8), { reset: wrong(true) }); })),

  // Operators
  mistake('argument', 'zext: width must be a whole number from 8 to 1048576, not 4', (here) => inBody((io) => { here(); io.x.zext(4); })),
  mistake('argument', 'sext: width must be a whole number from 8 to 1048576, not "9"', (here) => inBody((io) => { here(); io.x.sext(wrong('9')); })),
  mistake('argument', 'trunc: width must be a whole number from 1 to 8, not 9', (here) => inBody((io) => { here(); io.x.trunc(9); })),
  mistake('argument', 'bits: high must be a whole number from 4 to 7, not 3', (here) => inBody((io) => { here(); io.x.bits(3, 4); })),
  mistake('argument', 'bits: low must be a whole number from 0 to 7, not -1', (here) => inBody((io) => { here(); io.x.bits(3, -1); })),
  mistake('argument', 'bit: index must be a whole number from 0 to 7, not 8', (here) => inBody((io) => { here(); io.x.bit(8); })),
  mistake('argument', 'bit: index must be a whole number from 0 to 7, not a value of kind bool, 1 bits', (here) => inBody((io) => { here(); io.x.bit(wrong(io.on)); })),
  mistake('argument', 'shl: amount must be a whole number from 0 to 1048576, not -1', (here) => inBody((io) => { here(); io.x.shl(-1); })),
  mistake('argument', 'rotl: amount must be a whole number from 0 to 1048576, not 0.5', (here) => inBody((io) => { here(); io.x.rotl(0.5); })),
  mistake('argument', 'repeat: times must be a whole number from 1 to 131072, not 0', (here) => inBody((io) => { here(); io.x.repeat(0); })),
  mistake('argument', 'oneHot: count must be a whole number from 1 to 1048576, not undefined', (here) => inBody((io) => { here(); io.x.oneHot(wrong(undefined)); })),
  mistake('argument', 'at: index must be a whole number from 0 to 2, not 3', (here) => inBody((io) => { here(); io.row.at(3); })),
  mistake('argument', 'is: labels must be at least one label, not none', (here) => inBody((io) => { here(); io.state.is(); })),
  mistake('argument', 'cat: parts must be at least one value, not none', (here) => inBody(() => { here(); cat(); })),
  mistake('argument', 'cat: its argument must be a value, not 3', (here) => inBody((io) => { here(); cat(io.x, wrong(3)); })),
  mistake('argument', 'pack: its argument must be a value, not a memory', (here) => inBody(() => { here(); pack(wrong(mem(UInt(8), 4))); })),
  mistake('argument', 'unpack: bits must be a UInt, not a value of kind bundle, 16 bits', (here) => inBody((io) => { here(); unpack(Pair, wrong(io.pair)); })),
  mistake('argument', 'networkOrder: value must be a UInt of whole bytes, not a value of kind uint, 4 bits', (here) => inBody((io) => { here(); networkOrder(io.n); })),
  mistake('argument', 'allOf: conditions must be at least one Bool, not none', (here) => inBody(() => { here(); allOf(); })),
  mistake('argument', 'past: value must be a value, not 3', (here) => inBody(() => { here(); past(wrong(3)); })),
  mistake('argument', 'past: cycles must be a whole number from 1 to 64, not 0', (here) => inBody((io) => { here(); past(io.x, 0); })),
  mistake('argument', 'rose: value must be a Bool, not a value of kind uint, 8 bits', (here) => inBody((io) => { here(); rose(wrong(io.x)); })),
  mistake('argument', 'fell: value must be a Bool, not undefined', (here) => inBody(() => { here(); fell(wrong(undefined)); })),

  // Calls
  mistake('argument', 'flip: its argument must be a port or an Interface, not a shape of kind uint', () => flip(wrong(UInt(8)))),
  mistake('argument', 'In: prefix must be letters, digits and underscores, not "s-axis"', () => In(UInt(8), { prefix: 's-axis' })),
  mistake('argument', 'when: body must be a function, not undefined', (here) => inBody((io) => { here(); when(io.on, wrong(undefined)); })),
  mistake('argument', 'otherwise: body must be a function, not 3', (here) => inBody((io) => { here(); when(io.on, nothing).otherwise(wrong(3)); })),
  mistake('argument', 'match: arms must be a record or a list of arms, not function nothing', (here) => inBody((io) => { here(); match(io.x, wrong(nothing)); })),
  mistake('argument', 'match: subject must be an enum or a UInt, not a value of kind bool, 1 bits', (here) => inBody((io) => { here(); match(wrong(io.on), { 1: nothing }); })),
  mistake('argument', 'match: body must be a function, not undefined', (here) => inBody((io) => { here(); match(io.state, { Idle: nothing, Run: nothing, Drain: wrong<() => void>(undefined) }); })),
  mistake('argument', 'match: arms must be at least one arm, not none', (here) => inBody((io) => { here(); match(io.x, {}); })),
  mistake('argument', 'match: arms must be pairs of a value and a function, not 3', (here) => inBody((io) => { here(); match(io.x, wrong([3])); })),
  mistake('argument', 'match: arms must be pairs of a value and a function, not an arm of no values', (here) => inBody((io) => { here(); match(io.x, [[[], nothing]]); })),
  mistake('argument', 'match: otherwise must be a key of the arms, not a third argument; that goes with a list of arms', (here) => inBody((io) => { here(); untyped(match)(io.x, { 1: nothing }, nothing); })),
  mistake('argument', 'scope: name must be an identifier, not "a b"', (here) => inBody(() => { here(); scope('a b', nothing); })),
  mistake('argument', 'scope: body must be a function, not undefined', (here) => inBody(() => { here(); scope('a', wrong(undefined)); })),
  mistake('argument', 'module: body must be a function, not undefined', () => module('m', {}, {}, wrong(undefined))),
  mistake('argument', 'module: parameters must be a record, not 3', () => module('m', wrong(3), {}, nothing)),
  mistake('argument', 'inst: its first argument must be a module, not function stage', (here) => inBody(() => { here(); inst(wrong(function stage() {})); })),
  mistake('argument', 'inst: connections must be a record, not "in"', (here) => inBody(() => { here(); inst(stage, wrong('in')); })),
  mistake('argument', 'inst: name must be an identifier, not "1st"', (here) => inBody(() => { here(); inst(stage, {}, { name: '1st' }); })),
  mistake('argument', 'elaborate: its argument must be a module, not an object with keys elaborated', () => elaborate(wrong({ elaborated: nothing }))),
  mistake('argument', 'probe: name must be an identifier, not ""', (here) => inBody((io) => { here(); probe('', io.on, {}); })),
  mistake('argument', 'probe: record must be a record of values, not null', (here) => inBody((io) => { here(); probe('p', io.on, wrong(null)); })),
  mistake('argument', 'probe: a field name must be an identifier, not "a-b"', (here) => inBody((io) => { here(); probe('p', io.on, { 'a-b': io.x }); })),
  mistake('argument', 'probe: a must be a value, not 3', (here) => inBody((io) => { here(); probe('p', io.on, { a: wrong(3) }); })),
  mistake('argument', 'assert: sentence must be a sentence that says what must hold, not ""', (here) => inBody((io) => { here(); assert(io.on, ''); })),

  // Widths and kinds
  mistake('width-mismatch', 'add needs 8 bits, but the value has 4; widths never change by themselves: use zext, sext, trunc or bits', (here) => inBody((io) => { here(); io.x.add(io.n); })),
  mistake('width-mismatch', 'next needs 4 bits, but the value has 8; widths never change by themselves: use zext, sext, trunc or bits', (here) => inBody((io) => { here(); reg(UInt(4)).next = io.x; })),
  mistake('width-mismatch', 'mux needs 8 bits, but the value has 4; widths never change by themselves: use zext, sext, trunc or bits', (here) => inBody((io) => { here(); mux(io.on, io.x, io.n); })),
  mistake('width-mismatch', 'set of low needs 8 bits, but the value has 4; widths never change by themselves: use zext, sext, trunc or bits', (here) => inBody((io) => { here(); wire(Pair).set({ high: io.x, low: io.n }); })),
  mistake('width-mismatch', 'inst of stage of level needs 8 bits, but the value has 4; widths never change by themselves: use zext, sext, trunc or bits', (here) => inBody((io) => { here(); inst(stage, { level: io.n }); })),
  mistake('kind-mismatch', 'add needs UInt(8), but the value is Bool; pack, unpack, asBool and toUInt are the casts', (here) => inBody((io) => { here(); io.x.add(wrong(io.on)); })),
  mistake('kind-mismatch', 'and needs Bool, but the value is UInt(8); pack, unpack, asBool and toUInt are the casts', (here) => inBody((io) => { here(); io.on.and(wrong(io.x)); })),
  mistake('kind-mismatch', 'eq needs enum State, but the value is UInt(8); pack, unpack, asBool and toUInt are the casts', (here) => inBody((io) => { here(); io.state.eq(wrong(io.x)); })),
  mistake('kind-mismatch', 'anyOf needs Bool, but the value is UInt(4); pack, unpack, asBool and toUInt are the casts', (here) => inBody((io) => { here(); anyOf(io.on, wrong(io.n)); })),

  // Literals
  mistake('literal-kind', 'add needs a value or a literal of UInt(8), not "1"', (here) => inBody((io) => { here(); io.x.add(wrong('1')); })),
  mistake('literal-kind', 'add needs a value or a literal of UInt(8), not true', (here) => inBody((io) => { here(); io.x.add(wrong(true)); })),
  mistake('literal-kind', 'add needs a value or a literal of UInt(8), not a value of kind bundle, 16 bits', (here) => inBody((io) => { here(); io.x.add(wrong(io.pair)); })),
  mistake('literal-kind', 'and needs a value or a literal of Bool, not 1', (here) => inBody((io) => { here(); io.on.and(wrong(1)); })),
  mistake('literal-kind', 'eq needs a value or a literal of bundle Pair, not an array of 2', (here) => inBody((io) => { here(); io.pair.eq(wrong([1, 2])); })),
  mistake('literal-kind', 'eq needs a value or a literal of Vec(UInt(8), 3), not an array of 2', (here) => inBody((io) => { here(); io.row.eq([1, 2]); })),
  mistake('literal-kind', 'set of rows[1].low needs a value or a literal of UInt(8), not null', (here) => inBody(() => {
    const nested = wire(Bundle('Nested', { rows: Vec(Pair, 2) }));
    here(); nested.set({ rows: [{ high: 1, low: 2 }, { high: 1, low: wrong(null) }] });
  })),
  mistake('literal-range', 'add: literal 256 does not fit 8 bits, which hold 0 to 255', (here) => inBody((io) => { here(); io.x.add(256); })),
  mistake('literal-range', 'add: literal -1 does not fit 8 bits, which hold 0 to 255', (here) => inBody((io) => { here(); io.x.add(-1); })),
  mistake('literal-range', 'slt: literal -129 does not fit 8 bits, which hold -128 to 255', (here) => inBody((io) => { here(); io.x.slt(-129); })),
  mistake('literal-range', 'lit of low: literal 300 does not fit 8 bits, which hold 0 to 255', () => lit(Pair, { high: 1, low: 300 })),
  mistake('literal-range', 'match: literal 256 does not fit 8 bits, which hold 0 to 255', (here) => inBody((io) => { here(); match(io.x, { 256: nothing }); })),
  mistake('literal-number', 'lit: a literal must be a whole number, and above 2^53 - 1 a bigint, not 9007199254740992', () => lit(UInt(64), 2 ** 53)),
  mistake('literal-number', 'add: a literal must be a whole number, and above 2^53 - 1 a bigint, not 0.5', (here) => inBody((io) => { here(); io.x.add(0.5); })),
  mistake('literal-number', 'add: a literal must be a whole number, and above 2^53 - 1 a bigint, not NaN', (here) => inBody((io) => { here(); io.x.add(Number.NaN); })),
  mistake('literal-field', 'set: the literal for bundle Pair lacks field low; the fields are high, low', (here) => inBody(() => { here(); wire(Pair).set(wrong({ high: 1 })); })),
  mistake('literal-field', 'set: the literal for bundle Pair has no field mid; the fields are high, low', (here) => inBody(() => { here(); wire(Pair).set(wrong({ high: 1, low: 1, mid: 1 })); })),
  mistake('literal-field', 'write mask: the literal for bundle Pair has no field mid; the fields are high, low', (here) => inBody((io) => { here(); mem(Pair, 16).write(io.n, io.pair, wrong({ fields: { mid: true } })); })),
  mistake('as-bool', 'asBool needs a single bit, but the value has 8; compare it, or take a bit', (here) => inBody((io) => { here(); io.x.asBool(); })),
  mistake('rotate-amount', 'rotl of 8 bits needs an amount of at most 3 bits, but it has 4', (here) => inBody((io) => { here(); io.x.rotl(io.n); })),
  mistake('rotate-amount', 'rotr of 1 bits needs an amount of at most 0 bits, but it has 4', (here) => inBody((io) => { here(); io.x.trunc(1).rotr(io.n); })),
  mistake('mux-literals', 'mux of two literals has no width; make one of them a value with lit', (here) => inBody((io) => { here(); mux(io.on, wrong(1), wrong(2)); })),
  mistake('unpack-width', 'unpack to bundle Pair needs 16 bits, but the value has 8', (here) => inBody((io) => { here(); unpack(Pair, io.x); })),

  // Conditions
  mistake('condition', 'when needs a Bool as condition, not a value of kind uint, 8 bits; compare a UInt, or use asBool', (here) => inBody((io) => { here(); when(wrong(io.x), nothing); })),
  mistake('condition', 'elsewhen needs a Bool as condition, not true; compare a UInt, or use asBool', (here) => inBody((io) => { here(); when(io.on, nothing).elsewhen(wrong(true), nothing); })),
  mistake('condition', 'mux needs a Bool as condition, not a value of kind enum, 2 bits; compare a UInt, or use asBool', (here) => inBody((io) => { here(); mux(wrong(io.state), io.x, io.y); })),
  mistake('condition', 'assume needs a Bool as condition, not undefined; compare a UInt, or use asBool', (here) => inBody(() => { here(); assume(wrong(undefined), 'x'); })),
  mistake('condition', 'cover needs a Bool as condition, not an interface of kind stream; compare a UInt, or use asBool', (here) => inBody(() => { here(); cover(wrong(wire(Stream(Bool))), 'x'); })),
  mistake('condition', 'probe needs a Bool as condition, not 1; compare a UInt, or use asBool', (here) => inBody((io) => { here(); probe('p', wrong(1), { x: io.x }); })),

  // Host-language use of hardware
  mistake('host-value', 'a hardware value cannot be used as a number: it is known in simulation only; use eq, mux and when', (here) => inBody((io) => { here(); void (wrong<number>(io.x) * 2); })),
  mistake('host-value', 'a hardware value cannot be used as a number: it is known in simulation only; use eq, mux and when', (here) => inBody((io) => { here(); void (wrong<number>(io.x) < 3); })),
  mistake('host-value', 'a hardware value cannot be used as a string: it is known in simulation only; use eq, mux and when', (here) => inBody((io) => { here(); void `${wrong(io.on)}`; })),
  mistake('host-value', 'a hardware value cannot be used as a string: it is known in simulation only; use eq, mux and when', (here) => inBody((io) => { here(); untyped(io.on).toString!(); })),
  mistake('host-value', 'a hardware value cannot be used as a host-language value: it is known in simulation only; use eq, mux and when', (here) => inBody((io) => { here(); void (wrong<string>(io.x) + wrong<string>(1)); })),
  mistake('host-value', 'a hardware value cannot be used as a host-language value: it is known in simulation only; use eq, mux and when', (here) => inBody((io) => { here(); void (wrong<string>(io.pair) + 'x'); })),
  mistake('host-value', 'a hardware value cannot be used as a host-language value: it is known in simulation only; use eq, mux and when', (here) => inBody(() => { here(); void `${wrong(wire(Stream(Bool)))}`; })),

  // Whose value
  mistake('foreign-value', 'a value of module outer is used in module inner; pass it through a port', (here) => foreign((io, inner) => inner(() => { here(); io.x.add(1); }))),
  mistake('foreign-value', 'a value of module outer is used in module inner; pass it through a port', (here) => foreign((_io, inner) => {
    const w = wire(UInt(8));
    inner(() => { here(); w.set(1); });
  })),
  mistake('foreign-value', 'a value of module outer is used in module inner; pass it through a port', (here) => foreign((_io, inner) => {
    const ram = mem(UInt(8), 4);
    inner(() => { here(); ram.read(1); });
  })),
  mistake('outside-module', 'reg works inside the body of a module only', () => reg(UInt(8))),
  mistake('outside-module', 'an operator works inside the body of a module only', () => lit(UInt(8), 1).add(1)),
  mistake('outside-module', 'an operator works inside the body of a module only', () => leaked().add(1)),
  mistake('outside-module', 'when works inside the body of a module only', () => when(lit(Bool, true), nothing)),
  mistake('outside-module', 'anyConst works inside the body of a module only', () => anyConst(Bool)),
];

/** A body with another module's body inside of it, in which `inner` runs what uses the outer one's values. */
function foreign(body: (io: { readonly x: Read<ReturnType<typeof UInt>> }, inner: (run: () => void) => void) => void): void {
  elaborate(module('outer', {}, { x: In(UInt(8)) }, (io) => body(io, (run) => { inst(module('inner', {}, {}, () => { run(); })); })));
}

/** A value that outlives its module's body. */
function leaked(): Read<ReturnType<typeof UInt>> {
  let kept: Read<ReturnType<typeof UInt>> | undefined;
  inBody((io) => { kept = io.x; });
  return kept!;
}
