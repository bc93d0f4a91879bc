/** What tests draw, out of the simulation's generator: the same seed and label give the same numbers on every machine. */
import { random, type Random as Source } from '../../../sim/random.ts';

export class Random {
  readonly #source: Source;

  /** `label` separates streams of one seed: what one part of a test draws does not move another part's numbers. */
  constructor(seed: number, label = '') {
    this.#source = random(seed).fork(label);
  }

  /** 32 bits, unsigned. */
  word(): number {
    return this.#source.uint32();
  }

  /** Whole number in `0 .. count - 1`. */
  below(count: number): number {
    return this.#source.below(count);
  }

  /** Whole number in `least .. most`. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.#source.chance(probability);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** One of the entries, each as likely as its weight. */
  weighted<T>(entries: readonly (readonly [weight: number, item: T])[]): T {
    let rest = this.#source.unit() * entries.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of entries) {
      rest -= weight;
      if (rest < 0) return item;
    }
    return this.pick(entries)[1];
  }

  shuffled<T>(list: readonly T[]): T[] {
    const result = [...list];
    for (let i = result.length - 1; i > 0; i -= 1) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j]!, result[i]!];
    }
    return result;
  }

  bits(width: number): bigint {
    let value = 0n;
    for (let done = 0; done < width; done += 32) value = (value << 32n) | BigInt(this.word());
    return BigInt.asUintN(width, value);
  }

  /** A value of `width` bits, often near a border: 0, ones, sign, single bits, long runs. */
  edgeBits(width: number): bigint {
    const all = (1n << BigInt(width)) - 1n;
    switch (this.below(10)) {
      case 0: return 0n;
      case 1: return all;
      case 2: return 1n << BigInt(width - 1);
      case 3: return all >> 1n;
      case 4: return 1n << BigInt(this.below(width));
      case 5: return (1n << BigInt(this.below(width))) - 1n;
      case 6: return BigInt(this.below(70)) & all;
      default: return this.bits(width);
    }
  }
}
