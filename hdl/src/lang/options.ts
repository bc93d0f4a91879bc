/** The optional last argument of a call. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';

/** `options`, or none. @throws an option that the call does not know: misspelt, it would be ignored in silence */
export function checkedOptions<O extends object>(what: string, options: O | undefined, known: readonly (keyof O & string)[]): Partial<O> {
  if (options === undefined) return {};
  if (typeof options !== 'object' || options === null || Array.isArray(options)) fail('argument', what, 'options', 'a record', describe(options));
  const names: readonly string[] = known;
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) fail('option', what, describe(name), names.join(', '));
  }
  return options;
}
