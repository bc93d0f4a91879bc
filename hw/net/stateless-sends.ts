/**
 * Collects the segments that need no connection: RST for nobody's segment, the ACK of TIME_WAIT, RST for a connection that has ended.
 *
 * A segment a cycle; a RST for a connection that has ended two cycles after it ended at best. Four of those wait, all others at their source.
 * It decides none of them, and holds back nobody but those who ask for one.
 */
import { allOf, Bool, Bundle, In, inst, module, Out, reg, Stream, UInt, Valid, when } from '@vtoe/hdl';
import { arbitrate, fifo, map } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { StatelessReset } from '../tcp/actions.ts';
import { FlowKey } from '../tcp/flow-key.ts';
import { ResetOf } from '../tcp/outcome.ts';
import { TimeWaitAck } from '../tcp/time-wait.ts';
import { vmIndex } from '../tcp/vm-policy.ts';
import { ackSend, resetSend, statelessSegment } from './stateless.ts';
import { TxSegment } from './tx-segment.ts';

/** RSTs of connections that have ended, waiting to be sent. */
const LATE_RESETS = 4;

/** Whose segment is answered, and where it came from. */
export const Answered = Bundle('AnsweredEnds', { local_mac: UInt(48), remote_mac: UInt(48) });

export const StatelessCounters = Bundle('StatelessCounters', {
  /** A RST of a connection that has ended was not sent: others waited; its next hop is not known. */
  late_reset_full: Bool, late_reset_unreachable: Bool,
});

export function statelessSends(c: Config) {
  const Segment = TxSegment(c);
  const vm = vmIndex(c.vms);
  const { neighbour: Neighbour } = ResetOf(c).fields;
  const ownerOf = (vm: UInt): UInt => vm.zext(derived(c).ownerBits).add(1);
  return module('stateless_sends', { v: c.vms, h: c.neighbours }, {
    /** A segment that found neither connection nor listener. */
    refusal: In(Stream(Bundle('Refusal', { vm, key: FlowKey, ends: Answered, reset: StatelessReset }))),
    /** TIME_WAIT is asked about a segment, of one at a time: where an ACK to it goes, which comes two cycles later at least. */
    looked_up: In(Valid(Answered)),
    time_wait: In(Stream(TimeWaitAck(c))),
    /** A connection ends with a RST. Never waits; its next hop is answered one cycle later. */
    late: In(Valid(ResetOf(c))),
    neighbour_index: Out(Neighbour),
    neighbour: In(Bundle('LateReach', { usable: Bool, mac: UInt(48) })),
    segment: Out(Stream(Segment)),
    counters: Out(StatelessCounters),
    idle: Out(Bool),
  }, (io) => {
    const refusals = map(io.refusal, Segment, ({ vm, key, ends, reset }) => statelessSegment(c, { owner: ownerOf(vm), key, ...ends }, resetSend(reset)));

    // An ACK that waits keeps where it goes, while TIME_WAIT is asked about the next segment.
    const [asked, ends] = [reg(Answered, { reset: false }), reg(Answered, { reset: false })];
    when(io.looked_up.valid, () => { asked.next = io.looked_up.payload; });
    when(io.time_wait.valid.not().or(io.time_wait.ready), () => { ends.next = asked; });
    const acks = map(io.time_wait, Segment, (ack) => statelessSegment(c, { owner: ownerOf(ack.vm), key: ack.key, local_mac: ends.local_mac, remote_mac: ends.remote_mac }, ackSend(ack)));

    const ended = { valid: reg(Bool), payload: reg(ResetOf(c), { reset: false }) };
    ended.valid.next = io.late.valid;
    ended.payload.next = io.late.payload;
    io.neighbour_index.set(io.late.payload.neighbour);
    const resets = inst(fifo(Segment, LATE_RESETS), {});
    const { usable, mac } = io.neighbour;
    resets.in.valid.set(ended.valid.and(usable));
    resets.in.payload.set(statelessSegment(c, { owner: ownerOf(ended.payload.vm), key: ended.payload.key, local_mac: ended.payload.local_mac, remote_mac: mac }, resetSend(ended.payload.reset)));

    io.segment.from(arbitrate([refusals, acks, resets.out]));
    io.counters.set({ late_reset_full: allOf(ended.valid, usable, resets.in.ready.not()), late_reset_unreachable: ended.valid.and(usable.not()) });
    io.idle.set(allOf(ended.valid.not(), io.segment.valid.not()));
    return { asked, ends, ended, resets };
  });
}
