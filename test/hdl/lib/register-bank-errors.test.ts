/** What is wrong with a bank is said in one sentence, at the line of whoever described it. */
import { Bool, Bundle, Enum, HdlError, UInt } from '@vtoe/hdl';
import { constant, counter64, field, flag, group, type Items, mixed, pulse, registers, ro, rw, w1c } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';

const bank = (items: Items, options: Partial<Parameters<typeof registers>[0]> = {}) => () => registers({ name: 'dma', doc: 'Moves data.', registers: items, ...options });
const Kind = Enum('Kind', ['A', 'B', 'C']);
const nothing = undefined as never;

const CASES: readonly (readonly [what: string, make: () => unknown, sentence: string])[] = [
  ['two registers overlap', bank({ a: rw('A.', 32), b: rw('B.', 32, { offset: 0 }) }), 'registers dma: b at 0x0 overlaps a, which takes 0x0 to 0x3'],
  ['a 64-bit register overlaps', bank({ a: counter64('A.'), b: rw('B.', 32, { offset: 4 }) }), 'registers dma: b at 0x4 overlaps a, which takes 0x0 to 0x7'],
  ['registers of a group overlap', bank({ g: group('G.', { a: rw('A.', 32), b: rw('B.', 32, { offset: 0 }) }) }), 'registers dma: g.b at 0x0 overlaps g.a, which takes 0x0 to 0x3'],
  ['a group overlaps', bank({ a: rw('A.', 32, { offset: 0x20 }), g: group('G.', { b: rw('B.', 32) }, { count: 16, offset: 0 }) }), 'registers dma: g at 0x0 overlaps a, which takes 0x20 to 0x23'],
  ['misaligned', bank({ a: rw('A.', 32, { offset: 2 }) }), 'registers dma: the offset of a must be a multiple of 4, not 0x2'],
  ['misaligned 64 bits', bank({ g: group('G.', { a: counter64('A.', { offset: 4 }) }) }), 'registers dma: the offset of g.a must be a multiple of 8, not 0x4'],
  ['negative', bank({ a: rw('A.', 32, { offset: -4 }) }), 'registers dma: the offset of a must be a multiple of 4, not -4'],
  ['a misaligned group', bank({ g: group('G.', { a: rw('A.', 32) }, { count: 2, stride: 64, offset: 32 }) }), 'registers dma: the offset of g must be a multiple of its stride 0x40, not 0x20'],
  ['beyond the page', bank({ g: group('G.', { a: rw('A.', 32), b: rw('B.', 32, { offset: 0x40 }) }, { count: 2, stride: 64 }) }), 'registers dma: g.b ends at 0x44, but an element of g has 0x40 bytes (its stride)'],
  ['a stride of its own', bank({ g: group('G.', { a: rw('A.', 32) }, { count: 2, stride: 48 }) }), 'registers dma: the stride of g must be a power of two from 4 up, not 48'],
  ['too small a map', bank({ a: rw('A.', 32), b: rw('B.', 32) }, { size: 4 }), 'registers dma: size must be a multiple of 4 and at least 0x8, which the registers take, not 4'],
  ['too few address bits', bank({ a: rw('A.', 32), b: rw('B.', 32, { offset: 0x100 }) }, { addressWidth: 8 }), 'registers dma: addressWidth must be a whole number from 9 to 48, not 8'],
  ['a field beyond the register', bank({ a: rw('A.', { x: field(20, 'X.'), y: field(13, 'Y.') }) }), "registers dma: a.y in bits 32 to 20 does not fit the register's 32 bits"],
  ['a flag beyond the register', bank({ a: rw('A.', { x: flag('X.', { at: 32 }) }) }), "registers dma: a.x in bit 32 does not fit the register's 32 bits"],
  ['a wide doorbell', bank({ a: pulse('A.', 40) }), "registers dma: a in bits 39 to 0 does not fit the register's 32 bits"],
  ['fields overlap', bank({ a: rw('A.', { x: field(8, 'X.'), y: flag('Y.', { at: 7 }) }) }), 'registers dma: a.y in bit 7 overlaps a.x, which takes bits 7 to 0'],
  ['a field at no bit', bank({ a: rw('A.', { x: field(8, 'X.', { at: 1.5 }) }) }), 'registers dma: a.x must be at a whole number of bits from 0 up, not 1.5'],
  ['a field twice', bank({ a: mixed('A.', { rw: { x: flag('X.') }, ro: { x: flag('X.') } }) }), 'registers dma: a has two fields called x'],
  ['names that are one in C', bank({ sqTail: rw('A.', 32), sq_tail: rw('B.', 32) }), 'registers dma: sqTail and sq_tail would both be DMA_SQ_TAIL in C'],
  ['a field like a register in C', bank({ a: rw('A.', { bC: flag('X.') }), a_b: rw('B.', { c: flag('X.') }) }), 'registers dma: a.bC and a_b.c would both be DMA_A_B_C in C'],
  ['no identifier', bank({ 'a-b': rw('A.', 32) }), 'registers dma: "a-b" cannot be a name: it must be an identifier and not shape, from or fire'],
  ['a member of interfaces', bank({ g: group('G.', { fire: rw('A.', 32) }) }), 'registers dma: "g.fire" cannot be a name: it must be an identifier and not shape, from or fire'],
  ['reset in a resettable group', bank({ g: group('G.', { reset: rw('A.', 32) }, { resettable: true }) }), 'registers dma: g.reset cannot be called reset, which is the reset of the resettable group'],
  ['an index without elements', bank({ a: rw('A.', 32, { indexed: true }) }), 'registers dma: a is indexed, but only a group with a count has an index'],
  ['an index in a single group', bank({ g: group('G.', { a: counter64('A.', { indexed: true }) }) }), 'registers dma: g.a is indexed, but only a group with a count has an index'],
  ['an enum in a memory', bank({ g: group('G.', { a: rw('A.', { k: field(Kind, 'K.') }, { indexed: true }) }, { count: 2 }) }), 'registers dma: g.a.k is an enum in an indexed register, which cannot refuse an encoding without a label; use a number of bits'],
  ['groups in groups', bank({ g: group('G.', { h: group('H.', { a: rw('A.', 32) }) as never }) }), 'registers dma: g.h is a group in a group; groups stand in the bank only'],
  ['no register', bank({ a: flag('A.') as never }), 'registers dma: a must be a register (rw, ro, w1c, w1s, pulse, constant, mixed, counter64) or a group, not an object with keys kind, shape, doc, reset, …'],
  ['an empty bank', bank({}), 'registers dma needs at least one register'],
  ['an empty group', bank({ g: group('G.', {}) }), 'registers dma: group g needs at least one register'],
  ['a reset that does not fit', bank({ a: rw('A.', { x: field(4, 'X.', { reset: 16 }) }) }), 'registers dma: the reset of a.x must be a whole number of 4 bits, not 16'],
  ['a reset that is no truth', bank({ a: rw('A.', { x: field(Bool, 'X.', { reset: 1 as never }) }) }), 'registers dma: the reset of a.x must be true or false, not 1'],
  ['a reset that is no label', bank({ a: rw('A.', { x: field(Kind, 'X.', { reset: 'D' as never }) }) }), 'registers dma: the reset of a.x must be one of A, B, C, not "D"'],
  ['a reset without state', bank({ a: ro('A.', { x: field(4, 'X.', { reset: 1 }) }) }), 'registers dma: a.x is ro and keeps no value, so it has no reset'],
  ['an enum by bits', bank({ a: w1c('A.', { x: field(Kind, 'X.') }) }), 'registers dma: a.x is w1c, bit by bit, so it cannot be an enum'],
  ['an answer to nothing', bank({ a: rw('A.', 32) }, { answers: { holes: 'OKAY' } as never }), 'registers dma: there is no answer for "holes", only for hole, beyond, misaligned, readOnly'],
  ['no answer', bank({ a: rw('A.', 32) }, { answers: { hole: 'EXOKAY' as never } }), 'registers dma: the answer for hole must be OKAY, SLVERR or DECERR, not "EXOKAY"'],
  ['no name', bank({ a: rw('A.', 32) }, { name: '2' }), 'registers needs a name that is an identifier, not "2"'],
  ['no sentence for the bank', bank({ a: rw('A.', 32) }, { doc: '' }), 'registers dma needs a sentence that says what it is for, not ""'],
  ['no sentence for a register', () => rw('', 32), 'rw needs a sentence, in one line, that says what it is for, not ""'],
  ['no sentence for a field', () => field(3, nothing), 'field needs a sentence, in one line, that says what it is for, not undefined'],
  ['two lines', () => counter64('A.\nB.'), 'counter64 needs a sentence, in one line, that says what it is for, not "A.\\nB."'],
  ['no fields', () => rw('A.', {}), 'rw needs at least one field, or a number of bits'],
  ['a field that is none', () => rw('A.', { x: 3 as never }), 'rw: x must be a field(…) or flag(…), not 3'],
  ['no width', () => rw('A.', 0), 'rw needs a width that is a whole number from 1 to 64, not 0'],
  ['no leaf', () => field(Bundle('P', { x: UInt(3) }) as never, 'A.'), 'field needs fields, a number of bits, Bool or an Enum, not a shape of kind bundle'],
  ['a reset beside fields', () => constant('A.', { x: field(3, 'X.') }, { reset: 3 } as never), 'constant: reset belongs to the fields of a register that has fields'],
  ['no access', () => mixed('A.', { rx: { x: flag('X.') } } as never), 'mixed: "rx" is no access; there are rw, ro, w1c, w1s, pulse, constant'],
  ['nothing mixed', () => mixed('A.', {}), 'mixed needs a record of fields by access (rw, ro, w1c, w1s, pulse, constant), not an object with no keys'],
  ['a wide amount', () => counter64('A.', { by: 65 }), 'counter64: by must be a whole number of bits from 1 to 64, not 65'],
  ['no element', () => group('A.', { a: rw('A.', 32) }, { count: 0 }), 'group: count must be a whole number from 1 up, not 0'],
];

test.each(CASES)('%s', (_what, make, sentence) => {
  let error: unknown;
  try {
    make();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(HdlError);
  expect((error as HdlError).sentence).toBe(sentence);
  expect((error as HdlError).message).toMatch(/^lib\/register-bank-errors\.test\.ts:\d+: /);
});

test('what is right is placed', () => {
  const { layout } = registers({
    name: 'dma', doc: 'Moves data.', registers: {
      a: rw('A.', 32), b: counter64('B.'), c: rw('C.', 7), d: rw('D.', 32, { offset: 0x40 }), e: rw('E.', 32),
      g: group('G.', { x: rw('X.', 32), y: rw('Y.', 64), z: rw('Z.', 32) }, { count: 3 }), h: group('H.', { x: rw('X.', 32) }, { stride: 4096, count: 2 }), last: rw('L.', 32),
    },
  });
  const places = layout.sections.flatMap(({ name, base, registers: list }) => list.map((one) => `${name}.${one.name} ${(base + one.offset).toString(16)}`));
  expect(places).toEqual(['.a 0', '.b 8', '.c 10', '.d 40', '.e 44', '.last 3000', 'g.x 60', 'g.y 68', 'g.z 70', 'h.x 1000']);
  expect(layout).toMatchObject({ size: 0x3004, addressWidth: 14 });
});
