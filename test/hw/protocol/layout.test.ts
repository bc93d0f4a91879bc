/** Layouts in software and in hardware, against places counted by hand and against each other. */
import { In, module, Out, simulate, UInt } from '@vtoe/hdl';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ByteOrder, code, codes, flag, type FieldRecord, type Layout, layout, part, preset, reserved, TcpHeader, uint, wide } from '../../../hw/protocol/index.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { allLayouts, bytesOf, valuesOf } from './support/all.ts';

const bench = hardwareBench();

const describing = (order: ByteOrder, bytes: number) => ({ name: 'Sample', doc: 'A sample.', source: 'this test', order, bytes });

const Inner = { network: layout({ ...describing('network', 2), name: 'Inner' }, { x: uint(12, 'X.'), y: uint(4, 'Y.') }), little: layout({ ...describing('little', 2), name: 'Inner' }, { x: uint(12, 'X.'), y: uint(4, 'Y.') }) };

/** Fields that begin and end within bytes, the widest ones, and a part. */
const sample = (order: ByteOrder) => layout(describing(order, 24), {
  a: uint(3, 'A.'), b: flag('B.'), hole: reserved(2), c: uint(13, 'C.'), d: uint(53, 'D.'),
  e: wide(52, 'E.'), f: uint(4, 'F.'),
  inner: part(Inner[order], 'Part.'),
  g: wide(48, 'G.'),
});
const Network = sample('network');
const Little = sample('little');

const layouts: readonly (readonly [string, Layout])[] = [...allLayouts, Network as unknown as Layout, Little as unknown as Layout].map((layout) => [`${layout.name} ${layout.order}`, layout]);
/** Those with the oddest places: the rest is wiring of the same kind, and linting each takes its time. */
const REPLAYED = new Set(['Sample network', 'Sample little', 'Ipv4Header network', 'CompletionEntry little']);

describe('places', () => {
  const bytes = Uint8Array.from({ length: 24 }, (_, i) => i * 11 + 1);

  test('network order: the first field is in the top bits of the first byte', () => {
    // 01 0c 17 22 2d …: 000 0 00 01 0000 1100 000|1 0111 0010 0010 …
    expect(Network.get(bytes, 'a')).toBe(0b000);
    expect(Network.get(bytes, 'b')).toBe(false);
    expect(Network.get(bytes, 'c')).toBe(0b01_0000_1100_000);
    // 53 bits from bit 19, the sixth of byte 2, to bit 71, the last of byte 8 (0x59): 17 is 0001 0111.
    expect(Network.get(bytes, 'd')).toBe(Number(0b1_0111n << 48n | 0x22_2d_38_43_4e_59n));
    expect(Network.get(bytes, 'e')).toBe(0x64_6f_7a_85_90_9b_an);
    expect(Network.get(bytes, 'f')).toBe(0x6);
    expect(Network.get(bytes, 'inner')).toEqual({ x: 0xb1b, y: 0xc });
    expect(Network.get(bytes, 'g')).toBe(0xc7_d2_dd_e8_f3_fen);
  });

  test('little endian: the first field is in the low bits of the first byte', () => {
    expect(Little.get(bytes, 'a')).toBe(0b001);
    expect(Little.get(bytes, 'c')).toBe((0x17_0c_01 >> 6) & 0x1fff);
    expect(Little.get(bytes, 'd')).toBe(Number((0x59_4e_43_38_2d_22_17n >> 3n) & ((1n << 53n) - 1n)));
    expect(Little.get(bytes, 'e')).toBe(0x6_9b_90_85_7a_6f_64n);
    expect(Little.get(bytes, 'f')).toBe(0xa);
    expect(Little.get(bytes, 'inner')).toEqual({ x: 0xcb1, y: 0xb });
    expect(Little.get(bytes, 'g')).toBe(0xfe_f3_e8_dd_d2_c7n);
  });

  test('at a place further on', () => {
    const shifted = Uint8Array.from([0xff, 0xff, 0xff, ...bytes]);
    expect(Network.decode(shifted, 3)).toEqual(Network.decode(bytes));
    expect(Little.get(shifted, 'inner', 3)).toEqual(Little.get(bytes, 'inner'));
  });
});

describe.each(layouts)('%s', (_, layout) => {
  test('decode gives back what encode wrote', () => {
    fc.assert(fc.property(valuesOf(layout), (values) => {
      expect(layout.decode(layout.encode(values as never))).toEqual(values);
    }));
  });

  test('encode gives back the bytes, with zeros where nothing is defined', () => {
    fc.assert(fc.property(bytesOf(layout.bytes), (bytes) => {
      expect(wordOf(layout, layout.encode(layout.decode(bytes) as never))).toBe(wordOf(layout, bytes) & ~undefinedBits(layout));
    }));
  });

  test('each field is the bits between those before and those behind it', () => {
    fc.assert(fc.property(bytesOf(layout.bytes), (bytes) => {
      expect(layout.decode(bytes)).toEqual(bitsOf(layout, wordOf(layout, bytes)));
    }));
  });

  test('put changes one field and nothing else', () => {
    fc.assert(fc.property(bytesOf(layout.bytes + 5), valuesOf(layout), fc.nat({ max: 5 }), (bytes, values, at) => {
      for (const [name, value] of Object.entries(values)) {
        const changed = bytes.slice();
        layout.put(changed, name as never, value as never, at);
        expect(layout.decode(changed, at)).toEqual({ ...layout.decode(bytes, at), [name]: value });
        const { start, field: { width } } = layout.slots.find((slot) => slot.name === name)!;
        // A part is written as a whole, what is reserved in it too.
        const mask = ((1n << BigInt(width)) - 1n) << BigInt(layout.order === 'network' ? layout.bytes * 8 - start - width : start);
        const difference = wordOf(layout, changed.slice(at, at + layout.bytes)) ^ wordOf(layout, bytes.slice(at, at + layout.bytes));
        expect(difference & ~mask).toBe(0n);
        expect([...changed.slice(0, at), ...changed.slice(at + layout.bytes)]).toEqual([...bytes.slice(0, at), ...bytes.slice(at + layout.bytes)]);
      }
    }), { numRuns: 30 });
  });
});

describe('hardware', () => {
  const lead = 3;

  /** All fields of a word, each picked out of a wider one too, and the word made anew of the fields. */
  const reader = (layout: Layout) => {
    const names = layout.slots.filter(({ field }) => field.kind !== 'reserved').map(({ name }) => name);
    const width = layout.bytes * 8;
    return module('reader', { t: layout.shape, order: layout.order }, {
      word: In(UInt(width)), wide: In(UInt(width + 8 * (lead + 1))),
      fields: Out(layout.shape), again: Out(UInt(width)),
      ...Object.fromEntries(names.map((name) => [`picked_${name}`, Out(layout.shape.fields[name]!)] as const)),
    }, (io) => {
      io.fields.set(layout.fromLanes(io.word) as never);
      io.again.set(layout.toLanes(io.fields as never));
      for (const name of names) (io as unknown as Record<string, { set(value: unknown): void }>)[`picked_${name}`]!.set(layout.pick(io.wide, name as never, lead));
    });
  };

  test.each(layouts)('%s: the same bits as in software', (name, layout) => {
    const sim = REPLAYED.has(name) ? bench.simulate(reader(layout)) : simulate(reader(layout));
    const io = sim.io as unknown as Record<string, unknown>;
    const samples = fc.sample(bytesOf(layout.bytes + lead + 1), 40);
    samples.push(new Uint8Array(layout.bytes + lead + 1).fill(0xff), new Uint8Array(layout.bytes + lead + 1));
    for (const bytes of samples) {
      const word = bytes.slice(lead, lead + layout.bytes);
      [io['wide'], io['word']] = [lanes(bytes), lanes(word)];
      const expected = hardwareValues(layout.decode(word));
      const fields = io['fields'] as Record<string, unknown>;
      expect(withoutReserved(layout, fields)).toEqual(expected);
      expect(io['again']).toBe(lanes(word));
      for (const [name, value] of Object.entries(expected)) {
        const field = layout.fields[name]!;
        const picked = io[`picked_${name}`];
        expect(field.kind === 'part' ? withoutReserved(field.layout, picked as Record<string, unknown>) : picked).toEqual(value);
      }
      sim.step();
    }
  });

  test('a field of a header that began in an earlier beat', () => {
    // TCP behind 34 bytes of headers: beat 6 of 64 bits has bytes 48 to 55 of the frame, so 14 to 21 of TCP; the checksum is 16 and 17.
    const late = module('late', {}, { beat: In(UInt(64)), checksum: Out(UInt(16)) }, (io) => {
      io.checksum.set(TcpHeader.pick(io.beat, 'checksum', 34 - 48));
    });
    const sim = bench.simulate(late);
    sim.io.beat = 0x0706_0504_0302_0100n;
    expect(sim.io.checksum).toBe(0x0203n);
    sim.step();
  });

  test('a field that is not there', () => {
    const picking = (name: string, begin: number, width = 64) => () =>
      bench.simulate(module('picking', {}, { beat: In(UInt(width)), out: Out(UInt(width)) }, (io) => { io.out.set(Network.pick(io.beat, name as 'c', begin).zext(width)); }));
    expect(picking('c', -1)).toThrow('Sample.pick: c is in lanes -1 to 1, but there are lanes 0 to 7');
    expect(picking('c', 6)).toThrow('Sample.pick: c is in lanes 6 to 8, but there are lanes 0 to 7');
    expect(picking('z', 0)).toThrow('Sample.pick: there is no field "z"');
    expect(picking('hole', 0)).toThrow('Sample.pick: there is no field "hole"');
    expect(() => bench.simulate(module('short', {}, { beat: In(UInt(64)), out: Out(Network.shape) }, (io) => { io.out.set(Network.fromLanes(io.beat)); })))
      .toThrow('Sample.fromLanes needs 192 bits, but there are 64; use pick for a field of something wider');
  });
});

describe('mistakes', () => {
  const values = { a: 1, b: true, c: 2, d: 3, e: 4n, f: 5, inner: { x: 6, y: 7 }, g: 8n };

  test.each<[string, object, string]>([
    ['too large', { c: 8192 }, 'Sample.c must be a whole number from 0 to 8191, not 8192'],
    ['negative', { a: -1 }, 'Sample.a must be a whole number from 0 to 7, not -1'],
    ['a fraction', { a: 0.5 }, 'Sample.a must be a whole number from 0 to 7, not 0.5'],
    ['missing', { a: undefined }, 'Sample.a must be a whole number from 0 to 7, not undefined'],
    ['a number for a flag', { b: 1 }, 'Sample.b must be true or false, not 1'],
    ['a number for a bigint', { e: 4 }, 'Sample.e must be a bigint from 0n to 4503599627370495n, not 4'],
    ['too large a bigint', { e: 1n << 52n }, 'Sample.e must be a bigint from 0n to 4503599627370495n, not 4503599627370496n'],
    ['in a part', { inner: { x: 4096, y: 0 } }, 'Sample.inner.x must be a whole number from 0 to 4095, not 4096'],
    ['no part', { inner: 3 }, 'Sample.inner must be a record of Inner, not 3'],
    ['unknown', { z: 1 }, 'Sample has no field z; its fields are a, b, c, d, e, f, inner, g'],
    ['reserved', { hole: 1 }, 'Sample has no field hole; its fields are a, b, c, d, e, f, inner, g'],
    ['unknown in a part', { inner: { x: 1, y: 2, z: 3 } }, 'Inner has no field z; its fields are x, y'],
  ])('%s', (_, wrong, sentence) => {
    for (const layout of [Network, Little]) {
      expect(() => layout.encode({ ...values, ...wrong } as never)).toThrow(new RangeError(sentence));
      const bytes = new Uint8Array(24).fill(0xaa);
      expect(() => layout.write(bytes, 0, { ...values, ...wrong } as never)).toThrow(new RangeError(sentence));
      expect(bytes.every((byte) => byte === 0xaa)).toBe(true);
    }
  });

  test('bytes that end too early', () => {
    expect(() => Network.decode(new Uint8Array(23))).toThrow(new RangeError('Sample has 24 bytes, but from byte 0 there are 23'));
    expect(() => Network.get(new Uint8Array(30), 'a', 7)).toThrow(new RangeError('Sample has 24 bytes, but from byte 7 there are 23'));
    expect(() => Network.put(new Uint8Array(30), 'a', 0, 40)).toThrow(new RangeError('Sample has 24 bytes, but from byte 40 there are 0'));
    expect(() => Network.write(new Uint8Array(30), -1, values)).toThrow(new RangeError('Sample: a place must be a whole number from 0 up, not -1'));
    expect(() => Network.get(new Uint8Array(30), 'z' as 'a')).toThrow(new RangeError('Sample has no field z; its fields are a, b, c, d, e, f, inner, g'));
    expect(() => Network.put(new Uint8Array(30), 'a', 8)).toThrow(new RangeError('Sample.a must be a whole number from 0 to 7, not 8'));
  });

  test.each<[string, FieldRecord, string]>([
    ['not filled', { a: uint(12, '') }, 'layout Sample: the fields must fill 2 bytes, 16 bits, but they have 12 bits'],
    ['too many', { a: uint(17, '') }, 'layout Sample: the fields must fill 2 bytes, 16 bits, but they have 17 bits'],
    ['too wide a number', { a: uint(54, '') }, 'layout Sample: the width of a must be a whole number from 1 to 53, not 54'],
    ['too wide a bigint', { a: wide(65, '') }, 'layout Sample: the width of a must be a whole number from 1 to 64, not 65'],
    ['no width', { a: reserved(0) }, 'layout Sample: the width of a must be a whole number from 1 to 9007199254740991, not 0'],
    ['a part within a byte', { a: uint(4, ''), b: part(Inner.network, '') }, 'layout Sample: part b must start with a byte and be in network order, but it starts with bit 4 and is in network order'],
    ['a part in another order', { b: part(Inner.little, '') }, 'layout Sample: part b must start with a byte and be in network order, but it starts with bit 0 and is in little order'],
    ['a preset that does not fit', { a: preset(uint(16, ''), 65_536) }, 'layout Sample: the preset of a must be a whole number from 0 to 65535, not 65536'],
  ])('in a layout: %s', (_, fields, sentence) => {
    expect(() => layout(describing('network', 2), fields)).toThrow(new RangeError(sentence));
  });
});

test('presets stand in for values that are not given', () => {
  const Kind = codes('Kind', { width: 8, doc: 'Kinds.', source: 'this test' }, { NONE: [0, 'None.'], SOME: [7, 'Some.'] });
  const Option = layout(describing('network', 2), { kind: preset(code(Kind, 'Kind.'), Kind.value.SOME), length: uint(8, 'Length.') });
  expect([...Option.encode({ length: 3 })]).toEqual([7, 3]);
  expect([...Option.encode({ kind: Kind.value.NONE, length: 3 })]).toEqual([0, 3]);
});

bench.verilog();

/** The layout's bytes as one number, in which fields lie side by side: the oracle of these tests. */
function wordOf({ order }: { readonly order: ByteOrder }, bytes: Uint8Array): bigint {
  const ordered = order === 'network' ? [...bytes] : [...bytes].reverse();
  return ordered.reduce((word, byte) => (word << 8n) | BigInt(byte), 0n);
}

function bitsOf({ order, bytes, fields }: Pick<Layout, 'order' | 'bytes' | 'fields'>, word: bigint): Record<string, unknown> {
  let rest = bytes * 8;
  const total = rest;
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    rest -= field.width;
    const below = order === 'network' ? rest : total - rest - field.width;
    const bits = (word >> BigInt(below)) & ((1n << BigInt(field.width)) - 1n);
    if (field.kind === 'part') values[name] = bitsOf(field.layout, bits);
    else if (field.kind !== 'reserved') values[name] = field.kind === 'flag' ? bits === 1n : field.kind === 'wide' ? bits : Number(bits);
  }
  return values;
}

function undefinedBits({ order, bytes, fields }: Pick<Layout, 'order' | 'bytes' | 'fields'>): bigint {
  let [mask, before] = [0n, 0];
  for (const field of Object.values(fields)) {
    const inner = field.kind === 'part' ? undefinedBits(field.layout) : field.kind === 'reserved' ? (1n << BigInt(field.width)) - 1n : 0n;
    mask |= inner << BigInt(order === 'network' ? bytes * 8 - before - field.width : before);
    before += field.width;
  }
  return mask;
}

/** The first byte in lane 0. */
function lanes(bytes: Uint8Array): bigint {
  return wordOf({ order: 'little' }, bytes);
}

function hardwareValues(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'number' ? BigInt(value) : typeof value === 'object' && value !== null ? hardwareValues(value) : value]));
}

function withoutReserved(layout: Pick<Layout, 'fields'>, values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(layout.fields).filter(([, { kind }]) => kind !== 'reserved').map(([name, field]) => {
    const value = values[name];
    return [name, field.kind === 'part' ? withoutReserved(field.layout, value as Record<string, unknown>) : value];
  }));
}
