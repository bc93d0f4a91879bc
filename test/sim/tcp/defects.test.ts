import { describe, expect, test } from 'vitest';
import { step } from '../../../sim/tcp/step.ts';
import { DEFECTS } from './defects.ts';

describe.each(DEFECTS)('$name', ({ scenario, planted }) => {
  test('does not happen', () => scenario(step));
  test('is found when planted', () => {
    expect(() => scenario(planted)).toThrow(/expected|is not armed|the grant sends nothing/); // a check that failed, not a crash
  });
});
