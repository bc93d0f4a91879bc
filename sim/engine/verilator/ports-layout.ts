/**
 * Where the ports of a compiled model are in its buffer, in the limbs of {@link EnginePort}:
 *
 *     0        number of clock edges, 64 bits
 *     8        1 if the model has stopped
 *     64       inputs for the next edge, `rst` first
 *              outputs as sampled at the last edge
 *              outputs as of now
 */
import type { Design } from '@vtoe/hdl';
import { flatten, type FlatDesign } from '@vtoe/hdl/internal/sim/flatten';
import { topOutputs } from '@vtoe/hdl/internal/sim/top-outputs';
import type { EnginePort } from '../engine.ts';
import { limbCount } from '../ports.ts';

export const STATUS = { edges: 0, stopped: 8 } as const;
const HEADER_BYTES = 64;

export interface PortsLayout {
  readonly flat: FlatDesign;
  readonly inputs: readonly EnginePort[];
  /** Those of probes last. */
  readonly outputs: readonly EnginePort[];
  readonly inputBytes: number;
  readonly sampledBytes: number;
  /** Start of the inputs, of the outputs as sampled, and of those as of now. */
  readonly inputOffset: number;
  readonly sampledOffset: number;
  readonly nowOffset: number;
  /** Size of the buffer. */
  readonly bytes: number;
}

export function layOutPorts(design: Design): PortsLayout {
  const flat = flatten(design);
  const inputs = [{ name: 'rst', width: 1 }, ...design.top.ports.filter((net) => net.kind === 'input')];
  const outputs = topOutputs(flat);
  const inputBytes = size(inputs);
  const sampledBytes = size(outputs);
  const inputOffset = HEADER_BYTES;
  const sampledOffset = inputOffset + inputBytes;
  const nowOffset = sampledOffset + sampledBytes;
  return {
    flat, inputBytes, sampledBytes, inputOffset, sampledOffset, nowOffset, bytes: nowOffset + sampledBytes,
    inputs: placed(inputs, 'in', inputOffset, 0),
    outputs: placed(outputs, 'out', sampledOffset, sampledBytes),
  };
}

interface Named {
  readonly name: string;
  readonly width: number;
}

function size(ports: readonly Named[]): number {
  return ports.reduce((sum, { width }) => sum + 8 * limbCount(width), 0);
}

function placed(ports: readonly Named[], direction: EnginePort['direction'], start: number, toNow: number): EnginePort[] {
  let offset = start;
  return ports.map(({ name, width }) => {
    const port = { name, width, direction, offset, nowOffset: offset + toNow };
    offset += 8 * limbCount(width);
    return port;
  });
}
