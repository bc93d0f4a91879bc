/**
 * Remembers connections in TIME_WAIT, apart from the records of live ones, and answers for them.
 *
 * A segment takes 3 cycles if nobody is found, else 5; an entry that is new takes 3. One at a time, so nothing overlaps.
 * It keeps no exact order of age: an entry is put where its key's hash says, and of the entries there the oldest makes way.
 */
import { allOf, anyOf, assert, Bool, Bundle, cat, clog2, Enum, In, lit, match, mem, module, mux, Out, type Read, reg, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { queue, reached, seqLe } from '@vtoe/hdl/lib';
import { TimeWait } from './actions.ts';
import { Segment } from './event.ts';
import { FlowKey } from './flow-key.ts';
import { Now, Sequence, SpanTicks } from './tcb.ts';
import { TimeWaitAnswer } from './time-wait-answer.ts';
import { timeWaitDifferences, timeWaitVerdict } from './time-wait-verdict.ts';
import { vmIndex } from './vm-policy.ts';

export interface TimeWaitOptions {
  /** Power of two from 4 up. */
  readonly entries: number;
  readonly vms: number;
  /** Places for keys of one hash: 2 or 4; 4 by default where there are two hashes at least. */
  readonly ways?: number;
  /** New entries that wait while segments are looked up. */
  readonly waiting?: number;
}

/** A connection that is remembered from now on; `hash` of its key. */
export const TimeWaitInsert = ({ vms }: Pick<TimeWaitOptions, 'vms'>) => Bundle('TimeWaitInsert', { key: FlowKey, hash: UInt(32), vm: vmIndex(vms), record: TimeWait });

/** Which segment, of whom; `hash` of its key. With `probe` nobody has come: only whether the connection is remembered is asked. */
export const TimeWaitLookup = Bundle('TimeWaitQuestion', { key: FlowKey, hash: UInt(32), segment: Segment, probe: Bool });

/** ACK to a segment of a remembered connection: RFC 9293, 3.10.7.4. */
export const TimeWaitAck = ({ vms }: Pick<TimeWaitOptions, 'vms'>) => Bundle('TimeWaitAck', {
  key: FlowKey, vm: vmIndex(vms), seq: Sequence, ack: Sequence, window: UInt(16), has_ts: Bool, tsval: UInt(32), tsecr: UInt(32),
});

/** What counts in this cycle. */
export const TimeWaitCounters = Bundle('TimeWaitCounters', {
  /** New entries; of those: in the place of the oldest of its hash, before that one had expired. */
  inserted: Bool, evicted: Bool,
  /** New entries that found no room to wait: the connection is forgotten at once. */
  insert_dropped: Bool,
  /** Segments by answer. */
  dropped: Bool, acked: Bool, reused: Bool, closed: Bool,
  /** Of `acked`: the FIN came again and 2 MSL began anew. */
  restarted: Bool,
  /** ACKs that were due and not sent, since the one before still waited. */
  ack_dropped: Bool,
});

const Stage = Enum('TimeWaitStage', ['Clear', 'Idle', 'Match', 'Settle', 'Judge', 'Decide']);
const Job = Enum('TimeWaitJob', ['Insert', 'Lookup', 'Walk']);
/** Log2 of the ticks between two walks over all entries: 72 minutes, so that none is met when its 24 bits have gone round. */
const SWEEP_TICKS_LOG2 = 22;

export function timeWait({ entries, vms, ways = entries < 8 ? 2 : 4, waiting = 16 }: TimeWaitOptions) {
  const sets = entries / ways;
  const [set, way, vmShape] = [UInt(clog2(sets)), UInt(clog2(ways)), vmIndex(vms)];
  const Insert = TimeWaitInsert({ vms });
  const Ack = TimeWaitAck({ vms });
  const Tag = Bundle('TimeWaitTag', { valid: Bool, key: FlowKey, vm: vmShape, expires: SpanTicks });
  return module('time_wait', { n: entries, w: ways, v: vms, q: waiting }, {
    now: In(Now),
    /** 2 MSL in ticks, below 2^23. */
    time_wait: In(SpanTicks),
    /** A connection is done. Never waits. */
    insert: In(Valid(Insert)),
    /** A segment of a flow that has no connection, or the question whether there was one. */
    lookup: In(Stream(TimeWaitLookup)),
    /** To each lookup, in order. */
    answer: Out(Stream(TimeWaitAnswer)),
    ack: Out(Stream(Ack)),
    /** Forgets all entries of a VM; ready when that is done. */
    remove_vm: In(Stream(vmShape)),
    count: Out(TimeWaitCounters),
    ready: Out(Bool),
    /** No register changes at the end of this cycle. */
    idle: Out(Bool),
    /** While idle nothing happens before. */
    next_deadline: Out(Valid(Now)),
  }, (io) => {
    const tags = Array.from({ length: ways }, () => mem(Tag, sets, { style: 'block' }));
    const records = mem(TimeWait, entries, { style: 'block' });
    const [ticks, slowNow] = [io.now.bits(41, 10), io.now.bits(33, 10)];
    /** Armed at ticks + span + 1, so never early. */
    const expiry = slowNow.add(io.time_wait).add(1);
    assert(io.time_wait.bit(23).not(), 'timeWait: 2 MSL is below 2^23 ticks');

    const arriving = wire(Stream(Insert));
    arriving.valid.set(io.insert.valid);
    arriving.payload.set(io.insert.payload);
    const inserts = queue(arriving, waiting);

    const stage = reg(Stage);
    const job = reg(Job);
    const at = reg(set);
    const key = reg(FlowKey, { reset: false });
    const segment = reg(Segment, { reset: false });
    const probe = reg(Bool, { reset: false });
    const given = { vm: reg(vmShape, { reset: false }), record: reg(TimeWait, { reset: false }) };
    const answer = { valid: reg(Bool), payload: reg(TimeWaitAnswer) };
    const ack = { valid: reg(Bool), payload: reg(Ack, { reset: false }) };

    // A walk over all sets: for a VM that is reset, or to forget what expired before its time can be taken for a new one.
    const walk = { busy: reg(Bool), forVm: reg(Bool), vm: reg(vmShape), position: reg(set), turn: reg(Bool), found: reg(Bool) };
    const occupied = reg(Bool);
    const sweepAt = reg(SpanTicks);
    const sweepDue = occupied.and(reached(slowNow, sweepAt));

    // What comes next: new entries, then segments and the walk in turn.
    const answerFree = answer.valid.not().or(io.answer.ready);
    const idle = stage.eq('Idle');
    const takeInsert = idle.and(inserts.valid);
    const lookupWaits = io.lookup.valid.and(answerFree);
    const takeWalk = allOf(idle, inserts.valid.not(), walk.busy, walk.turn.or(lookupWaits.not()));
    const takeLookup = allOf(idle, inserts.valid.not(), takeWalk.not(), lookupWaits);
    inserts.ready.set(idle);
    io.lookup.ready.set(takeLookup);
    const setOf = (hash: UInt): UInt => hash.trunc(set.width);
    const address = mux(takeInsert, setOf(inserts.payload.hash), mux(takeLookup, setOf(io.lookup.payload.hash), walk.position));
    const begin = anyOf(takeInsert, takeLookup, takeWalk);
    const read: Read<typeof Tag>[] = [];
    when(begin, () => {
      at.next = address;
      job.next = mux(takeInsert, 'Insert', mux(takeLookup, lit(Job, 'Lookup'), 'Walk'));
      read.push(...tags.map((tag) => tag.readSync(address, 'look')));
    });
    when(takeInsert, () => {
      key.next = inserts.payload.key;
      given.vm.next = inserts.payload.vm;
      given.record.next = inserts.payload.record;
    });
    when(takeLookup, () => {
      key.next = io.lookup.payload.key;
      segment.next = io.lookup.payload.segment;
      probe.next = io.lookup.payload.probe;
    });

    // Match: what is there.
    const found = {
      alive: reg(UInt(ways), { reset: false }), hit: reg(UInt(ways), { reset: false }), owned: reg(UInt(ways), { reset: false }),
      expires: Array.from({ length: ways }, () => reg(SpanTicks, { reset: false })), vm: reg(vmShape, { reset: false }),
    };
    const bits = (each: (tag: Read<typeof Tag>) => Bool): UInt => cat(...read.map((tag) => each(tag).toUInt()).reverse());
    const alive = (tag: Read<typeof Tag>): Bool => tag.valid.and(reached(slowNow, tag.expires).not());
    const hit = (tag: Read<typeof Tag>): Bool => alive(tag).and(tag.key.eq(key));
    when(stage.eq('Match'), () => {
      found.alive.next = bits(alive);
      found.hit.next = bits(hit);
      found.owned.next = bits((tag) => alive(tag).and(tag.vm.eq(walk.vm)));
      for (const [i, tag] of read.entries()) found.expires[i]!.next = tag.expires;
      found.vm.next = read.reduce((vm, tag) => mux(hit(tag), tag.vm, vm), read[0]!.vm);
    });
    const hits = found.hit.orR();
    const dead = found.alive.not();
    const place = mux(hits, found.hit.priority(), mux(dead.orR(), dead.priority(), oldest(found.expires, way.width)));
    const target = reg(way, { reset: false });

    // Judge: the record, compared with the segment.
    const record = { now: reg(TimeWait, { reset: false }), before: [] as Read<typeof TimeWait>[] };
    when(stage.eq('Settle').and(job.eq('Lookup')), () => { record.before.push(records.readSync(cat(place, at), 'judge')); });
    const stored = record.before[0]!;
    const differences = timeWaitDifferences(stored, segment);
    const judged = {
      offset: reg(Sequence, { reset: false }), inside: reg(Bool, { reset: false }), length: reg(UInt(32), { reset: false }),
      endsAtEdge: reg(Bool, { reset: false }), tsvalAhead: reg(UInt(32), { reset: false }),
    };
    when(stage.eq('Judge'), () => {
      record.now.next = stored;
      judged.offset.next = differences.offset;
      judged.inside.next = differences.inside;
      judged.length.next = differences.length;
      judged.endsAtEdge.next = differences.endsAtEdge;
      judged.tsvalAhead.next = differences.tsvalAhead;
    });

    // Decide.
    const judgement = timeWaitVerdict(record.now, segment, judged);
    const comes = probe.not();
    const verdict = { ack: judgement.ack.and(comes), reuse: judgement.reuse.and(comes), close: judgement.close.and(comes), restart: judgement.restart.and(comes) };
    const deciding = stage.eq('Decide');
    const settling = stage.eq('Settle');
    const [settlesInsert, settlesWalk] = [settling.and(job.eq('Insert')), settling.and(job.eq('Walk'))];
    const misses = allOf(settling, job.eq('Lookup'), hits.not());
    when(answerFree, () => { answer.valid.next = misses.or(deciding); });
    when(misses, () => { answer.payload.next = 'Miss'; });
    when(deciding, () => {
      answer.payload.next = mux(verdict.reuse, 'Reuse', mux(verdict.close, 'Close', mux(verdict.ack, lit(TimeWaitAnswer, 'Ack'), 'Drop')));
    });
    io.answer.valid.set(answer.valid);
    io.answer.payload.set(answer.payload);

    const ackFree = ack.valid.not().or(io.ack.ready);
    const acks = deciding.and(verdict.ack);
    when(ackFree, () => { ack.valid.next = acks; });
    when(acks.and(ackFree), () => {
      const { snd_nxt, rcv_nxt, window, ts_ok, ts_offset, ts_recent } = record.now;
      ack.payload.next = { key, vm: found.vm, seq: snd_nxt, ack: rcv_nxt, window, has_ts: ts_ok, tsval: ticks.add(ts_offset), tsecr: ts_recent };
    });
    io.ack.valid.set(ack.valid);
    io.ack.payload.set(ack.payload);

    // Writes: one set, one way of it or, by the walk, several.
    const clear = stage.eq('Clear');
    const gone = found.alive.not().or(mux(walk.forVm, found.owned, lit(UInt(ways), 0)));
    const one = mux(deciding, target, place).oneHot(ways);
    const changes = deciding.and(anyOf(verdict.reuse, verdict.close, verdict.restart)).or(settlesInsert);
    const written = mux(clear, lit(UInt(ways), 2 ** ways - 1), mux(settlesWalk, gone, mux(changes, one, lit(UInt(ways), 0))));
    const stays = settlesInsert.or(deciding.and(verdict.restart));
    const tag = { valid: stays, key, vm: mux(settlesInsert, given.vm, found.vm), expires: expiry };
    const writeAt = mux(clear, walk.position, at);
    for (const [i, memory] of tags.entries()) when(written.bit(i), () => { memory.write(writeAt, tag); });
    when(settlesInsert, () => { records.write(cat(place, at), given.record); });

    match(stage, {
      Clear: () => {
        walk.position.next = walk.position.add(1);
        when(walk.position.eq(sets - 1), () => { stage.next = 'Idle'; });
      },
      Idle: () => { when(begin, () => { stage.next = 'Match'; }); },
      Match: () => { stage.next = 'Settle'; },
      Settle: () => {
        target.next = place;
        stage.next = mux(job.eq('Lookup').and(hits), lit(Stage, 'Judge'), 'Idle');
      },
      Judge: () => { stage.next = 'Decide'; },
      Decide: () => { stage.next = 'Idle'; },
    });

    // The walk begins in front, for a VM first.
    const left = found.alive.and(gone.not()).orR();
    const lastSet = settlesWalk.and(walk.position.eq(sets - 1));
    when(walk.busy.not().and(clear.not()), () => {
      when(io.remove_vm.valid.or(sweepDue), () => {
        walk.busy.next = true;
        walk.forVm.next = io.remove_vm.valid;
        walk.vm.next = io.remove_vm.payload;
        walk.position.next = 0;
        walk.found.next = false;
      });
    });
    when(takeLookup, () => { walk.turn.next = true; }).elsewhen(takeWalk, () => { walk.turn.next = false; });
    when(settlesWalk, () => {
      walk.position.next = walk.position.add(1);
      walk.found.next = walk.found.or(left);
      when(lastSet, () => {
        walk.busy.next = false;
        sweepAt.next = slowNow.add(2 ** SWEEP_TICKS_LOG2);
        occupied.next = walk.found.or(left);
      });
    });
    when(settlesInsert, () => {
      occupied.next = true;
      walk.found.next = true;
      when(occupied.not(), () => { sweepAt.next = slowNow.add(2 ** SWEEP_TICKS_LOG2); });
    });
    io.remove_vm.ready.set(lastSet.and(walk.forVm));

    io.count.set({
      inserted: settlesInsert, evicted: allOf(settlesInsert, hits.not(), dead.orR().not()), insert_dropped: io.insert.valid.and(arriving.ready.not()),
      dropped: allOf(deciding, comes, ...[verdict.reuse, verdict.close, verdict.ack].map((other) => other.not())),
      acked: acks, reused: deciding.and(verdict.reuse), closed: deciding.and(verdict.close), restarted: deciding.and(verdict.restart),
      ack_dropped: acks.and(ackFree.not()),
    });
    io.ready.set(clear.not());
    io.idle.set(anyOf(idle.not(), io.insert.valid, inserts.valid, io.lookup.valid, answer.valid, ack.valid, walk.busy, io.remove_vm.valid, sweepDue).not());
    io.next_deadline.valid.set(occupied);
    io.next_deadline.payload.set(io.now.add(cat(sweepAt.sub(slowNow), lit(UInt(10), 0)).zext(42)).sub(io.now.trunc(10).zext(42)));
    return { tags, records, inserts, stage, job, at, key, segment, probe, given, answer, ack, walk, occupied, sweepAt, found, target, record: record.now, judged };
  });
}

/** Index of the time that is reached first. */
function oldest(expires: readonly UInt[], width: number): UInt {
  const first = (list: readonly UInt[], from: number): { at: UInt; index: UInt } => {
    if (list.length === 1) return { at: list[0]!, index: lit(UInt(width), from) };
    const half = list.length / 2;
    const [a, b] = [first(list.slice(0, half), from), first(list.slice(half), from + half)];
    const isA = seqLe(a.at, b.at);
    return { at: mux(isA, a.at, b.at), index: mux(isA, a.index, b.index) };
  };
  return first(expires, 0).index;
}
