/** Scopes: names for state that a helper function makes on behalf of its caller. */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { Locator } from '../ir/locator.ts';
import { runBody } from './body.ts';
import { current } from './context.ts';

export interface Scope {
  readonly name: string;
  readonly parent: Scope | undefined;
  readonly at: Locator;
  /** What the helper returned: its keys name what it made. */
  record: unknown;
  /** Full name, once known: `<key of the caller's record>_<name>`. */
  prefix: string | undefined;
}

/**
 * Runs `body`, the inside of a helper function; state made in it is named `<key>_<name>_<local key>`, where `key` is
 * the one under which the caller returns (part of) the result, and `local key` the one in the record that `body`
 * returns. A result that nobody returns takes the name of the first named net that it drives.
 *
 * ```ts
 * const delayed = <T extends Data>(x: Read<T>) => scope('delayed', () => { const q = reg(x.shape); q.next = x; return { q }; }).q;
 * ```
 */
export function scope<R>(name: string, body: () => R): R {
  if (!isIdentifier(name)) fail('argument', 'scope', 'name', 'an identifier', describe(name));
  if (typeof body !== 'function') fail('argument', 'scope', 'body', 'a function', describe(body));
  const builder = current('scope');
  const made: Scope = { name, parent: builder.scope, at: Locator.here(), record: undefined, prefix: undefined };
  builder.scopes.push(made);
  builder.scope = made;
  try {
    const result = runBody('scope', body);
    made.record = result;
    return result;
  } finally {
    builder.scope = made.parent;
  }
}
