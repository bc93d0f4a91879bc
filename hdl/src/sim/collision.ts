/**
 * Memories that promise not to care for a word that is read and written in the same cycle: the promise is checked.
 *
 * In a cycle in which the design can see such a word, and `suspicion.ts` does not rule out that it looks, the cycle
 * is evaluated once more for each such port with the written bits of its data inverted. Nothing that the edge or the
 * outside world would see may differ.
 */
import type { Failure } from './failure.ts';
import type { Image } from './image.ts';
import type { CollisionSlots, Layout, ReadSlots, Slot } from './layout.ts';
import { limbCount } from './code/lower/value.ts';
import type { WritePort } from './code/program.ts';

interface WatchedRead extends ReadSlots {
  readonly visible: CollisionSlots;
}

export class CollisionCheck {
  readonly #image: Image;
  readonly #layout: Layout;
  readonly #writePorts: readonly WritePort[];
  readonly #scratchEnd: number;
  readonly #reads: readonly WatchedRead[];
  /** 32-bit words of the next state, 1 = not the design's own: counters of `cover`, registers of assertions, notes of collisions. */
  readonly #foreign: Uint8Array;

  constructor(image: Image, layout: Layout, writePorts: readonly WritePort[], scratchEnd: number) {
    this.#image = image;
    this.#layout = layout;
    this.#writePorts = writePorts;
    this.#scratchEnd = scratchEnd;
    this.#reads = [...layout.reads.values()].flatMap((reads) => [...reads.values()]).filter((read): read is WatchedRead => read.visible !== undefined);
    this.#foreign = new Uint8Array(layout.stateArea.bytes >>> 2);
    for (const covers of layout.covers.values()) for (const slot of covers.values()) this.#mark(slot, 1);
    for (const { collision, visible } of this.#reads) {
      for (const note of [collision!, visible]) for (const slot of Object.values(note)) if (slot !== undefined) this.#mark(slot, 1);
    }
    for (const registers of layout.registers.values()) {
      for (const [net, slot] of registers) if (net.register!.verificationOnly) this.#mark(slot, 1);
    }
  }

  /** To be called between evaluation and edge; if it finds nothing, the edge may follow. */
  check(evaluate: () => void, cycle: number): Failure | undefined {
    const image = this.#image;
    const { stateArea, nextDistance, memoryStart, persistentEnd } = this.#layout;
    const before = image.words.slice(0, memoryStart >>> 2);
    const scratch = image.words.slice(persistentEnd >>> 2, this.#scratchEnd >>> 2);
    for (const read of this.#reads) {
      const { data, visible } = read;
      if (image.read(visible.flag) === 0n) continue;
      const written = visible.written === undefined ? (1n << BigInt(data.width)) - 1n : image.read(visible.written);
      image.write(data, image.read(data) ^ written);
      image.move(stateArea.offset, stateArea.offset + nextDistance, stateArea.bytes);
      evaluate();
      this.#mark(data, 1);
      const differs = this.#differs(before, scratch);
      this.#mark(data, 0);
      image.words.set(before);
      if (differs) return failure(image, read, cycle);
    }
    return undefined;
  }

  #mark({ offset, width }: Slot, value: 0 | 1): void {
    const first = (offset - this.#layout.stateArea.offset) >>> 2;
    this.#foreign.fill(value, first, first + (width <= 32 ? 1 : 2 * limbCount(width)));
  }

  #differs(before: Uint32Array, scratch: Uint32Array): boolean {
    const { words } = this.#image;
    const { outputArea, stateArea, nextDistance } = this.#layout;
    for (let i = outputArea.offset >>> 2; i < (outputArea.offset + outputArea.bytes) >>> 2; i += 1) {
      if (words[i] !== before[i]) return true;
    }
    const next = (stateArea.offset + nextDistance) >>> 2;
    for (const [i, foreign] of this.#foreign.entries()) {
      if (foreign === 0 && words[next + i] !== before[next + i]) return true;
    }
    return this.#writePorts.some((port) => this.#writesDiffer(port, scratch));
  }

  /** Signals of a port that does not write are left as they were, so they never differ. */
  #writesDiffer({ enable, index, data, mask }: WritePort, scratch: Uint32Array): boolean {
    const { words } = this.#image;
    const start = this.#layout.persistentEnd >>> 2;
    const changed = ({ offset, width }: Slot): boolean => {
      const first = offset >>> 2;
      const count = width <= 32 ? 1 : 2 * limbCount(width);
      for (let i = first; i < first + count; i += 1) if (words[i] !== scratch[i - start]) return true;
      return false;
    };
    return changed({ offset: enable, width: 1 }) || changed({ offset: index, width: 32 }) || changed(data) || (mask !== undefined && changed(mask));
  }
}

function failure(image: Image, { scope, region, read, visible }: WatchedRead, cycle: number): Failure {
  const message = `read of ${region.memory.name} port ${read.name} collided with the write of ${image.read(visible.address)} in cycle ${image.read(visible.cycle)} and its data was used`;
  return { kind: 'collision', path: scope.path, cycle, message, at: read.at };
}
