/** What all stream verbs share: an output stream of wires, names for what is made beside it, and checks of arguments. */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { type Data, scope, type Source, Stream, type StreamWire, wire } from '../index.ts';

/**
 * Runs `body` with the stream that the verb returns; both `name` and the keys of the record that `body` returns become
 * part of the names in Verilog: `<caller's key>_skid_valid`, `<caller's key>_skid_spare`.
 */
export function verb<T extends Data>(name: string, shape: T, body: (out: StreamWire<T>) => Record<string, unknown> | void): Source<T> {
  return scope(name, () => {
    const out = wire(Stream(shape));
    const state = body(out);
    // The members stand here one by one, before `out`, so that their names lack a second `_out_`.
    return { valid: out.valid, ready: out.ready, payload: out.payload, ...state, out };
  }).out;
}

/** As {@link verb}, for verbs with `count` results: `<caller's key>_fork_0_valid`. */
export function verbs<T extends Data, const N extends number>(
  name: string, shape: T, count: N, body: (branches: readonly StreamWire<T>[]) => Record<string, unknown> | void,
): Copies<Source<T>, N> {
  atLeast(name, 'count', count, 1);
  const { branches } = scope(name, () => {
    const branches = Array.from({ length: count }, () => wire(Stream(shape)));
    const state = body(branches);
    return { ...branches, ...state, branches };
  });
  return branches as readonly Source<T>[] as Copies<Source<T>, N>;
}

/** `N` times `S`: a tuple if `N` is known when compiling, so that `const [a, b] = fork(x, 2)` has no holes. */
export type Copies<S, N extends number, Made extends readonly S[] = readonly []> =
  number extends N ? readonly S[] : Made['length'] extends N ? Made : Copies<S, N, readonly [...Made, S]>;

/** @throws unless `value` is a whole number of at least `least` */
export function atLeast(block: string, name: string, value: unknown, least: number): asserts value is number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    usage(`${block}: ${name} must be a whole number from ${least} up, not ${describe(value)}`);
  }
}
