/**
 * A grant: one segment, chosen in a fixed order - RST, SYN or SYN,ACK, owed duplicate ACKs, retransmission, new data, FIN,
 * window probe, keepalive probe, pure ACK - and what its leaving changes.
 *
 * Every end and every length is one of a few sums that are there before it is known which is wanted.
 */
import { allOf, anyOf, type Bool, mux, type UInt, when } from '@vtoe/hdl';
import { SegmentBytes } from '../tcb.ts';
import { fineTime, TICK_LOG2, ticksOf } from './clock.ts';
import type { Establish } from './handshake.ts';
import { initialWindow } from './initial-window.ts';
import { firstOf, sendLevels } from './levels.ts';
import type { Common } from './common.ts';
import { sendable, sendDifferences } from './sendable.ts';
import type { Inputs, Outcome } from './stage.ts';
import { fieldBound, fieldOf, firstWindow, receiveDifferences, ringBytes, ringMask, saidOf, windowUpdate } from './window.ts';

export function grantDifferences({ tcb, now, receiveMss }: Inputs & Common) {
  const mss = tcb.snd_mss.zext(32);
  const sendEdge = tcb.snd_una.add(tcb.snd_wnd.zext(32));
  const receive = receiveDifferences(tcb, receiveMss);
  return {
    ...sendDifferences(tcb),
    ...receive,
    /** Where a segment can end: the edge of the peer's window, a full segment. */
    sendEdge, nextFull: tcb.snd_nxt.add(mss), holeFull: tcb.rxt_nxt.add(mss),
    /** Behind an octet at the left edge; before what is next. */
    unaNext: tcb.snd_una.add(1), nextLessOne: tcb.snd_nxt.sub(1),
    /** Bytes that the window takes behind `snd_nxt` and behind `rxt_nxt`; data behind `rxt_nxt`; signed. */
    usableBytes: sendEdge.sub(tcb.snd_nxt), insideBytes: sendEdge.sub(tcb.rxt_nxt), holeToTail: tcb.snd_tail.sub(tcb.rxt_nxt),
    /** The hole ends with the FIN. */
    holeHasFin: tcb.rxt_end.sub(tcb.snd_tail).sgt(0),
    /** Room of the ring behind `rcv_nxt`; signed. */
    ringRoom: receive.unreadNegated.add(ringBytes(tcb.rx_size)),
    /** What is sent again from here on spoils the sample under way. */
    holeTimed: tcb.rxt_nxt.sub(tcb.rtt_seq).slt(0),
    /** 5681 4.1: no data for longer than an RTO. */
    longIdle: ticksOf(now).sub(tcb.last_sent).gt(tcb.rto.shr(TICK_LOG2).zext(32)),
  };
}

export function grantDecisions(v: Inputs & Common & ReturnType<typeof grantDifferences>) {
  const { tcb } = v;
  const mss = tcb.snd_mss.zext(32);
  const sendWindow = tcb.snd_wnd.zext(32);
  const may = sendable(tcb, v, v);
  const update = windowUpdate(tcb, v, v.receiveWindow, v.receiveMss);
  const levels = sendLevels(tcb, may, update.due);
  const kind = firstOf(levels);
  const bytes = (length: UInt) => length.trunc(SegmentBytes.width);

  // The least of three, and where it ends.
  const holeAll = v.holeEndAhead.sle(sendWindow).and(v.holeBytes.sle(mss));
  const holeFits = v.holeBytes.sge(mss).and(v.holeAhead.sle(v.windowLessMss));
  const windowHasFin = v.tailAhead.slt(sendWindow);
  const resendHasFin = allOf(tcb.fin_queued, v.holeHasFin, windowHasFin, v.holeToTail.slt(mss));
  const resendHasTail = allOf(v.holeEndAhead.sge(v.tailAhead), v.tailAhead.sle(sendWindow), v.holeToTail.sle(mss), v.holeToTail.sgt(0));
  const freshHasFin = allOf(tcb.fin_queued, may.queuedAll, windowHasFin);
  const freshEnd = mux(may.queuedAll, tcb.snd_tail, mux(may.fullSegment, v.nextFull, v.sendEdge));
  // 9293 3.8.6.1: one octet, new or again, at the left edge of a window that is zero; the FIN if no data are left.
  const probeHasData = v.tailAhead.sgt(0);
  const probeHasFin = tcb.fin_queued.and(v.tailAhead.eq(0));

  const fresh = kind.Data.or(kind.Fin);
  const fin = anyOf(kind.Retransmission.and(resendHasFin), fresh.and(freshHasFin), kind.Probe.and(probeHasFin));
  // A peer counts duplicate ACKs only while the window stays (5681 section 2): they repeat the last edge.
  const still = kind.DuplicateAck.and(tcb.interval_count.ne(0).or(tcb.fin_held));
  // 9293: SEQ = SND.NXT, but never right of the peer's window: after a probe, or when the window shrank, the peer would not
  // accept it, and two ends with zero windows would wait for each other for ever (Table 6 with RCV.WND = 0).
  const pureAckSeq = mux(may.synced.and(v.flight.sgt(sendWindow)), v.sendEdge, tcb.snd_nxt);
  const firstAdvance = mux(tcb.snd_nxt.eq(tcb.snd_una), v.unaNext, tcb.snd_nxt);
  const bound = fieldBound(tcb);
  return {
    grantReset: kind.Reset, grantSyn: kind.Syn, grantDuplicateAck: kind.DuplicateAck, grantRetransmission: kind.Retransmission,
    grantData: kind.Data, grantFresh: fresh, grantProbe: kind.Probe, grantKeepalive: kind.Keepalive, grantPureAck: kind.Ack.or(kind.DuplicateAck),
    grantAny: anyOf(...Object.values(levels)),
    grantFin: fin,
    /** MUST-61: PSH on the last data that are queued. */
    grantPush: anyOf(kind.Retransmission.and(resendHasTail), kind.Data.and(may.queuedAll), kind.Probe.and(v.tailAhead.eq(1))),
    freshEnd: mux(freshHasFin, v.tailNext, freshEnd),
    freshLength: bytes(mux(may.queuedAll, v.queued, mux(may.fullSegment, mss, v.usableBytes))),
    resendEnd: mux(holeAll, tcb.rxt_end, mux(holeFits, v.holeFull, v.sendEdge)),
    resendLength: bytes(mux(resendHasFin, v.holeToTail, mux(holeAll, v.holeBytes, mux(holeFits, mss, v.insideBytes)))),
    probeHasData,
    probeNext: mux(probeHasData.or(probeHasFin), firstAdvance, tcb.snd_nxt),
    pureAckSeq,
    /** The edge of our window moves, and its distance from `rcv_nxt` then. */
    edgeMoves: update.edgeMoves.and(still.not()),
    edgeMovesSayably: allOf(update.edgeMoves, still.not(), update.sayable),
    edgeRoom: mux(v.ringRoom.sgt(bound), bound, v.ringRoom),
    grantRestarts: allOf(kind.Data, may.idleFlight, v.longIdle),
  };
}

export function grantUpdate(v: Inputs & Common & ReturnType<typeof grantDifferences> & ReturnType<typeof grantDecisions> & Establish, { next, actions }: Outcome): void {
  const { tcb, now } = v;
  const { send } = actions;
  const first = tcb.snd_nxt.eq(tcb.snd_una);
  const seq = mux(v.grantRetransmission, tcb.rxt_nxt, mux(v.grantProbe.or(v.grantSyn), tcb.snd_una, mux(v.grantKeepalive, v.nextLessOne, mux(v.grantPureAck, v.pureAckSeq, tcb.snd_nxt))));
  const length = mux(v.grantRetransmission, v.resendLength, mux(v.grantData, v.freshLength, v.grantProbe.and(v.probeHasData).toUInt().zext(SegmentBytes.width)));

  actions.counters.grant_unused.set(v.grantAny.not());
  actions.has_send.set(v.grantAny);
  send.seq.set(seq);
  send.length.set(length);
  // (SEQ - ISS - 1) modulo the ring.
  const offset = seq.add(tcb.iss.not()).trunc(send.offset.width).and(ringMask(tcb.tx_size));
  when(length.ne(0), () => { send.offset.set(offset); });
  send.tsval.set(v.tsval);

  // timeSent and timeResent: one segment of a window is timed (6298 section 3); what was sent twice is not, unless the
  // peer's echo says which copy he saw (Karn, MUST-18).
  const time = (end: UInt) => {
    when(tcb.rtt_timing.not(), () => {
      next.rtt_timing.set(true);
      next.rtt_seq.set(end);
      next.rtt_start.set(fineTime(now));
    });
  };
  const resent = (timed: Bool) => {
    when(timed.and(tcb.ts_ok.not()), () => { next.rtt_timing.set(false); });
  };

  when(v.grantReset, () => {
    // 9293 3.10.5: <SEQ=SND.NXT><CTL=RST>. 7323 3.2: TSecr is 0 without ACK.
    send.kind.set('Reset');
    send.rst.set(true);
    send.has_ts.set(tcb.ts_ok);
    next.rst_due.set(false);
    actions.free.set(true);
  }).elsewhen(v.grantSyn, () => {
    const answer = tcb.state.eq('SYN_RECEIVED');
    send.kind.set('Syn');
    send.syn.set(true);
    send.ack_flag.set(answer);
    // 7323 2.2: the window of a SYN is not scaled. Nothing was received or read yet, so the edge stands.
    send.window.set(firstWindow(tcb.rx_size));
    // Options of a SYN, or of a SYN,ACK, which offers only what the SYN had: 9293 3.7.1 (SHLD-5, MUST-65), 7323 2.2 and 3.2.
    send.has_mss.set(true);
    send.mss.set(tcb.rcv_mss);
    send.has_wscale.set(tcb.offer_wscale.and(answer.not().or(tcb.peer_wscale)));
    send.wscale.set(tcb.offer_shift);
    send.has_ts.set(mux(answer, tcb.ts_ok, tcb.offer_ts));
    when(answer, () => {
      send.ack.set(tcb.rcv_nxt);
      send.tsecr.set(tcb.ts_recent);
      next.last_ack_sent.set(tcb.rcv_nxt);
    });
    next.syn_due.set(false);
    // Nothing but the SYN is in flight.
    when(first, () => {
      next.snd_nxt.set(v.unaNext);
      time(v.unaNext);
    }).otherwise(() => { resent(v.unaTimed); });
  }).elsewhen(v.grantAny, () => {
    // Every segment with an ACK settles what was due.
    send.ack_flag.set(true);
    send.ack.set(tcb.rcv_nxt);
    send.fin.set(v.grantFin);
    send.psh.set(v.grantPush);
    send.has_ts.set(tcb.ts_ok);
    send.tsecr.set(tcb.ts_recent);
    // The field is rounded down; the edge that was promised before stays acceptable (7323 2.4).
    send.window.set(fieldOf(tcb, mux(v.edgeMoves, v.edgeRoom, v.receiveWindow)));
    when(v.edgeMovesSayably, () => { next.rcv_adv.set(tcb.rcv_nxt.add(saidOf(tcb, v.edgeRoom))); });
    next.last_ack_sent.set(tcb.rcv_nxt);
    next.ack_now.set(false);
    next.delayed_ack_deadline.armed.set(false);

    when(v.grantDuplicateAck, () => {
      send.kind.set('DuplicateAck');
      next.dupack_owed.set(tcb.dupack_owed.sub(1));
    }).elsewhen(v.grantRetransmission, () => {
      send.kind.set('Retransmission');
      next.rxt_nxt.set(v.resendEnd);
      resent(v.holeTimed);
    }).elsewhen(v.grantFresh, () => {
      // New data, with the FIN if it follows them and fits.
      when(v.grantData, () => { send.kind.set('Data'); }).otherwise(() => { send.kind.set('Fin'); });
      next.snd_nxt.set(v.freshEnd);
      next.rxt_nxt.set(v.freshEnd);
      next.rxt_end.set(v.freshEnd);
      actions.counters.probe.set(tcb.probe_due);
      next.probe_due.set(false);
      next.keepalive_due.set(false); // MUST-26
      time(v.freshEnd);
      when(v.grantData, () => { next.last_sent.set(ticksOf(now)); });
      // 5681 4.1: no more than the restart window, which is the initial one.
      const window = initialWindow(v.establishMss, tcb.syn_retransmitted, v.establishSegments, v.establishBytes);
      when(v.grantRestarts.and(window.lt(tcb.cwnd)), () => { next.cwnd.set(window); });
    }).elsewhen(v.grantProbe, () => {
      // What a probe carries is never timed: the answer waits for the guest on the other side. It is no retransmission of
      // its own: the next probe, or the window that opens, sends it again.
      send.kind.set('Probe');
      actions.counters.probe.set(true);
      next.probe_due.set(false);
      resent(v.unaTimed);
      next.snd_nxt.set(v.probeNext);
      next.rxt_nxt.set(v.probeNext);
      next.rxt_end.set(v.probeNext);
    }).elsewhen(v.grantKeepalive, () => {
      // 9293 3.8.4: SEG.SEQ = SND.NXT - 1, no data (SHLD-12).
      send.kind.set('Keepalive');
      actions.counters.keepalive_probe.set(true);
      next.keepalive_due.set(false);
    }).otherwise(() => {
      send.kind.set('Ack');
    });
  });
}
