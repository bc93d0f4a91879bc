/** Whether a module sleeps: its registers, as they were and as they are. */
import { elaborate } from '@vtoe/hdl';
import { expect } from 'vitest';

/** A check that no register of the module itself has changed since this call. @param least there are more registers than this */
export function registersStay(definition: Parameters<typeof elaborate>[0], sim: { peek(name: string): unknown }, least: number): () => void {
  const names = elaborate(definition).top.registers.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(least);
  const state = () => names.map((name) => sim.peek(name));
  const before = state();
  return () => { expect(state()).toEqual(before); };
}
