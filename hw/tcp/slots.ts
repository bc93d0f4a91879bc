/**
 * The free slots of connections, each with the generation of its next life, given out in the order in which they came back.
 *
 * One is taken and one given back per cycle; the answer to a taker stands at the output in the cycle in which it is taken; after
 * reset all slots come in within `connections` cycles.
 * It does not know who has a slot: giving one back twice is a fault of the giver, of which only the sum is asserted.
 *
 * In the order of return, so that a slot rests as long as possible before its next life: late segments and handles find
 * an old generation.
 */
import { assert, Bool, Bundle, clog2, In, inst, module, mux, Out, reg, Stream, UInt, Vec, when, lit } from '@vtoe/hdl';
import { arbitrate, fifo } from '@vtoe/hdl/lib';
import { connectionBits, flowShapes } from './flow-entry.ts';
import { vmIndex } from './vm-policy.ts';

export interface SlotsOptions {
  readonly connections: number;
  readonly vms: number;
  /** Ports for those who take: the slow path, the opener of connections. */
  readonly takers?: number;
  /** Ports for those who give back: the pipeline, a taker that could not use it. */
  readonly givers?: number;
}

export const SlotCounters = Bundle('SlotCounters', { taken: Bool, given: Bool, none_left: Bool });

export function slots({ connections, vms, takers = 1, givers = 1 }: SlotsOptions) {
  const { FlowValue } = flowShapes(connections);
  const ports = {
    /** For which VM: where a quota of VMs will be kept. */
    take: In(Vec(Stream(vmIndex(vms)), takers)),
    /** Of the request that is taken in this cycle: there was a slot, and which. */
    ok: Out(Bool), slot: Out(FlowValue),
    give: In(Vec(Stream(FlowValue), givers)),
    free: Out(UInt(clog2(connections + 1))),
    ready: Out(Bool),
    counters: Out(SlotCounters),
  };
  return module('slots', { n: connections, v: vms, t: takers, g: givers }, ports, (io) => {
    const store = inst(fifo(FlowValue, connections));
    const [ready, next] = [reg(Bool), reg(UInt(connectionBits(connections)))];
    const given = arbitrate([...io.give]);
    const asked = arbitrate([...io.take]);
    // Until all slots are in, nobody else gives or takes.
    store.in.valid.set(ready.not().or(given.valid));
    store.in.payload.set(mux(ready, given.payload, lit(FlowValue, { connection: next, generation: 0 })));
    given.ready.set(ready.and(store.in.ready));
    when(ready.not().and(store.in.ready), () => {
      next.next = next.add(1);
      when(next.eq(connections - 1), () => { ready.next = true; });
    });
    asked.ready.set(ready);
    store.out.ready.set(asked.fire);
    io.ok.set(store.out.valid);
    io.slot.set(store.out.payload);
    io.free.set(store.level);
    io.ready.set(ready);
    io.counters.set({ taken: asked.fire.and(store.out.valid), given: given.fire, none_left: asked.fire.and(store.out.valid.not()) });
    when(given.valid.and(ready), () => { assert(store.in.ready, 'no more slots come back than there are'); });
    return { store, ready, next, given, asked };
  });
}
