/** What the flow table keeps, and what it is told and says: shapes whose width follows from the number of connections. */
import { Bool, Bundle, clog2, Enum, type Read, UInt } from '@vtoe/hdl';
import { FlowHash } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';

export const FlowOp = Enum('FlowOp', ['Find', 'Insert', 'Delete']);

/** Missing: to Find and Delete. Found: to Find. Inserted, Present (the key is there already), Full: to Insert. Deleted: to Delete. */
export const FlowOutcome = Enum('FlowOutcome', ['Missing', 'Found', 'Inserted', 'Present', 'Full', 'Deleted']);

export const Generation = UInt(16);

/** Of the index of a connection. */
export function connectionBits(connections: number): number {
  return Math.max(1, clog2(connections));
}

export function flowShapes(connections: number) {
  /** A life of a connection: the slot, and how often it was used before. */
  const FlowValue = Bundle('FlowValue', { connection: UInt(connectionBits(connections)), generation: Generation });
  return {
    FlowValue,
    FlowCommand: Bundle('FlowCommand', {
      op: FlowOp,
      key: FlowKey,
      /** Insert: what the key stands for. Delete: what it must stand for. */
      value: FlowValue,
      /** `hash` is the key's; else the table computes it. */
      has_hash: Bool,
      hash: FlowHash,
    }),
    /** `value`: what the key stands for, with Found and Present. */
    FlowAnswer: Bundle('FlowAnswer', { outcome: FlowOutcome, value: FlowValue }),
    /** What a row holds; `used` false: nothing. */
    FlowEntry: Bundle('FlowEntry', { used: Bool, key: FlowKey, value: FlowValue }),
  };
}
export type FlowShapes = ReturnType<typeof flowShapes>;
export type FlowValue = Read<FlowShapes['FlowValue']>;
export type FlowEntry = Read<FlowShapes['FlowEntry']>;

/** What the engine did, a bit each for one cycle. */
export const EngineCounters = Bundle('FlowEngineCounters', {
  inserted: Bool,
  /** Insert of a key that is there already. */
  present: Bool,
  /** Inserted, but into the stash. */
  stashed: Bool,
  /** An entry went from the stash into a row. */
  moved: Bool,
  /** Insert without room. */
  refused: Bool,
  deleted: Bool,
  /** Delete of what was not there, or stood for something else. */
  delete_missed: Bool,
});

/** All of the table. */
export const FlowCounters = Bundle('FlowCounters', { hit: Bool, miss: Bool, engine: EngineCounters });
