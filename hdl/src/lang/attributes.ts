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
    if (!isIdentifier(name) || !isWritable(value)) fail('attribute', what, name, describe(value));
  }
  return new Map(entries.map(([name, value]) => [name, String(value)]));
}

function isWritable(value: unknown): boolean {
  switch (typeof value) {
    case 'boolean': return true;
    case 'number': return Number.isFinite(value);
    case 'string': return /^[\x20-\x7e]*$/.test(value) && !/["\\]/.test(value);
    default: return false;
  }
}
