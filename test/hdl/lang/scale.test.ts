/** Large designs: nothing recurses over what may be long, and nothing is quadratic. Figures are printed, not asserted. */
import { Bool, elaborate, In, inst, mem, module, mux, Out, type Read, reg, scope, UInt, type UIntShape, when, wire } from '@vtoe/hdl';
import { printModule } from '@vtoe/hdl/internal/ir/print';
import { describe, expect, test } from 'vitest';
import { elaborated } from './support/ir.ts';
import { largeDesign, nodesOf } from './support/large.ts';

const LONG = 10_000;
const steps = Array.from({ length: LONG }, (_, i) => i);

describe('ten thousand in a row, each depending on the one before', () => {
  const PORTS = { x: In(UInt(32)), on: In(Bool), y: Out(UInt(32)) };

  test.each<[string, Parameters<typeof elaborated<typeof PORTS>>[1]]>([
    ['expressions', (io) => { io.y.set(steps.reduce((sum) => sum.add(io.x), io.x.not())); }],
    ['doublings, whose tree would be 2^10000 large', (io) => { io.y.set(steps.reduce((sum) => sum.add(sum), io.x.not())); }],
    ['choices', (io) => { io.y.set(steps.reduce((sum, i) => mux(sum.eq(i), io.x, sum), io.x.not())); }],
    ['conditions', (io) => { io.y.set(0); when(steps.reduce((all) => all.not().or(io.on), io.on), () => { io.y.set(1); }); }],
    ['named expressions', (io) => { let sum = io.x.not(); const sums = steps.map(() => (sum = sum.add(io.x))); io.y.set(sum); return { sums }; }],
    ['wires', (io) => { io.y.set(steps.reduce((last: Read<UIntShape>) => { const w = wire(UInt(32)); w.set(last); return w; }, io.x)); }],
    ['registers', (io) => { const regs = steps.map(() => reg(UInt(32))); for (const [i, r] of regs.entries()) r.next = i === 0 ? io.x : regs[i - 1]!; io.y.set(regs.at(-1)!); return { regs }; }],
    ['registers under one condition', (io) => { const regs = steps.map(() => reg(UInt(32))); when(io.on, () => { for (const [i, r] of regs.entries()) r.next = i === 0 ? io.x : regs[i - 1]!; }); io.y.set(0); return { regs }; }],
    ['assignments of one net', (io) => { io.y.set(0); for (const i of steps) when(io.x.eq(i), () => { io.y.set(i); }); }],
  ])('%s', (_what, body) => {
    const subject = elaborated(PORTS, body);
    expect(printModule(subject).length).toBeGreaterThan(0);
  });
});

describe('a thousand', () => {
  test('scopes in scopes', () => {
    const { registers } = elaborated({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
      let last = io.x;
      for (let i = 0; i < 1000; i++) last = scope('s', () => { const q = reg(UInt(8)); q.next = last; return { q }; }).q;
      io.y.set(last);
    });
    expect(new Set(registers.map(({ name }) => name)).size).toBe(1000);
  });

  test('links in a chain of elsewhen', () => {
    const subject = elaborated({ x: In(UInt(16)), y: Out(UInt(16)) }, (io) => {
      const r = reg(UInt(16));
      let chain = when(io.x.eq(0), () => { io.y.set(0); });
      for (let i = 1; i < 1000; i++) chain = chain.elsewhen(io.x.eq(i), () => { io.y.set(i); r.next = i; });
      chain.otherwise(() => { io.y.set(r); });
      return { r };
    });
    expect(printModule(subject).filter((line) => line.includes('else if'))).toHaveLength(1998);
  });

  test('ports of a module, of a memory, and instances', () => {
    const part = module('part', {}, { x: In(UInt(8)), y: Out(UInt(8)) }, (io) => { io.y.set(io.x); });
    const { instances, memories } = elaborated({ ...Object.fromEntries(steps.slice(0, 1000).map((i) => [`p${i}`, In(UInt(8))])), y: Out(UInt(8)) }, (io) => {
      const ram = mem(UInt(8), 256);
      let last: Read<UIntShape> = io.y;
      const units = steps.slice(0, 1000).map(() => { const unit = inst(part, { x: ram.read(3) }); last = unit.y; return unit; });
      io.y.set(last);
      return { ram, units };
    });
    expect([instances.length, memories[0]!.reads.length]).toEqual([1000, 1000]);
  });
});

test('eighteen chained doublings elaborate at once', () => {
  const { ports } = elaborated({ x: In(UInt(8)), y: Out(UInt(8)) }, (io) => {
    let x = io.x;
    for (let i = 0; i < 18; i++) x = x.add(x);
    io.y.set(x);
  });
  expect(ports).toHaveLength(2);
});

test('a design of ten thousand nodes elaborates in about a second', () => {
  const definition = largeDesign(8, 48);
  const start = performance.now();
  const { modules } = elaborate(definition);
  const milliseconds = performance.now() - start;
  const nodes = nodesOf(modules);
  console.info(`elaboration: ${nodes} nodes in ${modules.length} modules, ${milliseconds.toFixed(0)} ms`);
  expect(nodes).toBeGreaterThan(8000);
  expect(modules.map(({ name }) => name)).toContain('large_fifo_Segment_d16');
});
