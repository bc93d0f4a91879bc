/** A deadline passed: RFC 9293 section 3.10.8, RFC 6298 section 5. */
import { abort, NOTIFY, release, type Turn } from './actions.ts';
import { after, TICK } from './clock.ts';
import { timedOut } from './congestion.ts';
import type { Timer } from './events.ts';
import { timeResent } from './rtt.ts';
import { flightOf, NEVER, type Tcb } from './tcb.ts';
import type { TcpConstants } from './constants.ts';

/** Microseconds, whichever clock it runs on. */
export function deadlineOf(t: Tcb, timer: Timer): number {
  switch (timer) {
    case 'retransmit': return t.retransmit_deadline;
    case 'delayed_ack': return t.delayed_ack_deadline;
    case 'keepalive': return t.keepalive_deadline * TICK;
    case 'user': return t.user_deadline * TICK;
  }
}

export function fired(turn: Turn, timer: Timer): void {
  const { t, out, now } = turn;
  // Lazy cancel: what the record says now decides, not what the scan saw.
  if (now < deadlineOf(t, timer)) {
    out.counters.push('timer_stale');
    return;
  }
  switch (timer) {
    case 'retransmit':
      retransmit(turn);
      return;
    case 'delayed_ack':
      t.delayed_ack_deadline = NEVER;
      t.ack_now = true;
      return;
    case 'keepalive':
      keepalive(turn);
      return;
    case 'user':
      // 9293 3.10.8, and a closed connection whose peer never sends its FIN. No RST: the peer has been silent.
      out.counters.push('gave_up');
      release(turn, t.state === 'FIN_WAIT_2' ? NOTIFY.CLOSED : NOTIFY.ERROR);
  }
}

/** The interval to the next probe of a zero window: from the RTO, doubling (SHLD-29, SHLD-30). */
export function probeInterval(t: Tcb, c: TcpConstants): number {
  return Math.min(t.rto * 2 ** t.probe_backoff, c.persistMax);
}

const BACKOFF_MAX = 15; // rtoMin x 2^15 is beyond every rtoMax: the field needs no more bits

function retransmit(turn: Turn): void {
  const { t, out, c } = turn;
  t.retransmit_deadline = NEVER; // settle.ts arms it again
  const handshake = t.state === 'SYN_SENT' || t.state === 'SYN_RECEIVED';
  if (!handshake && flightOf(t) === 0 && t.snd_wnd > 0) {
    // 9293 3.8.6.2.1 (4), the override of SWS avoidance: nothing was lost, the small window is filled.
    t.probe_due = true;
    return;
  }
  t.retries++;
  if (t.retries > (handshake ? c.synRetries : c.retries)) {
    // R2 (MUST-20, MUST-23).
    out.counters.push('gave_up');
    release(turn, t.state === 'SYN_RECEIVED' && t.passive ? 0 : NOTIFY.ERROR);
    return;
  }
  if (t.retries === c.retriesDoubt) out.counters.push('path_doubted'); // R1 (MUST-20)
  if (handshake) {
    out.counters.push('timeout');
    t.rto_backoff = Math.min(t.rto_backoff + 1, BACKOFF_MAX);
    t.syn_retransmitted = true;
    t.syn_due = true;
    timeResent(t, t.iss);
    return;
  }
  if (t.snd_wnd === 0) {
    t.probe_backoff = Math.min(t.probe_backoff + 1, BACKOFF_MAX);
    t.probe_due = true;
    return;
  }
  out.counters.push('timeout');
  t.rto_backoff = Math.min(t.rto_backoff + 1, BACKOFF_MAX); // 6298 5.5
  timeResent(t, t.snd_una);
  timedOut(t);
}

/** 9293 3.8.4. The deadline is not moved by every segment: it is compared with the last one when it passes. */
function keepalive(turn: Turn): void {
  const { t, out, ticks, c } = turn;
  const idleUntil = after(t.last_received, c.keepaliveIdleTicks);
  if (t.keepalive_probes === 0 && ticks < idleUntil) {
    t.keepalive_deadline = idleUntil;
    return;
  }
  t.keepalive_deadline = after(ticks, c.keepaliveIntervalTicks);
  if (flightOf(t) > 0) return; // MUST-26: the retransmission timer is at work
  if (t.keepalive_probes >= c.keepaliveProbes) {
    // MUST-29: many, not one.
    out.counters.push('gave_up');
    abort(turn, NOTIFY.ERROR);
    return;
  }
  t.keepalive_probes++;
  t.keepalive_due = true;
}
