/** Bus models for both ends of a stream, with pauses. */
import type { Data } from '../lang/shape.ts';
import type { SimDrive, SimStreamIn, SimStreamOut, SimValue } from './port-values.ts';
import type { Process } from './processes.ts';

/** Decides cycle by cycle whether a model pauses; `undefined`: never. */
export type Pause = ((cycle: number) => boolean) | undefined;

/** A stream as it was at the last edge. */
interface Sampled<T extends Data> {
  readonly valid: boolean;
  readonly ready: boolean;
  readonly payload: SimValue<T>;
}

/**
 * Sends `items` into a stream, one after the other, valid held until taken, as the protocol demands; pauses only
 * between items. Ends when the last was taken.
 */
export function* streamSource<T extends Data>(port: SimStreamIn<T>, sampled: Sampled<T>, items: Iterable<SimDrive<T>>, pause?: Pause): Process {
  let cycle = 0;
  for (const item of items) {
    while (pause?.(cycle) === true) {
      cycle += 1;
      yield;
    }
    port.payload = item;
    port.valid = true;
    do {
      cycle += 1;
      yield;
    } while (!(sampled.valid && sampled.ready));
    port.valid = false;
  }
}

/** Takes items from a stream into `into`, not ready while pausing; ends after `count` of them (never, by default). */
export function* streamSink<T extends Data>(port: SimStreamOut<T>, sampled: Sampled<T>, into: SimValue<T>[], pause?: Pause, count = Infinity): Process {
  for (let cycle = 0; into.length < count; cycle++) {
    port.ready = pause?.(cycle) !== true;
    yield;
    if (sampled.valid && sampled.ready) into.push(plain(sampled.payload));
  }
  port.ready = false;
}

/** Pauses in `percent` of the cycles, in an order that `seed` fixes. */
export function pausing(percent: number, seed: number): Pause {
  if (percent <= 0) return undefined;
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  return () => {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % 100 < percent;
  };
}

/** Records and arrays without the guard against misspelt names: what can be compared, cloned and sent anywhere. */
function plain<V>(value: V): V {
  if (Array.isArray(value)) return value.map(plain) as V;
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)])) as V;
  return value;
}
