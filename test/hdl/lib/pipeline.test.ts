import { Bool, Bundle, type Data, elaborate, Enum, In, lit, mem, module, type ModuleDefinition, mux, Out, pausing, type PortRecord, type Read, reg, scope, simulate, UInt, Vec, when } from '@vtoe/hdl';
import { type Pipeline, pipeline, siphash } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

const STAGES = ['differences', 'decisions', 'update'] as const;
type Cut = (typeof STAGES)[number] | 'out';
const BOUNDARIES: readonly Cut[] = [...STAGES, 'out'];

const Tcb = Bundle('Tcb', { rcv_nxt: UInt(32), window: UInt(16), delivered: UInt(32), flags: UInt(4) });

/** Where a segment stands to the receive window, and what becomes of the connection: small, but of the shape of TCP. */
const receive = (cuts: readonly Cut[]) =>
  module('receive', { cuts: cuts.join('_') || 'none' }, {
    valid: In(Bool), seq: In(UInt(32)), bytes: In(UInt(16)), tcb: In(Tcb), stall: In(Bool),
    outValid: Out(Bool), next: Out(UInt(32)), total: Out(UInt(32)), place: Out(UInt(2)), acceptedSoFar: Out(UInt(16)),
  }, (io) => {
    const accepted = reg(UInt(16));
    const p = pipeline(STAGES, { seq: io.seq, bytes: io.bytes, tcb: io.tcb }, { cuts, valid: io.valid, stall: io.stall })
      .stage('differences', (v) => ({
        ahead: v.seq.sub(v.tcb.rcv_nxt),
        end: v.seq.add(v.bytes.zext(32)).sub(v.tcb.rcv_nxt),
      }))
      .stage('decisions', (v) => ({
        inOrder: v.ahead.eq(0),
        inside: v.ahead.lt(v.tcb.window.zext(32)).and(v.end.le(v.tcb.window.zext(32))),
      }))
      .stage('update', (v, stage) => {
        const accept = v.inOrder.and(v.inside);
        when(stage.fire.and(accept), () => { accepted.next = accepted.add(1); });
        return {
          next: mux(accept, v.tcb.rcv_nxt.add(v.bytes.zext(32)), v.tcb.rcv_nxt),
          total: mux(accept, v.tcb.delivered.add(v.bytes.zext(32)), v.tcb.delivered),
        };
      });
    io.outValid.set(p.valid);
    io.next.set(p.out.next);
    io.total.set(p.out.total);
    io.place.set(p.out.inOrder.toUInt().zext(2).shl(1).or(p.out.inside.toUInt().zext(2)));
    io.acceptedSoFar.set(accepted);
    return { accepted, ...p };
  });

interface Segment { readonly seq: bigint; readonly bytes: bigint; readonly tcb: { rcv_nxt: bigint; window: bigint; delivered: bigint; flags: bigint } }

/** Segments before, at, inside and behind the window, near the wrap of the sequence space too. */
const segments: readonly Segment[] = Array.from({ length: 120 }, (_, i) => {
  const rcv_nxt = i % 3 === 0 ? 0xffff_fff0n + BigInt(i % 16) : BigInt(i * 77_777);
  const offset = [0n, 0n, 5n, -3n, 999n, 1000n, 3000n][i % 7]!;
  return { seq: BigInt.asUintN(32, rcv_nxt + offset), bytes: BigInt([1, 500, 1000, 1460][i % 4]!), tcb: { rcv_nxt, window: 1000n, delivered: BigInt(i), flags: 0n } };
});

function expected({ seq, bytes, tcb }: Segment) {
  const [ahead, end] = [BigInt.asUintN(32, seq - tcb.rcv_nxt), BigInt.asUintN(32, seq + bytes - tcb.rcv_nxt)];
  const [inOrder, inside] = [ahead === 0n, ahead < tcb.window && end <= tcb.window];
  const add = (x: bigint) => BigInt.asUintN(32, inOrder && inside ? x + bytes : x);
  return { accepted: inOrder && inside, result: { next: add(tcb.rcv_nxt), total: add(tcb.delivered), place: (inOrder ? 2n : 0n) + (inside ? 1n : 0n) } };
}

const subsets = Array.from({ length: 1 << BOUNDARIES.length }, (_, set) => BOUNDARIES.filter((_, i) => (set >> i) % 2 === 1));

describe.each(subsets.map((cuts) => [cuts]))('cuts %j', (cuts) => {
  const start = () => {
    // All are compared with the model; of these the emitted Verilog is run, too.
    const recorded = cuts.length !== 2 && cuts.length !== 3;
    return recorded ? bench.simulate(receive(cuts)) : simulate(receive(cuts));
  };

  test('a value every cycle, its result `latency` cycles later', () => {
    const sim = start();
    for (let cycle = 0; cycle < segments.length + cuts.length; cycle++) {
      const segment = segments[cycle];
      sim.io.valid = segment !== undefined;
      if (segment !== undefined) Object.assign(sim.io, segment);
      sim.step();
      const { outValid, next, total, place } = sim.sampled;
      expect(outValid).toBe(cycle >= cuts.length);
      if (!outValid) continue;
      expect({ next, total, place }).toEqual(expected(segments[cycle - cuts.length]!).result);
    }
    expect(sim.io.acceptedSoFar).toBe(BigInt(segments.filter((segment) => expected(segment).accepted).length));
  });

  test.each([[30, 0], [0, 40], [30, 40]])('the same stream with %i in 100 bubbles and %i in 100 stalls', (bubbles, stalls) => {
    const sim = start();
    const [bubble, stall] = [pausing(bubbles, 3), pausing(stalls, 5)];
    const results: object[] = [];
    let sent = 0;
    for (let cycle = 0; results.length < segments.length; cycle++) {
      expect(cycle).toBeLessThan(5 * segments.length);
      const segment = bubble?.(cycle) === true ? undefined : segments[sent];
      sim.io.valid = segment !== undefined;
      if (segment !== undefined) Object.assign(sim.io, segment);
      sim.io.stall = stall?.(cycle) === true;
      sim.step();
      const { outValid, next, total, place, stall: stalled } = sim.sampled;
      if (stalled) continue;
      if (segment !== undefined) sent += 1;
      if (outValid) results.push({ next, total, place });
    }
    expect(results).toEqual(segments.map((segment) => expected(segment).result));
    sim.io.valid = false;
    sim.io.stall = false;
    sim.step(cuts.length);
    // `fire` is true once for each, however long it was held.
    expect(sim.io.acceptedSoFar).toBe(BigInt(segments.filter((segment) => expected(segment).accepted).length));
  });
});

test('timing: bubbles stay where they are, and a stall holds everything', () => {
  const sim = bench.simulate(receive(['differences', 'decisions', 'update']));
  const wave = sim.watch(['valid', 'stall', 'valid_differences', 'valid_decisions', 'valid_update', 'outValid']);
  for (const [valid, stall] of [[1, 0], [0, 0], [1, 0], [1, 1], [1, 1], [1, 0], [0, 0], [0, 0], [0, 0]] as const) {
    Object.assign(sim.io, { valid: valid === 1, stall: stall === 1, seq: 0, bytes: 1, tcb: { rcv_nxt: 1, window: 0, delivered: sim.cycle, flags: 0 } });
    sim.step();
  }
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle              0 1 2 3 4 5 6 7 8
    valid              ▔▔▁▁▔▔▔▔▔▔▔▔▁▁▁▁▁▁
    stall              ▁▁▁▁▁▁▔▔▔▔▁▁▁▁▁▁▁▁
    valid_differences  ▁▁▔▔▁▁▔▔▔▔▔▔▔▔▁▁▁▁
    valid_decisions    ▁▁▁▁▔▔▁▁▁▁▁▁▔▔▔▔▁▁
    valid_update       ▁▁▁▁▁▁▔▔▔▔▔▔▁▁▔▔▔▔
    outValid           ▁▁▁▁▁▁▔▔▔▔▔▔▁▁▔▔▔▔
    "
  `);
});

const registersOf = (definition: ModuleDefinition<PortRecord>) => elaborate(definition).top.registers.map(({ name }) => name).toSorted();

test('registers: one for each value and cut up to its last reader, and no other', () => {
  expect(registersOf(receive([]))).toEqual(['accepted']);
  // `seq`, `window` and `end` are not needed in `update`, `flags` nowhere.
  expect(registersOf(receive(['update', 'out']))).toEqual([
    'accepted', 'bytes_update', 'inOrder_out', 'inOrder_update', 'inside_out', 'inside_update', 'next_out',
    'tcb_delivered_update', 'tcb_rcv_nxt_update', 'total_out', 'valid_out', 'valid_update',
  ]);
  expect(registersOf(receive(['decisions']))).toEqual([
    'accepted', 'ahead_decisions', 'bytes_decisions', 'end_decisions', 'tcb_delivered_decisions', 'tcb_rcv_nxt_decisions', 'tcb_window_decisions', 'valid_decisions',
  ]);
});

test('reset clears valid and nothing else', () => {
  const { registers } = elaborate(receive(BOUNDARIES)).top;
  expect(registers.filter(({ register }) => register!.reset !== undefined).map(({ name }) => name)).toEqual([
    'accepted', ...['differences', 'decisions', 'update', 'out'].map((stage) => `valid_${stage}`),
  ]);
  const sim = bench.simulate(receive(BOUNDARIES));
  sim.io.valid = true;
  sim.step(3);
  sim.reset();
  sim.io.valid = false;
  for (let i = 0; i < 5; i++) {
    sim.step();
    expect(sim.sampled.outValid).toBe(false);
  }
});

/** A module around a pipeline that ends in one UInt(8). */
const around = (name: string, describePipeline: (io: { a: UInt; b: UInt; yes: Bool }) => { value: UInt; names: Record<string, unknown> }) =>
  module(name, {}, { a: In(UInt(8)), b: In(UInt(8)), yes: In(Bool), z: Out(UInt(8)) }, (io) => {
    const { value, names } = describePipeline(io);
    io.z.set(value);
    return names;
  });

test('under a key, registers and values that later stages read bear it', () => {
  const definition = around('keyed', (io) => {
    const p = pipeline(['one', 'two'], { a: io.a }, { cuts: ['two'] })
      .stage('one', (v) => ({ more: v.a.add(1) }))
      .stage('two', (v) => ({ sum: v.more.add(v.more) }));
    return { value: p.out.sum.xor(p.out.more), names: { path: p } };
  });
  expect(registersOf(definition)).toEqual(['path_more_two']);
  expect(elaborate(definition).top.named.map(({ name }) => name)).toEqual(['path_sum_two']);
});

test('a name may be given anew: what a loop changes stage by stage', () => {
  const rounds = ['r0', 'r1', 'r2', 'r3'];
  const definition = around('looped', (io) => {
    let p: Pipeline<readonly string[], { state: typeof io.a.shape; key: typeof io.a.shape }> = pipeline<readonly string[], { state: typeof io.a.shape; key: typeof io.a.shape }>(rounds, { state: io.a, key: io.b }, { cuts: ['r1', 'r3'] });
    for (const round of rounds) p = p.stage(round, (v) => ({ state: v.state.rotl(3).xor(v.key) }));
    return { value: p.out.state, names: { ...p } };
  });
  expect(registersOf(definition)).toEqual(['key_r1', 'key_r3', 'state_r1', 'state_r3']);
  const sim = bench.simulate(definition);
  for (let i = 0; i < 20; i++) {
    sim.io.a = 37 * i & 255;
    sim.io.b = 91 * i & 255;
    sim.step();
    if (i < 2) continue;
    let state = 37 * (i - 2) & 255;
    for (const _ of rounds) state = ((state << 3 | state >> 5) & 255) ^ (91 * (i - 2) & 255);
    expect(sim.sampled.z).toBe(BigInt(state));
  }
});

test('a generic helper: values of any shape, without a cast', () => {
  const delayed = <T extends Data>(x: Read<T>): { value: Read<T>; names: Record<string, unknown> } => {
    const p = pipeline(['now', 'then'], { x }, { cuts: ['now', 'then'] })
      .stage('now', (v) => ({ same: v.x.eq(v.x) }))
      .stage('then', (v) => ({ y: mux(v.same, v.x, v.x) }));
    return { value: p.out.y, names: { ...p } };
  };
  const definition = around('generic', (io) => {
    const { value, names } = delayed(io.a);
    return { value, names };
  });
  expect(registersOf(definition)).toEqual(['same_then', 'x_now', 'x_then']);
});

test('the place of a register is where its stage was described, in the library too', () => {
  const places = (definition: ModuleDefinition<PortRecord>) => new Set(elaborate(definition).top.registers.map(({ at }) => at.toString().replace(/:\d+$/, '')));
  expect(places(receive(['update']))).toEqual(new Set(['lib/pipeline.test.ts']));
  expect(places(siphash({ bytes: 4 }))).toEqual(new Set(['lib/siphash.ts']));
});

test('constants need no registers', () => {
  const definition = around('constants', (io) => {
    const p = pipeline(['one', 'two'], { a: io.a, step: lit(UInt(8), 3) }, { cuts: ['one', 'two', 'out'] })
      .stage('one', (v) => ({ more: v.a.add(v.step) }))
      .stage('two', (v) => ({ most: v.more.add(v.step) }));
    return { value: p.out.most.add(p.out.step), names: { ...p } };
  });
  expect(registersOf(definition)).toEqual(['a_one', 'more_two', 'most_out']);
});

test('enums, vectors and dynamic indices travel too', () => {
  const Kind = Enum('Kind', ['Sum', 'Pick']);
  const definition = module('shapes', {}, { kind: In(Kind), list: In(Vec(UInt(8), 4)), index: In(UInt(2)), z: Out(UInt(8)) }, (io) => {
    const p = pipeline(['first', 'second'], { kind: io.kind, list: io.list, index: io.index }, { cuts: ['first', 'second'] })
      .stage('first', (v) => ({ sum: [...v.list].reduce((sum, x) => sum.add(x)) }))
      .stage('second', (v) => ({ z: mux(v.kind.eq('Sum'), v.sum, v.list.at(v.index)) }));
    io.z.set(p.out.z);
    return { ...p };
  });
  const sim = bench.simulate(definition);
  const list = [10n, 20n, 30n, 40n];
  const send = (kind: 'Sum' | 'Pick', index: number) => {
    Object.assign(sim.io, { kind, list, index });
    sim.step();
    return sim.io.z;
  };
  send('Sum', 1);
  expect(send('Pick', 3)).toBe(100n);
  expect(send('Pick', 2)).toBe(40n);
  expect(send('Pick', 0)).toBe(30n);
});

test('a register is unconditional, also if it is first read inside a when or the scope of a helper', () => {
  const definition = around('unconditional', (io) => {
    const kept = reg(UInt(8));
    let help: UInt | undefined;
    const p = pipeline(['one', 'two'], { a: io.a, b: io.b }, { cuts: ['two'] })
      .stage('one', () => ({}))
      .stage('two', (v) => {
        when(io.yes, () => { kept.next = v.a; });
        const helper = scope('twice', () => {
          const last = reg(UInt(8));
          last.next = v.b;
          return { last, sum: v.b.add(v.b) };
        });
        help = helper.last;
        return { doubled: helper.sum };
      });
    return { value: kept.xor(p.out.doubled).xor(help!), names: { kept, ...p } };
  });
  // The register that the helper was the first to read is the pipeline's; the helper's own is named for its result.
  expect(registersOf(definition)).toEqual(['a_two', 'b_two', 'doubled_two_twice_last', 'kept']);
  const sim = bench.simulate(definition);
  sim.io.a = 5;
  sim.step();
  sim.io.a = 0;
  sim.io.yes = true;
  sim.step();
  expect(sim.io.z).toBe(5n);
});

test('a synchronous read stands in for the register of its cut', () => {
  const definition = module('lookup', {}, { index: In(UInt(4)), valid: In(Bool), stall: In(Bool), z: Out(UInt(9)), done: Out(Bool) }, (io) => {
    const squares = mem(UInt(8), 16, { init: Array.from({ length: 16 }, (_, i) => 10 * i) });
    const p = pipeline(['address', 'data', 'sum'], { index: io.index }, { cuts: ['data', 'sum'], valid: io.valid, stall: io.stall })
      .stage('address', (v, stage) => {
        let word: UInt | undefined;
        when(stage.fire, () => { word = squares.readSync(v.index, 'word'); });
        return { word: stage.late(1, word!) };
      })
      .stage('data', (v) => ({ low: v.word.trunc(4) }))
      .stage('sum', (v) => ({ sum: v.word.zext(9).add(v.low.zext(9)).add(v.index.zext(9)) }));
    io.z.set(p.out.sum);
    io.done.set(p.valid);
    return { squares, ...p };
  });
  expect(registersOf(definition)).toEqual(['index_data', 'index_sum', 'low_sum', 'valid_data', 'valid_sum', 'word_sum']);
  const sim = bench.simulate(definition);
  const stall = pausing(40, 1)!;
  const results: bigint[] = [];
  for (let cycle = 0, sent = 0; results.length < 16; cycle++) {
    sim.io.valid = sent < 16;
    sim.io.index = sent % 16;
    sim.io.stall = stall(cycle);
    sim.step();
    if (sim.sampled.stall) continue;
    sent += 1;
    if (sim.sampled.done) results.push(sim.sampled.z);
  }
  expect(results).toEqual(Array.from({ length: 16 }, (_, i) => BigInt(10 * i + (10 * i) % 16 + i)));
});

test('without valid every cycle counts', () => {
  const definition = module('unmarked', {}, { a: In(UInt(8)), z: Out(UInt(8)), valid: Out(Bool) }, (io) => {
    const p = pipeline(['only'], { a: io.a }, { cuts: ['only'] }).stage('only', (v) => ({ z: v.a.add(1) }));
    io.z.set(p.out.z);
    io.valid.set(p.valid);
    return { ...p };
  });
  const sim = bench.simulate(definition);
  sim.step();
  expect(sim.sampled.valid).toBe(true);
});

test('latency and distances are known before the first stage', () => {
  const places: unknown[] = [];
  elaborate(around('distances', (io) => {
    const p = pipeline(['a', 'b', 'c', 'd'], { x: io.a }, { cuts: ['b', 'd', 'out'] });
    places.push(p.latency, p.distance('in', 'out'), p.distance('in', 'a'), p.distance('a', 'b'), p.distance('b', 'c'), p.distance('b', 'd'), p.distance('d', 'out'));
    return { value: io.a, names: {} };
  }));
  expect(places).toEqual([3, 3, 0, 1, 0, 1, 1]);
});

describe('misuse', () => {
  type Wrong = (io: { a: UInt; b: UInt; yes: Bool }) => unknown;
  const elaborateWrong = (wrong: Wrong) => elaborate(around('wrong', (io) => { wrong(io); return { value: io.a, names: {} }; }));
  const fails = (wrong: Wrong, sentence: string) => expect(() => elaborateWrong(wrong)).toThrow(sentence);

  test('names and cuts', () => {
    fails((io) => pipeline(['1st'], { a: io.a }), 'pipeline: "1st" cannot name a stage; a name is an identifier other than in and out');
    fails((io) => pipeline(['out'], { a: io.a }), 'pipeline: "out" cannot name a stage; a name is an identifier other than in and out');
    fails((io) => pipeline(['s', 's'], { a: io.a }), 'pipeline: stage s stands twice');
    // @ts-expect-error: no such stage
    fails((io) => pipeline(['s', 't'], { a: io.a }, { cuts: ['u'] }), 'pipeline: cuts may name s, t, out, not "u"');
    fails((io) => pipeline(['s'], { a: io.a }, { cuts: ['s', 's'] }), 'pipeline: cut s stands twice; one cut is one register');
    // @ts-expect-error: a list is wanted
    fails((io) => pipeline('s', { a: io.a }), 'pipeline: the first argument must be a list of stages, not "s"');
    fails((io) => pipeline(['s'], { a: io.a }).distance('s', 't'), 'pipeline: distance is between in, s, out, not "t"');
  });

  test('values', () => {
    // @ts-expect-error: not a hardware value
    fails(() => pipeline(['s'], { a: 5 }), 'pipeline: a of in must be a hardware value, not 5; lit makes one of a literal');
    fails((io) => pipeline(['s'], { 'a-b': io.a }), 'pipeline: "a-b" cannot name a value; a name is an identifier');
    fails((io) => pipeline(['s'], { valid: io.a }), "pipeline: in has a value called valid, which is the name of the pipeline's own bit; pass that as an option, or rename it");
    // @ts-expect-error: returns nothing
    fails((io) => pipeline(['s'], { a: io.a }).stage('s', () => {}), 'pipeline: s needs a record of values, not undefined');
    // @ts-expect-error: valid must be a Bool
    fails((io) => pipeline(['s'], { a: io.a }, { valid: true }), 'pipeline: the option valid must be a Bool, not true');
    fails((io) => pipeline(['c', 'b_c'], { a_b: io.a, a: io.b }, { cuts: ['c', 'b_c'] }).stage('c', (v) => ({ x: v.a_b })).stage('b_c', (v) => ({ y: v.a.xor(v.x).xor(v.a_b) })), 'pipeline: two values would both be called a_b_c; rename one of them');
  });

  test('order', () => {
    // @ts-expect-error: t is not next
    fails((io) => pipeline(['s', 't'], { a: io.a }).stage('t', () => ({})), 'pipeline: the next stage is s, not "t"');
    fails((io) => pipeline(['s'] as readonly string[], { a: io.a }).stage('s', () => ({})).stage('t', () => ({})), 'pipeline: the next stage is none, since all were described, not "t"');
    fails((io) => pipeline(['s', 't'], { a: io.a }).stage('s', () => ({})).out, 'pipeline: out is read before stage t was described');
    fails((io) => pipeline(['s', 't'], { a: io.a }, { valid: io.yes }).valid, 'pipeline: valid is read before stage s was described');
  });

  test('out is for the end', () => {
    // @ts-expect-error: the type of out is a sentence as long as stages are missing
    fails((io) => pipeline(['s', 't'], { a: io.a }).stage('s', () => ({})).out.a, 'pipeline: out is read before stage t was described');
  });

  test('out of step', () => {
    fails((io) => {
      let early: UInt | undefined;
      pipeline(['s', 't'], { a: io.a }, { cuts: ['t'] })
        .stage('s', (v) => ({ early: (early = v.a.add(1)) }))
        .stage('t', () => ({ late: early!.add(1) }));
    }, 'pipeline: late of t uses early as it is at s; read it as v.early, or through a wire if another cycle\'s value is meant');
    fails((io) => pipeline(['s', 't'], { a: io.a }, { cuts: ['s'] }).stage('s', () => ({ x: io.a.not() })), "pipeline: x of s uses a as it is at in; read it as v.a, or through a wire if another cycle's value is meant");
    fails((io) => {
      let early: UInt | undefined;
      pipeline(['s', 't'], { a: io.a }, { cuts: ['s', 't'] })
        .stage('s', (v) => { early = v.a; return { b: v.a.add(1) }; })
        .stage('t', () => ({ late: early!.add(1) }));
    }, "pipeline: late of t uses a as it is at s; read it as v.a, or through a wire if another cycle's value is meant");
    elaborateWrong((io) => pipeline(['s', 't'], { a: io.a }, { cuts: [] }).stage('s', () => ({ x: io.a.not() })));
  });

  test('late values', () => {
    elaborateWrong((io) => pipeline(['s', 't'], { a: io.a }, { cuts: ['t'] })
      .stage('s', (v, stage) => ({ word: stage.late(1, v.a) }))
      .stage('t', (v) => ({ z: v.word })));
    fails((io) => pipeline(['s', 't'], { a: io.a })
      .stage('s', (_, stage) => ({ word: stage.late(1, io.b) }))
      .stage('t', (v) => ({ z: v.word })), 'pipeline: word of s comes 1 cycle later, but t reads it after 0; put a cut between them');
    fails((io) => pipeline(['s'], { a: io.a }).stage('s', (_, stage) => ({ word: stage.late(0, io.b) })), 'pipeline: late needs a number of cycles from 1 up, not 0');
  });

  test('the place is the caller\'s', () => {
    expect(() => elaborateWrong((io) => pipeline(['s', 's'], { a: io.a }))).toThrow(/lib\/pipeline\.test\.ts:\d+: /);
  });
});

bench.verilog();
