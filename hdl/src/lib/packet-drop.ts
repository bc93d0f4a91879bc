/**
 * `dropPackets` takes some packets of a stream out of it, each as a whole.
 *
 * Decided at the first beat: one beat a cycle, latency 0, one bit of memory. Decided at the last beat: the packet is
 * stored until then, so a beat a cycle, and 2 cycles from the last beat in to the first beat out.
 * It shortens no packet; and what it drops is counted only by who asks to be told (`onDrop`).
 */
import { assert, Bool, type Bool as BoolValue, inst, mux, past, type Read, reg, scope, type Source, when } from '../index.ts';
import type { PacketShape } from './packet.ts';
import { packetFifo, type PacketFifoOptions } from './packet-fifo.ts';
import { verb } from './stream-verb.ts';

/** A Bool, or how to get it from a beat. */
export type PacketCondition = BoolValue | ((beat: Read<PacketShape>) => BoolValue);

export interface DropAtFirst {
  /** Looked at in the first beat (default): it must not begin to hold while that beat waits (asserted). */
  readonly decide?: 'first';
  /** Called once, with a signal that is high in the cycle in which the last beat of a dropped packet is taken. */
  readonly onDrop?: (packet: BoolValue) => void;
}

/** Looked at in the last beat. Packets marked bad (`user`) are dropped too; one of more beats than `depth` must not come (asserted), and is dropped. */
export interface DropAtLast extends Pick<PacketFifoOptions, 'depth' | 'packets'> {
  readonly decide: 'last';
  readonly onDrop?: (packet: BoolValue) => void;
}

/** The packets of `source` for which `condition` does not hold. */
export function dropPackets(source: Source<PacketShape>, condition: PacketCondition, options: DropAtFirst | DropAtLast = {}): Source<PacketShape> {
  const wanted = typeof condition === 'function' ? condition(source.payload) : condition;
  return options.decide === 'last' ? dropAtLast(source, wanted, options) : dropAtFirst(source, wanted, options);
}

function dropAtFirst(source: Source<PacketShape>, condition: BoolValue, { onDrop }: DropAtFirst): Source<PacketShape> {
  const beat = source.payload;
  return verb('drop', beat.shape, (out) => {
    const inside = reg(Bool);
    const dropping = reg(Bool, { reset: false });
    const dropped = mux(inside, dropping, condition);
    out.valid.set(source.valid.and(dropped.not()));
    out.payload.set(beat);
    source.ready.set(out.ready.or(dropped));
    when(source.fire, () => {
      inside.next = beat.last.not();
      dropping.next = dropped;
    });
    onDrop?.(source.fire.and(beat.last).and(dropped));

    when(past(out.valid.and(out.ready.not())), () => {
      assert(dropped.not(), 'dropPackets: the condition must not begin to hold for a packet that has been offered');
    });
    return { inside, dropping, dropped };
  });
}

/** The packet FIFO never stops its writer; here the writer can wait, so it does until there is room, and nothing good is lost. */
function dropAtLast(source: Source<PacketShape>, condition: BoolValue, { depth, packets, onDrop }: DropAtLast): Source<PacketShape> {
  const beat = source.payload;
  return scope('drop', () => {
    const store = inst(packetFifo(beat.data.width, { depth, packets }));
    const full = store.level.eq(depth);
    // Nothing complete inside, and yet full: the packet that comes in fills it alone, and waiting would not end.
    const endless = full.and(store.packets.eq(0));
    const dropped = beat.user.or(condition);
    source.ready.set(full.or(store.packets.eq(packets)).not().or(endless));
    store.in.valid.set(source.fire);
    store.in.payload.set({ user: dropped, last: beat.last, keep: beat.keep, data: beat.data });
    onDrop?.(source.fire.and(beat.last).and(dropped));

    assert(source.valid.and(endless).not(), `dropPackets: a packet has more than ${depth} beats`);
    return { store, full, dropped, out: store.out };
  }).out;
}
