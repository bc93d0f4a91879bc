/** Names that the emitter makes up: they never meet one of the design's. */

export interface Names {
  /** `wanted`, or with `_2`, `_3`, … if that is taken; taken from now on. */
  claim(wanted: string): string;
  /** Next of `<base>_t0`, `<base>_t1`, …: counted for each base, so that an edit elsewhere renumbers nothing here. */
  intermediate(base: string): string;
}

/** @param taken every name of the module's own: ports, nets, memories, instances, named expressions */
export function nameTable(taken: Iterable<string>): Names {
  const used = new Set(taken);
  const counters = new Map<string, number>();
  return {
    claim(wanted) {
      let name = wanted;
      for (let i = 2; used.has(name); i += 1) name = `${wanted}_${i}`;
      used.add(name);
      return name;
    },
    intermediate(base) {
      let k = counters.get(base) ?? 0;
      while (used.has(`${base}_t${k}`)) k += 1;
      counters.set(base, k + 1);
      const name = `${base}_t${k}`;
      used.add(name);
      return name;
    },
  };
}
