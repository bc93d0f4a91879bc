/** All inputs or all outputs of an engine at once, for those who copy or compare them in every cycle. */
import type { Ports } from './engine.ts';
import { limbCount } from './ports.ts';

/** Inputs are one piece of the buffer, in the order of the ports, on every engine. */
export function inputWords({ all, words }: Ports): Uint32Array {
  return pieceOf(words, all.filter(({ direction }) => direction === 'in'));
}

/** And so are outputs as sampled. */
export function outputWords({ all, words }: Ports): Uint32Array {
  return pieceOf(words, all.filter(({ direction }) => direction === 'out'));
}

function pieceOf(words: Uint32Array, ports: readonly { readonly offset: number; readonly width: number }[]): Uint32Array {
  const start = ports[0]?.offset ?? 0;
  let end = start;
  for (const { offset, width } of ports) {
    if (offset !== end) throw new Error('an engine has to keep its ports together, in order');
    end = offset + 8 * limbCount(width);
  }
  return words.subarray(start >> 2, end >> 2);
}
