/** The bytes of a stream from one place to a later one, in a buffer of fixed size. */
export class ByteRing {
  readonly capacity: number;
  readonly #bytes: Uint8Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#bytes = new Uint8Array(capacity);
  }

  /** The caller sees to it that the bytes there are not needed any more. */
  write(position: number, bytes: Uint8Array): void {
    const at = position % this.capacity;
    const first = Math.min(bytes.length, this.capacity - at);
    this.#bytes.set(bytes.subarray(0, first), at);
    this.#bytes.set(bytes.subarray(first), 0);
  }

  /** A copy. */
  read(position: number, length: number): Uint8Array {
    const at = position % this.capacity;
    const copy = new Uint8Array(length);
    const first = Math.min(length, this.capacity - at);
    copy.set(this.#bytes.subarray(at, at + first));
    copy.set(this.#bytes.subarray(0, length - first), first);
    return copy;
  }
}
