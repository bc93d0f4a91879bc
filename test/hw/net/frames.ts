/** Frames as beats of the streams in the transmit path. */
import { lanes } from '../dma/bursts.ts';

/** Dense beats; lanes without a byte hold `rest`. */
export function beatsOf(frame: Uint8Array, wordBytes: number, owner: number, rest = 0) {
  const count = Math.ceil(frame.length / wordBytes);
  return Array.from({ length: count }, (_, i) => {
    const part = frame.subarray(i * wordBytes, (i + 1) * wordBytes);
    const word = new Uint8Array(wordBytes).fill(rest);
    word.set(part);
    return { owner: BigInt(owner), beat: { user: false, last: i === count - 1, keep: (1n << BigInt(part.length)) - 1n, data: lanes(word) } };
  });
}
