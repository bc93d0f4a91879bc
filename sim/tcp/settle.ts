/** The end of every step: what follows from the whole record, whatever happened to it. So no wake-up is ever lost. */
import { NOTIFY, type Turn } from './actions.ts';
import { after } from './clock.ts';
import { dataAcknowledged, dataReceived } from './commands.ts';
import { timeoutOf } from './rtt.ts';
import { seqAdd, seqDiff } from './sequence.ts';
import { CLOSED_TCB, draftOf, flightOf, NEVER } from './tcb.ts';
import { timeWaitOf } from './time-wait.ts';
import { probeInterval } from './timers.ts';
import { newIsSendable, nextKind, waitsForWindow } from './transmit.ts';

export function settle(turn: Turn): void {
  const { t, out, now, c } = turn;
  if (t.state === 'TIME_WAIT' && t.dupack_owed === 0 && !t.ack_now && !out.free) {
    // The peer's FIN is acknowledged: the small record is enough from here.
    out.time_wait = timeWaitOf(t, now, c);
    out.notify |= NOTIFY.CLOSED;
    out.final = true;
    out.free = true;
  }
  if (out.notify !== 0) {
    out.rx_filled = seqAdd(dataReceived(t), -t.irs - 1);
    out.tx_freed = seqAdd(dataAcknowledged(t), -t.iss - 1);
  }
  if (out.free) {
    turn.t = draftOf(CLOSED_TCB);
    return;
  }
  if (t.state !== 'CLOSED') deadlines(turn);
  t.eligible = nextKind(t) !== undefined;
}

function deadlines(turn: Turn): void {
  const { t, now, ticks, c } = turn;
  const flight = flightOf(t);
  if (flight > 0) {
    // 6298 5.1: running while something is in flight. With a zero window the same deadline paces the probes.
    if (t.retransmit_deadline === NEVER) {
      const handshake = t.state === 'SYN_SENT' || t.state === 'SYN_RECEIVED';
      t.retransmit_deadline = now + (t.snd_wnd === 0 && !handshake ? probeInterval(t, c) : timeoutOf(t, c));
    }
  } else if (waitsForWindow(t)) {
    // 9293 3.8.6.1 and the override of 3.8.6.2.1: only a timer gets out of a small or zero window.
    if (newIsSendable(t)) t.retransmit_deadline = NEVER;
    else if (t.retransmit_deadline === NEVER) t.retransmit_deadline = now + probeInterval(t, c);
  } else {
    t.retransmit_deadline = NEVER;
    t.probe_due = false; // what it was to carry is acknowledged
  }
  if (t.state === 'FIN_WAIT_2' || t.state === 'TIME_WAIT') return;
  // 9293 3.9.1.1: from the moment that something waits for its acknowledgment, or from the last progress.
  const undelivered = seqDiff(t.fin_queued ? seqAdd(t.snd_tail, 1) : t.snd_tail, t.snd_una) > 0;
  if (!undelivered || t.user_timeout === 0) t.user_deadline = NEVER;
  else if (t.user_deadline === NEVER) t.user_deadline = after(ticks, t.user_timeout);
}
