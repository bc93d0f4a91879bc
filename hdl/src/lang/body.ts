/** Functions of the designer that describe hardware: they run at once, in one go. */
import { fail } from '../check/error.ts';

/** Runs `body`. @throws if it is async or a generator: what it describes later would belong to no module */
export function runBody<R>(what: string, body: () => R): R {
  const result = body();
  if (LATER.has(Object.prototype.toString.call(result))) {
    // The error thrown here is the one to report, not what the rest of the body may run into.
    if (result instanceof Promise) result.catch(() => {});
    fail('async-body', what);
  }
  return result;
}

const LATER = new Set(['[object Promise]', '[object Generator]', '[object AsyncGenerator]']);
