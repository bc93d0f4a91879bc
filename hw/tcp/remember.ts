/**
 * Tells TIME_WAIT of connections that have come there, with their key's hash, before the flow table forgets them.
 *
 * A connection takes as long as the hash of its key, one at a time; up to 16 wait, one beyond them is not remembered and counted.
 * Meanwhile deletions wait: a segment that no longer finds its connection finds it in TIME_WAIT.
 * It keeps nothing: what is remembered, and for how long, is TIME_WAIT's.
 */
import { allOf, Bool, Bundle, In, inst, module, Out, reg, Stream, Valid } from '@vtoe/hdl';
import { fifo, serialSiphash } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import { TimeWait } from './actions.ts';
import { flowShapes } from './flow-entry.ts';
import { FLOW_KEY_BYTES, flowMessage, FlowSecret } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';
import { TimeWaitInsert } from './time-wait.ts';
import { vmIndex } from './vm-policy.ts';

const WAITING = 16;

/** A connection that is remembered in TIME_WAIT. */
export const Expiring = ({ vms }: Pick<Config, 'vms'>) => Bundle('ExpiringConnection', { key: FlowKey, vm: vmIndex(vms), record: TimeWait });

export function remember(c: Pick<Config, 'connections' | 'vms'>) {
  const { FlowCommand } = flowShapes(c.connections);
  return module('remember', { n: c.connections, v: c.vms }, {
    secret: In(FlowSecret),
    /** Never waits. */
    expiring: In(Valid(Expiring(c))),
    insert: Out(Valid(TimeWaitInsert(c))),
    /** Deletions of connections that ended, in the order in which they did: on their way to the flow table. */
    deletion: In(Stream(FlowCommand)),
    command: Out(Stream(FlowCommand)),
    /** A connection found no room to wait: TIME_WAIT never hears of it. */
    forgotten: Out(Bool),
    idle: Out(Bool),
  }, (io) => {
    const waiting = inst(fifo(Expiring(c), WAITING), {});
    waiting.in.valid.set(io.expiring.valid);
    waiting.in.payload.set(io.expiring.payload);
    io.forgotten.set(io.expiring.valid.and(waiting.in.ready.not()));
    const hasher = inst(serialSiphash({ bytes: FLOW_KEY_BYTES }), { key: io.secret });
    const { key, vm, record } = waiting.out.payload;
    hasher.in.valid.set(waiting.out.valid);
    hasher.in.payload.set(flowMessage(key));
    waiting.out.ready.set(hasher.in.ready);
    io.insert.valid.set(hasher.in.fire);
    io.insert.payload.set({ key, hash: hasher.hash.trunc(32), vm, record });
    // Who is remembered later has ended later: a command that stands already stays.
    const stands = reg(Bool);
    const goes = stands.or(waiting.out.valid.not());
    io.command.valid.set(io.deletion.valid.and(goes));
    io.command.payload.set(io.deletion.payload);
    io.deletion.ready.set(io.command.ready.and(goes));
    stands.next = allOf(io.deletion.valid, goes, io.command.ready.not());
    io.idle.set(waiting.out.valid.not());
    return { waiting, hasher, stands };
  });
}
