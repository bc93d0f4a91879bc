/** Ports by name, and values in and out of them for those who are not in a hurry. */
import type { EnginePort, Ports } from './engine.ts';

export function portsOver(buffer: ArrayBuffer, all: readonly EnginePort[]): Ports {
  const byName = new Map(all.map((port) => [port.name, port]));
  return {
    buffer, all,
    bytes: new Uint8Array(buffer), words: new Uint32Array(buffer, 0, buffer.byteLength >> 2), limbs: new BigUint64Array(buffer, 0, buffer.byteLength >> 3),
    port: (name) => {
      const port = byName.get(name);
      if (port === undefined) throw new Error(`the top has no port ${name}; it has ${[...byName.keys()].join(', ')}`);
      return port;
    },
  };
}

/** Number of 64-bit limbs of a value. */
export function limbCount(width: number): number {
  return Math.ceil(width / 64);
}

/** An input's value for the next edge, or an output's at the last. */
export function readPort({ limbs }: Ports, { offset, width }: EnginePort): bigint {
  let value = 0n;
  for (let k = limbCount(width) - 1; k >= 0; k -= 1) value = (value << 64n) | limbs[(offset >> 3) + k]!;
  return value;
}

/** @throws RangeError unless the port is an input and `0 <= value < 2^width` */
export function writePort({ limbs }: Ports, { name, direction, offset, width }: EnginePort, value: bigint): void {
  if (direction !== 'in') throw new RangeError(`${name} is an output: the design drives it`);
  if (value < 0n || value >> BigInt(width) !== 0n) throw new RangeError(`${name} has ${width} ${width === 1 ? 'bit' : 'bits'} and cannot take ${value}`);
  for (let k = 0; k < limbCount(width); k += 1) limbs[(offset >> 3) + k] = BigInt.asUintN(64, value >> BigInt(64 * k));
}
