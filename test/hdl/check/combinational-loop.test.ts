/** Loops are found wherever they run, and only where they are: leaf by leaf, through instances too. */
import { Bool, Bundle, type Data, elaborate, HdlError, In, inst, lit, mem, module, Out, reg, Stream, UInt, Vec, when, wire } from '@vtoe/hdl';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });

const through = module('through', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { io.y.set(io.x.add(1)); });
const delayed = module('delayed', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
  const r = reg(UInt(8));
  r.next = io.x;
  io.y.set(r);
  return { r };
});
/** Valid and payload go through, and so does ready; each its own way. */
const pass = <T extends Data>(payload: T) => module('pass', { t: payload }, { in: In(Stream(payload)), out: Out(Stream(payload)) }, (io) => { io.out.from(io.in); });
/** Two streams of different directions side by side. */
const crossing = module('crossing', {}, { a: In(Stream(UInt(8))), b: Out(Stream(UInt(8))), c: In(Stream(UInt(8))), d: Out(Stream(UInt(8))) }, (io) => {
  io.b.from(io.a);
  io.d.from(io.c);
});
/** Ready waits for valid, as in many arbiters. */
const polite = module('polite', {}, { in: In(Stream(UInt(8))) }, (io) => { io.in.ready.set(io.in.valid.and(io.in.payload.eq(3))); });

function loopOf(body: () => { readonly [name: string]: unknown } | void): string | undefined {
  try {
    elaborate(module('subject', {}, {}, body));
    return undefined;
  } catch (error) {
    if (error instanceof HdlError && error.code === 'combinational-loop') return error.sentence.replace(/.*loop: (.*);.*/, '$1');
    throw error;
  }
}

describe('a loop is refused', () => {
  test('of a wire with itself', () => {
    expect(loopOf(() => { const w = wire(UInt(8)); w.set(w.add(1)); return { w }; })).toBe('w -> w');
  });

  test('through conditions and subjects', () => {
    expect(loopOf(() => {
      const [a, b] = [wire(Bool), wire(Bool)];
      a.set(true);
      when(b, () => { a.set(false); });
      b.set(a.not());
      return { a, b };
    })).toBe('a -> b -> a');
  });

  test('through an asynchronous read', () => {
    expect(loopOf(() => {
      const ram = mem(UInt(4), 16);
      const address = wire(UInt(4));
      address.set(ram.read(address));
      return { ram, address };
    })).toBe('address -> ram_read -> address');
  });

  test('through an instance', () => {
    expect(loopOf(() => { const unit = inst(through); unit.x.set(unit.y); return { unit }; })).toBe('unit_x -> unit_y -> unit_x');
  });

  test('through two instances, none of which has one', () => {
    expect(loopOf(() => {
      const [a, b] = [inst(through), inst(through)];
      a.x.set(b.y);
      b.x.set(a.y);
      return { a, b };
    })).toBe('a_x -> a_y -> b_x -> b_y -> a_x');
  });

  test('through instances within instances', () => {
    const deep = module('deep', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { const inner = inst(through, { x: io.x }); io.y.set(inner.y); return { inner }; });
    expect(loopOf(() => { const unit = inst(deep); unit.x.set(unit.y); return { unit }; })).toBe('unit_x -> unit_y -> unit_x');
  });

  test('of ready and valid, where each waits for the other', () => {
    expect(loopOf(() => {
      const unit = inst(polite);
      unit.in.payload.set(3);
      unit.in.valid.set(unit.in.ready);
      return { unit };
    })).toBe('unit_in_valid -> unit_in_ready -> unit_in_valid');
  });

  test('through an element that hardware chose', () => {
    expect(loopOf(() => {
      const rows = wire(Vec(UInt(1), 2));
      rows.set([0, 1]);
      rows.at(1).set(rows.at(rows.at(0)));
      return { rows };
    })).toBe('rows_1 -> rows_1');
  });

  test('through ten thousand wires, without recursion', () => {
    const loop = loopOf(() => {
      const wires = Array.from({ length: 10_000 }, () => wire(Bool));
      for (const [i, w] of wires.entries()) w.set(wires[(i + 1) % wires.length]!.not());
      return { wires };
    })!;
    expect(loop.split(' -> ')).toHaveLength(10_001);
  });
});

describe('what is no loop is accepted', () => {
  test('a register in it', () => {
    expect(loopOf(() => { const r = reg(UInt(8)); r.next = r.add(1); const w = wire(UInt(8)); w.set(r); r.next = w.add(2); return { r, w }; })).toBeUndefined();
    expect(loopOf(() => { const unit = inst(delayed); unit.x.set(unit.y.add(1)); return { unit }; })).toBeUndefined();
  });

  test('a synchronous read in it', () => {
    expect(loopOf(() => { const ram = mem(UInt(4), 16); const w = wire(UInt(4)); w.set(ram.readSync(w)); return { ram, w }; })).toBeUndefined();
  });

  test('fields of one bundle that depend on each other in one direction', () => {
    expect(loopOf(() => { const w = wire(Pair); w.high.set(3); w.low.set(w.high.add(1)); return { w }; })).toBeUndefined();
  });

  test('elements of one vector that make a chain', () => {
    expect(loopOf(() => {
      const sums = wire(Vec(UInt(8), 16));
      for (const [i, sum] of [...sums].entries()) sum.set(i === 0 ? 1 : sums.at(i - 1).add(1));
      return { sums };
    })).toBeUndefined();
  });

  test('ready that depends on valid of the same stream, with valid independent', () => {
    expect(loopOf(() => { const unit = inst(polite); unit.in.payload.set(3); unit.in.valid.set(true); return { unit }; })).toBeUndefined();
  });

  test('streams in a row, valid one way and ready the other', () => {
    expect(loopOf(() => {
      const [a, b] = [inst(pass(Pair)), inst(pass(Pair))];
      b.in.valid.set(a.out.valid);
      b.in.payload.set(a.out.payload);
      a.out.ready.set(b.in.ready);
      a.in.valid.set(true);
      a.in.payload.set({ high: 1, low: 2 });
      b.out.ready.set(true);
      return { a, b };
    })).toBeUndefined();
  });

  test('two streams that cross in one module, one out of which comes back into the other', () => {
    expect(loopOf(() => {
      const unit = inst(crossing);
      unit.a.valid.set(true);
      unit.a.payload.set(1);
      unit.c.valid.set(unit.b.valid);
      unit.c.payload.set(unit.b.payload);
      unit.b.ready.set(unit.c.ready);
      unit.d.ready.set(true);
      return { unit };
    })).toBeUndefined();
  });

  test('two instances, either of which feeds the other through a register of one', () => {
    expect(loopOf(() => {
      const [a, b] = [inst(through), inst(delayed)];
      a.x.set(b.y);
      b.x.set(a.y);
      return { a, b };
    })).toBeUndefined();
  });
});

test('random graphs of wires are refused exactly if they have a cycle', () => {
  const graph = fc.integer({ min: 1, max: 8 }).chain((size) => fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), { minLength: size, maxLength: size }));
  const hasCycle = (edges: readonly (readonly number[])[]): boolean => {
    const reach = edges.map((from) => new Set(from));
    for (let k = 0; k < edges.length; k++) for (const from of reach) if (from.has(k)) for (const to of reach[k]!) from.add(to);
    return reach.some((set, i) => set.has(i));
  };
  fc.assert(fc.property(graph, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), (edges, asInstance) => {
    const loop = loopOf(() => {
      const nodes = edges.map((_, i) => (asInstance[i] ? inst(through) : undefined));
      const wires = edges.map(() => wire(UInt(8)));
      for (const [i, from] of edges.entries()) {
        const sum = from.map((k) => nodes[k]?.y ?? wires[k]!).reduce((a, b) => a.add(b), lit(UInt(8), 1));
        wires[i]!.set(nodes[i] === undefined ? sum : 0);
        nodes[i]?.x.set(sum);
      }
      return { nodes: nodes.filter((node) => node !== undefined), wires };
    });
    expect(loop !== undefined).toBe(hasCycle(edges));
  }), { numRuns: 200 });
});
