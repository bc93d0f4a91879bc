/** RFC 9293 sections 3.6, 3.10.4 and 3.10.5: closing, aborting, TIME_WAIT. */
import { describe, expect, test } from 'vitest';
import { NOTIFY } from '../../../../sim/tcp/actions.ts';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { ACK, FIN, RST, SYN } from '../../../../sim/tcp/segment.ts';
import { seqAdd } from '../../../../sim/tcp/sequence.ts';
import { stepTimeWait, type TimeWait } from '../../../../sim/tcp/time-wait.ts';
import { established, inState, IRS, ISS } from '../connection.ts';

describe('closing', () => {
  test('9293 3.6: half close: data still arrive in FIN_WAIT_2', () => {
    const c = inState('FIN_WAIT_2');
    expect(c.segment({ length: 100, ack: 1 })).toMatchObject({ place: { length: 100 }, notify: NOTIFY.DATA });
    c.segment({ seq: 100, ack: 1, flags: FIN });
    expect(c.do({ kind: 'grant' })).toMatchObject({ free: true, send: { ack: seqAdd(IRS, 102) }, notify: NOTIFY.CLOSED, final: true, rx_filled: 100 });
  });
  test('9293 3.6 Figure 13: simultaneous close', () => {
    const c = inState('CLOSING');
    expect(c.segment({ seq: 1, ack: 1 })).toMatchObject({ free: true, time_wait: { rcv_nxt: seqAdd(IRS, 2) } });
  });
  test('9293 3.10.4: the FIN follows all data, in the last segment if it fits', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(1500);
    c.do({ kind: 'shutdown' });
    expect(c.drain().map(({ length, flags }) => [length, flags & FIN])).toEqual([[1000, 0], [500, FIN]]);
    expect(c.do({ kind: 'send', tail: 2000 }).refused).toBe('closing');
  });
  test('a FIN that was lost is retransmitted', () => {
    const c = inState('FIN_WAIT_1');
    c.fire('retransmit');
    expect(c.grant()).toMatchObject({ kind: 'retransmission', length: 0, flags: ACK | FIN, seq: seqAdd(ISS, 1) });
  });
  test('SHLD-3: CLOSE with unread data, and data after CLOSE, send a RST', () => {
    const unread = established();
    unread.segment({ length: 10, ack: 0 });
    expect(unread.do({ kind: 'close' }).final).toBe(true);
    expect(unread.do({ kind: 'grant' })).toMatchObject({ free: true, send: { kind: 'reset', flags: RST, seq: seqAdd(ISS, 1) } });
    const late = established();
    late.do({ kind: 'close' });
    late.drain();
    expect(late.segment({ length: 10, ack: 1 })).toMatchObject({ notify: NOTIFY.RESET, final: true });
    expect(late.grant()!.kind).toBe('reset');
  });
  test('9293 3.10.5: ABORT sends <SEQ=SND.NXT><CTL=RST>; silently where the RFC does, or when asked', () => {
    for (const state of ['SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT'] as const) {
      const c = inState(state);
      const { snd_nxt } = c.tcb;
      c.do({ kind: 'abort', cause: 'guest' });
      expect(c.do({ kind: 'grant' })).toMatchObject({ free: true, send: { seq: snd_nxt, flags: RST } });
    }
    for (const state of ['SYN_SENT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const) expect(inState(state).do({ kind: 'abort', cause: 'guest' }).free).toBe(true);
    expect(inState('ESTABLISHED').do({ kind: 'abort', cause: 'silent' })).toMatchObject({ free: true, notify: NOTIFY.CLOSED });
  });
  test('a next hop that does not answer ends a connection at once, and nobody waits for a RST that cannot be sent', () => {
    for (const state of ['SYN_SENT', 'SYN_RECEIVED', 'ESTABLISHED', 'FIN_WAIT_1', 'FIN_WAIT_2', 'CLOSE_WAIT', 'CLOSING', 'LAST_ACK', 'TIME_WAIT'] as const) {
      expect(inState(state).do({ kind: 'abort', cause: 'unreachable' })).toMatchObject({ free: true, notify: NOTIFY.ERROR, final: true });
    }
    const aborted = inState('ESTABLISHED');
    expect(aborted.do({ kind: 'abort', cause: 'guest' })).toMatchObject({ free: false, notify: NOTIFY.CLOSED });
    expect(aborted.do({ kind: 'abort', cause: 'guest' }).refused).toBe('no_connection');
    expect(aborted.do({ kind: 'abort', cause: 'unreachable' })).toMatchObject({ free: true, notify: 0, refused: undefined });
    expect(aborted.do({ kind: 'abort', cause: 'unreachable' }).refused).toBe('no_connection');
  });
  test('a closed connection does not wait in FIN_WAIT_2 for ever, a half-closed one does', () => {
    const closed = established();
    closed.do({ kind: 'close' });
    closed.drain();
    closed.segment({ ack: 1 });
    expect(closed.fire('user')).toMatchObject({ free: true, notify: NOTIFY.CLOSED });
    expect(inState('FIN_WAIT_2').tcb.user_deadline).toBe(Infinity);
  });
  test('MUST-13, MAY-2, 6191: 2 MSL, and a SYN that is surely new', () => {
    const record: TimeWait = { snd_nxt: 5, rcv_nxt: 100, rcv_wnd: 10, window: 10, ts_ok: true, ts_offset: 0, ts_recent: 50, expires: 9 };
    const kind = (seq: number, options = {}) => stepTimeWait(record, { seq, ack: 0, flags: SYN, window: 0, length: 0, options }, 1, TCP_CONSTANTS).verdict.kind;
    expect([kind(1, { tsval: 51 }), kind(101, { tsval: 50 }), kind(99, { tsval: 50 }), kind(101, { tsval: 49 }), kind(101), kind(99)]).toEqual(['reuse', 'reuse', 'ack', 'ack', 'reuse', 'drop']);
  });
});
