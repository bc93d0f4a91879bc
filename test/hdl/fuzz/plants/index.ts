/** All plants by name. */
import { ARITHMETIC } from './arithmetic.ts';
import { GATING } from './gating.ts';
import { MEMORIES } from './memories.ts';
import type { Plant } from './plant.ts';
import { RESETS } from './resets.ts';
import { STATEMENTS } from './statements.ts';
import { TEXT } from './text.ts';

export const PLANTS: readonly Plant[] = [...ARITHMETIC, ...STATEMENTS, ...RESETS, ...MEMORIES, ...TEXT, ...GATING];

export function plantNamed(name: string): Plant | undefined {
  return PLANTS.find((plant) => plant.name === name);
}
