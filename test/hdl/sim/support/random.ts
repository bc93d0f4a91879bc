/** Seeded random numbers for tests: small, and the same on every machine. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 0x9e3779b9 + 0x6d2b79f5) >>> 0;
  }

  /** 32 bits (splitmix32). */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let x = this.#state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
    return (x ^ (x >>> 15)) >>> 0;
  }

  /** `0 .. n - 1` */
  below(n: number): number {
    return this.word() % n;
  }

  /** From `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** A value of `width` bits, often near a border: 0, ones, sign, single bits, long runs. */
  bits(width: number): bigint {
    const all = (1n << BigInt(width)) - 1n;
    switch (this.below(10)) {
      case 0: return 0n;
      case 1: return all;
      case 2: return 1n << BigInt(width - 1);
      case 3: return all >> 1n;
      case 4: return 1n << BigInt(this.below(width));
      case 5: return (1n << BigInt(this.below(width))) - 1n;
      case 6: return BigInt(this.below(70)) & all;
      default: {
        let value = 0n;
        for (let at = 0; at < width; at += 32) value = (value << 32n) | BigInt(this.word());
        return value & all;
      }
    }
  }
}
