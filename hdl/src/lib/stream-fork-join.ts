/**
 * `fork` copies each item to several sinks, `join` waits for one item of each of several sources.
 *
 * One item a cycle, latency 0: the path is combinational from valid to valid and from ready to ready, in `join` also
 * from the valid of each source to the ready of the others.
 * Neither stores items: branches of a fork that meet again in a join need a `queue` in the shorter one, else one item
 * is under way at a time.
 */
import { allOf, Bool, Bundle, type BundleShape, type Data, type Fields, type Like, reg, type Source, when } from '../index.ts';
import { usage } from '../check/error.ts';
import { type Copies, verb, verbs } from './stream-verb.ts';

/**
 * `count` branches, each of which gets every item once. Eager: a branch takes its copy when it likes, and the source
 * goes on when all have. So no branch's valid depends on another's ready.
 */
export function fork<T extends Data, const N extends number>(source: Source<T>, count: N): Copies<Source<T>, N> {
  return verbs('fork', source.payload.shape, count, (branches) => {
    const taken = branches.map(() => reg(Bool));
    const done = source.fire;
    source.ready.set(allOf(...branches.map((branch, i) => branch.ready.or(taken[i]!))));
    for (const [i, branch] of branches.entries()) {
      branch.valid.set(source.valid.and(taken[i]!.not()));
      branch.payload.set(source.payload);
      when(done, () => { taken[i]!.next = false; })
        .elsewhen(branch.fire, () => { taken[i]!.next = true; });
    }
    return { taken, done };
  });
}

/** One item of each source as one bundle called `name`, whose fields are the keys of `sources`. */
export function join<const F extends Fields>(name: string, sources: { readonly [K in keyof F]: Source<F[K]> }): Source<BundleShape<F>> {
  const entries = Object.entries(sources as unknown as { readonly [field: string]: Source<Data> });
  if (entries.length === 0) usage('join: sources must be a record of at least one stream');
  const shapes = Object.fromEntries(entries.map(([field, { payload }]) => [field, payload.shape])) as Fields as F;
  return verb('join', Bundle(name, shapes), (out) => {
    out.valid.set(allOf(...entries.map(([, { valid }]) => valid)));
    out.payload.set(Object.fromEntries(entries.map(([field, { payload }]) => [field, payload])) as unknown as Like<BundleShape<F>>);
    for (const [, source] of entries) source.ready.set(out.fire);
  });
}
