import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventQueue } from '../../../sim/link/event-queue.ts';

test('things of one time come out as they went in', () => {
  const queue = eventQueue<string>();
  for (const item of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) queue.push(5n, item);
  queue.push(4n, 'first');
  expect(Array.from({ length: 8 }, () => queue.popUntil(5n)!.item)).toEqual(['first', 'a', 'b', 'c', 'd', 'e', 'f', 'g']);
});

test('nothing comes out before its time', () => {
  const queue = eventQueue<string>();
  expect(queue.nextPs).toBeUndefined();
  queue.push(10n, 'x');
  expect(queue.nextPs).toBe(10n);
  expect(queue.popUntil(9n)).toBeUndefined();
  expect(queue.popUntil(10n)).toMatchObject({ timePs: 10n, item: 'x' });
  expect(queue.popUntil(10n)).toBeUndefined();
  expect(queue.size).toBe(0);
});

test('as a list that is sorted, whatever is pushed and popped between', () => {
  const push = fc.record({ push: fc.bigInt(0n, 20n) });
  const pop = fc.record({ popUntil: fc.bigInt(0n, 20n) });
  fc.assert(fc.property(fc.array(fc.oneof(push, push, pop), { maxLength: 200 }), (steps) => {
    const queue = eventQueue<number>();
    const model: { timePs: bigint; item: number }[] = [];
    for (const [item, step] of steps.entries()) {
      if ('push' in step) {
        queue.push(step.push, item);
        model.push({ timePs: step.push, item });
        // Stable by the language's definition.
        model.sort((a, b) => Number(a.timePs - b.timePs));
      } else {
        const first = model[0] !== undefined && model[0].timePs <= step.popUntil ? model.shift() : undefined;
        const popped = queue.popUntil(step.popUntil);
        expect(popped && { timePs: popped.timePs, item: popped.item }).toEqual(first);
      }
      expect(queue.nextPs).toBe(model[0]?.timePs);
      expect(queue.size).toBe(model.length);
    }
  }));
});
