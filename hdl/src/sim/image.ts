/** Linear memory as seen from the host: values in and out of slots, and the contents at power-up. */
import { mix32, nameHash, limbCount as startLimbs, readStageName, startValue } from '../ir/random-start.ts';
import type { Table } from './code/compile.ts';
import type { FlatDesign } from './flatten.ts';
import type { Layout, MemoryRegion, Slot } from './layout.ts';
import { limbCount } from './code/lower/value.ts';

/** Views on the one buffer; it never moves. */
export class Image {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly limbs: BigUint64Array;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.limbs = new BigUint64Array(buffer);
  }

  read({ offset, width }: Slot): bigint {
    if (width <= 32) return BigInt(this.words[offset >>> 2]!);
    const first = offset >>> 3;
    let value = this.limbs[first]!;
    for (let k = 1; k < limbCount(width); k += 1) value |= this.limbs[first + k]! << BigInt(64 * k);
    return value;
  }

  write({ offset, width }: Slot, value: bigint): void {
    if (width <= 32) {
      this.words[offset >>> 2] = Number(value);
      return;
    }
    const first = offset >>> 3;
    for (let k = 0; k < limbCount(width); k += 1) this.limbs[first + k] = value >> BigInt(64 * k);
  }

  readWord({ offset, stride, memory }: MemoryRegion, index: number): bigint {
    const at = offset + index * stride;
    if (stride >= 4) return this.read({ offset: at, width: memory.width });
    return BigInt(stride === 1 ? this.bytes[at]! : this.bytes[at]! | (this.bytes[at + 1]! << 8));
  }

  writeWord({ offset, stride, memory }: MemoryRegion, index: number, value: bigint): void {
    const at = offset + index * stride;
    if (stride >= 4) {
      this.write({ offset: at, width: memory.width }, value);
      return;
    }
    this.bytes[at] = Number(value & 0xffn);
    if (stride === 2) this.bytes[at + 1] = Number(value >> 8n);
  }

  /** Copies `bytes` from one address to another. */
  move(from: number, to: number, bytes: number): void {
    this.bytes.copyWithin(to, from, from + bytes);
  }
}

/** Power-up: reset values, start contents, and pseudo-random values for the rest, the same in every engine. */
export function powerUp(image: Image, flat: FlatDesign, layout: Layout, tables: readonly Table[], seed: number): void {
  for (const scope of flat.scopes) {
    const { name } = scope.module;
    const random = (leaf: string, slot: Slot): void => image.write(slot, startValue(seed, `${name}.${leaf}`, 0, slot.width));
    for (const [net, slot] of layout.registers.get(scope)!) {
      const { reset } = net.register!;
      if (reset === undefined) random(net.name, slot);
      else image.write(slot, reset);
    }
    for (const { read, data, stage } of layout.reads.get(scope)!.values()) {
      random(read.data.name, data);
      if (stage !== undefined) random(readStageName(read.data.name), stage);
    }
    for (const [memory, region] of layout.memories.get(scope)!) {
      fillRandom(image, region, seed, nameHash(`${name}.${memory.name}`), memory.init?.length ?? 0);
      for (const [index, value] of (memory.init ?? []).entries()) image.writeWord(region, index, value);
    }
  }
  const { offset, bytes } = layout.stateArea;
  image.move(offset, offset + layout.nextDistance, bytes);
  for (const table of tables) writeTable(image, table);
}

/** As `startValue` word by word, without a big integer per word: memories may have millions of words. */
function fillRandom(image: Image, { memory, offset, stride }: MemoryRegion, seed: number, hash: number, from: number): void {
  const { width, depth } = memory;
  const parts = startLimbs(width);
  const topMask = width % 32 === 0 ? 0xffffffff : 2 ** (width % 32) - 1;
  for (let index = from; index < depth; index += 1) {
    const at = offset + index * stride;
    for (let part = 0; part < parts; part += 1) {
      const random = mix32(seed, hash, index * parts + part) & (part === parts - 1 ? topMask : -1);
      if (stride >= 4) image.words[(at >>> 2) + part] = random;
      else {
        image.bytes[at] = random & 0xff;
        if (stride === 2) image.bytes[at + 1] = random >>> 8;
      }
    }
  }
}

/** Constants that code expects in memory, little-endian. */
export function writeTable(image: Image, { offset, elements, bytes }: Table): void {
  for (const [i, value] of elements.entries()) {
    for (let k = 0; k < bytes; k += 1) image.bytes[offset + i * bytes + k] = Number((value >> BigInt(8 * k)) & 0xffn);
  }
}
