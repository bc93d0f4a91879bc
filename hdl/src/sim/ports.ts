/** The top module's ports as a test bench reaches them: by name, or by address for those who are in a hurry. */
import type { EnumLabels } from '../ir/net.ts';
import { SimulationError } from './error.ts';
import type { Image } from './image.ts';
import type { PortSlot } from './layout.ts';
import { limbCount } from './code/lower/value.ts';

export interface PortInfo {
  readonly name: string;
  readonly width: number;
  readonly isBool: boolean;
  readonly labels: EnumLabels | undefined;
  /** Number of 64-bit limbs, least significant first. */
  readonly limbs: number;
}

export interface InputPort extends PortInfo {
  /** Byte address of the value for the next edge. Who writes there keeps the bits above the width zero. */
  readonly offset: number;
  /** Byte address of the value that the last edge saw. */
  readonly sampledOffset: number;
  get(): bigint;
  /** @throws SimulationError unless `0 <= value < 2^width` */
  set(value: bigint): void;
  /** What the last edge saw. */
  sampled(): bigint;
}

export interface OutputPort extends PortInfo {
  /** Byte address of the value as a register would have captured it at the last edge. */
  readonly sampledOffset: number;
  /** Byte address of the value as of the last `settle`. */
  readonly nowOffset: number;
  /** Value that follows from state and inputs as they are now. */
  get(): bigint;
  /** Value as a register would have captured it at the last edge; 0 before the first. */
  sampled(): bigint;
}

type Described = Pick<PortInfo, 'isBool' | 'labels'>;

export function inputPort(image: Image, slot: PortSlot, { isBool, labels }: Described, distance: number): InputPort {
  const { name, width, offset } = slot;
  const last = { width, offset: offset + distance };
  return {
    name, width, isBool, labels, offset, limbs: limbCount(width), sampledOffset: last.offset,
    get: () => image.read(slot),
    set: (value) => {
      checkRange(name, width, value);
      image.write(slot, value);
    },
    sampled: () => image.read(last),
  };
}

export function outputPort(image: Image, slot: PortSlot, { isBool, labels }: Described, distance: number, settle: () => void): OutputPort {
  const { name, width, offset } = slot;
  const now = { width, offset: offset + distance };
  return {
    name, width, isBool, labels, limbs: limbCount(width), sampledOffset: offset, nowOffset: now.offset,
    get: () => {
      settle();
      return image.read(now);
    },
    sampled: () => image.read(slot),
  };
}

/** @throws SimulationError unless `0 <= value < 2^width` */
export function checkRange(name: string, width: number, value: bigint): void {
  if (typeof value !== 'bigint') throw new SimulationError(`${name} takes a bigint, not ${String(value)} of type ${typeof value}`);
  if (value >= 0n && value >> BigInt(width) === 0n) return;
  const most = width <= 64 ? String((1n << BigInt(width)) - 1n) : `2^${width} - 1`;
  throw new SimulationError(`${name} has ${width} ${width === 1 ? 'bit' : 'bits'} and takes 0 to ${most}, not ${value}`);
}
