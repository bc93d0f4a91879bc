/**
 * Tells shapes, ports and modules that the language made from objects that only look like them: anybody can write
 * `{ kind: 'uint', width: -1 }`, and no check would have seen that width.
 */
const made = new WeakSet<object>();

/** Marks `x` as made here, and freezes it. */
export function genuine<T extends object>(x: T): T {
  made.add(x);
  return Object.freeze(x);
}

export function isGenuine(x: unknown): boolean {
  return typeof x === 'object' && x !== null && made.has(x);
}
