/**
 * The memories of the flow table: four tables, of which look-ups and the engine read a row each, and the engine writes rows.
 *
 * A look-up a cycle; entries come two cycles after their rows, and a row that is written in the cycle of its reading is marked.
 * It compares nothing, and has one write a table and cycle.
 */
import { Bool, clog2, type Data, In, lit, mem, type Memory, module, mux, Out, type Read, UInt, Vec, when } from '@vtoe/hdl';
import { flowShapes } from './flow-entry.ts';
import { TABLES } from './flow-hash.ts';
import { bitsOf } from './one-hot.ts';

export interface FlowRowsOptions {
  readonly connections: number;
  readonly rows: number;
  /**
   * How the engine reads rows. `shared`: in cycles in which no look-up reads. `own`: in any cycle, through read ports of its own, which
   * doubles the block RAM.
   */
  readonly readPort: 'shared' | 'own';
}

export function flowRows({ connections, rows, readPort }: FlowRowsOptions) {
  const { FlowEntry } = flowShapes(connections);
  const Rows = Vec(UInt(clog2(rows)), TABLES);
  const Entries = Vec(FlowEntry, TABLES);
  const ports = {
    lookup: In(Bool), lookup_rows: In(Rows), lookup_entries: Out(Entries),
    /** Of the look-up of this cycle: rows that are written in it. What comes of them is undefined. */
    overwritten: Out(UInt(TABLES)),
    /** Read in a cycle with both; held until `granted`. */
    engine: In(Bool), granted: Out(Bool), engine_rows: In(Rows), engine_entries: Out(Entries),
    write: In(UInt(TABLES)), write_rows: In(Rows), write_entry: In(FlowEntry),
  };
  return module('flow_rows', { n: connections, r: rows, p: readPort }, ports, (io) => {
    const tables = Array.from({ length: TABLES }, () => mem(FlowEntry, rows, { style: 'block', outputRegister: true, collision: 'asserted' }));
    const [lookupRows, engineRows, writeRows] = [[...io.lookup_rows], [...io.engine_rows], [...io.write_rows]];
    io.granted.set(readPort === 'own' ? lit(Bool, true) : io.lookup.not());
    const entries = tables.map((table, i) => {
      when(io.write.bit(i), () => { table.write(writeRows[i]!, io.write_entry); });
      if (readPort === 'own') return { lookup: readIf(table, io.lookup, lookupRows[i]!, 'lookup'), engine: readIf(table, io.engine, engineRows[i]!, 'engine') };
      const entry = readIf(table, io.lookup.or(io.engine), mux(io.lookup, lookupRows[i]!, engineRows[i]!), 'read');
      return { lookup: entry, engine: entry };
    });
    io.lookup_entries.set(entries.map(({ lookup }) => lookup));
    io.engine_entries.set(entries.map(({ engine }) => engine));
    io.overwritten.set(bitsOf(tables.map((_, i) => io.lookup.and(io.write.bit(i)).and(writeRows[i]!.eq(lookupRows[i]!)))));
    return { tables };
  });
}

function readIf<T extends Data>(table: Memory<T>, enable: Bool, row: UInt, name: string): Read<T> {
  let word: Read<T> | undefined;
  when(enable, () => { word = table.readSync(row, name); });
  return word!;
}
