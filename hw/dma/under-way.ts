/**
 * The bursts of a DMA engine that are under way: which AXI IDs are in use, for whom, and how each burst ends.
 *
 * One burst starts and one ends in a cycle; an end is told in the cycle of memory's answer, and of a refused burst in the
 * first cycle without an answer, 1 cycle after its refusal or more.
 * It measures no time: what was under way during all of a `period` is given up, told as an error like any other, and its ID is kept
 * until memory answers after all, which nobody hears of.
 *
 * So memory that never answers costs IDs. A VM leaves some to the others, and while it is `stuck`, no burst of it starts.
 *
 * A refused burst may not wait without end for such a cycle. Answers can come in every cycle to bursts of one beat only: the
 * engine starts none of these while `refusing`, so the wait is for the answers that were due before, at most.
 */
import { allOf, assert, Bool, Bundle, cat, clog2, In, lit, mem, module, mux, Out, reg, UInt, Valid, when, Vec } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { ADDRESS_BITS, clientBits, DmaCause, type DmaClients, DmaDone, DmaFault, idIndexBits } from './burst.ts';

/** Bursts of one owner in an engine, on the bus or not: fewer than 2^this. */
const COUNT_BITS = 6;

/** What is remembered of a burst; `address` is the owner's, for the fault log. */
export function DmaFlight(config: Config, parameters: DmaClients) {
  const { ownerBits } = derived(config);
  return Bundle(`DmaFlight_o${ownerBits}_c${parameters.clients}_t${parameters.tagBits}`, {
    client: UInt(clientBits(parameters)), tag: UInt(parameters.tagBits), owner: UInt(ownerBits), address: UInt(ADDRESS_BITS),
  });
}

/** A burst that does not reach the bus, and why. */
export function DmaRefusal(config: Config, parameters: DmaClients) {
  const flight = DmaFlight(config, parameters);
  return Bundle(`DmaRefusal_f${flight.width}`, { flight, cause: DmaCause });
}

/** IDs that a VM may have at a time: if its memory never answers, the others go on with the rest. */
export function idsOfVm({ vms }: Pick<Config, 'vms'>, outstanding: number): number {
  return vms === 1 ? outstanding : Math.max(1, outstanding - Math.ceil(outstanding / 8));
}

export function dmaUnderWay(config: Config, parameters: DmaClients, outstanding: number) {
  const { ownerBits } = derived(config);
  const { clients, tagBits } = parameters;
  const Id = UInt(idIndexBits(outstanding));
  const Flight = DmaFlight(config, parameters);
  const Refusal = DmaRefusal(config, parameters);

  return module('dma_under_way', { n: outstanding, v: config.vms, c: clients, t: tagBits }, {
    /** A burst of this owner comes into the engine. */
    entered: In(Valid(UInt(ownerBits))),
    /** There is an ID for one more of owner `wanted`, and which. */
    wanted: In(UInt(ownerBits)), free: Out(Bool), id: Out(Id),
    /** This burst goes to the bus with it; only while `free`. */
    issued: In(Valid(Flight)),
    /** This one is refused; not while `refusing`. */
    refused: In(Valid(Refusal)),
    /** A refused burst waits for its end to be told. */
    refusing: Out(Bool),
    /** Whose burst has the ID `asked`: counts while `asks`. It was `given_up`: what comes for it is nobody's. */
    asks: In(Bool), asked: In(Id), found: Out(Flight), given_up: Out(Bool),
    /** Memory has answered all of the burst with the ID `asked`; only while `asks`. */
    answered: In(Valid(Bundle('DmaAnswer', { error: Bool }))),
    /** A period ends: for one cycle. */
    period: In(Bool),
    done: Out(Valid(DmaDone(parameters))),
    fault: Out(Valid(DmaFault(config))),
    /** Bit o: there are bursts of owner o. */
    busy: Out(UInt(config.vms + 1)),
    /** Bit o: a burst of owner o was given up, and not all of them have ended since. */
    stuck: Out(UInt(config.vms + 1)),
  }, (io) => {
    // A memory of a single word is a register, and yosys warns of one that is not described as such.
    const flights = outstanding === 1 ? reg(Flight, { reset: false }) : mem(Flight, outstanding, { style: 'distributed' });
    const used = reg(UInt(outstanding));
    const taken = io.issued.valid, ended = io.answered.valid;
    const id = used.not().priority();
    // The VMM is trusted with all of them.
    const most = idsOfVm(config, outstanding);
    const onBus = reg(Vec(UInt(clog2(outstanding + 1)), config.vms));
    const full = cat(...[...onBus].map((count) => count.eq(most).toUInt()).reverse(), lit(UInt(1), 0)) as UInt;
    io.free.set(used.andR().not().and(full.bit(io.wanted).not()));
    io.id.set(id);
    when(taken, () => {
      if ('write' in flights) flights.write(id, io.issued.payload);
      else flights.next = io.issued.payload;
      assert(used.andR().not(), 'dmaUnderWay: a burst starts only if an ID is free');
      assert(full.bit(io.issued.payload.owner).not(), 'dmaUnderWay: a VM leaves IDs to the others');
    });
    const begun = mux(taken, id.oneHot(outstanding), 0), over = mux(ended, io.asked.oneHot(outstanding), 0);
    used.next = used.or(begun).and(over.not());
    when(ended, () => { assert(io.asks.and(used.bit(io.asked)), 'dmaUnderWay: memory answers a burst that is under way'); });
    for (const [v, count] of [...onBus].entries()) {
      const more = taken.and(io.issued.payload.owner.eq(v + 1)), fewer = ended.and(io.found.owner.eq(v + 1));
      when(more.and(fewer.not()), () => { count.next = count.add(1); }).elsewhen(fewer.and(more.not()), () => { count.next = count.sub(1); });
    }

    const waiting = reg(Bool);
    const refusal = reg(Refusal, { reset: false });
    const told = waiting.and(ended.not());

    // A bit for each ID: under way since before this period began; to be given up; given up.
    const [old, due, lost] = [reg(UInt(outstanding)), reg(UInt(outstanding)), reg(UInt(outstanding))];
    const victim = due.priority();
    const gives = allOf(due.orR(), io.asks.not(), waiting.not());
    const given = mux(gives, victim.oneHot(outstanding), 0);
    const late = lost.bit(io.asked);
    old.next = mux(io.period, used, old).and(over.not()).and(begun.not());
    due.next = mux(io.period, due.or(old.and(lost.not())), due).and(over.not()).and(given.not());
    lost.next = lost.or(given).and(over.not());
    io.given_up.set(late);
    when(told, () => { waiting.next = false; });
    when(io.refused.valid, () => {
      waiting.next = true;
      refusal.next = io.refused.payload;
      assert(waiting.not(), 'dmaUnderWay: one refused burst at a time');
    });
    io.refusing.set(waiting);

    const flight = 'read' in flights ? flights.read(mux(gives, victim, io.asked)) : flights;
    io.found.set(flight);
    const error = ended.not().or(io.answered.payload.error);
    const end = mux(told, refusal.flight, flight);
    io.done.valid.set(mux(ended, late.not(), waiting.or(gives)));
    io.done.payload.set({ client: end.client, tag: end.tag, error });
    io.fault.valid.set(io.done.valid.and(error));
    io.fault.payload.set({ owner: end.owner, address: end.address, cause: mux(ended, lit(DmaCause, 'Bus'), mux(waiting, refusal.cause, lit(DmaCause, 'Stuck'))) });

    const counts = reg(Vec(UInt(COUNT_BITS), config.vms + 1));
    for (const [owner, count] of [...counts].entries()) {
      const more = io.entered.valid.and(io.entered.payload.eq(owner)), fewer = ended.or(waiting).and(end.owner.eq(owner));
      when(more.and(fewer.not()), () => {
        counts.at(owner).next = count.add(1);
        assert(count.andR().not(), 'dmaUnderWay: bursts of an owner can be counted');
      }).elsewhen(fewer.and(more.not()), () => { counts.at(owner).next = count.sub(1); });
    }
    const busy = cat(...[...counts].map((count) => count.ne(0).toUInt()).reverse()) as UInt;
    io.busy.set(busy);
    const stuck = reg(UInt(config.vms + 1));
    stuck.next = stuck.and(busy).or(mux(gives, flight.owner.oneHot(config.vms + 1), 0));
    io.stuck.set(stuck);
    return { flights, used, onBus, waiting, refusal, old, due, lost, gives, flight, counts, told, stuck_q: stuck };
  });
}
