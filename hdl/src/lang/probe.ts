/** Probes: records that simulation builds can watch from outside, at any depth, and hardware never has. */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { Locator } from '../ir/locator.ts';
import { isAggregate, layout, leavesOf, type View } from './aggregate.ts';
import { and } from './build.ts';
import { current } from './context.ts';
import type { Data } from './shape.ts';
import type { Bool, Shaped } from './types.ts';
import { Bit, Leaf } from './value.ts';
import { bitsOfLeaf } from './state.ts';

/**
 * In simulation builds the top gets outputs `sim_<path>_<name>_valid` (when `enable` holds and the surrounding `when`
 * runs) and `sim_<path>_<name>_<field>`, hoisted through every module above; `path` are the instances' names.
 */
export function probe(name: string, enable: Bool, record: { readonly [field: string]: Shaped<Data> }): void {
  const builder = current('probe');
  if (!isIdentifier(name)) fail('argument', 'probe', 'name', 'an identifier', describe(name));
  if (!((enable as unknown) instanceof Bit)) fail('condition', 'probe', describe(enable));
  if (builder.probes.some((other) => other.name === name)) fail('probe-twice', name);
  const taken = new Set(['valid']);
  if (typeof record !== 'object' || record === null) fail('argument', 'probe', 'record', 'a record of values', describe(record));
  const fields = Object.entries(record).flatMap(([key, value]) => {
    if (!isIdentifier(key)) fail('argument', 'probe', 'a field name', 'an identifier', describe(key));
    if (!((value as unknown) instanceof Leaf) && !isAggregate(value)) fail('argument', 'probe', key, 'a value', describe(value));
    const leaves = leavesOf(value as unknown as View);
    return layout(value.shape).map(({ path, shape }, i) => {
      const { isBool, labels } = bitsOfLeaf(shape);
      const field = [key, ...path].join('_');
      if (taken.has(field)) fail('probe-field', name, field);
      taken.add(field);
      return { name: field, value: leaves[i]!.expression, isBool, labels };
    });
  });
  const running = builder.enable();
  const condition = (enable as unknown as Bit).expression;
  builder.probes.push({ name, enable: running === undefined ? condition : and(running, condition), fields, at: Locator.here() });
}
