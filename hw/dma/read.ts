/**
 * The DMA read engine: bursts of several clients become AXI4 reads, up to `dmaReads` under way at once, and their beats go
 * back to the client as they come.
 *
 * One burst and one beat a cycle; 4 cycles from a client's request to ARVALID, 1 from a beat on the bus to the client.
 * It stores no data and cuts no ranges: a client has room for all beats of a burst before it asks, since RREADY is constantly
 * 1, and its bursts come from `dmaSplit` or are short by themselves.
 */
import { Bool, In, inst, module, mux, Out, reg, Stream, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { AxiAddress, AxiRead, skid } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { assertBurst, DmaBurst, type DmaClients, DmaData, DmaDone, DmaFault, idIndexBits, indexBits } from './burst.ts';
import { axiAddressOf, checkedBursts, dmaAxi, flightOf, routedBursts } from './checked-bursts.ts';
import { dmaUnderWay } from './under-way.ts';
import { DmaWindow } from './windows.ts';

export function dmaRead(config: Config, parameters: DmaClients) {
  const { dmaReads, vms, windowsPerVm, hostBits, dmaBurstMostBytes } = config;
  const { clients, tagBits } = parameters;
  const axi = dmaAxi(config);

  return module('dma_read', { n: clients, t: tagBits, d: hostBits, m: dmaBurstMostBytes, o: dmaReads, v: vms, w: windowsPerVm }, {
    request: In(Vec(Stream(DmaBurst(config, tagBits)), clients)),
    data: Out(Valid(DmaData(config, parameters))),
    done: Out(Valid(DmaDone(parameters))),
    fault: Out(Valid(DmaFault(config))),
    busy: Out(UInt(vms + 1)),
    period: In(Bool),
    stuck: Out(UInt(vms + 1)),
    window: In(Valid(DmaWindow(config))),
    cache: In(UInt(4)),
    m: Out(AxiRead(axi), { prefix: 'm_axi_' }),
  }, (io) => {
    const underWay = inst(dmaUnderWay(config, parameters, dmaReads));
    const routed = routedBursts(parameters, io.request);
    const checked = checkedBursts(config, 'read', routed, io.window);
    underWay.entered.valid.set(routed.fire);
    underWay.entered.payload.set(routed.payload.burst.owner);
    assertBurst(config, 'dmaRead', routed.valid, routed.payload.burst);

    const { valid, payload: burst } = checked.out;
    const stuck = underWay.stuck.bit(burst.owner);
    const refused = burst.cause.ne('None').or(stuck);
    underWay.wanted.set(burst.owner);
    const ar = wire(Stream(AxiAddress(axi)));
    ar.payload.set(axiAddressOf(config, burst, underWay.id, io.cache));
    const open = underWay.free.and(underWay.refusing.and(ar.payload.len.eq(0)).not());
    ar.valid.set(valid.and(refused.not()).and(open));
    checked.out.ready.set(mux(refused, underWay.refusing.not(), open.and(ar.ready)));
    underWay.issued.valid.set(ar.fire);
    underWay.issued.payload.set(flightOf(config, parameters, burst));
    underWay.refused.valid.set(checked.out.fire.and(refused));
    underWay.refused.payload.set({ flight: flightOf(config, parameters, burst), cause: mux(stuck, 'Stuck', burst.cause) });
    const address = skid(ar);
    io.m.ar.from(address);

    const beat = { valid: reg(Bool), id: reg(UInt(idIndexBits(dmaReads))), last: reg(Bool, { reset: false }), error: reg(Bool, { reset: false }), data: reg(UInt(hostBits), { reset: false }) };
    io.m.r.ready.set(true);
    beat.valid.next = io.m.r.valid;
    when(io.m.r.valid, () => { beat.id.next = io.m.r.payload.id.trunc(beat.id.width); });
    beat.last.next = io.m.r.payload.last;
    beat.error.next = io.m.r.payload.resp.is('SLVERR', 'DECERR');
    beat.data.next = io.m.r.payload.data;

    // Of each ID: the number of its next beat, and whether one before had an error.
    const index = reg(Vec(UInt(indexBits(config)), dmaReads));
    const faulty = reg(Vec(Bool, dmaReads));
    when(beat.valid, () => {
      index.at(beat.id).next = mux(beat.last, 0, index.at(beat.id).add(1));
      faulty.at(beat.id).next = beat.last.not().and(faulty.at(beat.id).or(beat.error));
    });
    underWay.asks.set(beat.valid);
    underWay.asked.set(beat.id);
    underWay.period.set(io.period);
    underWay.answered.valid.set(beat.valid.and(beat.last));
    underWay.answered.payload.set({ error: faulty.at(beat.id).or(beat.error) });
    const { client, tag } = underWay.found;
    io.data.valid.set(beat.valid.and(underWay.given_up.not()));
    io.data.payload.set({ client, tag, index: index.at(beat.id), data: beat.data });
    io.done.from(underWay.done);
    io.fault.from(underWay.fault);
    io.busy.set(underWay.busy);
    io.stuck.set(underWay.stuck);
    return { routed, checked, underWay, open, ar, address, beat, index, faulty };
  });
}
