import { describe, expect, test } from 'vitest';
import { speedCommand } from './command.ts';

async function run(...args: string[]): Promise<{ status: number; printed: string; complaints: string[]; progress: string[] }> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const progress: string[] = [];
  const status = await speedCommand(args, { print: (text) => printed.push(text), complain: (text) => complaints.push(text), progress: (text) => progress.push(text) });
  return { status, printed: printed.join('\n'), complaints, progress };
}

/** The whole command, in short turns on a small design. */
const TRIAL = ['--lanes', '4', '--rounds', '2', '--cycles', '4'];

const GOALS: Readonly<Record<string, readonly [unit: string, goal: number | null]>> = {
  builtin_over_verilator: ['ratio', 0.8],
  idle_builtin_over_verilator: ['ratio', 1.2],
  allidle_builtin_over_verilator: ['ratio', 20],
  builtin_first_cycle_s: ['s', 1],
  trace_slowdown: ['ratio', 3],
  builtin_over_icarus: ['ratio', null],
  builtin_khz: ['kHz', null],
  idle_builtin_khz: ['kHz', null],
  allidle_builtin_khz: ['kHz', null],
  verilator_khz: ['kHz', null],
  idle_verilator_khz: ['kHz', null],
  allidle_verilator_khz: ['kHz', null],
  icarus_khz: ['kHz', null],
};

describe('npm run bench:sim', () => {
  test('measures all figures on three engines with equal outputs', async () => {
    const { status, printed, complaints, progress } = await run(...TRIAL, '--designs', 'sim10k', '--json');
    expect(complaints).toEqual([]);
    expect(status).toBe(0);
    expect(progress.every((line) => line.startsWith('sim10k: '))).toBe(true);
    const report = JSON.parse(printed) as { figures: { name: string; value: number; unit: string; goal: number | null; met: boolean | null }[] };
    expect(Object.keys(report)).toEqual(['figures']);
    const expected = Object.entries(GOALS).map(([kind, [unit, goal]]) =>
      ({ name: `sim10k_${kind}`, value: expect.any(Number) as number, unit, goal, met: goal === null ? null : expect.any(Boolean) as boolean }));
    expect(report.figures).toHaveLength(expected.length);
    expect(report.figures).toEqual(expect.arrayContaining(expected));
    for (const { value } of report.figures) expect(value).toBeGreaterThan(0);
  });

  test('reports engines whose outputs differ', async () => {
    const { status, printed, complaints } = await run(...TRIAL, '--plant');
    expect({ status, printed }).toEqual({ status: 1, printed: '' });
    expect(complaints).toEqual([expect.stringMatching(/^sim10k, all busy: the outputs of cycles 0 to 255 differ: their hash is built-in [0-9a-f]{16}, Icarus [0-9a-f]{16}$/)]);
  });

  test.each([
    [['--rounds', 'many'], '--rounds takes a whole number of at least 1, not many.'],
    [['--rounds', '0'], '--rounds takes a whole number of at least 1, not 0.'],
    [['--cycles', '1.5'], '--cycles takes a whole number of at least 1, not 1.5.'],
    [['--lanes', '5'], '--lanes takes 4, 8, 16, 32 or 64, not 5.'],
    [['--designs', 'sim10k,sim5k'], '--designs takes sim10k, sim2k5, separated by commas, not sim5k.'],
    [['--color'], "unknown option '--color'."],
    [['5'], 'too many arguments. Expected 0 arguments but got 1.'],
    [['--rounds'], "option '--rounds <N>' argument missing."],
  ])('%j is a mistake in one sentence', async (args, sentence) => {
    expect(await run(...args)).toEqual({ status: 2, printed: '', complaints: [sentence], progress: [] });
  });

  test('--help prints the options', async () => {
    const { status, printed } = await run('--help');
    expect(status).toBe(0);
    expect(printed).toMatch(/^Usage: bench:sim \[options\]\n/);
  });
});
