/** Bundles of one bit for each of some names: counters' events, kinds of drops. */
import { Bool, Bundle, type BundleShape } from '@vtoe/hdl';

/** @param names a list, or the keys of a record that says what each means */
export function flagBundle<K extends string>(name: string, names: readonly K[] | { readonly [P in K]: string }): BundleShape<{ readonly [P in K]: typeof Bool }> {
  const list = (Array.isArray(names) ? names : Object.keys(names)) as readonly K[];
  return Bundle(name, Object.fromEntries(list.map((one) => [one, Bool])) as { readonly [P in K]: typeof Bool });
}
