/** Names come from keys, never from a counter that an unrelated line could turn. */
import { anyConst, assert, Bool, Bundle, type DataInPort, Enum, In, type InnerPorts, inst, mem, module, type Names, Out, past, reg, Stream, UInt, type UIntShape, Valid, Vec, wire } from '@vtoe/hdl';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { elaborated, irOf, namesIn } from './support/ir.ts';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });
const Nested = Bundle('Nested', { pair: Pair, rows: Vec(UInt(4), 2) });
const buffer = module('buffer', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { io.y.set(io.x); });

describe('keys of the returned record', () => {
  test('name registers, wires, memories, instances and values', () => {
    const { registers, wires, memories, instances, values } = namesIn(elaborated({ x: In(UInt(8)) }, (io) => {
      const count = reg(UInt(8));
      const level = wire(UInt(8));
      level.set(count);
      const ram = mem(UInt(8), 256);
      ram.read(io.x);
      return { count, level, ram, unit: inst(buffer, { x: io.x }), total: count.add(io.x) };
    }));
    expect({ registers, wires, memories, instances, values }).toEqual({ registers: ['count'], wires: ['level'], memories: ['ram'], instances: ['unit'], values: ['total'] });
  });

  test('join with those of nested records and with the indices of arrays', () => {
    expect(namesIn(elaborated({ x: In(UInt(8)) }, (io) => ({
      stage: { first: reg(Bool), second: { deep: reg(Bool) } },
      page: Array.from({ length: 4 }, () => inst(buffer, { x: io.x })),
      grid: [[reg(Bool), reg(Bool)], [reg(Bool)]],
    })))).toMatchObject({
      registers: ['stage_first', 'stage_second_deep', 'grid_0_0', 'grid_0_1', 'grid_1_0'],
      instances: ['page_0', 'page_1', 'page_2', 'page_3'],
    });
  });

  test('join with fields of bundles and elements of vectors', () => {
    expect(namesIn(elaborated({}, () => ({ last: reg(Nested), list: reg(Vec(Pair, 2)) }))).registers)
      .toEqual(['last_pair_high', 'last_pair_low', 'last_rows_0', 'last_rows_1', 'list_0_high', 'list_0_low', 'list_1_high', 'list_1_low']);
  });

  test('join with members of interfaces of wires', () => {
    expect(namesIn(elaborated({ in: In(Stream(Pair)), rx: In(Valid(Bool)) }, (io) => {
      const [between, beat] = [wire(Stream(Pair)), wire(Valid(Bool))];
      between.from(io.in);
      between.ready.set(true);
      beat.from(io.rx);
      return { between, beat };
    })).wires).toEqual(['between_valid', 'between_ready', 'between_payload_high', 'between_payload_low', 'beat_valid', 'beat_payload']);
  });

  test('name the first of what has several; a second key is an alias', () => {
    expect(namesIn(elaborated({}, () => {
      const count = reg(UInt(8));
      return { count, same: count, list: [count] };
    })).registers).toEqual(['count']);
  });

  test('name what a part of a value is, where the whole has no name', () => {
    expect(namesIn(elaborated({}, () => {
      const pair = reg(Pair);
      return { top: pair.high, bottom: pair.low };
    })).registers).toEqual(['top', 'bottom']);
  });

  test('name fields that are read from a memory', () => {
    expect(namesIn(elaborated({ x: In(UInt(4)) }, (io) => {
      const pairs = mem(Pair, 16);
      return { pairs, found: pairs.readSync(io.x, 'lookup') };
    }))).toMatchObject({ memories: ['pairs'], values: ['found_high', 'found_low'] });
  });

  test('leave literals, ports, numbers and undefined alone', () => {
    expect(namesIn(elaborated({ x: In(UInt(8)) }, (io) => ({ x2: io.x, depth: 4, none: undefined, nothing: null, f: () => {}, shape: Pair } as Names)))).toEqual({ registers: [], wires: [], memories: [], instances: [], values: [] });
  });

  test('may be that of an output which carries just that value', () => {
    const subject = elaborated({ x: In(UInt(8)), sum: Out(UInt(8)) }, (io) => {
      const sum = io.x.add(1);
      io.sum.set(sum);
      return { sum };
    });
    expect(namesIn(subject).values).toEqual([]);
  });

  test('are followed through a record that contains itself', () => {
    const cyclic: { [name: string]: unknown } = {};
    cyclic['self'] = cyclic;
    expect(namesIn(elaborated({}, () => ({ cyclic, r: reg(Bool) }))).registers).toEqual(['r']);
  });
});

describe('an instance', () => {
  test('takes the name it is given, if no key gives one', () => {
    expect(namesIn(elaborated({ x: In(UInt(8)) }, (io) => {
      inst(buffer, { x: io.x }, { name: 'silent' });
      const unit = inst(buffer, { x: io.x }, { name: 'other' });
      return { unit };
    })).instances).toEqual(['silent', 'unit']);
  });

  test('gives its ports its name and theirs', () => {
    const { instances } = elaborated({ x: In(UInt(8)) }, (io) => ({ unit: inst(buffer, { x: io.x }) }));
    expect(instances[0]!.nets.map(({ name }) => name)).toEqual(['unit_x', 'unit_y']);
  });

  test('has ports whose names give way to those in use', () => {
    const subject = elaborated({ x: In(UInt(8)) }, (io) => ({ unit_x: reg(Bool), unit: inst(buffer, { x: io.x }) }));
    expect(subject.instances[0]!.nets.map(({ name }) => name)).toEqual(['unit_x_1', 'unit_y']);
    expect(namesIn(subject).registers).toEqual(['unit_x']);
  });
});

describe('a read port of a memory', () => {
  const ports = { x: In(UInt(4)), y: Out(UInt(8)) };
  const portsOf = (...names: readonly (string | undefined)[]) => elaborated(ports, (io) => {
    const ram = mem(UInt(8), 16);
    io.y.set(names.map((name) => ram.readSync(io.x, name)).reduce((a, b) => a.add(b)));
    return { ram };
  }).memories[0]!.reads.map(({ name, data }) => [name, data.name]);

  test('is named after the memory and itself', () => {
    expect(portsOf('lookup', 'scan')).toEqual([['lookup', 'ram_lookup'], ['scan', 'ram_scan']]);
  });

  test('without a name is read, read_1, read_2', () => {
    expect(portsOf(undefined, undefined, 'scan', undefined)).toEqual([['read', 'ram_read'], ['read_1', 'ram_read_1'], ['scan', 'ram_scan'], ['read_2', 'ram_read_2']]);
  });

  test('has the name of its value, if that is returned', () => {
    const subject = elaborated(ports, (io) => {
      const ram = mem(UInt(8), 16);
      const found = ram.readSync(io.x);
      io.y.set(found);
      return { ram, found };
    });
    expect(subject.memories[0]!.reads[0]!.data.name).toBe('found');
  });
});

describe('a wire that nobody returned', () => {
  test('takes the name of the first named thing that it drives', () => {
    expect(irOf({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
      const [first, second] = [wire(UInt(8)), wire(UInt(8))];
      first.set(io.x.add(1));
      second.set(first.add(1));
      io.y.set(second);
    })).toMatchInlineSnapshot(`
      "input x:8
      output y:8
      wire y_w_1:8
      wire y_w:8
        y := y_w
        %0:8 = add x 8'1
        y_w_1 := %0
        %1:8 = add y_w_1 8'1
        y_w := %1"
    `);
  });

  test.each<[string, () => Names]>([
    ['a register', () => { const [w, r] = [wire(UInt(8)), reg(UInt(8))]; w.set(1); r.next = w; return { target: r }; }],
    ['a memory', () => { const [w, m] = [wire(UInt(8)), mem(UInt(8), 4)]; w.set(1); m.write(0, w); return { target: m }; }],
    ['an instance', () => { const w = wire(UInt(8)); w.set(1); return { target: inst(buffer, { x: w }) }; }],
    ['a wire', () => { const [w, target] = [wire(UInt(8)), wire(UInt(8))]; w.set(1); target.set(w); return { target }; }],
    ['a field', () => { const [w, target] = [wire(UInt(8)), wire(Pair)]; w.set(1); target.set({ high: 1, low: w }); return { target }; }],
  ])('takes it from %s', (_what, body) => {
    expect(namesIn(elaborated({}, body)).wires).toContain('target_w');
  });

  test('takes the name of a condition\'s target', () => {
    expect(namesIn(elaborated({ y: Out(Bool) }, (io) => {
      const w = wire(Bool);
      w.set(true);
      io.y.set(w.not());
    })).wires).toEqual(['y_w']);
  });

  test('that nothing reads is called so', () => {
    expect(namesIn(elaborated({}, () => { wire(UInt(8)).set(3); })).wires).toEqual(['unread_w']);
  });

  test('in a chain of ten thousand is named in linear time and without recursion', () => {
    const { wires } = elaborated({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
      let last = io.x;
      for (let i = 0; i < 10_000; i++) {
        const link = wire(UInt(8));
        link.set(last);
        last = link;
      }
      io.y.set(last);
    });
    expect(new Set(wires.map(({ name }) => name)).size).toBe(10_000);
  });
});

describe('registers of assertions', () => {
  test('are called after what they remember', () => {
    expect(namesIn(elaborated({ x: In(UInt(8)) }, (io) => {
      const count = reg(UInt(8));
      assert(past(count).eq(count).or(past(io.x, 2).eq(3)), 'it moves');
      assert(anyConst(UInt(8)).ne(count), 'never all');
      return { count };
    })).registers).toEqual(['count', 'count_past', 'x_past', 'x_past_past', 'any_const']);
  });
});

/** A design of parts that are independent of each other; each names something by each of the rules. */
const PARTS: readonly ((io: InnerPorts<{ x: DataInPort<UIntShape> }>) => Names)[] = [
  ({ x }) => { const r = reg(UInt(8)); r.next = x; return { held: r }; },
  ({ x }) => { const w = wire(UInt(8)); w.set(x); const r = reg(UInt(8)); r.next = w.add(1); return { sum: r }; },
  ({ x }) => { const m = mem(UInt(8), 256); const r = reg(UInt(8)); r.next = m.readSync(x); return { ram: m, read: r }; },
  ({ x }) => ({ unit: inst(buffer, { x }) }),
  ({ x }) => { const state = reg(Enum('State', ['Idle', 'Run'])); state.next = 'Run'; assert(past(state).eq(state), 'same'); return { state, next: x.add(1) }; },
  ({ x }) => { const [a, b] = [wire(UInt(8)), wire(UInt(8))]; a.set(x); b.set(a); const r = reg(Pair); r.next = { high: a, low: b }; return { last: r }; },
];

test('editing something unrelated renames nothing', () => {
  const namesOf = (parts: readonly number[]): Map<number, unknown> => {
    const subject = elaborated({ x: In(UInt(8)) }, (io) => Object.fromEntries(parts.map((part, i) => [`part${part}`, { ...PARTS[part % PARTS.length]!(io), place: reg(UInt(4 + i)) }])));
    const all = Object.values(namesIn(subject)).flat();
    return new Map(parts.map((part) => [part, all.filter((name) => name.startsWith(`part${part}_`) && !name.endsWith('_place')).toSorted()]));
  };
  const alone = (part: number) => namesOf([part]).get(part);
  fc.assert(fc.property(fc.uniqueArray(fc.nat(11), { minLength: 1 }), (parts) => {
    for (const [part, names] of namesOf(parts)) expect(names).toEqual(alone(part));
  }), { numRuns: 100 });
});
