/**
 * Finds a connection by VLAN, addresses and ports: four tables, a row of each chosen by a keyed hash, and a stash.
 *
 * A look-up a cycle, `flowLatency` = 11 cycles from `lookup` to `found`, or (`hash: 'serial'`) one in 10 cycles, 12 to `found`,
 * whatever the engine does meanwhile; commands (find, insert,
 * delete) go one at a time to the engine (`flow-engine.ts`), which says how long they take.
 * It does not know whether a connection is alive: who frees one deletes it, and an answer may be of before the deletion, which
 * its generation tells.
 */
import { assert, Bool, Bundle, clog2, type Data, In, inst, module, mux, Out, type Read, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { arbitrate, serialSiphash, serialSiphashLatency, siphash, siphashLatency } from '@vtoe/hdl/lib';
import { flowEngine } from './flow-engine.ts';
import { FlowCounters, flowShapes } from './flow-entry.ts';
import { FLOW_KEY_BYTES, FlowHash, flowMessage, FlowSecret, rowsOf, ROWS_MOST, TABLES } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';
import { flowRows, type FlowRowsOptions } from './flow-rows.ts';
import { bitsOf, chosen } from './one-hot.ts';

export interface FlowTableOptions<T extends Data> {
  /** Whose indices are kept. */
  readonly connections: number;
  /** Of each of the four tables: `flowTableRows` of the configuration. */
  readonly rows: number;
  /** `flowStashEntries`. */
  readonly stashEntries: number;
  /** What travels with a look-up. */
  readonly tag: T;
  /** Ports for commands, served in turn. */
  readonly requesters?: number;
  /** Moves of entries until an Insert is refused; 256 by default. */
  readonly kickBound?: number;
  /** See `flowRows`; `shared` by default. */
  readonly readPort?: FlowRowsOptions['readPort'];
  /** `pipelined` (default): a look-up a cycle. `serial`: a round of the hash a cycle, one look-up at a time, for a quarter of the area. */
  readonly hash?: 'pipelined' | 'serial';
}

const HASH_CYCLES = siphashLatency({ bytes: FLOW_KEY_BYTES });
/** Cycles from the reading of the rows to the answer: read, the RAM's output register, comparison. */
export const FLOW_READ_CYCLES = 3;
/** Cycles from a look-up to its answer. */
export const flowLatency = HASH_CYCLES + FLOW_READ_CYCLES;
/** The same with `hash: 'serial'`, from the first cycle in which it is offered. */
export const serialFlowLatency = serialSiphashLatency(FLOW_KEY_BYTES) + FLOW_READ_CYCLES;

export function flowTable<T extends Data>({ connections, rows, stashEntries, tag, requesters = 1, kickBound = 256, readPort = 'shared', hash: hashing = 'pipelined' }: FlowTableOptions<T>) {
  const { FlowValue, FlowCommand, FlowAnswer } = flowShapes(connections);
  const Lookup = Bundle('FlowLookup', { key: FlowKey, tag });
  const Found = Bundle('FlowFound', { key: FlowKey, tag, hash: FlowHash, hit: Bool, value: FlowValue });
  const ports = {
    lookup: In(Stream(Lookup)),
    found: Out(Valid(Found)),
    command: In(Vec(Stream(FlowCommand), requesters)),
    answer: Out(FlowAnswer),
    secret: In(FlowSecret),
    ready: Out(Bool),
    idle: Out(Bool),
    counters: Out(FlowCounters),
  };
  if (!Number.isInteger(Math.log2(rows)) || rows < 2 || rows > ROWS_MOST) throw new RangeError(`flowTable: rows must be a power of two from 2 to ${ROWS_MOST}, not ${rows}`);
  return module('flow_table', { n: connections, r: rows, s: stashEntries, t: tag, q: requesters, k: kickBound, p: readPort, h: hashing }, ports, (io) => {
    const engine = inst(flowEngine({ connections, rows, stashEntries, kickBound }), { secret: io.secret });
    engine.command.from(arbitrate([...io.command]));
    io.answer.set(engine.answer);
    io.ready.set(engine.ready);
    io.idle.set(engine.idle);

    const { hasher, hash, lookup: asked, valid: reading, way } = hashed();

    // R: the rows are read. A row that is written meanwhile gives nothing: what comes in is not yet, what goes out is in the stash or deleted.
    const memory = inst(flowRows({ connections, rows, readPort }), {
      lookup: reading, engine: engine.read, write: engine.write, write_entry: engine.write_entry,
    });
    memory.lookup_rows.set(rowsOf(hash, clog2(rows)));
    memory.engine_rows.set(engine.read_rows);
    memory.write_rows.set(engine.write_rows);
    engine.granted.set(memory.granted);
    engine.entries.set(memory.engine_entries);

    // L: the stash is compared a cycle later than the rows are read, so an entry on its way from the one to the other is
    // in both: it leaves the stash a cycle after it was written into a row, and a row a cycle after it was written into the stash.
    const latch = { valid: reg(Bool), lookup: reg(Lookup, { reset: false }), hash: reg(FlowHash, { reset: false }), overwritten: reg(UInt(TABLES)) };
    latch.valid.next = reading;
    latch.lookup.next = asked;
    latch.hash.next = hash;
    latch.overwritten.next = memory.overwritten;
    const stash = [...engine.stash];
    const inStash = bitsOf(stash.map((entry) => entry.used.and(entry.key.eq(latch.lookup.key))));

    // C: the rows are compared.
    const compare = {
      valid: reg(Bool), lookup: reg(Lookup, { reset: false }), hash: reg(FlowHash, { reset: false }), overwritten: reg(UInt(TABLES)),
      hit: reg(Bool), value: reg(FlowValue, { reset: false }),
    };
    compare.valid.next = latch.valid;
    compare.lookup.next = latch.lookup;
    compare.hash.next = latch.hash;
    compare.overwritten.next = latch.overwritten;
    compare.hit.next = inStash.orR();
    compare.value.next = chosen(inStash, FlowValue, stash.map(({ value }) => value));
    const entries = [...memory.lookup_entries];
    const same = bitsOf(entries.map((entry, i) => compare.valid.and(compare.overwritten.bit(i).not()).and(entry.used).and(entry.key.eq(compare.lookup.key))));
    const inRow = chosen(same, FlowValue, entries.map(({ value }) => value));

    const out = { valid: reg(Bool), found: reg(Found, { reset: false }) };
    const hit = engine.ready.and(compare.hit.or(same.orR()));
    out.valid.next = compare.valid;
    const result = wire(Found);
    result.key.set(compare.lookup.key);
    result.tag.set(compare.lookup.tag);
    result.hash.set(compare.hash);
    result.hit.set(hit);
    result.value.set(mux(compare.hit, compare.value, inRow));
    out.found.next = result;
    io.found.valid.set(out.valid);
    io.found.payload.set(out.found);
    when(engine.ready.and(same.orR()).and(compare.hit), () => {
      assert(compare.value.eq(inRow), 'while an entry moves, both of its copies say the same');
    });
    io.counters.set({ hit: compare.valid.and(hit), miss: compare.valid.and(hit.not()), engine: engine.counters });
    return { engine, hasher, way, memory, latch, inStash, compare, same, out };

    /** A look-up, in the cycle in which its hash is known: then it leaves the port, or did so before. */
    function hashed() {
      const message = flowMessage(io.lookup.payload.key);
      if (hashing === 'serial') {
        const hasher = inst(serialSiphash({ bytes: FLOW_KEY_BYTES }), { key: io.secret });
        hasher.in.valid.set(io.lookup.valid);
        hasher.in.payload.set(message);
        io.lookup.ready.set(hasher.in.ready);
        return { hasher, hash: hasher.hash, lookup: io.lookup.payload, valid: hasher.in.fire, way: {} };
      }
      const hasher = inst(siphash({ bytes: FLOW_KEY_BYTES }), { key: io.secret });
      hasher.in.valid.set(io.lookup.valid);
      hasher.in.payload.set(message);
      io.lookup.ready.set(true);
      const way = delays(HASH_CYCLES, Lookup, io.lookup.payload);
      return { hasher, hash: hasher.out.payload, lookup: way.at(-1)!, valid: hasher.out.valid, way };
    }
  });
}

/** The value after each of `count` registers. */
function delays<T extends Data>(count: number, shape: T, value: Read<T>): Read<T>[] {
  const way = Array.from({ length: count }, () => reg(shape, { reset: false }));
  way.forEach((one, i) => { one.next = i === 0 ? value : way[i - 1]!; });
  return way;
}
