import type { Process } from '@vtoe/hdl';

/** Runs a process to its end, without time. */
export function toEnd(process: Process): void {
  while (process.next().done !== true);
}
