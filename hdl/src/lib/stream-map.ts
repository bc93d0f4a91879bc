/**
 * `map`, `halt` and `drop`: what happens to the items of a stream on their way.
 *
 * One item a cycle, latency 0: valid and payload pass through combinationally forwards and ready backwards, and only
 * `halt` has state, one bit.
 * They store nothing: where the path gets too long, put a `stage` or a `skid` behind.
 */
import { assert, Bool, type Bool as BoolValue, type Data, type Like, past, type Read, reg, type Source, when } from '../index.ts';
import { verb } from './stream-verb.ts';

/** Each payload replaced by `change(payload)`; with `shape` it may return a literal of that shape, a bundle of parts for instance. */
export function map<T extends Data, U extends Data>(source: Source<T>, change: (payload: Read<T>) => Read<U>): Source<U>;
export function map<T extends Data, U extends Data>(source: Source<T>, shape: U, change: (payload: Read<T>) => Like<U>): Source<U>;
export function map<T extends Data, U extends Data>(source: Source<T>, ...how: [(payload: Read<T>) => Read<U>] | [U, (payload: Read<T>) => Like<U>]): Source<U> {
  if (how.length === 2) return mapTo(source, how[0], how[1](source.payload));
  const changed = how[0](source.payload);
  return mapTo(source, changed.shape, changed);
}

function mapTo<T extends Data, U extends Data>(source: Source<T>, shape: U, payload: Like<U>): Source<U> {
  return verb('map', shape, (out) => {
    out.valid.set(source.valid);
    out.payload.set(payload);
    source.ready.set(out.ready);
  });
}

/**
 * No new item while `condition` holds. An item that has been offered stays, since valid must not fall: the condition
 * is looked at in the cycle in which an item would be offered first.
 */
export function halt<T extends Data>(source: Source<T>, condition: BoolValue): Source<T> {
  return verb('halt', source.payload.shape, (out) => {
    const offered = reg(Bool);
    const open = offered.or(condition.not());
    out.valid.set(source.valid.and(open));
    out.payload.set(source.payload);
    source.ready.set(out.ready.and(open));
    offered.next = out.valid.and(out.ready.not());
    return { offered };
  });
}

/**
 * Takes items for which `condition` holds, and nobody gets them. It may look at the payload, or at anything that does
 * not change while an item waits (asserted).
 */
export function drop<T extends Data>(source: Source<T>, condition: BoolValue | ((payload: Read<T>) => BoolValue)): Source<T> {
  return verb('drop', source.payload.shape, (out) => {
    const dropped = typeof condition === 'function' ? condition(source.payload) : condition;
    out.valid.set(source.valid.and(dropped.not()));
    out.payload.set(source.payload);
    source.ready.set(out.ready.or(dropped));
    when(past(out.valid.and(out.ready.not())), () => {
      assert(dropped.not(), 'drop: the condition must not begin to hold for an item that has been offered');
    });
    return { dropped };
  });
}
