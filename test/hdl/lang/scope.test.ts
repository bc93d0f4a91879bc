/** State that helpers make is named after what their callers do with the result. */
import { assert, Bool, Bundle, type Data, In, inst, mem, module, type Names, Out, type Read, reg, scope, UInt, when, wire } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { elaborated, namesIn } from './support/ir.ts';

const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });
const buffer = module('buffer', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { io.y.set(io.x); });

const stage = <T extends Data>(x: Read<T>): Read<T> => scope('stage', () => {
  const q = reg(x.shape);
  q.next = x;
  return { q };
}).q;

/** Returns a value that is none of its registers. */
const edge = (x: Read<typeof Bool>): Read<typeof Bool> => scope('edge', () => {
  const before = reg(Bool);
  before.next = x;
  return { rise: x.and(before.not()), before };
}).rise;

const PORTS = { x: In(UInt(8)), on: In(Bool), pair: In(Pair), y: Out(UInt(8)), hit: Out(Bool) };

function names(body: Parameters<typeof elaborated<typeof PORTS>>[1]): ReturnType<typeof namesIn> {
  return namesIn(elaborated(PORTS, (io) => {
    io.y.set(0);
    io.hit.set(false);
    return body(io);
  }));
}

describe('a result that the caller returns', () => {
  test('names the state by its key, the scope and the local key', () => {
    expect(names((io) => ({ delayed: stage(io.x) })).registers).toEqual(['delayed_stage_q']);
  });

  test('names scopes in it by the scope around them', () => {
    expect(names((io) => ({ delayed: stage(stage(stage(io.x))) })).registers).toEqual(['delayed_stage_stage_stage_q', 'delayed_stage_stage_q', 'delayed_stage_q']);
  });

  test('may be nested in records and arrays', () => {
    expect(names((io) => ({ lanes: [0, 1].map(() => ({ late: stage(io.x) })) })).registers).toEqual(['lanes_0_late_stage_q', 'lanes_1_late_stage_q']);
  });

  test('may be a bundle, or one field of it', () => {
    expect(names((io) => ({ late: stage(io.pair) })).registers).toEqual(['late_stage_q_high', 'late_stage_q_low']);
    expect(names((io) => ({ late: stage(io.pair).low })).registers).toEqual(['late_stage_q_high', 'late_stage_q_low']);
  });

  test('may be a value made of the state', () => {
    expect(names((io) => ({ started: edge(io.on) }))).toMatchObject({ registers: ['started_edge_before'], values: ['started_edge_rise'] });
  });

  test('may be the whole record', () => {
    const counter = () => scope('counter', () => {
      const count = reg(UInt(8));
      const top = wire(Bool);
      top.set(count.eq(255));
      count.next = count.add(1);
      return { count, top };
    });
    expect(names(() => ({ slow: counter(), fast: counter() }))).toMatchObject({
      registers: ['slow_counter_count', 'fast_counter_count'], wires: ['slow_counter_top', 'fast_counter_top'],
    });
  });

  test('may be the state itself, not in a record: it takes the name of the scope', () => {
    expect(names((io) => ({ late: scope('held', () => { const q = reg(UInt(8)); q.next = io.x; return q; }) })).registers).toEqual(['late_held']);
  });

  test('may be a memory, what is read from it, or an instance', () => {
    const found = (x: Read<ReturnType<typeof UInt>>) => scope('lookup', () => {
      const words = mem(Pair, 256);
      const unit = inst(buffer, { x });
      return { words, unit, word: words.readSync(unit.y, 'find') };
    });
    const expected = { memories: ['hit_in_lookup_words'], instances: ['hit_in_lookup_unit'] };
    expect(names((io) => ({ hit_in: found(io.x).words }))).toMatchObject(expected);
    expect(names((io) => ({ hit_in: found(io.x).word }))).toMatchObject(expected);
    expect(names((io) => ({ hit_in: found(io.x).word.low }))).toMatchObject(expected);
    expect(names((io) => ({ hit_in: found(io.x).unit }))).toMatchObject(expected);
    expect(names((io) => ({ hit_in: found(io.x).unit.y }))).toMatchObject(expected);
  });
});

describe('a result that nobody returns', () => {
  test('takes the name of the first named net that it drives', () => {
    expect(names((io) => { io.y.set(stage(io.x)); }).registers).toEqual(['y_stage_q']);
    expect(names((io) => { const r = reg(UInt(8)); r.next = stage(io.x); return { count: r }; }).registers).toEqual(['count', 'count_stage_q']);
    expect(names((io) => ({ unit: inst(buffer, { x: stage(io.x) }) })).registers).toEqual(['unit_stage_q']);
    expect(names((io) => { const ram = mem(UInt(8), 256); ram.write(stage(io.x), 0); return { ram }; }).registers).toEqual(['ram_stage_q']);
  });

  test('passes the name on to what drives it', () => {
    expect(names((io) => { io.y.set(stage(stage(io.x))); }).registers).toEqual(['y_stage_stage_q', 'y_stage_q']);
  });

  test('may drive through operators, conditions and wires without a name', () => {
    expect(names((io) => {
      const between = wire(UInt(8));
      between.set(stage(io.x).add(1));
      when(edge(io.on), () => { io.y.set(between); });
    })).toMatchObject({ registers: ['y_stage_q', 'y_edge_before'], wires: ['y_w'] });
  });

  test('counts those of one name, so that two of a kind can drive one thing', () => {
    expect(names((io) => { io.y.set(stage(io.x).add(stage(io.x))); }).registers).toEqual(['y_stage_q', 'y_stage_1_q']);
    expect(names((io) => ({ sum: stage(io.x), other: { sum: stage(io.x) }, sum_stage: reg(Bool) })).registers).toEqual(['sum_stage_q', 'other_sum_stage_q', 'sum_stage']);
  });
});

describe('what a helper does not return itself', () => {
  const hidden = (x: Read<ReturnType<typeof UInt>>) => scope('hidden', () => {
    const [a, b] = [reg(UInt(8)), reg(UInt(8))];
    const ram = mem(UInt(8), 4);
    const unit = inst(buffer, { x: a });
    inst(buffer, { x: b }, { name: 'called' });
    const w = wire(UInt(8));
    w.set(b);
    a.next = x;
    b.next = ram.read(a.trunc(2)).add(unit.y);
    return { sum: a.add(w) };
  });

  test('is numbered within its scope', () => {
    expect(names((io) => ({ late: hidden(io.x).sum }))).toEqual({
      registers: ['late_hidden_r', 'late_hidden_r_1'], memories: ['late_hidden_mem'], instances: ['late_hidden_inst', 'late_hidden_called'], wires: ['late_hidden_w'], values: ['late_hidden_sum'],
    });
  });

  test('may be driven by a scope, which is then in it', () => {
    const outer = (x: Read<ReturnType<typeof UInt>>) => scope('outer', () => {
      const q = reg(UInt(8));
      q.next = stage(x);
      return { sum: q.add(1) };
    }).sum;
    expect(names((io) => ({ late: outer(io.x) })).registers).toEqual(['late_outer_r', 'late_outer_stage_q']);
  });
});

describe('a scope', () => {
  test('without state needs no name', () => {
    expect(names(() => { scope('nothing', () => { wire(Bool).set(true); return {}; }); }).wires).toEqual(['unread_w']);
  });

  test('of assertions only needs none either', () => {
    expect(names((io) => { scope('checks', () => { assert(io.on, 'on'); }); }).registers).toEqual([]);
  });

  test('is left when its body throws', () => {
    expect(names((io): Names => {
      try {
        scope('broken', () => { throw new Error('not ours'); });
      } catch {
        // goes on
      }
      return { after: stage(io.x) };
    }).registers).toEqual(['after_stage_q']);
  });

  test('returns what its body returns', () => {
    names(() => { expect(scope('any', () => 3)).toBe(3); });
  });
});
