/**
 * Keeps the rows and the stash of the flow table: inserts, deletes, finds, and moves entries so that there is room.
 *
 * A command takes 6 cycles if its hash comes with it (Delete 7), 10 more if not; an Insert that finds the stash full waits for
 * at most `kickBound` moves of 18 cycles each.
 * It serves one command at a time, and look-ups of frames pass it by: they read the same memories through a port of their own.
 *
 * Nothing is ever lost, at no moment: an entry is written where it goes before it is removed where it was. New entries
 * without a free row go to the stash, at once. From there the engine moves them in its spare time ("cuckoo hashing with
 * a queue", Kirsch and Mitzenmacher, 2007): it puts the entry that it drives out of a row into the stash first, then
 * overwrites the row, then clears the place in the stash.
 */
import { assert, Bool, clog2, Enum, In, inst, lit, match, module, mux, Out, reg, Stream, UInt, Vec, when, wire } from '@vtoe/hdl';
import { serialSiphash } from '@vtoe/hdl/lib';
import { EngineCounters, type FlowEntry, flowShapes } from './flow-entry.ts';
import { FLOW_KEY_BYTES, FlowHash, flowMessage, FlowSecret, rowsOf, TABLES } from './flow-hash.ts';
import { bitsOf, chosen } from './one-hot.ts';

export interface FlowEngineOptions {
  readonly connections: number;
  /** Of each table, a power of two from 2. */
  readonly rows: number;
  /** Entries that may wait for a row. */
  readonly stashEntries: number;
  /** Moves until an Insert is refused; also moves that are tried in spare time after a change. */
  readonly kickBound: number;
}

/** Init: clears the rows. Idle: chooses. Hash. Read, Latch, Compare: the four rows. Act. Remove: Delete. Overwrite, Clear: the end of a move. Answer. */
const Phase = Enum('FlowPhase', ['Init', 'Idle', 'Hash', 'Read', 'Latch', 'Compare', 'Act', 'Remove', 'Overwrite', 'Clear', 'Answer']);

const NOTHING = { inserted: false, present: false, stashed: false, moved: false, refused: false, deleted: false, delete_missed: false };

export function flowEngine({ connections, rows, stashEntries, kickBound }: FlowEngineOptions) {
  const { FlowValue, FlowCommand, FlowAnswer, FlowEntry } = flowShapes(connections);
  const rowBits = clog2(rows);
  const Row = UInt(rowBits);
  // One place more than entries: a move needs it for a moment.
  const places = stashEntries + 1;
  const Place = UInt(clog2(places));
  const ports = {
    command: In(Stream(FlowCommand)),
    answer: Out(FlowAnswer),
    secret: In(FlowSecret),
    ready: Out(Bool),
    idle: Out(Bool),
    /** Rows to read: held until `granted`, and two cycles later their entries come, for one cycle. */
    read: Out(Bool), granted: In(Bool), read_rows: Out(Vec(Row, TABLES)), entries: In(Vec(FlowEntry, TABLES)),
    /** A row of each table whose bit is set. */
    write: Out(UInt(TABLES)), write_rows: Out(Vec(Row, TABLES)), write_entry: Out(FlowEntry),
    stash: Out(Vec(FlowEntry, places)),
    counters: Out(EngineCounters),
  };
  return module('flow_engine', { n: connections, r: rows, s: stashEntries, k: kickBound }, ports, (io) => {
    const phase = reg(Phase);
    const command = io.command.payload;
    const events = wire(EngineCounters);
    events.set(NOTHING);

    // What is worked on: a command's entry, or that in place `turn` of the stash.
    const item = { key: reg(command.key.shape, { reset: false }), value: reg(FlowValue, { reset: false }) };
    const hash = reg(FlowHash, { reset: false });
    const settling = reg(Bool);
    /** An Insert waits for room in the stash. */
    const waiting = reg(Bool);
    /** Moves that may still be made. */
    const budget = reg(UInt(clog2(kickBound + 1)));
    const itemEntry = lit(FlowEntry, { used: true, key: item.key, value: item.value });

    const stash = Array.from({ length: places }, () => ({
      entry: reg(FlowEntry),
      /** Where a move drove it out; it does not go back there at once. */
      moved: reg(Bool), from: reg(UInt(clog2(TABLES)), { reset: false }),
    }));
    const used = bitsOf(stash.map(({ entry }) => entry.used));
    const free = used.not();
    const spare = free.priority();
    // Two free places: one may be filled, and the other is left for moves.
    const roomy = free.and(free.sub(1)).orR();
    const waits = free.andR().not();
    /** The places in turn: from the one behind the last, round. */
    const turn = reg(Place);
    const ahead = used.and(lit(free.shape, 2n ** BigInt(places) - 1n).shl(turn));
    const next = mux(ahead.orR(), ahead.priority(), used.priority());
    const origin = { moved: lit(Vec(Bool, places), stash.map(({ moved }) => moved)).at(turn), from: lit(Vec(UInt(clog2(TABLES)), places), stash.map(({ from }) => from)).at(turn) };

    const hasher = inst(serialSiphash({ bytes: FLOW_KEY_BYTES }), { key: io.secret });
    hasher.in.valid.set(phase.eq('Hash'));
    hasher.in.payload.set(flowMessage(item.key));

    const rowsOfItem = rowsOf(hash, rowBits);
    io.read.set(phase.eq('Read'));
    io.read_rows.set(rowsOfItem);
    // Seen in Compare, used from Act on: `same` in rows and stash, `vacant` rows, and the entry that a move would drive out.
    const candidates = [...io.entries, ...stash.map(({ entry }) => entry)];
    const equal = bitsOf(candidates.map((entry) => entry.used.and(entry.key.eq(item.key))));
    const [same, vacant] = [reg(equal.shape), reg(UInt(TABLES))];
    const present = { is: same.orR(), value: reg(FlowValue, { reset: false }) };
    const drivenOut = reg(FlowEntry, { reset: false });
    const answer = reg(FlowAnswer, { reset: false });

    // A choice that nobody can foresee need not be random, only varied.
    const lfsr = reg(UInt(16), { init: 0xace1 });
    const draw = lfsr.trunc(clog2(TABLES));
    const another = origin.from.add(1).add(mux(draw.eq(TABLES - 1), lit(draw.shape, 0), draw));
    const victim = reg(UInt(clog2(TABLES)), { reset: false });

    // One row a cycle, or one of each table while they are cleared.
    const row = reg(Row);
    const write = { tables: wire(UInt(TABLES)), entry: wire(FlowEntry) };
    write.tables.set(0);
    write.entry.set(itemEntry);
    const clearing = phase.eq('Init');
    io.write.set(write.tables);
    io.write_entry.set(write.entry);
    io.write_rows.set(rowsOfItem.map((one) => mux(clearing, row, one)));

    const put = (place: UInt, entry: FlowEntry, from?: UInt) => {
      for (const [i, one] of stash.entries()) {
        when(place.eq(i), () => {
          one.entry.next = entry;
          one.moved.next = from !== undefined;
          if (from !== undefined) one.from.next = from;
        });
      }
    };
    const reply = (outcome: Parameters<typeof answer.outcome.eq>[0]) => {
      answer.next = { outcome, value: present.value };
      phase.next = 'Answer';
    };

    match(phase, {
      Init: () => {
        write.tables.set(2 ** TABLES - 1);
        write.entry.set({ used: false, key: item.key, value: item.value });
        row.next = row.add(1);
        when(row.eq(rows - 1), () => { phase.next = 'Idle'; });
      },
      Idle: () => {
        when(waiting.and(roomy), () => {
          waiting.next = false;
          // The command still stands at the port; nobody else can have inserted its key.
          put(spare, lit(FlowEntry, { used: true, key: command.key, value: command.value }));
          budget.next = kickBound;
          events.inserted.set(true);
          events.stashed.set(true);
          reply('Inserted');
        }).elsewhen(waiting.and(budget.eq(0)), () => {
          waiting.next = false;
          events.refused.set(true);
          reply('Full');
        }).elsewhen(io.command.valid.and(waiting.not()), () => {
          item.key.next = command.key;
          item.value.next = command.value;
          hash.next = command.hash;
          settling.next = false;
          phase.next = mux(command.has_hash, lit(Phase, 'Read'), lit(Phase, 'Hash'));
        }).elsewhen(waits.and(budget.ne(0)), () => {
          turn.next = next;
          const entry = lit(Vec(FlowEntry, places), stash.map((one) => one.entry)).at(next);
          item.key.next = entry.key;
          item.value.next = entry.value;
          settling.next = true;
          phase.next = 'Hash';
        });
      },
      Hash: () => {
        hash.next = hasher.hash;
        when(hasher.in.ready, () => { phase.next = 'Read'; });
      },
      Read: () => { when(io.granted, () => { phase.next = 'Latch'; }); },
      Latch: () => {
        victim.next = mux(origin.moved, another, draw);
        phase.next = 'Compare';
      },
      Compare: () => {
        same.next = equal;
        vacant.next = bitsOf([...io.entries].map((entry) => entry.used.not()));
        present.value.next = chosen(equal, FlowValue, candidates.map(({ value }) => value));
        drivenOut.next = io.entries.at(victim);
        phase.next = 'Act';
      },
      Act: () => {
        when(settling, () => {
          when(vacant.orR(), () => {
            write.tables.set(vacant.priority().oneHot(TABLES));
            phase.next = 'Clear';
          }).otherwise(() => {
            put(spare, drivenOut, victim);
            phase.next = 'Overwrite';
          });
        }).otherwise(() => {
          match(command.op, {
            Find: () => { reply('Missing'); when(present.is, () => { reply('Found'); }); },
            Delete: () => {
              reply('Missing');
              phase.next = 'Remove';
            },
            Insert: () => {
              when(present.is, () => {
                events.present.set(true);
                reply('Present');
              }).elsewhen(vacant.orR(), () => {
                write.tables.set(vacant.priority().oneHot(TABLES));
                events.inserted.set(true);
                reply('Inserted');
              }).elsewhen(roomy, () => {
                put(spare, itemEntry);
                budget.next = kickBound;
                events.inserted.set(true);
                events.stashed.set(true);
                reply('Inserted');
              }).otherwise(() => {
                waiting.next = true;
                budget.next = kickBound;
                phase.next = 'Idle';
              });
            },
          });
        });
      },
      Remove: () => {
        phase.next = 'Answer';
        when(present.is.and(answer.value.eq(item.value)), () => {
          answer.outcome.next = 'Deleted';
          events.deleted.set(true);
          write.entry.set({ used: false, key: item.key, value: item.value });
          write.tables.set(same.trunc(TABLES));
          for (const [i, { entry }] of stash.entries()) when(same.bit(TABLES + i), () => { entry.used.next = false; });
          // What waits in the stash may have a row now.
          when(waits, () => { budget.next = kickBound; });
        }).otherwise(() => { events.delete_missed.set(true); });
      },
      Overwrite: () => {
        write.tables.set(victim.oneHot(TABLES));
        phase.next = 'Clear';
      },
      Clear: () => {
        for (const [i, { entry }] of stash.entries()) when(turn.eq(i), () => { entry.used.next = false; });
        turn.next = mux(turn.eq(places - 1), lit(Place, 0), turn.add(1));
        budget.next = budget.sub(1);
        lfsr.next = lfsr.shl(1).or(lfsr.bit(15).xor(lfsr.bit(13)).xor(lfsr.bit(12)).xor(lfsr.bit(10)).toUInt().zext(16));
        events.moved.set(true);
        phase.next = 'Idle';
      },
      Answer: () => { phase.next = 'Idle'; },
    });

    io.command.ready.set(phase.eq('Answer'));
    io.answer.set(answer);
    io.ready.set(clearing.not());
    io.idle.set(phase.eq('Idle').and(io.command.valid.not()).and(waits.not().or(budget.eq(0))));
    io.stash.set(stash.map(({ entry }) => entry));
    io.counters.set(events);
    when(phase.eq('Idle'), () => { assert(free.orR(), 'the stash always has a place for a move'); });
    when(phase.eq('Answer'), () => { assert(io.command.valid, 'a command is held until it is taken'); });
    return { phase, item, hash, settling, waiting, budget, stash, turn, hasher, same, vacant, present, drivenOut, answer, lfsr, victim, row, write, events, spare, roomy };
  });
}
