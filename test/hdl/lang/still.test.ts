import { Bool, elaborate, emit, Enum, In, inst, match, mem, module, Out, reg, simulate, still, UInt, when } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { Random } from '../support/random.ts';

const bench = hardwareBench();

const Phase = Enum('StillPhase', ['Rest', 'Work', 'Done']);

/** Registers that are written by value, under conditions, by arms, over each other, and with what they hold. */
const cell = module('still_cell', {}, { in: In(UInt(3)), go: In(Bool), out: Out(UInt(3)) }, (io) => {
  const [kept, over, wide] = [reg(UInt(3)), reg(UInt(3)), reg(UInt(70), { reset: false })];
  const phase = reg(Phase);
  kept.next = kept;
  when(io.go, () => { kept.next = io.in; }).elsewhen(io.in.eq(5), () => { kept.next = 1; });
  over.next = over.add(1);
  when(io.go.not(), () => { over.next = kept.min(4); });
  when(io.in.eq(2), () => { wide.next = kept.zext(70).shl(67); });
  match(phase, {
    Rest: () => { when(io.go, () => { phase.next = 'Work'; }); },
    Work: () => { phase.next = 'Done'; },
    Done: () => { when(io.go.not(), () => { phase.next = 'Rest'; }); },
  });
  io.out.set(over.xor(wide.bits(69, 67)));
  return { kept, over, wide, phase };
});

const counter = module('still_counter', {}, { count: Out(UInt(8)) }, (io) => {
  const value = reg(UInt(8));
  value.next = value.add(1);
  io.count.set(value);
  return { value };
});

const held = module('still_held', {}, { still: In(Bool), since: Out(UInt(8)) }, (io) => {
  const cycles = reg(UInt(8));
  when(io.still.not(), () => { cycles.next = 0; }).elsewhen(cycles.ne(255), () => { cycles.next = cycles.add(1); });
  io.since.set(cycles);
  return { cycles };
});

const whole = module('still_top', {}, { in: In(UInt(3)), go: In(Bool), write: In(Bool), still: Out(Bool), since: Out(UInt(8)), now: Out(UInt(8)), out: Out(UInt(3)) }, (io) => {
  const first = inst(cell, { in: io.in, go: io.go });
  const second = inst(cell, { in: first.out, go: io.go });
  const clock = inst(counter);
  const memory = mem(UInt(3), 4);
  when(io.write, () => { memory.write(io.in.trunc(2), second.out); });
  const last = reg(UInt(3));
  last.next = second.out;
  const timer = inst(held);
  const nothing = still({ except: [clock, timer] });
  timer.still.set(nothing);
  io.still.set(nothing);
  io.since.set(timer.since);
  io.now.set(clock.count);
  io.out.set(memory.read(last.trunc(2)));
  return { first, second, clock, memory, last, timer, nothing };
});

const REGISTERS = ['last', ...['first', 'second'].flatMap((name) => ['kept', 'over', 'wide', 'phase'].map((reg) => `${name}.${reg}`))];

test('it holds in just those cycles in which no register changes and nothing is written', () => {
  const sim = bench.simulate(whole);
  const draw = new Random(7);
  const state = () => REGISTERS.map((path) => sim.peek(path));
  const seen = { still: 0, not: 0 };
  for (let cycle = 0; cycle < 3000; cycle += 1) {
    if (draw.below(4) === 0) sim.io.in = draw.below(8);
    if (draw.below(4) === 0) sim.io.go = draw.below(3) === 0;
    sim.io.write = draw.below(20) === 0;
    const before = state();
    sim.step();
    const isStill = sim.sampled.still;
    expect(isStill, `cycle ${cycle}`).toBe(!sim.sampled.write && state().every((value, i) => value === before[i]));
    seen[isStill ? 'still' : 'not'] += 1;
  }
  expect(seen.still).toBeGreaterThan(100);
  expect(seen.not).toBeGreaterThan(100);
});

test('a module that another uses without it stays as it is', () => {
  const both = module('still_both', {}, { in: In(UInt(3)), still: Out(Bool), out: Out(UInt(3)) }, (io) => {
    const [looked, apart] = [inst(cell, { in: io.in, go: true }), inst(cell, { in: io.in, go: false })];
    io.still.set(still({ except: [apart] }));
    io.out.set(looked.out.and(apart.out));
    return { looked, apart };
  });
  bench.simulate(both).step(5);
  const { text } = emit(elaborate(both));
  expect(text).toContain('module still_cell (');
  expect(text).toContain('module still_cell_still (');
});

test('what is excepted must be an instance of the module', () => {
  const wrong = module('still_wrong', {}, { out: Out(Bool) }, (io) => {
    const register = reg(Bool);
    io.out.set(still({ except: [register] }));
    return { register };
  });
  expect(() => simulate(wrong)).toThrow('instances of the running module');
});

bench.verilog();
