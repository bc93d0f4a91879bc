/** SipHash and HalfSipHash in software, for tests. */

export type Variant = 'siphash' | 'halfsiphash';

/** Written from the paper (section 2), byte by byte, apart from the hardware. `bytes`: the message; `key`: byte 0 least significant. */
export function siphashModel(variant: Variant, key: bigint, bytes: readonly number[]): bigint {
  const w = variant === 'siphash' ? 64n : 32n;
  const mask = (1n << w) - 1n;
  const rotl = (x: bigint, n: bigint) => (x << n | x >> w - n) & mask;
  const [k0, k1] = [key & mask, key >> w];
  const v: [bigint, bigint, bigint, bigint] = variant === 'siphash'
    ? [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn, k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n]
    : [k0, k1, k0 ^ 0x6c796765n, k1 ^ 0x74656462n];
  const [a, b, c, d, e] = variant === 'siphash' ? [13n, 16n, 21n, 17n, 32n] : [5n, 8n, 7n, 13n, 16n];
  const round = () => {
    v[0] = v[0] + v[1] & mask; v[1] = rotl(v[1], a) ^ v[0]; v[0] = rotl(v[0], e);
    v[2] = v[2] + v[3] & mask; v[3] = rotl(v[3], b) ^ v[2];
    v[0] = v[0] + v[3] & mask; v[3] = rotl(v[3], c) ^ v[0];
    v[2] = v[2] + v[1] & mask; v[1] = rotl(v[1], d) ^ v[2]; v[2] = rotl(v[2], e);
  };
  const size = Number(w / 8n);
  const padded = [...bytes, ...Array<number>(size - 1 - bytes.length % size).fill(0), bytes.length];
  for (let i = 0; i < padded.length; i += size) {
    const word = number(padded.slice(i, i + size));
    v[3] ^= word;
    round(); round();
    v[0] ^= word;
  }
  v[2] ^= 0xffn;
  for (let i = 0; i < 4; i++) round();
  return variant === 'siphash' ? v[0] ^ v[1] ^ v[2] ^ v[3] : v[1] ^ v[3];
}

/** Bytes, the first least significant. */
export const number = (bytes: readonly number[]) => bytes.reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
export const counting = (count: number) => Array.from({ length: count }, (_, i) => i);
