/** When room in an RX ring is given back by RECEIVE: each costs a command, and each lets the peer send more. */
import { wholeNumber } from '../../options.ts';

export interface ReceivePolicy {
  readonly name: string;
  /** @param freed bytes that were read since the last RECEIVE; @param ring bytes of the ring */
  isDue(freed: number, ring: number): boolean;
}

/** Whenever something was read. */
export const everyRead: ReceivePolicy = { name: 'every read', isDue: (freed) => freed > 0 };

/** When 1/`parts` of the ring was read. With 2 or more the peer never meets a window of less than half a ring because of this. */
export function eachPart(parts: number): ReceivePolicy {
  wholeNumber('parts', parts, 1, 1024);
  return { name: `each 1/${parts} of the ring`, isDue: (freed, ring) => freed * parts >= ring };
}

/** When so many bytes were read, or half of a smaller ring. */
export function eachBytes(bytes: number): ReceivePolicy {
  wholeNumber('bytes', bytes, 1, 2 ** 30);
  return { name: `each ${bytes} bytes`, isDue: (freed, ring) => freed >= Math.min(bytes, ring / 2) };
}
