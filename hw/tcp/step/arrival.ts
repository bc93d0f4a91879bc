/**
 * A segment arrives, in any state: RFC 9293 section 3.10.7, in the RFC's order.
 *
 * This file has the checks (3.10.7.4, first to fifth) and puts the concepts together: each finds its differences from the
 * inputs alone, then decides what applies, then updates. What later steps of the RFC need of earlier ones they are given.
 */
import { allOf, anyOf, mux, when } from '@vtoe/hdl';
import { acknowledgeDecisions, acknowledgeDifferences, advance, finAcknowledged } from './acknowledge.ts';
import { slowTime } from './clock.ts';
import type { Common } from './common.ts';
import { congestionDecisions, congestionDifferences, congestionUpdate } from './congestion.ts';
import { release } from './ending.ts';
import { finDecisions, finUpdate } from './fin.ts';
import { establish, establishDecisions, handshakeDifferences, synSentDecisions, synSentUpdate } from './handshake.ts';
import { resetFor } from './listen.ts';
import { challengeDifferences, owe, owedDecisions } from './owed.ts';
import { acceptable, positionDifferences } from './position.ts';
import { reassemblyDifferences } from './reassembly.ts';
import { rttDecisions, rttDifferences, rttUpdate } from './rtt.ts';
import { sendWindowDecisions, sendWindowDifferences, sendWindowUpdate } from './send-window.ts';
import type { Inputs, Outcome } from './stage.ts';
import { textDecisions, textDifferences, textUpdate } from './text.ts';
import { keepRecent, timestampDifferences } from './timestamps.ts';

type Differences = Inputs & Common & ReturnType<typeof arrivalDifferences>;
type Decisions = Differences & ReturnType<typeof arrivalDecisions>;

export function arrivalDifferences(v: Inputs & Common) {
  const base = { ...positionDifferences(v), ...handshakeDifferences(v), ...acknowledgeDifferences(v) };
  const known = { ...v, ...base };
  return {
    ...base,
    ...timestampDifferences(v), ...challengeDifferences(v), ...sendWindowDifferences(v), ...rttDifferences(v),
    ...congestionDifferences(known), ...textDifferences(known), ...reassemblyDifferences(known),
  };
}

/** 3.10.7.4 for SYN_RECEIVED and every synchronized state, up to its fifth step. */
function checks(v: Differences) {
  const { tcb, event } = v;
  const { ack_flag, rst, syn, fin, has_ts } = event.segment;
  const synReceived = tcb.state.eq('SYN_RECEIVED');
  const here = tcb.state.is('CLOSED', 'SYN_SENT').not();

  const repeated = allOf(synReceived, v.synRepeats);
  // The peer has not seen our SYN,ACK: of the acknowledgments that the first check allows, that is the one he can use.
  const synRepeated = repeated.and(ack_flag.not());
  // Simultaneous open, Figure 8 (3.5): the SYN,ACK that crossed ours. Its SYN lies left of the window and is trimmed.
  const crossed = allOf(repeated, ack_flag, tcb.passive.not(), v.ackAcceptable);
  const hasSyn = syn.and(crossed.not());
  const live = here.and(synRepeated.not());
  // 7323 3.2: once agreed on, timestamps are in every segment but a RST.
  const tsMissing = allOf(live, rst.not(), tcb.ts_ok, has_ts.not());
  // First. 7323 5.3 R1: PAWS before the window.
  const paws = allOf(live, rst.not(), v.tsOld);
  // Second, for a RST: the sequence number alone decides, whatever length SYN or FIN would add (5961 3.2, checks 1 to 3). Also
  // with a zero window (MUST-66).
  const resets = live.and(rst);
  const rstExact = resets.and(v.segAtNext);
  const rstInside = allOf(resets, v.segAtNext.not(), v.segBehind.not(), v.segBeforeEdge);
  const passed = allOf(live, rst.not(), tsMissing.not(), v.tsOld.not());
  const accepted = acceptable(v, crossed);
  const outside = passed.and(accepted.not());
  const inside = passed.and(accepted);
  // An unacceptable segment is acknowledged. What carries data or a FIN is repeated until it is answered. An empty one could
  // start a war of ACKs, a SYN is 5961 4.2's challenge whatever its sequence number: both have section 7's limit.
  const unacceptable = anyOf(paws, outside);
  const insists = allOf(hasSyn.not(), anyOf(v.segEmpty.not(), fin));
  // "Special allowance should be made to accept valid ACKs" with a zero window: a probe's ACK field counts.
  const probe = allOf(outside, v.segWindowClosed, v.segAtNext, syn.not(), ack_flag, synReceived.not());
  // Fourth. (Third is security, which IPv4 no longer has.)
  const synInside = inside.and(hasSyn);
  const backToListen = allOf(synInside, synReceived, tcb.passive);
  // Fifth.
  const acks = allOf(inside, hasSyn.not(), ack_flag);
  const completes = acks.and(synReceived);
  const noPrepost = allOf(completes, v.ackAcceptable, tcb.passive, event.prepost.not());
  return {
    here, synRepeated, tsMissing, paws, outside,
    rstOutside: allOf(resets, v.segAtNext.not(), rstInside.not()),
    rstInside, rstExact,
    // 7323 5.3 R3.
    keepsRecent: allOf(inside, tcb.ts_ok, mux(crossed, v.tsNextCandidate, v.tsCandidate)),
    answers: unacceptable.and(insists),
    challenges: anyOf(unacceptable.and(insists.not()), rstInside, synInside.and(backToListen.not())), // 5961 4.2
    synInside, backToListen,
    noAck: allOf(inside, hasSyn.not(), ack_flag.not()),
    // Its own check: before the handshake is complete an ACK out of range is a lost connection's, which the RST ends.
    handshakeRefused: completes.and(v.ackAcceptable.not()),
    noPrepost,
    completed: allOf(completes, v.ackAcceptable, noPrepost.not()),
    probe,
    checked: anyOf(acks.and(synReceived.not()), probe),
  };
}

export function arrivalDecisions(v: Differences) {
  const { tcb, event } = v;
  const { rst } = event.segment;
  const synSent = synSentDecisions(v);
  const {
    here, synRepeated, tsMissing, paws, outside, rstOutside, rstInside, rstExact, keepsRecent, answers, challenges, synInside, backToListen, noAck,
    handshakeRefused, noPrepost, completed, probe, checked,
  } = checks(v);
  const closed = tcb.state.eq('CLOSED');

  const establishes = synSent.synAccepted.or(completed);
  const ack = acknowledgeDecisions(v, checked, probe);
  const advances = anyOf(ack.ackTaken.and(v.ackNew), establishes);
  const sendWindow = sendWindowDecisions(v, ack.ackTaken.and(v.ackOld.not()), anyOf(establishes, synSent.synCrosses));
  const congestion = congestionDecisions(v, advances, ack.ackDuplicate);

  // Sixth: the urgent pointer is ignored, its data are in line (toe: no urgent mode). Seventh and eighth.
  const behindAck = allOf(ack.ackTaken, probe.not(), ack.ackEndsLastAck.not());
  const receiving = tcb.state.is('ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2');
  const reached = anyOf(establishes, behindAck.and(receiving));
  const text = textDecisions(v, reached);
  const fin = finDecisions(v, text, reached);
  const textOwes = anyOf(text.textDuplicate, text.intervalKept, text.intervalKnown, text.intervalFull);

  return {
    ...synSent, ...ack, ...sendWindow, ...congestion, ...text, ...fin,
    ...establishDecisions(v, establishes),
    ...rttDecisions(v, advances),
    ...owedDecisions(v, anyOf(answers, textOwes, fin.finOwes), anyOf(challenges, ack.ackRefused)),
    advances,
    /** With something left in flight the retransmission timer begins anew: settle.ts arms it. */
    restartsRetransmit: anyOf(congestion.cwndRestarts, sendWindow.wndOpens).and(v.ackAll.not()),
    arrivedClosed: closed,
    arrivedHere: here,
    arrivedReset: anyOf(closed.and(rst.not()), synSent.synAckUnacceptable.and(rst.not()), handshakeRefused),
    handshakeRefused, synRepeated, tsMissing, paws, outside, rstOutside, rstInside, rstExact, keepsRecent, synInside, backToListen, noAck, noPrepost,
    /** Seventh, CLOSE_WAIT and later: nothing can come after the peer's FIN. */
    textIgnored: anyOf(synSent.synTextIgnored, allOf(behindAck, receiving.not(), v.segEmpty.not())),
  };
}

export function arrivalUpdate(v: Decisions, outcome: Outcome): void {
  const { tcb } = v;
  const { next } = outcome;
  count(v, outcome);
  when(v.arrivedClosed.not(), () => next.last_received.set(slowTime(v.now)));
  when(v.arrivedHere, () => {
    next.keepalive_probes.set(0);
    next.keepalive_due.set(false); // not idle (MUST-26)
  });
  when(v.arrivedReset, () => resetFor(v, outcome));
  synSentUpdate(v, outcome);
  when(v.synRepeated, () => {
    next.syn_due.set(true);
    next.rtt_timing.set(false);
  });
  owe(v, outcome);
  keepRecent(v, outcome);
  advance(v, outcome);
  rttUpdate(v, outcome);
  congestionUpdate(v, outcome);
  establish(v, outcome);
  sendWindowUpdate(v, outcome);
  finAcknowledged(v, outcome);
  textUpdate(v, outcome);
  finUpdate(v, outcome);
  // A half-open passive connection goes back to LISTEN: its listener never left.
  when(v.backToListen, () => release(outcome));
  when(v.rstExact, () => {
    // From a listener: back to LISTEN, nobody is told. From an active open: refused.
    const listening = tcb.state.eq('SYN_RECEIVED').and(tcb.passive);
    const closing = tcb.state.is('CLOSING', 'LAST_ACK', 'TIME_WAIT');
    when(listening, () => release(outcome)).elsewhen(closing, () => release(outcome, 'closed')).otherwise(() => release(outcome, 'reset'));
  });
}

function count(v: Decisions, { actions }: Outcome): void {
  const { counters } = actions;
  counters.closed_segment.set(v.arrivedClosed);
  counters.syn_repeated.set(v.synRepeated);
  counters.ts_missing.set(v.tsMissing);
  counters.paws.set(v.paws);
  counters.rst_outside.set(v.rstOutside);
  counters.rst_inexact.set(v.rstInside);
  counters.rst_accepted.set(anyOf(v.rstExact, v.synReset));
  counters.outside_window.set(v.outside);
  counters.syn_in_sync.set(v.synInside);
  counters.no_ack.set(v.noAck);
  counters.ack_unacceptable.set(anyOf(v.synAckUnacceptable, v.handshakeRefused));
  counters.no_prepost.set(v.noPrepost);
  counters.ack_range.set(v.ackRefused);
  counters.ack_old.set(v.ackTakenOld);
  counters.text_ignored.set(v.textIgnored);
}
