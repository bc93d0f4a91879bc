/** What the guest asks for: RFC 9293 section 3.10.1 to 3.10.5. */
import { allOf, anyOf, Bool, lit, mux, when } from '@vtoe/hdl';
import { TIMESTAMP_BYTES } from '../constants.ts';
import { addWithCarry } from './carry.ts';
import { slowTime } from './clock.ts';
import { abort, release } from './ending.ts';
import { open, type OpenValues } from './open.ts';
import type { Common } from './common.ts';
import type { Inputs, Outcome } from './stage.ts';
import { ringBytes } from './window.ts';

export function commandDifferences(v: Inputs & Common) {
  const { tcb, event } = v;
  const tail = addWithCarry(tcb.iss, event.position, lit(Bool, true));
  const head = addWithCarry(tcb.irs, event.position, lit(Bool, true));
  // The byte that is received next, a FIN not counted.
  const received = tcb.rcv_nxt.sub(tcb.fin_received.toUInt().zext(32));
  return {
    issNext: event.open.iss.add(1),
    sendTail: tail,
    sendMoves: tail.sub(tcb.snd_tail),
    sendAhead: tail.sub(tcb.snd_una),
    receiveHead: head,
    receiveMoves: head.sub(tcb.rcv_user),
    receiveBeyond: head.sub(received),
    allRead: received.eq(tcb.rcv_user),
    /** Of what was too long: less than 0 if it is acknowledged, at least 0 if it was never sent. */
    longFromUna: event.position.sub(tcb.snd_una),
    longFromNxt: event.position.sub(tcb.snd_nxt),
    pathMss: mux(tcb.ts_ok, event.open.mss.sub(TIMESTAMP_BYTES), event.open.mss),
  };
}

export function commandDecisions(v: Inputs & Common & ReturnType<typeof commandDifferences>) {
  const { tcb, event } = v;
  const { kind } = event;
  const closed = tcb.state.eq('CLOSED');
  const opens = kind.is('Open', 'Accept');
  const inUse = opens.and(closed.not().or(tcb.rst_due));
  // A RST that cannot be sent is not waited for.
  const unreachable = kind.eq('Abort').and(event.cause.eq('Unreachable'));
  const buried = allOf(unreachable, closed, tcb.rst_due);
  const noConnection = allOf(opens.not(), closed, buried.not());
  const lives = opens.not().and(closed.not());

  // 3.10.2: after CLOSE nothing can be sent. The position is absolute and so idempotent: from where it was to where the
  // ring is full, which is behind the bytes that are acknowledged, SYN and FIN not counted: none while cwnd is 0, the SYN being in flight.
  const maySend = tcb.state.is('SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT').and(tcb.fin_queued.not());
  const ahead = mux(tcb.cwnd.eq(0), event.position, mux(v.tailAhead.slt(0), v.sendMoves, v.sendAhead));
  const sendFits = v.sendMoves.sge(0).and(ahead.le(ringBytes(tcb.tx_size)));
  const sends = allOf(lives, kind.eq('Send'), maySend, sendFits);

  // 3.10.3. Before the peer's SYN there is no stream to read from.
  const receiveFits = allOf(tcb.state.ne('SYN_SENT'), v.receiveMoves.sge(0), v.receiveBeyond.sle(0));
  const receives = allOf(lives, kind.eq('Receive'), receiveFits);

  // 3.10.4. 3.6.1 (SHLD-3): data that nobody will read are lost, and the peer is told.
  const reads = kind.eq('Close');
  const ends = lives.and(kind.is('Shutdown', 'Close'));
  const unread = allOf(ends, reads, tcb.state.ne('SYN_SENT'), v.allRead.not());
  const closes = ends.and(unread.not());
  const closing = closes.and(tcb.state.is('CLOSING', 'LAST_ACK', 'TIME_WAIT'));

  // 3.10.5. No RST where the peer has none of our sequence numbers, or all of them and the FIN.
  const aborts = lives.and(kind.eq('Abort'));
  const quietly = event.cause.is('Silent', 'Unreachable').or(event.cause.eq('Guest').and(tcb.state.is('SYN_SENT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT')));
  const sets = lives.and(kind.eq('SetOption'));

  // RFC 5927, 4.1: what is not in flight cannot have been too long. What was is sent again by the next timeout, cut anew.
  const tooLong = lives.and(kind.eq('PathMtu'));
  const inFlight = v.longFromUna.sge(0).and(v.longFromNxt.slt(0));
  return {
    commandOpens: opens.and(inUse.not()),
    commandInUse: inUse,
    commandNoConnection: noConnection,
    commandSends: sends,
    commandReceives: receives,
    commandOutOfRange: anyOf(allOf(lives, kind.eq('Send'), maySend, sendFits.not()), allOf(lives, kind.eq('Receive'), receiveFits.not()), tooLong.and(inFlight.not())),
    commandClosing: allOf(lives, kind.eq('Send'), maySend.not()).or(closing),
    commandUnread: unread,
    commandCloses: closes,
    /** CLOSE, not SHUTDOWN: also in a state that refuses it. */
    commandStopsReading: closes.and(reads),
    commandAborts: aborts.and(quietly.not()),
    commandReleases: allOf(aborts, quietly, unreachable.not()),
    commandUnreachable: aborts.and(unreachable),
    commandBuried: buried,
    commandSets: sets,
    commandShortens: allOf(tooLong, inFlight, v.pathMss.lt(tcb.snd_mss)),
  };
}

export function commandUpdate(v: Inputs & Common & ReturnType<typeof commandDifferences> & ReturnType<typeof commandDecisions> & OpenValues, outcome: Outcome): void {
  const { tcb, event, now, constants } = v;
  const { next, actions } = outcome;

  actions.counters.command_refused.set(anyOf(v.commandInUse, v.commandNoConnection, v.commandOutOfRange, v.commandClosing));
  when(v.commandInUse, () => { actions.refused.set('InUse'); });
  when(v.commandNoConnection, () => { actions.refused.set('NoConnection'); });
  when(v.commandOutOfRange, () => { actions.refused.set('OutOfRange'); });
  when(v.commandClosing, () => { actions.refused.set('Closing'); });

  when(v.commandOpens, () => { open(v, outcome); });
  when(v.commandSends, () => { next.snd_tail.set(v.sendTail); });
  when(v.commandReceives, () => { next.rcv_user.set(v.receiveHead); });

  when(v.commandUnread, () => { abort(outcome, 'closed'); });
  when(v.commandStopsReading, () => { next.rcv_closed.set(true); });
  when(v.commandCloses, () => {
    // The FIN follows all data; the state says at once that it will.
    when(tcb.state.is('SYN_RECEIVED', 'ESTABLISHED', 'CLOSE_WAIT'), () => { next.fin_queued.set(true); }); // SYN_RECEIVED: queued until ESTABLISHED
    when(tcb.state.eq('SYN_SENT'), () => { release(outcome, 'closed'); });
    when(tcb.state.eq('ESTABLISHED'), () => { next.state.set('FIN_WAIT_1'); });
    when(tcb.state.eq('CLOSE_WAIT'), () => { next.state.set('LAST_ACK'); });
    // SHUTDOWN before, CLOSE now.
    when(allOf(tcb.state.eq('FIN_WAIT_2'), v.commandStopsReading, constants.fin_wait_2.ne(0), tcb.user_deadline.armed.not()), () => {
      next.user_deadline.set({ armed: true, at: v.finWait2Until });
    });
  });

  const fault = event.cause.eq('Fault');
  when(v.commandReleases, () => { release(outcome, 'closed'); });
  when(v.commandUnreachable, () => { release(outcome, 'error'); });
  when(v.commandBuried, () => { release(outcome); });
  when(v.commandAborts.and(fault), () => { abort(outcome, 'error'); });
  when(v.commandAborts.and(fault.not()), () => { abort(outcome, 'closed'); });

  when(v.commandShortens, () => { next.snd_mss.set(v.pathMss); });

  const { options } = event;
  when(v.commandSets, () => {
    when(options.set_nagle, () => { next.nagle.set(options.nagle); }); // MUST-17
    when(options.set_user_timeout, () => {
      next.user_timeout.set(options.user_timeout);
      when(tcb.state.ne('FIN_WAIT_2'), () => { next.user_deadline.armed.set(false); }); // counts from now: settle.ts
    });
    when(options.set_keepalive.and(options.keepalive.ne(tcb.keepalive)), () => {
      next.keepalive.set(options.keepalive); // MUST-24
      next.keepalive_probes.set(0);
      next.keepalive_due.set(false);
      // Idle counts from here: what came long ago is beyond the slow clock.
      when(options.keepalive, () => { next.last_received.set(slowTime(now)); });
      const established = tcb.state.is('SYN_SENT', 'SYN_RECEIVED', 'TIME_WAIT').not();
      next.keepalive_deadline.set({ armed: options.keepalive.and(established), at: v.idleUntil });
    });
  });
}
