/** The language as those see it who come without types: anything can be called with anything. */
export interface Untyped {
  (...args: readonly unknown[]): Untyped;
  [name: string]: Untyped;
}

export function untyped(x: unknown): Untyped {
  return x as Untyped;
}

/** Anything, where a type wants something else. */
export function wrong<T = never>(x: unknown): T {
  return x as T;
}
