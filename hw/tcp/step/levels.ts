/** What a grant would send: the levels of a record, and the first of them. */
import { allOf, anyOf, type Bool } from '@vtoe/hdl';
import type { Tcb } from '../tcb.ts';
import type { Sendable } from './sendable.ts';

/** What there is to send, in the order in which a grant takes it; several may hold. Named as `SendKind`. */
export function sendLevels(r: Tcb, may: Sendable, windowUpdateDue: Bool) {
  const { synced } = may;
  return {
    Reset: r.rst_due,
    Syn: r.syn_due,
    DuplicateAck: r.dupack_owed.ne(0),
    Retransmission: synced.and(may.retransmission),
    // New data do not overtake a retransmission that waits for cwnd or the window.
    Data: allOf(synced, may.holeAny.not(), may.data),
    Fin: allOf(synced, may.holeAny.not(), may.fin),
    Probe: synced.and(r.probe_due),
    Keepalive: synced.and(r.keepalive_due),
    Ack: synced.and(r.ack_now.or(windowUpdateDue)),
  };
}

export type SendLevels = ReturnType<typeof sendLevels>;

/** The first one alone. */
export function firstOf(levels: SendLevels): SendLevels {
  const { Reset, Syn, DuplicateAck, Retransmission, Data, Fin, Probe, Keepalive, Ack } = levels;
  const behind = (level: Bool, ...before: Bool[]) => level.and(anyOf(...before).not());
  return {
    Reset,
    Syn: behind(Syn, Reset),
    DuplicateAck: behind(DuplicateAck, Reset, Syn),
    Retransmission: behind(Retransmission, Reset, Syn, DuplicateAck),
    Data: behind(Data, Reset, Syn, DuplicateAck, Retransmission),
    Fin: behind(Fin, Reset, Syn, DuplicateAck, Retransmission, Data),
    Probe: behind(Probe, Reset, Syn, DuplicateAck, Retransmission, Data, Fin),
    Keepalive: behind(Keepalive, Reset, Syn, DuplicateAck, Retransmission, Data, Fin, Probe),
    Ack: behind(Ack, Reset, Syn, DuplicateAck, Retransmission, Data, Fin, Probe, Keepalive),
  };
}
