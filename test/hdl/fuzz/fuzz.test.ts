import * as hdl from '@vtoe/hdl';
import { elaborate, emit, type ModuleDefinition } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { build } from './build.ts';
import { campaign, type CampaignOptions } from './campaign.ts';
import { generate } from './generate/generate.ts';
import { print } from './print.ts';
import { topOf } from './spec.ts';
import { ENGINES } from './trial.ts';

/** Complaints, one line a seed: what a failing test shows. */
async function complaints(options: CampaignOptions): Promise<string[]> {
  return (await campaign(options)).map(({ spec, complaint }) => `seed ${spec.seed}: ${complaint.text}`);
}

describe('random designs behave the same', () => {
  test('on the built-in engine and Icarus, 300 seeds', async () => {
    expect(await complaints({ from: 0, seeds: 300, engines: ['builtin', 'gated', 'mixed', 'icarus'] })).toEqual([]);
  }, 600_000);

  test('on the built-in engine and Verilator, 50 seeds', async () => {
    expect(await complaints({ from: 300, seeds: 50, engines: ['builtin', 'verilator'] })).toEqual([]);
  }, 600_000);

  test.runIf(process.env['VTOE_LONG'] === '1')('on all engines, 1000 seeds', async () => {
    expect(await complaints({ from: 0, seeds: 1000, engines: ENGINES })).toEqual([]);
  }, 3_600_000);
});

describe('a seed', () => {
  test('gives the same design every time', () => {
    for (const seed of [0, 7, 123]) expect(print(generate(seed))).toBe(print(generate(seed)));
    expect(print(generate(1))).not.toBe(print(generate(2)));
  });

  test('is printed as source that means the same design', () => {
    for (let seed = 0; seed < 12; seed += 1) {
      const spec = generate(seed);
      const source = print(spec).replace(/^import (\{.*\}) from '@vtoe\/hdl';/, 'const $1 = hdl;');
      // eslint-disable-next-line no-new-func
      const run = new Function('hdl', `${source}\nreturn ${topOf(spec).name};`) as (language: typeof hdl) => ModuleDefinition;
      const printed = emit(elaborate(run(hdl)), { locators: false });
      expect(printed.text).toBe(emit(build(spec), { locators: false }).text);
    }
  });
});
