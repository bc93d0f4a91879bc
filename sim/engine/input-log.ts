/** The values of all inputs, noted whenever one of them has changed. */
/** What was noted: a cycle, and all inputs from then on. */
export interface InputChange {
  readonly cycle: number;
  /** As `inputWords` of the ports. */
  readonly words: Uint32Array;
}

const FIRST_WORDS = 1 << 10;

export class InputLog {
  /** Cycle, as two words, and inputs, one entry after the other. */
  #words = new Uint32Array(FIRST_WORDS);
  #end = 0;
  /** Where the inputs of the latest entry are. */
  #latest: number | undefined;
  #size = 0;

  get bytes(): number {
    return 4 * this.#end;
  }

  /** @param inputs always the same ones */
  note(cycle: number, inputs: Uint32Array): void {
    if (this.#latest !== undefined && this.#isLatest(inputs, this.#latest)) return;
    this.#size = inputs.length;
    this.#makeRoom(2 + inputs.length);
    this.#words[this.#end] = cycle >>> 0;
    this.#words[this.#end + 1] = Math.floor(cycle / 2 ** 32);
    this.#latest = this.#end + 2;
    this.#words.set(inputs, this.#latest);
    this.#end = this.#latest + inputs.length;
  }

  /** In order. The words are valid until the next `note`. */
  *changes(): Iterable<InputChange> {
    for (let at = 0; at < this.#end; at += 2 + this.#size) {
      yield { cycle: this.#words[at]! + this.#words[at + 1]! * 2 ** 32, words: this.#words.subarray(at + 2, at + 2 + this.#size) };
    }
  }

  #isLatest(inputs: Uint32Array, latest: number): boolean {
    for (let i = 0; i < inputs.length; i += 1) if (inputs[i] !== this.#words[latest + i]) return false;
    return true;
  }

  #makeRoom(words: number): void {
    if (this.#end + words <= this.#words.length) return;
    const larger = new Uint32Array(Math.max(2 * this.#words.length, this.#end + words));
    larger.set(this.#words);
    this.#words = larger;
  }
}
