/** Verilog attributes: `(* keep = "true" *)`. */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { NO_ATTRIBUTES } from './context.ts';

/** By name, `ram_style`, `keep`, `use_dsp`, `max_fanout`; values are emitted as strings. */
export interface Attributes {
  readonly [name: string]: string | number | boolean;
}

/** @throws a name that is no identifier, or a value that cannot stand in a Verilog string */
export function checkedAttributes(what: string, attributes: Attributes | undefined): ReadonlyMap<string, string> {
  if (attributes === undefined) return NO_ATTRIBUTES;
  if (typeof attributes !== 'object' || attributes === null) fail('argument', what, 'attributes', 'a record of names and values', describe(attributes));
  const entries = Object.entries(attributes);
  for (const [name, value] of entries) {
    const legal = isIdentifier(name) && (typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) && !/["\\]/.test(value)));
    if (!legal) fail('attribute', what, name, describe(value));
  }
  return new Map(entries.map(([name, value]) => [name, String(value)]));
}
