/** Figures, not limits: time is never asserted. How fast a design of 10,000 nodes starts and runs. */
import { elaborate } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { createEngine } from '@vtoe/hdl/internal/sim/engine';
import { flatten } from '@vtoe/hdl/internal/sim/flatten';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import { toeLike } from '../support/toe-like.ts';
import { Random } from '../support/random.ts';

/** Operators of all instances. */
function countNodes(design: ReturnType<typeof elaborate>): number {
  let count = 0;
  for (const { module, logic } of flatten(design).scopes) {
    const seen = new Set<Expression>();
    const stack: Expression[] = [
      ...module.registers.map((net) => logic.next(net)),
      ...[...module.wires, ...module.ports.filter((net) => net.kind === 'output'), ...module.instances.flatMap((one) => one.nets.filter((net) => net.kind === 'instanceInput'))].map((net) => logic.drive(net)),
      ...module.memories.flatMap((memory) => [...memory.reads.map((read) => read.address), ...(memory.write === undefined ? [] : [memory.write.data, memory.write.address])]),
    ];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      stack.push(...node.args);
    }
    count += [...seen].filter(({ op }) => op !== 'net' && op !== 'const').length;
  }
  return count;
}

test('a design of 10,000 nodes', () => {
  const design = elaborate(toeLike(Number(process.env.LANES ?? 32)));
  const start = performance.now();
  const engine = createEngine(design);
  engine.run(1);
  const first = performance.now() - start;
  const random = new Random(1);
  const inputs = [...engine.inputs.values()].filter(({ name }) => name !== 'rst');
  const drive = (): void => { for (const port of inputs) port.set(port.width === 1 ? BigInt(random.chance(0.9)) : random.edgeBits(port.width)); };
  // Full activity: all inputs change every few cycles. The first second is for the host to optimise the code.
  let rate = 0;
  for (let round = 0; round < Number(process.env.ROUNDS ?? 4); round += 1) {
    const begin = performance.now();
    let cycles = 0;
    while (performance.now() - begin < 500) {
      drive();
      cycles += engine.run(200);
    }
    rate = cycles / (performance.now() - begin);
    if (process.env.ROUNDS !== undefined) console.log(`round ${round}: ${rate.toFixed(0)}k cycles/s`);
  }
  expect(engine.failure).toBeUndefined();
  console.log(`${countNodes(design)} nodes: first cycle after ${first.toFixed(0)} ms, ${(rate).toFixed(0)}k cycles/s; functions of ${engine.functionBytes.join(', ')} bytes`);
});
