/**
 * The DMA write engine: bursts of several clients become AXI4 writes, up to `dmaWrites` under way at once, each with all of
 * its data in hand before its address is given.
 *
 * One burst and one beat a cycle, without a gap between bursts; AWVALID 2 cycles after a burst's last beat and 5 after its
 * request, or later, an end 1 cycle after its answer. BREADY is constantly 1.
 * It cuts no ranges and moves no bytes within a beat: byte a of memory comes in lane a modulo the beat's bytes.
 */
import { assert, Bool, Bundle, clog2, In, inst, lit, module, mux, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { AxiAddress, AxiWrite, AxiWriteData, fifo, queue, skid } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { assertBurst, burstLength, burstMostBeats, clientBits, DmaBurst, type DmaClients, DmaDone, DmaFault, idIndexBits } from './burst.ts';
import { axiAddressOf, checkedBursts, dmaAxi, flightOf, routedBursts } from './checked-bursts.ts';
import { DmaRefusal, dmaUnderWay } from './under-way.ts';
import { DmaWindow } from './windows.ts';

/** Bursts whose data are in hand, or coming in, and that are not on the bus yet. */
const WAITING = 16;

export function dmaWrite(config: Config, parameters: DmaClients) {
  const { dmaWrites, vms, windowsPerVm, hostBits, dmaBurstMostBytes } = config;
  const { clients, tagBits } = parameters;
  const { hostBytes } = derived(config);
  const laneBits = clog2(hostBytes);
  const axi = dmaAxi(config);
  // What is left to do with a burst's beats: they go to the bus, or away.
  const Beats = Bundle(`DmaBeats_d${hostBits}_c${parameters.clients}_t${tagBits}`, { length: UInt(8), first: UInt(laneBits), tail: UInt(laneBits), refused: Bool, refusal: DmaRefusal(config, parameters) });

  return module('dma_write', { n: clients, t: tagBits, d: hostBits, m: dmaBurstMostBytes, o: dmaWrites, v: vms, w: windowsPerVm }, {
    request: In(Vec(Stream(DmaBurst(config, tagBits)), clients)),
    data: In(Vec(Stream(UInt(hostBits)), clients)),
    done: Out(Valid(DmaDone(parameters))),
    fault: Out(Valid(DmaFault(config))),
    busy: Out(UInt(vms + 1)),
    period: In(Bool),
    stuck: Out(UInt(vms + 1)),
    window: In(Valid(DmaWindow(config))),
    cache: In(UInt(4)),
    m: Out(AxiWrite(axi), { prefix: 'm_axi_' }),
  }, (io) => {
    const underWay = inst(dmaUnderWay(config, parameters, dmaWrites));

    // In: one burst after another, its beats go to the store; what it asks for goes to the check.
    const routed = routedBursts(parameters, io.request);
    const gather = { busy: reg(Bool), client: reg(UInt(clientBits(parameters))), left: reg(UInt(8), { reset: false }) };
    const store = inst(fifo(UInt(hostBits), 2 * burstMostBeats(config)));
    const offered = lit(Vec(Bool, clients), io.data.map(({ valid }) => valid)).at(gather.client);
    store.in.valid.set(gather.busy.and(offered));
    store.in.payload.set(lit(Vec(UInt(hostBits), clients), io.data.map(({ payload }) => payload)).at(gather.client));
    for (const [i, { ready }] of io.data.entries()) ready.set(gather.busy.and(gather.client.eq(i)).and(store.in.ready));
    const complete = store.in.fire.and(gather.left.eq(0));
    when(store.in.fire, () => { gather.left.next = gather.left.sub(1); });
    when(complete, () => { gather.busy.next = false; });

    const accepted = wire(Stream(routed.payload.shape));
    const open = gather.busy.not().or(complete);
    accepted.valid.set(routed.valid.and(open));
    accepted.payload.set(routed.payload);
    routed.ready.set(accepted.ready.and(open));
    when(accepted.fire, () => {
      const { client, burst } = routed.payload;
      gather.busy.next = true;
      gather.client.next = client;
      gather.left.next = burstLength(config, burst.address, burst.bytes);
    });
    assertBurst(config, 'dmaWrite', routed.valid, routed.payload.burst);
    underWay.entered.valid.set(accepted.fire);
    underWay.entered.payload.set(routed.payload.burst.owner);
    const checked = checkedBursts(config, 'write', accepted, io.window);
    const waiting = queue(checked.out, WAITING);

    // Whole bursts in the store that have not gone on: in the order of the check.
    const whole = reg(UInt(clog2(WAITING + 8)));
    const { payload: burst } = waiting;
    const stuck = underWay.stuck.bit(burst.owner);
    const refused = burst.cause.ne('None').or(stuck);
    underWay.wanted.set(burst.owner);
    const [aw, beats] = [wire(Stream(AxiAddress(axi))), wire(Stream(Beats))];
    aw.payload.set(axiAddressOf(config, burst, underWay.id, io.cache));
    const ready = waiting.valid.and(whole.ne(0)).and(refused.or(underWay.free.and(underWay.refusing.and(aw.payload.len.eq(0)).not())));
    // Both go at once, so neither waits for the other.
    aw.valid.set(ready.and(refused.not()).and(beats.ready));
    beats.valid.set(ready.and(refused.or(aw.ready)));
    waiting.ready.set(beats.fire);
    const end = burst.carried.offset.trunc(laneBits).add(burst.carried.bytes.trunc(laneBits));
    const flight = flightOf(config, parameters, burst);
    beats.payload.set({ length: aw.payload.len, first: burst.carried.offset.trunc(laneBits), tail: end, refused, refusal: { flight, cause: mux(stuck, 'Stuck', burst.cause) } });
    when(complete.and(beats.fire.not()), () => { whole.next = whole.add(1); }).elsewhen(beats.fire.and(complete.not()), () => { whole.next = whole.sub(1); });
    underWay.issued.valid.set(aw.fire);
    underWay.issued.payload.set(flight);
    const address = skid(aw);
    io.m.aw.from(address);

    // Out: the beats of one burst after another.
    const moving = queue(beats, 2);
    const now = moving.payload;
    const position = reg(UInt(8));
    const last = position.eq(now.length);
    const allLanes = (1n << BigInt(hostBytes)) - 1n;
    const firstLanes = lit(UInt(hostBytes), allLanes).shl(now.first);
    const tailLanes = mux(now.tail.eq(0), allLanes, lit(UInt(hostBytes + 1), 1).shl(now.tail).trunc(hostBytes).sub(1));
    const w = wire(Stream(AxiWriteData(hostBits)));
    w.valid.set(moving.valid.and(now.refused.not()).and(store.out.valid));
    w.payload.set({ data: store.out.payload, strb: mux(position.eq(0), firstLanes, allLanes).and(mux(last, tailLanes, allLanes)), last });
    // The last beat of a refused burst waits until its end can be told.
    const away = now.refused.and(last.not().or(underWay.refusing.not()));
    const moved = moving.valid.and(store.out.valid).and(mux(now.refused, away, w.ready));
    store.out.ready.set(moved);
    moving.ready.set(moved.and(last));
    when(moved, () => { position.next = mux(last, 0, position.add(1)); });
    underWay.refused.valid.set(moved.and(last).and(now.refused));
    underWay.refused.payload.set(now.refusal);
    const data = skid(w);
    io.m.w.from(data);

    const answer = { valid: reg(Bool), id: reg(UInt(idIndexBits(dmaWrites))), error: reg(Bool, { reset: false }) };
    io.m.b.ready.set(true);
    answer.valid.next = io.m.b.valid;
    when(io.m.b.valid, () => { answer.id.next = io.m.b.payload.id.trunc(answer.id.width); });
    answer.error.next = io.m.b.payload.resp.is('SLVERR', 'DECERR');
    underWay.asks.set(answer.valid);
    underWay.asked.set(answer.id);
    underWay.period.set(io.period);
    underWay.answered.valid.set(answer.valid);
    underWay.answered.payload.set({ error: answer.error });
    io.done.from(underWay.done);
    io.fault.from(underWay.fault);
    io.busy.set(underWay.busy);
    io.stuck.set(underWay.stuck);
    assert(whole.andR().not(), 'dmaWrite: bursts in the store can be counted');
    return { routed, gather, store, accepted, checked, waiting, whole, underWay, aw, beats, address, moving, position, w, data, answer };
  });
}
