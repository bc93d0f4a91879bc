/**
 * Which functions of a schedule must run again when something changes, and what each of them changes.
 *
 * A group is one function of the schedule. It reads inputs, state, memories and words that earlier groups pass on;
 * it writes next state, signals of write ports, outputs, and words for later groups. Sets of groups are masks, one
 * bit a group.
 */
import { CHUNK_BYTES, type Area, type Layout, type MemoryRegion } from '../layout.ts';
import { limbCount } from './lower/value.ts';
import type { WritePort } from './program.ts';
import type { Schedule } from './schedule.ts';
import { isLoad, Word } from './words.ts';

/** Set of groups. */
export type Groups = bigint;

/** A piece of an area of linear memory, all of which the same groups read. */
export interface Piece extends Area {
  readonly readers: Groups;
}

/** What the clock edge does after the groups in `writers` have run: any of them. */
export interface EdgeWork {
  readonly writers: Groups;
  /** Pieces of the state area. */
  readonly state: readonly Piece[];
  readonly writes: readonly { readonly port: WritePort; readonly readers: Groups }[];
}

export interface Activity {
  readonly count: number;
  /** Pieces of the input area, in limbs. */
  readonly inputs: readonly Piece[];
  readonly edges: readonly EdgeWork[];
}

export function activityOf({ functions }: Schedule, layout: Layout, writePorts: readonly WritePort[]): Activity {
  const inputs = new ChunkMasks(layout.inputArea, LIMB_BYTES);
  const state = new ChunkMasks(layout.stateArea);
  const next = new ChunkMasks({ offset: layout.stateArea.offset + layout.nextDistance, bytes: layout.stateArea.bytes });
  const memories = new MemoryMasks(layout);
  const ports = new PortMasks(writePorts);
  for (const [index, entries] of functions.entries()) {
    const group = 1n << BigInt(index);
    const read = (word: Word): void => {
      if (!isLoad(word.op)) return;
      const bytes = word.isLeaf ? word.size / 8 : Number(word.value);
      for (const masks of [inputs, state, memories]) masks.add(word.offset, bytes, group);
    };
    for (const entry of entries) {
      if (entry instanceof Word) {
        read(entry);
        for (const argument of entry.args) read(argument);
      } else if (entry.word !== entry.hold) {
        read(entry.word);
        next.add(entry.address, entry.word.size / 8, group);
        ports.add(entry.address, group);
      }
    }
  }
  return { count: functions.length, inputs: inputs.pieces(), edges: edgeWork(state, next, ports, memories, writePorts) };
}

/** Joins what the same groups write. */
function edgeWork(state: ChunkMasks, next: ChunkMasks, ports: PortMasks, memories: MemoryMasks, writePorts: readonly WritePort[]): readonly EdgeWork[] {
  const edges = new Map<Groups, { writers: Groups; state: Piece[]; writes: { port: WritePort; readers: Groups }[] }>();
  const edgeOf = (writers: Groups) => {
    let edge = edges.get(writers);
    if (edge === undefined) edges.set(writers, (edge = { writers, state: [], writes: [] }));
    return edge;
  };
  for (const { writers, ...piece } of state.piecesWith(next)) if (writers !== 0n) edgeOf(writers).state.push(piece);
  for (const port of writePorts) edgeOf(ports.of(port)).writes.push({ port, readers: memories.of(port.region) });
  return [...edges.values()].filter(({ writers }) => writers !== 0n);
}

/** Inputs of one bit and of many stand side by side. */
const LIMB_BYTES = 8;

/** Groups by chunk of an area. */
class ChunkMasks {
  readonly #area: Area;
  readonly #chunk: number;
  readonly #masks: Groups[];

  constructor(area: Area, chunkBytes = CHUNK_BYTES) {
    this.#area = area;
    this.#chunk = chunkBytes;
    this.#masks = Array<Groups>(area.bytes / chunkBytes).fill(0n);
  }

  /** Adds a group to all chunks of a range, as far as it is in the area. */
  add(offset: number, bytes: number, group: Groups): void {
    const start = offset - this.#area.offset;
    const first = Math.max(0, Math.floor(start / this.#chunk));
    const end = Math.min(this.#masks.length, Math.ceil((start + bytes) / this.#chunk));
    for (let chunk = first; chunk < end; chunk += 1) this.#masks[chunk]! |= group;
  }

  /** The area's chunks that anybody reads, neighbours of one kind joined. */
  pieces(): Piece[] {
    return this.#joined((chunk) => (this.#masks[chunk] === 0n ? undefined : { readers: this.#masks[chunk]!, writers: 0n }));
  }

  /** The same for an area whose chunks have writers, too: in `others`, chunk by chunk. */
  piecesWith(others: ChunkMasks): (Piece & { readonly writers: Groups })[] {
    return this.#joined((chunk) => ({ readers: this.#masks[chunk]!, writers: others.#masks[chunk]! }));
  }

  #joined(kindOf: (chunk: number) => { readers: Groups; writers: Groups } | undefined): (Piece & { readonly writers: Groups })[] {
    const pieces: { offset: number; bytes: number; readers: Groups; writers: Groups }[] = [];
    for (let chunk = 0; chunk < this.#masks.length; chunk += 1) {
      const kind = kindOf(chunk);
      if (kind === undefined) continue;
      const offset = this.#area.offset + chunk * this.#chunk;
      const last = pieces.at(-1);
      if (last !== undefined && last.offset + last.bytes === offset && last.readers === kind.readers && last.writers === kind.writers) last.bytes += this.#chunk;
      else pieces.push({ offset, bytes: this.#chunk, ...kind });
    }
    return pieces;
  }
}

/** Groups that read memories. */
class MemoryMasks {
  readonly #regions: readonly MemoryRegion[];
  readonly #masks = new Map<MemoryRegion, Groups>();
  readonly #start: number;

  constructor(layout: Layout) {
    this.#regions = [...layout.memories.values()].flatMap((regions) => [...regions.values()]);
    this.#start = layout.memoryStart;
  }

  /** Reads of a memory stay inside of it: that of the range's start. */
  add(offset: number, _bytes: number, group: Groups): void {
    if (offset < this.#start) return;
    const region = this.#at(offset);
    if (region !== undefined) this.#masks.set(region, this.of(region) | group);
  }

  of(region: MemoryRegion): Groups {
    return this.#masks.get(region) ?? 0n;
  }

  /** Regions are in order of their addresses. */
  #at(offset: number): MemoryRegion | undefined {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { offset: start, stride, memory } = this.#regions[middle]!;
      if (offset < start) high = middle;
      else if (offset >= start + stride * (memory.depth + 1)) low = middle + 1;
      else return this.#regions[middle];
    }
    return undefined;
  }
}

/** Groups that compute the signals of write ports. */
class PortMasks {
  readonly #ports = new Map<number, WritePort>();
  readonly #masks = new Map<WritePort, Groups>();

  constructor(ports: readonly WritePort[]) {
    for (const port of ports) {
      const { enable, index, data, mask, region } = port;
      for (const address of [enable, index]) this.#ports.set(address, port);
      for (let limb = 0; limb < limbCount(region.memory.width); limb += 1) {
        for (const slot of [data, mask]) if (slot !== undefined) this.#ports.set(slot.offset + 8 * limb, port);
      }
    }
  }

  add(address: number, group: Groups): void {
    const port = this.#ports.get(address);
    if (port !== undefined) this.#masks.set(port, this.of(port) | group);
  }

  of(port: WritePort): Groups {
    return this.#masks.get(port) ?? 0n;
  }
}
