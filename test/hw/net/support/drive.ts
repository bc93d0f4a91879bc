/** Sends frames into a receive port that cannot be stalled. */
import type { SimValue } from '@vtoe/hdl';
import type { PacketShape } from '@vtoe/hdl/lib';
import type { Frame } from './by-bytes.ts';

export type Beat = SimValue<PacketShape>;

/** The beats of a frame; lanes without a byte carry rubbish. */
export function beatsOf({ bytes, bad }: Frame, lanes: number): Beat[] {
  const beats: Beat[] = [];
  for (let from = 0; from < bytes.length; from += lanes) {
    const part = bytes.subarray(from, from + lanes);
    const word = new Uint8Array(lanes).fill(0xee);
    word.set(part);
    const last = from + lanes >= bytes.length;
    beats.push({ user: last && bad, last, keep: (1n << BigInt(part.length)) - 1n, data: BigInt(`0x${Buffer.from(word.reverse()).toString('hex')}`) });
  }
  return beats;
}

/** Puts the bytes of a beat behind others. */
export function bytesOf({ keep, data }: Beat, lanes: number): Uint8Array {
  const count = keep.toString(2).replaceAll('0', '').length;
  return Uint8Array.from(Buffer.from(data.toString(16).padStart(lanes * 2, '0'), 'hex').reverse().subarray(0, count));
}
