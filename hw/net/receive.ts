/**
 * The receive path up to the verdict: parse, store, and do what verdicts say.
 *
 * A beat a cycle in, a frame in every beat if need be; what is known of a frame stands at `received` `parseLatency` + 1
 * (with more than 64 slots 2) cycles after its last beat. Input is taken in every cycle.
 * It knows no addresses and no connections: whoever reads `received` gives each slot one verdict.
 */
import { Bool, In, inst, module, Out, reg, Stream } from '@vtoe/hdl';
import { AxiStream } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import type { DmaClients } from '../dma/burst.ts';
import { Received } from './received.ts';
import { rxParse } from './rx-parse.ts';
import { placePorts, rxPlace } from './rx-place.ts';
import { ringWords, RxDrops, rxStore } from './rx-store.ts';

export function receive(c: Config, dma: DmaClients & { readonly client: number }) {
  const { datapathBits: width, hostBits } = c;
  return module('receive', { w: width, h: hostBits, d: c.rxFifoBytes, s: c.rxFifoFrames, m: c.dmaBurstMostBytes, mtu: c.mtuMostBytes, v: c.vms, c: dma.clients, t: dma.tagBits, i: dma.client, cuts: c.checksumCuts.join('_') || 'none' }, {
    rx: In(AxiStream(width), { prefix: 's_axis_rx_' }),
    /** Good frames whose last beat comes before are dropped, as before `ready`. */
    enable: In(Bool),
    received: Out(Stream(Received(c))),
    ...placePorts(c, dma),
    drops: Out(RxDrops),
    /** Three quarters of the words are taken: what is left is for connections. */
    crowded: Out(Bool),
    option_fault: Out(Bool),
  }, (io) => {
    io.rx.ready.set(true);
    const parse = inst(rxParse(c));
    parse.in.valid.set(io.rx.valid);
    parse.in.payload.set(io.rx.payload);
    const store = inst(rxStore(c), { in: parse.out, parsed: parse.parsed });
    const place = inst(rxPlace(c, dma), { frames: store.frames, read_data: store.read_data, verdict: io.verdict, routed: io.routed, done: io.done });
    store.read_enable.set(place.read_enable);
    store.read_address.set(place.read_address);
    store.freed.set(place.freed);
    store.slot_free.set(place.slot_free);
    store.ready.set(place.ready.and(io.enable));
    io.received.from(store.received);
    io.range.from(place.range);
    io.data.from(place.data);
    io.echo.from(place.echo);
    io.punt.from(place.punt);
    io.retired.from(place.retired);
    io.ready.set(place.ready);
    io.drops.set(store.drops);
    const crowded = reg(Bool);
    crowded.next = store.level.ge((3 * ringWords(c)) / 4);
    io.crowded.set(crowded);
    io.option_fault.set(store.option_fault);
    return { parse, store, place, crowded };
  });
}
