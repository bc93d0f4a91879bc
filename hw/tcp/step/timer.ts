/** A deadline passed: RFC 9293 section 3.10.8, RFC 6298 section 5. */
import { allOf, anyOf, mux, when } from '@vtoe/hdl';
import { after, fineTime, slowTime } from './clock.ts';
import { abort, release } from './ending.ts';
import type { Common } from './common.ts';
import type { CongestionDecisions } from './congestion.ts';
import type { Inputs, Outcome } from './stage.ts';
import { doubled } from './timeout.ts';

export function timerDifferences({ tcb, event, now, constants }: Inputs) {
  const { retransmit_deadline, delayed_ack_deadline, keepalive_deadline, user_deadline } = tcb;
  const ticks = slowTime(now);
  const fine = mux(event.timer.eq('Retransmit'), retransmit_deadline.at, delayed_ack_deadline.at);
  const slow = mux(event.timer.eq('Keepalive'), keepalive_deadline.at, user_deadline.at);
  const armed = anyOf(
    event.timer.eq('Retransmit').and(retransmit_deadline.armed), event.timer.eq('DelayedAck').and(delayed_ack_deadline.armed),
    event.timer.eq('Keepalive').and(keepalive_deadline.armed), event.timer.eq('User').and(user_deadline.armed),
  );
  const passed = mux(event.timer.is('Retransmit', 'DelayedAck'), fineTime(now).sub(fine).sge(0), ticks.sub(slow).sge(0));
  const quietUntil = after(tcb.last_received, constants.keepalive_idle);
  return {
    /** Lazy cancel: what the record says now decides, not what the scan saw. */
    timerFires: armed.and(passed),
    quietUntil,
    quietLongEnough: ticks.sub(quietUntil).sge(0),
    nextKeepalive: after(ticks, constants.keepalive_interval),
  };
}

export function timerDecisions(v: Inputs & Common & ReturnType<typeof timerDifferences>) {
  const { tcb, event, constants } = v;
  const fires = (timer: 'Retransmit' | 'DelayedAck' | 'Keepalive' | 'User') => v.timerFires.and(event.timer.eq(timer));
  const retransmit = fires('Retransmit');
  const keepalive = fires('Keepalive');
  const handshake = tcb.state.is('SYN_SENT', 'SYN_RECEIVED');
  const inFlight = tcb.snd_nxt.ne(tcb.snd_una);
  const closedWindow = tcb.snd_wnd.eq(0);
  // 9293 3.8.6.2.1 (4), the override of SWS avoidance: nothing was lost, the small window is filled.
  const overrides = allOf(retransmit, handshake.not(), inFlight.not(), closedWindow.not());
  // R2 (MUST-20, MUST-23).
  const exhausted = tcb.retries.ge(mux(handshake, constants.syn_retries, constants.retries));
  const repeats = allOf(retransmit, overrides.not(), exhausted.not());
  const silent = tcb.keepalive_probes.ne(0).or(v.quietLongEnough);
  // MUST-26: with something in flight the retransmission timer is at work.
  const probes = allOf(keepalive, silent, inFlight.not());
  // MUST-29: many, not one.
  const unanswered = tcb.keepalive_probes.ge(constants.keepalive_probes);
  return {
    timerOverrides: overrides,
    timerGivesUp: allOf(retransmit, overrides.not(), exhausted),
    timerRepeats: repeats,
    timerSyn: repeats.and(handshake),
    timerProbes: allOf(repeats, handshake.not(), closedWindow),
    timerLoss: allOf(repeats, handshake.not(), closedWindow.not()),
    timerDelayedAck: fires('DelayedAck'),
    timerNotYetIdle: allOf(keepalive, silent.not()),
    timerIdle: keepalive.and(silent),
    timerAsks: probes.and(unanswered.not()),
    timerUnanswered: probes.and(unanswered),
    timerUser: fires('User'),
  };
}

export function timerUpdate(v: Inputs & Common & ReturnType<typeof timerDifferences> & ReturnType<typeof timerDecisions> & Pick<CongestionDecisions, 'cwndThreshold'>, outcome: Outcome): void {
  const { tcb, constants } = v;
  const { next, actions } = outcome;
  const { counters } = actions;
  // Of the connection's only window sample, what is sent again is the first octet: Karn (6298 section 3).
  const resent = () => {
    when(allOf(tcb.ts_ok.not(), v.unaTimed), () => { next.rtt_timing.set(false); });
  };
  counters.timer_stale.set(v.timerFires.not());

  when(v.timerFires.and(v.event.timer.eq('Retransmit')), () => { next.retransmit_deadline.armed.set(false); }); // settle.ts arms it again
  when(v.timerOverrides, () => { next.probe_due.set(true); });
  when(v.timerRepeats, () => {
    const retries = tcb.retries.add(1);
    next.retries.set(retries);
    counters.path_doubted.set(retries.eq(constants.retries_doubt)); // R1 (MUST-20)
  });
  when(v.timerSyn, () => {
    counters.timeout.set(true);
    next.rto_backoff.set(doubled(tcb.rto_backoff));
    next.syn_retransmitted.set(true);
    next.syn_due.set(true);
    resent();
  });
  when(v.timerProbes, () => {
    next.probe_backoff.set(doubled(tcb.probe_backoff));
    next.probe_due.set(true);
  });
  when(v.timerLoss, () => {
    counters.timeout.set(true);
    next.rto_backoff.set(doubled(tcb.rto_backoff)); // 6298 5.5
    resent();
    // 5681 3.1: ssthresh is held when the segment was already sent again by the timer.
    when(tcb.retries.eq(0), () => { next.ssthresh.set(v.cwndThreshold); });
    next.cwnd.set(tcb.snd_mss.zext(next.cwnd.width)); // LW
    next.bytes_acked.set(0);
    next.dup_acks.set(0);
    // 6582 3.2 step 4: leave recovery, and remember how far was sent.
    next.in_recovery.set(false);
    next.recover.set(tcb.snd_nxt);
    // Without SACK all that is in flight counts as lost; slow start sends it again from the left.
    next.rxt_nxt.set(tcb.snd_una);
    next.rxt_end.set(tcb.snd_nxt);
  });
  when(v.timerGivesUp, () => {
    counters.gave_up.set(true);
    // A half-open connection of a listener goes unheard.
    when(tcb.state.eq('SYN_RECEIVED').and(tcb.passive), () => { release(outcome); }).otherwise(() => { release(outcome, 'error'); });
  });

  when(v.timerDelayedAck, () => {
    next.delayed_ack_deadline.armed.set(false);
    next.ack_now.set(true);
  });

  // 9293 3.8.4. The deadline is not moved by every segment: it is compared with the last one when it passes.
  when(v.timerNotYetIdle, () => { next.keepalive_deadline.at.set(v.quietUntil); });
  when(v.timerIdle, () => { next.keepalive_deadline.at.set(v.nextKeepalive); });
  when(v.timerAsks, () => {
    next.keepalive_probes.set(tcb.keepalive_probes.add(1));
    next.keepalive_due.set(true);
  });
  when(v.timerUnanswered, () => {
    counters.gave_up.set(true);
    abort(outcome, 'error');
  });

  when(v.timerUser, () => {
    // 9293 3.10.8, and a closed connection whose peer never sends its FIN. No RST: the peer has been silent.
    counters.gave_up.set(true);
    when(tcb.state.eq('FIN_WAIT_2'), () => { release(outcome, 'closed'); }).otherwise(() => { release(outcome, 'error'); });
  });
}
