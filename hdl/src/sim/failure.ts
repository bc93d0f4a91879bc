/** Why a run stopped before a clock edge. */
import type { Locator } from '../ir/locator.ts';
import type { FlatDesign } from './flatten.ts';
import type { Image } from './image.ts';
import { Interpreter } from './interpret.ts';
import type { Layout } from './layout.ts';

export interface Failure {
  readonly kind: 'assert' | 'assume' | 'collision';
  /** Instance whose assertion or memory it is; empty for the top. */
  readonly path: string;
  /** Number of edges before the one that was refused. */
  readonly cycle: number;
  readonly message: string;
  readonly at: Locator;
}

/** `assertion in stage.fifo failed in cycle 12: no overflow (fifo.ts:30)` */
export function failureText({ kind, path, cycle, message, at }: Failure): string {
  const what = kind === 'assert' ? 'assertion' : kind === 'assume' ? 'assumption' : 'memory collision';
  return `${what} in ${path === '' ? 'the top' : path} failed in cycle ${cycle}: ${message} (${at.toString()})`;
}

/** The first assertion, in design order, that does not hold. */
export function failedAssertion(flat: FlatDesign, layout: Layout, image: Image, cycle: number): Failure | undefined {
  const now = new Interpreter(image, flat, layout);
  for (const scope of flat.scopes) {
    for (const { kind, enable, condition, message, at } of scope.module.assertions) {
      if (kind === 'cover') continue;
      if (enable !== undefined && now.of(scope, enable) === 0n) continue;
      if (now.of(scope, condition) === 0n) return { kind, path: scope.path, cycle, message, at };
    }
  }
  return undefined;
}
