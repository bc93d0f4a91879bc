/**
 * What becomes of segments that the first look-up did not bring to a connection: looks up again, in order, asks TIME_WAIT and the
 * listeners, opens connections for SYNs, and answers the rest with a RST.
 *
 * One segment at a time: 2 cycles if a connection is found after all, 4 for TIME_WAIT, 14 for a RST, 16 for an accepted SYN, plus
 * what the tables take that it asks (the flow table 5 a command).
 * It keeps no state of connections: the open parameters go along with the event, and what follows is the pipeline's.
 *
 * A segment stays at `arrival` until all is done: until its event was taken by the pipeline, or nothing is to be done any more.
 * So what follows it on the slow path, and what the slow queue holds back for it, comes after it.
 */
import { assert, Bool, Bundle, clog2, type Data, Enum, In, inst, lit, match, module, mux, Out, type Read, reg, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { fifo, serialSiphash } from '@vtoe/hdl/lib';
import { StatelessReset } from './actions.ts';
import { OpenParameters, Segment } from './event.ts';
import { FlowOp, flowShapes, Generation } from './flow-entry.ts';
import { FLOW_KEY_BYTES, FlowSecret, listenMessage } from './flow-hash.ts';
import { FlowKey, ListenKey } from './flow-key.ts';
import { isn } from './isn.ts';
import { listenersShapes } from './listeners.ts';
import { OpenOptions, windowShift } from './open-options.ts';
import { arrivalShape } from './slow-queue.ts';
import { Now, Sequence } from './tcb.ts';
import { TimeWaitAnswer } from './time-wait-answer.ts';

export interface SlowPathOptions<T extends Data> {
  readonly connections: number;
  readonly listeners: number;
  readonly vms: number;
  /** What travels with a segment. */
  readonly tag: T;
}

/** Of the hashes by which TIME_WAIT and listeners look: the lower half of SipHash. */
const TableHash = UInt(32);
/** RSTs that wait to be sent. */
const RESETS = 4;

/** Find: the second look-up. Wait, Listen: questions to TIME_WAIT and listeners, …ed: their answers. Verdict. Take: a slot. Insert. Give: the slot back. Event: to the pipeline. Done. */
const Phase = Enum('SlowPhase', ['Find', 'Wait', 'Waited', 'Listen', 'Listened', 'Verdict', 'Take', 'Insert', 'Give', 'Event', 'Done']);

/** Where a segment ends: exactly one bit for each. `reset_dropped` comes with `reset`: the queue of RSTs was full. `raced`: an insert found the key there already; counts with `found`. */
export const SlowPathCounters = Bundle('SlowPathCounters', {
  found: Bool, time_wait: Bool, accepted: Bool, reset: Bool, ignored: Bool, over_budget: Bool, over_backlog: Bool, no_slot: Bool, table_full: Bool,
  reset_dropped: Bool, raced: Bool,
});

export function slowPathShapes<T extends Data>({ connections, listeners, vms, tag }: SlowPathOptions<T>) {
  const { FlowValue } = flowShapes(connections);
  const { listener: Listener, vm: Vm, Request: ListenRequest, Found: ListenFound } = listenersShapes({ listeners, vms });
  return {
    Listener, Vm, ListenRequest, ListenFound,
    /** `accept`: open it with `open`, for `listener` of `vm`; else a segment of a connection that is open. */
    SlowEvent: Bundle('SlowEvent', { accept: Bool, value: FlowValue, key: FlowKey, segment: Segment, open: OpenParameters, listener: Listener, listener_generation: Generation, vm: Vm, tag }),
    ResetRequest: Bundle('ResetRequest', { key: FlowKey, reset: StatelessReset, tag }),
  };
}

export function slowPath<T extends Data>(options: SlowPathOptions<T>) {
  const { connections, listeners, vms, tag } = options;
  const { FlowValue, FlowCommand, FlowAnswer } = flowShapes(connections);
  const { Listener, Vm, ListenRequest, ListenFound, SlowEvent, ResetRequest } = slowPathShapes(options);
  const HalfOpen = UInt(clog2(connections + 1));
  const Arrival = arrivalShape(tag);
  const ports = {
    arrival: In(Stream(Arrival)),
    // The flow table's and the slots' answers count in the cycle in which the request is taken.
    command: Out(Stream(FlowCommand)), answer: In(FlowAnswer),
    time_wait: Out(Stream(Bundle('TimeWaitLookup', { key: FlowKey, hash: TableHash, segment: Segment }))), time_wait_answer: In(Stream(TimeWaitAnswer)),
    listen: Out(Stream(ListenRequest)), listen_answer: In(Stream(ListenFound)),
    /** A connection of this listener is half open from now on. */
    half_open_begin: Out(Valid(Listener)),
    take: Out(Stream(Vm)), ok: In(Bool), slot: In(FlowValue),
    give: Out(Stream(FlowValue)),
    event: Out(Stream(SlowEvent)),
    reset: Out(Stream(ResetRequest)),
    /** Of the segment that is here: what goes with a question to TIME_WAIT. */
    arrival_tag: Out(tag),
    /** Segments that are done with and have no event. */
    finished: Out(Valid(tag)),
    /** SYNs that the budget of half-open connections or the listener's backlog does not allow: where SYN cookies will listen. */
    over_budget: Out(Valid(Arrival)),
    half_open_most: In(HalfOpen),
    /** A connection that was opened here is no longer in SYN_RECEIVED, whatever it is now. */
    half_open_ended: In(Bool),
    half_open: Out(HalfOpen),
    secret: In(FlowSecret), isn_secret: In(FlowSecret), now: In(Now), options: In(OpenOptions),
    counters: Out(SlowPathCounters),
  };
  return module('slow_path', { n: connections, l: listeners, v: vms, t: tag }, ports, (io) => {
    const { key, hash, segment, mss } = io.arrival.payload;
    const phase = reg(Phase);
    const counters = wire(SlowPathCounters);
    counters.set({ found: false, time_wait: false, accepted: false, reset: false, ignored: false, over_budget: false, over_backlog: false, no_slot: false, table_full: false, reset_dropped: false, raced: false });
    io.counters.set(counters);

    // The listeners' hash is worked out while the connections are looked up.
    const listenKey = lit(ListenKey, { vlan: key.vlan, local_address: key.local_address, local_port: key.local_port });
    const hasher = inst(serialSiphash({ bytes: FLOW_KEY_BYTES }), { key: io.secret });
    const leaves = io.arrival.fire;
    const listenHash = { ...beside(hasher.in, io.arrival.valid, leaves), value: reg(TableHash, { reset: false }) };
    hasher.in.payload.set(listenMessage(listenKey));
    when(hasher.in.fire, () => { listenHash.value.next = hasher.hash.trunc(32); });

    const value = reg(FlowValue, { reset: false });
    const listener = reg(ListenFound);
    const accepts = reg(Bool);
    /** Insert found the key there already, and what it stands for. */
    const [present, other] = [reg(Bool), reg(FlowValue, { reset: false })];
    // As the listeners' hash, worked out meanwhile.
    const isns = inst(isn, { secret: io.isn_secret, now: io.now });
    isns.key.payload.set(key);
    const numbers = { ...beside(isns.key, io.arrival.valid.and(segment.syn), leaves), iss: reg(Sequence, { reset: false }), ts_offset: reg(UInt(32), { reset: false }) };
    when(isns.key.fire, () => {
      numbers.iss.next = isns.iss;
      numbers.ts_offset.next = isns.ts_offset;
    });

    const inserts = phase.eq('Insert').and(numbers.known);
    io.command.valid.set(inserts.or(phase.eq('Find').and(io.arrival.valid)));
    io.command.payload.set({ op: mux(phase.eq('Find'), 'Find', lit(FlowOp, 'Insert')), key, value, has_hash: true, hash });
    io.time_wait.valid.set(phase.eq('Wait'));
    io.time_wait.payload.set({ key, hash: hash.trunc(32), segment });
    io.arrival_tag.set(io.arrival.payload.tag);
    io.time_wait_answer.ready.set(phase.eq('Waited'));
    io.listen.valid.set(phase.eq('Listen').and(listenHash.known));
    io.listen.payload.set({ key: listenKey, hash: listenHash.value });
    io.listen_answer.ready.set(phase.eq('Listened'));
    io.take.valid.set(phase.eq('Take'));
    io.take.payload.set(listener.vm);
    io.give.valid.set(phase.eq('Give'));
    io.give.payload.set(value);
    io.event.valid.set(phase.eq('Event'));
    io.event.payload.set({
      accept: accepts, value, key, segment, listener: listener.listener, listener_generation: listener.generation, vm: listener.vm, tag: io.arrival.payload.tag,
      open: {
        iss: numbers.iss, ts_offset: numbers.ts_offset, mss, rx_size: listener.rx_size, tx_size: listener.tx_size,
        offer_wscale: io.options.offer_wscale, offer_shift: windowShift(listener.rx_size), offer_ts: io.options.offer_ts, nagle: io.options.nagle,
      },
    });

    // RSTs may be lost under pressure, and never hold up what is behind.
    const resets = inst(fifo(ResetRequest, RESETS));
    const answers = wire(Bool);
    answers.set(false);
    resets.in.valid.set(answers.and(resets.in.ready));
    resets.in.payload.set({ key, reset: resetFor(segment), tag: io.arrival.payload.tag });
    io.reset.from(resets.out);

    const halfOpen = reg(HalfOpen);
    const opened = phase.eq('Event').and(accepts).and(io.event.ready);
    when(opened.and(io.half_open_ended.not()), () => { halfOpen.next = halfOpen.add(1); });
    when(io.half_open_ended.and(opened.not()), () => {
      halfOpen.next = halfOpen.sub(1);
      assert(halfOpen.ne(0), 'as many half-open connections end as began');
    });
    io.half_open.set(halfOpen);
    io.half_open_begin.valid.set(opened);
    io.half_open_begin.payload.set(listener.listener);

    io.arrival.ready.set(false);
    io.finished.valid.set(false);
    io.finished.payload.set(io.arrival.payload.tag);
    io.over_budget.valid.set(false);
    io.over_budget.payload.set(io.arrival.payload);
    /** The segment goes; the next one is looked at in the next cycle. */
    const next = () => {
      io.arrival.ready.set(true);
      phase.next = 'Find';
    };

    const { ack_flag: ack, rst, syn } = segment;
    match(phase, {
      Find: () => {
        accepts.next = false;
        when(io.command.fire, () => {
          value.next = io.answer.value;
          phase.next = mux(io.answer.outcome.eq('Found'), lit(Phase, 'Event'), 'Wait');
        });
      },
      Wait: () => { when(io.time_wait.ready, () => { phase.next = 'Waited'; }); },
      Waited: () => {
        when(io.time_wait_answer.valid, () => {
          // A record that makes way for a SYN is as good as none.
          when(io.time_wait_answer.payload.is('Miss', 'Reuse'), () => { phase.next = 'Listen'; })
            .otherwise(() => {
              counters.time_wait.set(true);
              phase.next = 'Done';
            });
        });
      },
      Listen: () => { when(io.listen.fire, () => { phase.next = 'Listened'; }); },
      Listened: () => {
        listener.next = io.listen_answer.payload;
        when(io.listen_answer.valid, () => { phase.next = 'Verdict'; });
      },
      // RFC 9293 sections 3.10.7.1 (CLOSED) and 3.10.7.2 (LISTEN).
      Verdict: () => {
        phase.next = 'Done';
        when(rst, () => { counters.ignored.set(true); })
          .elsewhen(listener.found.not().or(ack), () => {
            answers.set(true);
            counters.reset.set(true);
            counters.reset_dropped.set(resets.in.ready.not());
          }).elsewhen(syn.not(), () => { counters.ignored.set(true); })
          .elsewhen(halfOpen.ge(io.half_open_most), () => {
            counters.over_budget.set(true);
            io.over_budget.valid.set(true);
          }).elsewhen(listener.room.not(), () => {
            counters.over_backlog.set(true);
            io.over_budget.valid.set(true);
          }).otherwise(() => { phase.next = 'Take'; });
      },
      Take: () => {
        value.next = io.slot;
        when(io.take.ready, () => {
          phase.next = mux(io.ok, lit(Phase, 'Insert'), 'Done');
          counters.no_slot.set(io.ok.not());
        });
      },
      Insert: () => {
        when(io.command.fire, () => {
          phase.next = 'Give';
          when(io.answer.outcome.eq('Inserted'), () => {
            accepts.next = true;
            phase.next = 'Event';
          });
          counters.table_full.set(io.answer.outcome.eq('Full'));
          counters.raced.set(io.answer.outcome.eq('Present'));
          present.next = io.answer.outcome.eq('Present');
          other.next = io.answer.value;
        });
      },
      Give: () => {
        when(io.give.ready, () => {
          // Somebody else opened this connection meanwhile: the SYN is a segment of it.
          value.next = other;
          phase.next = mux(present, lit(Phase, 'Event'), 'Done');
        });
      },
      Event: () => {
        when(io.event.ready, () => {
          counters.found.set(accepts.not());
          counters.accepted.set(accepts);
          next();
        });
      },
      Done: () => {
        io.finished.valid.set(true);
        next();
      },
    });
    return { phase, hasher, listenHash, value, listener, numbers, accepts, isns, resets, halfOpen, present, other };
  });
}

/**
 * Has a hash worked out of the segment that is here, beside all else. The unit does not stop half-way: what it gives for a segment
 * that left meanwhile is made of two segments, and nobody's.
 *
 * @param input of the unit @param leaves the segment goes in this cycle
 */
function beside(input: { readonly valid: { set(value: Bool): void }; readonly ready: Bool; readonly fire: Bool }, wanted: Bool, leaves: Bool) {
  const [known, runs, mixed] = [reg(Bool), reg(Bool), reg(Bool)];
  const valid = runs.or(wanted.and(known.not()));
  input.valid.set(valid);
  runs.next = valid.and(input.ready.not());
  when(input.fire, () => {
    known.next = mixed.not();
    mixed.next = false;
  });
  when(leaves, () => {
    known.next = false;
    mixed.next = valid.and(input.ready.not());
  });
  return { known, runs, mixed };
}

/** The RST that the sender of this segment accepts: RFC 9293 section 3.10.7.1. */
function resetFor({ seq, ack, ack_flag, length, syn, fin }: Read<typeof Segment>): Read<typeof StatelessReset> {
  const end = seq.add(length.zext(32)).add(syn.toUInt().zext(2).add(fin.toUInt().zext(2)).zext(32));
  return lit(StatelessReset, { seq: mux(ack_flag, ack, 0), ack: mux(ack_flag, lit(Sequence, 0), end), ack_flag: ack_flag.not() });
}
