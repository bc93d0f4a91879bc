/** Verilog attributes: `(* ram_style = "block", max_fanout = 16 *)`. */

/** What the emitter takes as instructions to itself. */
const OWN = new Set(['anyconst']);

/** Empty if there is none. Numbers are printed as numbers: tools compare `max_fanout` as such. */
export function attributesText(attributes: ReadonlyMap<string, string>, more: readonly string[] = []): string {
  if (attributes.size === 0 && more.length === 0) return '';
  const texts = [...attributes].filter(([name]) => !OWN.has(name)).map(([name, value]) => `${name} = ${/^\d+$/.test(value) ? value : `"${value}"`}`);
  const all = [...texts, ...more];
  return all.length === 0 ? '' : `(* ${all.join(', ')} *)`;
}
