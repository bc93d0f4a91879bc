/** The checks that run when a module's body has ended, in the order in which their errors are most useful. */
import type { Module } from '../ir/design.ts';
import { checkCombinationalLoops } from './combinational-loop.ts';
import { checkDriven } from './driven.ts';
import { checkReservedWords } from './reserved-words.ts';

/** @throws the first mistake found */
export function checkModule(module: Module): void {
  checkReservedWords(module);
  if (module.external !== undefined) return;
  checkDriven(module);
  checkCombinationalLoops(module);
}
