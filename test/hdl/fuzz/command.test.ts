import { describe, expect, test } from 'vitest';
import { fuzzCommand } from './command.ts';
import { PLANTS } from './plants/index.ts';

async function run(...args: string[]): Promise<{ status: number; printed: string; complaints: string[] }> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const status = await fuzzCommand(args, { print: (text) => printed.push(text), complain: (text) => complaints.push(text), status: () => {} });
  return { status, printed: printed.join('\n'), complaints };
}

describe('npm run fuzz:hdl', () => {
  test('ends with the numbers of seeds and differences', async () => {
    const { status, printed } = await run('--seeds', '2', '--from', '5', '--cycles', '20', '--engines', 'builtin,icarus');
    expect(status).toBe(0);
    expect(printed).toMatch(/^operator x width class: [^]*\nconstruct x context: [^]*\nseeds 2, differences 0$/);
  });

  test('finds a planted fault and prints a small design', async () => {
    const { status, printed } = await run('--seeds', '2', '--plant', 'sra-zeros');
    expect(status).toBe(1);
    expect(printed).toMatch(/^seed \d+: cycle \d+, output [^]*\nSeed \d+, shrunk:\n\nimport \{[^]*\.sra\([^]*\nInputs by cycle:[^]*\nseeds 2, differences [12]$/);
  }, 300_000);

  test('lists plants, one name a line', async () => {
    expect((await run('--list-plants')).printed.split('\n')).toEqual(PLANTS.map(({ name }) => name));
  });

  test.each([
    [['--seeds', 'many'], '--seeds takes a whole number of at least 1, not many.'],
    [['--seeds', '0'], '--seeds takes a whole number of at least 1, not 0.'],
    [['--from', '-1'], '--from takes a whole number of at least 0, not -1.'],
    [['--plant', 'none'], 'There is no plant none; --list-plants prints all names.'],
    [['--engines', 'icarus'], '--engines takes at least two different engines: outputs are compared.'],
    [['--engines', 'icarus,vcs'], '--engines takes builtin, gated, mixed, icarus, verilator, separated by commas, not vcs.'],
    [['--color'], "unknown option '--color'."],
    [['5'], 'too many arguments. Expected 0 arguments but got 1.'],
    [['--seeds'], "option '--seeds <N>' argument missing."],
  ])('%j is a mistake in one sentence', async (args, sentence) => {
    expect(await run(...args)).toEqual({ status: 2, printed: '', complaints: [sentence] });
  });
});
