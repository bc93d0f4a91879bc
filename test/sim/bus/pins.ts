/** Ports of a top by name, for tests that drive a bus by hand. */
import type { Engine } from '../../../sim/engine/engine.ts';
import { readPort, writePort } from '../../../sim/engine/ports.ts';

export interface Pins {
  /** For the next edge; names behind the prefix. */
  set(values: Readonly<Record<string, number | bigint>>): void;
  /** As of the last edge. */
  get(name: string): bigint;
}

export function pinsOf({ ports }: Engine, prefix: string): Pins {
  return {
    set: (values) => {
      for (const [name, value] of Object.entries(values)) writePort(ports, ports.port(prefix + name), BigInt(value));
    },
    get: (name) => readPort(ports, ports.port(prefix + name)),
  };
}
