/** Ports of 64 bits at most, without an engine: a test writes what an edge has sampled. */
import type { EnginePort, Ports } from '../../../sim/engine/engine.ts';
import { portsOver } from '../../../sim/engine/ports.ts';

export function fakePorts(ports: Readonly<Record<string, readonly [direction: 'in' | 'out', width: number]>>): { readonly ports: Ports; readonly set: (values: Readonly<Record<string, bigint | number>>) => void } {
  const all = Object.entries(ports).map(([name, [direction, width]], i): EnginePort => ({ name, width, direction, offset: 8 * i, nowOffset: 8 * i }));
  const over = portsOver(new ArrayBuffer(8 * all.length), all);
  return { ports: over, set: (values) => { for (const [name, value] of Object.entries(values)) over.limbs[over.port(name).offset >> 3] = BigInt(value); } };
}
