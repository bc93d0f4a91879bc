import { expect, test } from 'vitest';
import type { Contender } from './contender.ts';
import { MismatchError, race } from './race.ts';

/** Takes that long a cycle; its outputs' hash is the number of cycles so far, but wrong from some cycle on. */
function runner(name: string, secondsPerCycle: number, wrongFrom = Infinity): Contender & { readonly turns: number[] } {
  let passed = 0;
  const turns: number[] = [];
  return {
    name, turns,
    run: async (cycles) => {
      passed += cycles;
      turns.push(cycles);
      return cycles * secondsPerCycle;
    },
    fold: async (cycles) => {
      passed += cycles;
      return BigInt(passed) + (passed > wrongFrom ? 1n : 0n);
    },
    close: async () => {},
  };
}

test('gives speeds round by round', async () => {
  const results = await race([runner('hare', 1 / 4000), runner('tortoise', 1 / 1000)], { title: 'run', rounds: 3, cycles: 10 });
  expect(results.map(({ name }) => name)).toEqual(['hare', 'tortoise']);
  for (const speed of results[0]!.speeds) expect(speed).toBeCloseTo(4000);
  for (const speed of results[1]!.speeds) expect(speed).toBeCloseTo(1000);
  expect(results[1]!.speeds).toHaveLength(3);
});

test('turns are as long as the slowest contender needs, and the same for all', async () => {
  const [hare, tortoise] = [runner('hare', 1e-7), runner('tortoise', 1e-5)];
  await race([hare, tortoise], { title: 'run', rounds: 1, cycles: undefined });
  expect(tortoise.turns.at(-1)).toBe(1250);
  expect(hare.turns).toEqual(tortoise.turns);
});

test('names the first cycles after which outputs differ, and the engines', async () => {
  const differing = race([runner('one', 1), runner('two', 1), runner('three', 1, 700)], { title: 'run', rounds: 2, cycles: 10 });
  await expect(differing).rejects.toThrow(MismatchError);
  // 256 compared, 32 turns of 10 cycles, 64 compared, 32 turns, 64 compared.
  await expect(differing).rejects.toThrow('run: the outputs of cycles 960 to 1023 differ: their hash is one 0000000000000400, three 0000000000000401');
});
