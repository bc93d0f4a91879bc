/**
 * Payload whose every byte says where in which stream it belongs: a byte that is lost, doubled, stale or somebody else's is
 * found at its place. It does not repeat at multiples of a ring's size, so data of the round before do not pass.
 */

/** Words of four bytes: a mixed counter of the word's place and the stream (finalizer of MurmurHash3, A. Appleby, public domain). */
function wordAt(stream: number, index: number): number {
  let x = (Math.imul(index, 0x9e37_79b1) ^ Math.imul(stream + 1, 0x85eb_ca6b)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85eb_ca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2_ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** The bytes from `position` on. */
export function streamBytes(stream: number, position: number, length: number): Uint8Array {
  const first = Math.floor(position / 4);
  const words = new Uint32Array(Math.ceil((position + length) / 4) - first);
  for (let i = 0; i < words.length; i += 1) words[i] = wordAt(stream, first + i);
  return new Uint8Array(words.buffer, position - first * 4, length);
}

/** Takes a stream in pieces and checks each byte. */
export class StreamCheck {
  readonly #stream: number;
  received = 0;

  constructor(stream: number) {
    this.#stream = stream;
  }

  /** @throws Error at the first wrong byte */
  take(data: Uint8Array): void {
    const expected = streamBytes(this.#stream, this.received, data.length);
    if (Buffer.compare(data, expected) !== 0) {
      const at = data.findIndex((byte, i) => byte !== expected[i]);
      throw new Error(`byte ${this.received + at} of stream ${this.#stream} is ${data[at]}, not ${expected[at]}`);
    }
    this.received += data.length;
  }
}
