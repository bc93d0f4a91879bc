/**
 * Gives back what a connection had when it ends: its entry in the flow table, its next hop, and, once its guest has been told,
 * its slot.
 *
 * A connection takes as long as the flow table's deletion and two cycles more, one at a time; up to N wait. Whichever comes
 * first, the deletion or the FINAL entry, the slot waits for the other.
 * It ends no connections and tells nobody.
 */
import { allOf, assert, Bool, Bundle, clog2, Enum, In, inst, match, mem, module, Out, reg, Stream, UInt, Valid, when, wire } from '@vtoe/hdl';
import { fifo } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { connectionBits, flowShapes } from './flow-entry.ts';
import { FlowKey } from './flow-key.ts';

type Build = Pick<Config, 'connections' | 'neighbours'>;

/** A connection that ended: what is known of it besides its slot, whose `generation` is that of the next life. */
export const endedConnection = ({ connections, neighbours }: Build) => Bundle('EndedConnection', {
  slot: flowShapes(connections).FlowValue,
  key: FlowKey,
  /** Its next hop, if it has one. */
  has_neighbour: Bool,
  neighbour: UInt(Math.max(1, clog2(neighbours))),
  /** A FINAL entry is on its way: the slot waits for it. */
  told: Bool,
});

/** Of a slot: neither, the deletion, or the FINAL entry came already. */
const Waits = Enum('SlotWaits', ['Nothing', 'ForGuest', 'ForTable']);
const Step = Enum('SlotStep', ['Clear', 'Idle', 'Delete', 'Release', 'Mark', 'Give']);

export function slotReturn(config: Build) {
  const { connections, neighbours } = config;
  const { FlowValue, FlowCommand } = flowShapes(connections);
  const Connection = UInt(connectionBits(connections));
  const Ended = endedConnection(config);
  return module('slot_return', { n: connections, h: neighbours }, {
    /** Never waits. */
    ended: In(Valid(Ended)),
    /** The FINAL entry of this connection was given to its guest's queue. Never waits. */
    finished: In(Valid(Connection)),
    /** To the flow table: Delete. */
    command: Out(Stream(FlowCommand)),
    /** A user of that next hop less. */
    release: Out(Stream(UInt(Math.max(1, clog2(neighbours))))),
    give: Out(Stream(FlowValue)),
    ready: Out(Bool),
    idle: Out(Bool),
  }, (io) => {
    const ended = inst(fifo(Ended, connections), {});
    const finished = inst(fifo(Connection, connections), {});
    ended.in.valid.set(io.ended.valid);
    ended.in.payload.set(io.ended.payload);
    finished.in.valid.set(io.finished.valid);
    finished.in.payload.set(io.finished.payload);
    const waits = mem(Waits, connections, { style: 'distributed' });
    /** The generation that the slot goes back with, where the guest is waited for. */
    const generations = mem(FlowValue.fields.generation, connections, { style: 'distributed' });
    const step = reg(Step);
    const at = reg(Connection);
    const current = ended.out.payload;
    const told = reg(Bool);
    const value = reg(FlowValue, { reset: false });

    const here = wire(Connection);
    here.set(at);
    const write = { enable: wire(Bool), value: wire(Waits) };
    write.enable.set(false);
    write.value.set('Nothing');
    ended.out.ready.set(false);
    finished.out.ready.set(false);
    const state = waits.read(here);
    match(step, {
      Clear: () => {
        write.enable.set(true);
        at.next = at.add(1);
        when(at.eq(connections - 1), () => { step.next = 'Idle'; });
      },
      Idle: () => {
        when(finished.out.valid, () => {
          finished.out.ready.set(true);
          told.next = true;
          at.next = finished.out.payload;
          step.next = 'Mark';
        }).elsewhen(ended.out.valid, () => {
          told.next = false;
          step.next = 'Delete';
        });
      },
      Delete: () => { when(io.command.ready, () => { step.next = 'Release'; }); },
      Release: () => {
        at.next = current.slot.connection;
        value.next = current.slot;
        when(current.has_neighbour.not().or(io.release.ready), () => { step.next = 'Mark'; });
      },
      Mark: () => {
        write.enable.set(true);
        when(told, () => {
          // The guest was told: is the table done?
          value.next = { connection: at, generation: generations.read(at) };
          when(state.eq('ForGuest'), () => { step.next = 'Give'; })
            .otherwise(() => {
              write.value.set('ForTable');
              step.next = 'Idle';
            });
        }).otherwise(() => {
          ended.out.ready.set(true);
          generations.write(at, value.generation);
          when(current.told.not().or(state.eq('ForTable')), () => { step.next = 'Give'; })
            .otherwise(() => {
              write.value.set('ForGuest');
              step.next = 'Idle';
            });
        });
        assert(told.not().or(state.ne('ForTable')), 'slotReturn: a guest is told twice of the end of one life');
      },
      Give: () => { when(io.give.ready, () => { step.next = 'Idle'; }); },
    });
    when(write.enable, () => { waits.write(here, write.value); });
    io.command.valid.set(step.eq('Delete'));
    // The table knows it under the generation of the life that ended.
    io.command.payload.set({ op: 'Delete', key: current.key, value: { connection: current.slot.connection, generation: current.slot.generation.sub(1) }, has_hash: false, hash: 0 });
    io.release.valid.set(step.eq('Release').and(current.has_neighbour));
    io.release.payload.set(current.neighbour);
    io.give.valid.set(step.eq('Give'));
    io.give.payload.set(value);
    io.ready.set(step.ne('Clear'));
    io.idle.set(allOf(step.eq('Idle'), ended.out.valid.not(), finished.out.valid.not()));
    when(io.ended.valid, () => { assert(ended.in.ready, 'slotReturn: more connections end than there are'); });
    when(io.finished.valid, () => { assert(finished.in.ready, 'slotReturn: more guests are told than there are connections'); });
    return { ended_q: ended, finished_q: finished, waits, generations, step, at, told, value, here };
  });
}
