/** Memories: ports with their conditions, one write a cycle merged from exclusive branches, masks, start contents. */
import { Bool, Bundle, In, match, mem, type Module, Out, reg, UInt, Vec, when } from '@vtoe/hdl';
import { evaluate } from '@vtoe/hdl/internal/ir/evaluate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elaborated, irOf } from './support/ir.ts';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(4) });
const PORTS = { i: In(UInt(4)), j: In(UInt(4)), a: In(Bool), b: In(Bool), c: In(Bool), x: In(UInt(12)), pair: In(Pair), s: In(UInt(2)) };

type Memory = Module['memories'][number];

function memoryOf(body: Parameters<typeof elaborated<typeof PORTS>>[1]): Memory {
  return elaborated(PORTS, body).memories[0]!;
}

/** What the write port does with the given inputs: undefined if nothing. */
function written({ write }: Memory, given: { readonly [name: string]: bigint }): { address: bigint; data: bigint; mask: bigint | undefined } | undefined {
  const value = (expression: Parameters<typeof evaluate>[0]) => evaluate(expression, (net) => given[net.name] ?? 0n);
  if (write === undefined || (write.enable !== undefined && value(write.enable) === 0n)) return undefined;
  return { address: value(write.address), data: value(write.data), mask: write.mask && value(write.mask) };
}

describe('a read port', () => {
  test('of an asynchronous read has no enable; of a synchronous one that of the conditions around it', () => {
    expect(irOf(PORTS, (io) => {
      const ram = mem(UInt(12), 16);
      when(io.a, () => { ram.read(io.i, 'now'); });
      ram.readSync(io.i, 'always');
      when(io.a, () => { ram.readSync(io.j, 'held'); }).elsewhen(io.b, () => { ram.readSync(io.j, 'second'); });
      match(io.s, { 1: () => { ram.readSync(io.i, 'one'); }, otherwise: () => { ram.readSync(io.i, 'rest'); } });
      return { ram };
    })).toMatchInlineSnapshot(`
      "input i:4
      input j:4
      input a:1 Bool
      input b:1 Bool
      input c:1 Bool
      input x:12
      input pair_high:8
      input pair_low:4
      input s:2
      mem ram 12 x 16 asserted init - fields :12
        read now asynchronous i - false -> ram_now
        read always synchronous i - false -> ram_always
        read held synchronous j a false -> ram_held
        %0:1 = not a
        %1:1 = and %0 b
        read second synchronous j %1 false -> ram_second
        %2:1 = eq s 2'1
        read one synchronous i %2 false -> ram_one
        %3:1 = eq s 2'1
        %4:1 = not %3
        read rest synchronous i %4 false -> ram_rest"
    `);
  });

  test('reads a word as a value of the shape', () => {
    expect(irOf({ i: In(UInt(4)), y: Out(Pair) }, (io) => {
      const ram = mem(Pair, 16, { outputRegister: true, collision: 'old', style: 'block', init: [{ high: 0xab, low: 0xc }] });
      io.y.set(ram.readSync(io.i));
      return { ram };
    })).toMatchInlineSnapshot(`
      "input i:4
      output y_high:8
      output y_low:4
        %0:8 = bits ram_read at 4
        y_high := %0
        %1:4 = bits ram_read at 0
        y_low := %1
      mem ram 12 x 16 old (ram_style=block) init 2748 fields high:8 low:4
        read read synchronous i - true -> ram_read"
    `);
  });
});

describe('an address', () => {
  const messages = (depth: number, width: number) => elaborated({ i: In(UInt(width)), on: In(Bool) }, (io) => {
    const ram = mem(Bool, depth);
    ram.read(io.i);
    when(io.on, () => {
      ram.readSync(io.i);
      ram.write(io.i, true);
    });
    return { ram };
  }).assertions.map(({ message, enable }) => [message, enable?.op === 'net' ? enable.net.name : enable]);

  test('has as many bits as the depth needs, and at least one', () => {
    for (const [depth, width] of [[1, 1], [2, 1], [3, 2], [16, 4], [17, 5]] as const) expect(() => messages(depth, width)).not.toThrow();
  });

  test('is asserted to be below the depth, where it may be beyond, while the port is used', () => {
    expect(messages(16, 4)).toEqual([]);
    expect(messages(10, 4)).toEqual([
      ['read of a memory of 10 words: the address is out of range', undefined],
      ['readSync of a memory of 10 words: the address is out of range', 'on'],
      ['write of a memory of 10 words: the address is out of range', 'on'],
    ]);
    expect(messages(1, 1)).toHaveLength(3);
  });

  test('may be a number', () => {
    expect(memoryOf(() => { const ram = mem(Bool, 10); ram.read(9); return { ram }; }).reads[0]!.address).toMatchObject({ op: 'const', width: 4, value: 9n });
  });
});

describe('write sites', () => {
  test('in branches that exclude each other make one write port', () => {
    const ram = memoryOf((io) => {
      const words = mem(UInt(12), 16);
      when(io.a, () => { words.write(io.i, io.x); })
        .elsewhen(io.b, () => { words.write(io.j, 1); })
        .otherwise(() => { match(io.s, { 1: () => { words.write(3, 2); }, 2: () => { when(io.c, () => { words.write(4, 3); }); } }); });
      return { words };
    });
    const given = { i: 1n, j: 2n, x: 9n };
    expect(written(ram, { ...given, a: 1n, b: 1n, s: 1n })).toMatchObject({ address: 1n, data: 9n });
    expect(written(ram, { ...given, b: 1n, s: 1n })).toMatchObject({ address: 2n, data: 1n });
    expect(written(ram, { ...given, s: 1n })).toMatchObject({ address: 3n, data: 2n });
    expect(written(ram, { ...given, s: 2n, c: 1n })).toMatchObject({ address: 4n, data: 3n });
    expect(written(ram, { ...given, s: 2n })).toBeUndefined();
    expect(written(ram, { ...given, s: 3n, c: 1n })).toBeUndefined();
  });

  test('of any exclusive tree do what the taken branch says', () => {
    type Tree = null | number | readonly Tree[];
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4, depthSize: 'small' }, fc.constant(null), fc.integer({ min: 0, max: 15 }), fc.array(tie('tree'), { minLength: 2, maxLength: 4 })),
    }));
    fc.assert(fc.property(tree, fc.bigInt({ min: 0n, max: 2n ** 40n }), (root, bits) => {
      let count = 0;
      const taken: (Tree | undefined)[] = [];
      const ram = elaborated({ c: In(UInt(40)) }, (io) => {
        const words = mem(UInt(8), 16);
        const build = (node: Tree, live: boolean): void => {
          if (node === null) return;
          if (typeof node === 'number') {
            if (live) taken.push(node);
            return words.write(node, node + 1);
          }
          // Alternately a chain of conditions and a match on two bits
          const at = (count += 2) - 2;
          const low = (bits >> BigInt(at)) & 1n;
          const two = Number((bits >> BigInt(at)) & 3n);
          if (at % 4 === 0) {
            const [then, ...others] = node;
            const chain = when(io.c.bit(at % 40), () => build(then!, live && low === 1n));
            chain.otherwise(() => { for (const other of others.slice(0, 1)) build(other, live && low === 0n); });
          } else {
            match(io.c.bits((at % 40) + 1, at % 40), node.map((arm, i) => [i, () => build(arm, live && two === i)] as const));
          }
        };
        build(root, true);
        return { words };
      }).memories[0]!;
      if (count > 40) return;
      const [site] = taken;
      const result = written(ram, { c: BigInt.asUintN(40, bits) });
      if (site === undefined) expect(result).toBeUndefined();
      else expect(result).toEqual({ address: BigInt(site as number), data: BigInt(site as number) + 1n, mask: undefined });
    }), { numRuns: 150 });
  });

  test('take data as the packed word, first field most significant', () => {
    const ram = memoryOf((io) => {
      const pairs = mem(Pair, 16);
      pairs.write(io.i, { high: 0xab, low: io.pair.low });
      return { pairs };
    });
    expect(written(ram, { pair_low: 0xcn })).toEqual({ address: 0n, data: 0xabcn, mask: undefined });
    expect(ram.fields).toEqual([{ name: 'high', lo: 4, width: 8 }, { name: 'low', lo: 0, width: 4 }]);
    expect(ram.write!.enable).toBeUndefined();
  });
});

describe('a mask', () => {
  test('of bytes has a bit for each, the lowest byte first', () => {
    const ram = elaborated({ x: In(UInt(32)), m: In(UInt(4)) }, (io) => {
      const words = mem(UInt(32), 16);
      words.write(0, io.x, { bytes: io.m });
      return { words };
    }).memories[0]!;
    expect(ram.write!.lanes).toEqual([0, 8, 16, 24].map((lo) => ({ lo, width: 8 })));
    expect(written(ram, { m: 0b0101n })).toMatchObject({ mask: 0b0101n });
  });

  test('of bytes may be a number, and of one byte', () => {
    const ram = memoryOf(() => { const bytes = mem(UInt(8), 16); bytes.write(0, 3, { bytes: 1 }); return { bytes }; });
    expect(written(ram, {})).toEqual({ address: 0n, data: 3n, mask: 1n });
    expect(ram.write!.lanes).toEqual([{ lo: 0, width: 8 }]);
  });

  test('of lanes cuts the word into as many equal parts as it has bits', () => {
    const ram = memoryOf((io) => { const words = mem(UInt(12), 16); words.write(0, io.x, { lanes: io.i }); return { words }; });
    expect(ram.write!.lanes).toEqual([0, 3, 6, 9].map((lo) => ({ lo, width: 3 })));
  });

  test('of fields writes those named, where they are true', () => {
    const Triple = Bundle('Triple', { first: UInt(3), rows: Vec(UInt(2), 2), last: Bool });
    const ram = memoryOf((io) => {
      const triples = mem(Triple, 16);
      triples.write(0, { first: 1, rows: [2, 3], last: true }, { fields: { first: true, last: io.a } });
      return { triples };
    });
    expect(ram.write!.lanes).toEqual([{ lo: 0, width: 1 }, { lo: 1, width: 4 }, { lo: 5, width: 3 }]);
    expect(written(ram, { a: 0n })).toMatchObject({ mask: 0b100n });
    expect(written(ram, { a: 1n })).toMatchObject({ mask: 0b101n, data: 0b001_1110_1n });
  });

  test('beside a write without one means the whole word there', () => {
    const ram = memoryOf((io) => {
      const pairs = mem(Pair, 16);
      when(io.a, () => { pairs.write(1, io.pair, { fields: { low: true } }); }).elsewhen(io.b, () => { pairs.write(2, io.pair); }).otherwise(() => { pairs.write(3, io.pair, { fields: { high: io.c } }); });
      return { pairs };
    });
    expect(written(ram, { a: 1n })).toMatchObject({ address: 1n, mask: 0b01n });
    expect(written(ram, { b: 1n })).toMatchObject({ address: 2n, mask: 0b11n });
    expect(written(ram, { c: 1n })).toMatchObject({ address: 3n, mask: 0b10n });
  });
});

test('start contents are packed words, the rest is left open', () => {
  const ram = memoryOf(() => ({ pairs: mem(Pair, 16, { init: [{ high: 0xab, low: 0xc }, { high: 1, low: 2 }] }) }));
  expect(ram.init).toEqual([0xabcn, 0x012n]);
  expect(memoryOf(() => ({ pairs: mem(Pair, 16) })).init).toBeUndefined();
});

test('the style is an attribute beside those given', () => {
  expect([...memoryOf(() => ({ ram: mem(Bool, 16, { style: 'distributed', attributes: { keep: true } }) })).attributes]).toEqual([['keep', 'true'], ['ram_style', 'distributed']]);
});

test('a memory may be shared by helpers and read many times', () => {
  const ram = memoryOf((io) => {
    const words = mem(UInt(12), 16);
    const sum = reg(UInt(12));
    sum.next = Array.from({ length: 1000 }, () => words.read(io.i)).reduce((a, b) => a.add(b));
    return { words, sum };
  });
  expect(new Set(ram.reads.map(({ name }) => name)).size).toBe(1000);
});
