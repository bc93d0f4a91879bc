/** How a connection ends: at once, or with a RST that a grant sends. RFC 9293 sections 3.10.4 to 3.10.8. */
import type { Outcome } from './stage.ts';

/** What the guest hears of it. */
export type Ending = 'closed' | 'reset' | 'error';

/** Ends the connection now: its rings are the guest's again, its slot is free at the end of the step. Without `ending` nobody hears of it. */
export function release({ next, actions }: Outcome, ending?: Ending): void {
  if (ending !== undefined) {
    actions.notify[ending].set(true);
    actions.notify.final.set(true);
  }
  actions.free.set(true);
  quiet(next);
}

/** Ends the connection with a RST, for which the slot waits: RFC 9293 section 3.10.5. */
export function abort({ next, actions }: Outcome, ending: Ending): void {
  actions.notify[ending].set(true);
  actions.notify.final.set(true);
  quiet(next);
  next.rst_due.set(true);
}

/** CLOSED: no timer, no level. */
function quiet(next: Outcome['next']): void {
  next.state.set('CLOSED');
  stopTimers(next);
  next.rst_due.set(false);
  next.syn_due.set(false);
  next.dupack_owed.set(0);
  next.ack_now.set(false);
  next.probe_due.set(false);
  next.keepalive_due.set(false);
}

export function stopTimers(next: Outcome['next']): void {
  next.retransmit_deadline.armed.set(false);
  next.delayed_ack_deadline.armed.set(false);
  next.keepalive_deadline.armed.set(false);
  next.user_deadline.armed.set(false);
}
