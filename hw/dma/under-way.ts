/**
 * The bursts of a DMA engine that are under way: which AXI IDs are in use, for whom, and how each burst ends.
 *
 * One burst starts and one ends in a cycle; an end is told in the cycle of memory's answer, and of a refused burst in the
 * first cycle without an answer, 1 cycle after its refusal or more.
 * It does not time out: if memory never answers, `busy` keeps its owner's bit.
 *
 * A refused burst may not wait without end for such a cycle. Answers can come in every cycle to bursts of one beat only: the
 * engine starts none of these while `refusing`, so the wait is for the answers that were due before, at most.
 */
import { assert, Bool, Bundle, cat, In, lit, mem, module, mux, Out, reg, UInt, Valid, when, Vec } from '@vtoe/hdl';
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

export function dmaUnderWay(config: Config, parameters: DmaClients, outstanding: number) {
  const { ownerBits } = derived(config);
  const { clients, tagBits } = parameters;
  const Id = UInt(idIndexBits(outstanding));
  const Flight = DmaFlight(config, parameters);
  const Refusal = DmaRefusal(config, parameters);

  return module('dma_under_way', { n: outstanding, v: config.vms, c: clients, t: tagBits }, {
    /** A burst of this owner comes into the engine. */
    entered: In(Valid(UInt(ownerBits))),
    /** There is an ID for one more, and which. */
    free: Out(Bool), id: Out(Id),
    /** This burst goes to the bus with it; only while `free`. */
    issued: In(Valid(Flight)),
    /** This one is refused; not while `refusing`. */
    refused: In(Valid(Refusal)),
    /** A refused burst waits for its end to be told. */
    refusing: Out(Bool),
    /** Whose burst has this ID. */
    asked: In(Id), found: Out(Flight),
    /** Memory has answered all of the burst with the ID `asked`. */
    answered: In(Valid(Bundle('DmaAnswer', { error: Bool }))),
    done: Out(Valid(DmaDone(parameters))),
    fault: Out(Valid(DmaFault(config))),
    /** Bit o: there are bursts of owner o. */
    busy: Out(UInt(config.vms + 1)),
  }, (io) => {
    // A memory of a single word is a register, and yosys warns of one that is not described as such.
    const flights = outstanding === 1 ? reg(Flight, { reset: false }) : mem(Flight, outstanding, { style: 'distributed' });
    const used = reg(UInt(outstanding));
    const taken = io.issued.valid, ended = io.answered.valid;
    const id = used.not().priority();
    io.free.set(used.andR().not());
    io.id.set(id);
    when(taken, () => {
      if ('write' in flights) flights.write(id, io.issued.payload);
      else flights.next = io.issued.payload;
      assert(io.free, 'dmaUnderWay: a burst starts only if an ID is free');
    });
    const begun = mux(taken, id.oneHot(outstanding), 0), over = mux(ended, io.asked.oneHot(outstanding), 0);
    used.next = used.or(begun).and(over.not());
    when(ended, () => { assert(used.bit(io.asked), 'dmaUnderWay: memory answers a burst that is under way'); });

    const waiting = reg(Bool);
    const refusal = reg(Refusal, { reset: false });
    const told = waiting.and(ended.not());
    when(told, () => { waiting.next = false; });
    when(io.refused.valid, () => {
      waiting.next = true;
      refusal.next = io.refused.payload;
      assert(waiting.not(), 'dmaUnderWay: one refused burst at a time');
    });
    io.refusing.set(waiting);

    const flight = 'read' in flights ? flights.read(io.asked) : flights;
    io.found.set(flight);
    const error = ended.not().or(io.answered.payload.error);
    const end = mux(ended, flight, refusal.flight);
    io.done.valid.set(ended.or(waiting));
    io.done.payload.set({ client: end.client, tag: end.tag, error });
    io.fault.valid.set(io.done.valid.and(error));
    io.fault.payload.set({ owner: end.owner, address: end.address, cause: mux(ended, lit(DmaCause, 'Bus'), refusal.cause) });

    const counts = reg(Vec(UInt(COUNT_BITS), config.vms + 1));
    for (const [owner, count] of [...counts].entries()) {
      const more = io.entered.valid.and(io.entered.payload.eq(owner)), fewer = io.done.valid.and(end.owner.eq(owner));
      when(more.and(fewer.not()), () => {
        counts.at(owner).next = count.add(1);
        assert(count.andR().not(), 'dmaUnderWay: bursts of an owner can be counted');
      }).elsewhen(fewer.and(more.not()), () => { counts.at(owner).next = count.sub(1); });
    }
    io.busy.set(cat(...[...counts].map((count) => count.ne(0).toUInt()).reverse()));
    return { flights, used, waiting, refusal, flight, counts, told };
  });
}
