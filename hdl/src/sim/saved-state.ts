/** Snapshots of a simulation: a header that tells which design it is of, then the state of linear memory. */
import { nameHash } from '../ir/random-start.ts';
import { SimulationError } from './error.ts';
import { join } from './flatten.ts';
import type { Image } from './image.ts';
import type { Layout } from './layout.ts';

const MAGIC = 0x564f5431;
const HEADER_BYTES = 8;

export class SavedState {
  readonly #layout: Layout;
  #fingerprint: number | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  save(image: Image): Uint8Array {
    const bytes = new Uint8Array(HEADER_BYTES + this.#layout.persistentEnd);
    new DataView(bytes.buffer).setUint32(0, MAGIC);
    new DataView(bytes.buffer).setUint32(4, this.#hash());
    bytes.set(image.bytes.subarray(0, this.#layout.persistentEnd), HEADER_BYTES);
    return bytes;
  }

  restore(image: Image, state: Uint8Array): void {
    const header = new DataView(state.buffer, state.byteOffset, state.byteLength);
    if (state.length < HEADER_BYTES || header.getUint32(0) !== MAGIC) throw new SimulationError('this is not a saved state of the built-in simulator');
    if (header.getUint32(4) !== this.#hash() || state.length !== HEADER_BYTES + this.#layout.persistentEnd) {
      throw new SimulationError('this state was saved by another design, or by another version of this one');
    }
    image.bytes.set(state.subarray(HEADER_BYTES));
  }

  /** Of the names, widths and places of everything that is saved. */
  #hash(): number {
    return (this.#fingerprint ??= nameHash(describe(this.#layout)));
  }
}

function describe(layout: Layout): string {
  const parts = [...layout.inputs, ...layout.sampled].map(({ name, offset, width }) => `${name}:${offset}:${width}`);
  for (const [scope, registers] of layout.registers) {
    for (const [net, { offset, width }] of registers) parts.push(`${join(scope.path, net.name)}:${offset}:${width}`);
  }
  for (const [scope, memories] of layout.memories) {
    for (const [memory, { offset, stride }] of memories) parts.push(`${join(scope.path, memory.name)}:${offset}:${stride}:${memory.depth}`);
  }
  return parts.join('\n');
}
