/** Two modules of one name are the same module; else the emitted text of one would stand for both. */
import type { Module } from '../ir/design.ts';
import { printModule } from '../ir/print.ts';
import { failAt } from './error.ts';

/** @throws the first line in which two modules of equal name differ */
export function checkIdentity(known: Module, other: Module): void {
  const [left, right] = [printModule(known), printModule(other)];
  const row = left.findIndex((line, i) => line !== right[i]);
  if (row === -1 && left.length === right.length) return;
  const i = row === -1 ? left.length : row;
  failAt(other.at, 'module-identity', known.name, parameters(known), known.at.toString(), parameters(other), left[i]?.trim() ?? 'nothing', right[i]?.trim() ?? 'nothing');
}

function parameters(module: Module): string {
  return module.parameters.length === 0 ? 'no parameters' : module.parameters.map(({ name, text }) => `${name} = ${text}`).join(', ');
}
