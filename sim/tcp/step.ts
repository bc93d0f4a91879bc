/**
 * TCP as one pure function: `step(tcb, event, now) -> (tcb', actions)`.
 *
 * Written from the RFCs, whose sections stand beside the branches; independent of the hardware, which is compared with it
 * event by event. Nothing is sent on arrival: a step leaves levels in the record (`eligible`), and a grant sends.
 */
import { type Actions, noActions, type Turn } from './actions.ts';
import { otherStates } from './arrival.ts';
import { command } from './commands.ts';
import { ticksOf } from './clock.ts';
import { TCP_CONSTANTS, type TcpConstants } from './constants.ts';
import type { TcpEvent } from './events.ts';
import { synSent } from './handshake.ts';
import { closed } from './listen.ts';
import { settle } from './settle.ts';
import { draftOf, type Tcb } from './tcb.ts';
import { fired } from './timers.ts';
import { grant } from './transmit.ts';

export interface Stepped {
  readonly tcb: Tcb;
  readonly actions: Actions;
}

/**
 * One event of one connection.
 * @param tcb not changed
 * @param now microseconds, at least that of the connection's event before
 */
export function step(tcb: Tcb, event: TcpEvent, now: number, constants: TcpConstants = TCP_CONSTANTS): Stepped {
  const turn = update(tcb, event, now, constants);
  settle(turn);
  return { tcb: turn.t, actions: turn.out };
}

/** The first half of a step: what the event does, before what follows from the whole record. Hardware is compared here, too. */
export function update(tcb: Tcb, event: TcpEvent, now: number, constants: TcpConstants): Turn {
  const turn: Turn = { t: draftOf(tcb), out: noActions(), now, ticks: ticksOf(now), c: constants };
  switch (event.kind) {
    case 'segment':
      if (tcb.state === 'CLOSED') {
        turn.out.counters.push('closed_segment');
        turn.out.reset = closed(event);
      } else if (tcb.state === 'SYN_SENT') synSent(turn, event);
      else otherStates(turn, event);
      break;
    case 'grant':
      grant(turn);
      break;
    case 'timer':
      fired(turn, event.timer);
      break;
    default:
      command(turn, event);
  }
  return turn;
}
