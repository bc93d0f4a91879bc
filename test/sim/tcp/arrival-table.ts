/**
 * State x segment, as tests of any `step`: every state, every combination of SYN, ACK, FIN and RST, left of, at the left edge, inside, at the right
 * edge and right of the window. The answers are written down here from RFC 9293 section 3.10.7 and RFC 5961.
 */
import { describe, expect, test } from 'vitest';
import type { Actions } from '../../../sim/tcp/actions.ts';
import { TICK } from '../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS } from '../../../sim/tcp/constants.ts';
import { closed, listen } from '../../../sim/tcp/listen.ts';
import type { step as model } from '../../../sim/tcp/step.ts';
import type { Tcb } from '../../../sim/tcp/tcb.ts';
import { stepTimeWait } from '../../../sim/tcp/time-wait.ts';
import { ACK, type Connection, FIN, inState, type NamedState, RST, segmentEvent, SYN } from './connection.ts';

/**
 * - drop: nothing changes, nothing is sent
 * - ack: an ACK is owed, nothing else changes
 * - ok: ACK field processed, nothing to acknowledge
 * - fin: the FIN is taken, and acknowledged
 * - hold: the FIN waits for what is before it; an ACK is owed
 * - reset: the connection is gone
 * - rst: a RST is sent, the connection stays
 * - syn: SYN,ACK again
 * - listen: back to the listener, silently
 */
type Answer = 'drop' | 'ack' | 'ok' | 'fin' | 'hold' | 'reset' | 'rst' | 'syn' | 'listen' | 'established' | 'received';
type Row = readonly [left: Answer, leftEdge: Answer, inside: Answer, rightEdge: Answer, right: Answer];

const COLUMNS = ['left of the window', 'at the left edge', 'inside', 'at the right edge', 'right of the window'] as const;

const FLAGS = Array.from({ length: 16 }, (_, bits) => [
  [(bits & 1) !== 0, 'S', SYN], [(bits & 2) !== 0, 'A', ACK], [(bits & 4) !== 0, 'F', FIN], [(bits & 8) !== 0, 'R', RST],
] as const).map((flags) => ({
  name: flags.filter(([on]) => on).map(([, letter]) => letter).join('') || '-',
  bits: flags.filter(([on]) => on).reduce((sum, [, , bit]) => sum | bit, 0),
}));

/** 3.10.7.4: first the window, second RST (5961 3.2), fourth SYN (5961 4.2), fifth no ACK, then FIN. */
const SYNCHRONIZED: Readonly<Record<string, Row>> = {
  '-': ['ack', 'drop', 'drop', 'drop', 'ack'],
  A: ['ack', 'ok', 'ok', 'ok', 'ack'],
  F: ['ack', 'drop', 'drop', 'drop', 'ack'],
  AF: ['ack', 'fin', 'hold', 'hold', 'ack'],
  S: ['ack', 'ack', 'ack', 'ack', 'ack'],
  SA: ['ack', 'ack', 'ack', 'ack', 'ack'],
  SF: ['ack', 'ack', 'ack', 'ack', 'ack'],
  SAF: ['ack', 'ack', 'ack', 'ack', 'ack'],
  R: ['drop', 'reset', 'ack', 'ack', 'drop'],
};
/** After the peer's FIN: another one in the window is ignored (eighth: remain). */
const FINISHED = { ...SYNCHRONIZED, AF: ['ack', 'ok', 'ok', 'ok', 'ack'] as const };

const ROWS: Partial<Record<NamedState, Readonly<Record<string, Row>>>> = {
  ESTABLISHED: SYNCHRONIZED,
  FIN_WAIT_1: SYNCHRONIZED,
  FIN_WAIT_2: SYNCHRONIZED,
  CLOSE_WAIT: FINISHED,
  CLOSING: FINISHED,
  LAST_ACK: FINISHED,
  TIME_WAIT: FINISHED,
  // The peer's SYN again is answered by SYN,ACK; SYN,ACK of a simultaneous open completes it (Figure 8).
  SYN_RECEIVED: { ...SYNCHRONIZED, A: ['ack', 'established', 'established', 'established', 'ack'], AF: ['ack', 'fin', 'hold', 'hold', 'ack'], S: ['syn', 'ack', 'ack', 'ack', 'ack'], SF: ['syn', 'ack', 'ack', 'ack', 'ack'], SA: ['established', 'ack', 'ack', 'ack', 'ack'], SAF: ['fin', 'ack', 'ack', 'ack', 'ack'] },
  // 3.10.7.4, fourth: a SYN in the window sends a passive connection back to LISTEN.
  SYN_RECEIVED_PASSIVE: { ...SYNCHRONIZED, A: ['ack', 'established', 'established', 'established', 'ack'], AF: ['ack', 'fin', 'hold', 'hold', 'ack'], S: ['syn', 'listen', 'listen', 'listen', 'ack'], SF: ['syn', 'listen', 'listen', 'listen', 'ack'], SA: ['ack', 'listen', 'listen', 'listen', 'ack'], SAF: ['listen', 'listen', 'listen', 'listen', 'ack'] },
};

const AFTER_FIN: Partial<Record<NamedState, readonly string[]>> = {
  SYN_RECEIVED: ['CLOSE_WAIT'], SYN_RECEIVED_PASSIVE: ['CLOSE_WAIT'], ESTABLISHED: ['CLOSE_WAIT'], FIN_WAIT_1: ['CLOSING'], FIN_WAIT_2: ['TIME_WAIT'],
};

/** Of the record: what a dropped segment leaves alone. */
function essence(tcb: Tcb): object {
  const { last_received: _1, keepalive_probes: _2, ts_recent: _3, ts_recent_at: _4, dupack_owed: _5, challenged: _6, challenge_at: _7, eligible: _8, ...rest } = tcb;
  return rest;
}

function checkAnswer(answer: Answer, state: NamedState, connection: Connection, before: Tcb, actions: Actions): void {
  const { tcb } = connection;
  const owed = tcb.dupack_owed - before.dupack_owed;
  if (answer !== 'reset' && answer !== 'listen') expect(actions.free).toBe(false);
  switch (answer) {
    case 'drop':
      expect([owed, actions.reset, actions.notify]).toEqual([0, undefined, 0]);
      expect(essence(tcb)).toEqual(essence(before));
      return;
    case 'ack':
      expect([owed, actions.notify]).toEqual([1, 0]);
      expect(essence(tcb)).toEqual(essence(before));
      expect(connection.grant()).toMatchObject({ kind: 'duplicate_ack', flags: ACK, seq: before.snd_nxt, ack: before.rcv_nxt, length: 0 });
      return;
    case 'ok':
      expect([owed, actions.reset, tcb.state, tcb.rcv_nxt]).toEqual([0, undefined, before.state, before.rcv_nxt]);
      return;
    case 'fin':
      expect(tcb.rcv_nxt).toBe((before.rcv_nxt + 1) >>> 0);
      expect(AFTER_FIN[state]).toContain(tcb.state);
      expect(actions.notify & 16).toBe(16);
      expect(connection.drain().at(-1)).toMatchObject({ ack: tcb.rcv_nxt });
      return;
    case 'hold':
      expect([owed, tcb.rcv_nxt, tcb.fin_held]).toEqual([1, before.rcv_nxt, true]);
      return;
    case 'reset':
      expect([actions.free, tcb.state]).toEqual([true, 'CLOSED']);
      expect(actions.final).toBe(state !== 'SYN_RECEIVED_PASSIVE'); // nobody is told of a half-open one
      return;
    case 'listen':
      expect([actions.free, actions.notify]).toEqual([true, 0]);
      return;
    case 'syn':
      expect(connection.grant()).toMatchObject({ kind: 'syn', flags: SYN | ACK, seq: before.iss, ack: before.rcv_nxt });
      return;
    case 'established':
      expect([tcb.state, actions.notify]).toEqual(['ESTABLISHED', before.passive ? 2 : 1]);
      return;
    case 'rst':
      expect(actions.reset).toBeDefined();
      expect(essence(tcb)).toEqual(essence(before));
      return;
    case 'received':
      expect(tcb.state).toBe('SYN_RECEIVED');
  }
}

/** Declares the tests. */
export function arrivalTable(step: typeof model): void {
  describe.each(Object.keys(ROWS) as NamedState[])('9293 3.10.7.4 %s', (state) => {
    for (const { name, bits } of FLAGS) {
      const row = ROWS[state]![(bits & RST) !== 0 ? 'R' : name]!;
      for (const [column, where] of COLUMNS.entries()) {
        test(`${name} ${where}: ${row[column]}`, () => {
          const connection = inState(state, { step });
          const { tcb: before } = connection;
          const window = (before.rcv_adv - before.rcv_nxt) >>> 0;
          const base = (before.rcv_nxt - before.irs - 1) | 0;
          const seq = base + [-1, 0, 5, window - 1, window][column]!;
          // Acknowledges what was acknowledged before; of a handshake, the SYN.
          const acked = state.startsWith('SYN_') ? 0 : (before.snd_una - before.iss - 1) | 0;
          const event = segmentEvent({ seq, flags: bits & ~ACK, ack: (bits & ACK) !== 0 ? acked : undefined, window: 60_000 });
          checkAnswer(row[column]!, state, connection, before, connection.do(event));
        });
      }
    }
  });

  describe('9293 3.10.7.3 SYN_SENT', () => {
    // By the ACK field: none, before ISS + 1, ISS + 1 (acceptable), beyond SND.NXT.
    const COLUMNS = ['no ACK', 'ACK =< ISS', 'ACK acceptable', 'ACK > SND.NXT'] as const;
    const ROWS: Readonly<Record<string, readonly [Answer, Answer, Answer, Answer]>> = {
      '-': ['drop', 'rst', 'drop', 'rst'],
      F: ['drop', 'rst', 'drop', 'rst'],
      S: ['received', 'rst', 'established', 'rst'],
      SF: ['received', 'rst', 'fin', 'rst'],
      R: ['drop', 'drop', 'reset', 'drop'],
    };
    for (const { name, bits } of FLAGS.filter(({ bits }) => (bits & ACK) === 0)) {
      for (const [column, which] of COLUMNS.entries()) {
        const answer = ROWS[(bits & RST) !== 0 ? 'R' : name]![column]!;
        test(`${name}, ${which}: ${answer}`, () => {
          const connection = inState('SYN_SENT', { step });
          const { tcb: before } = connection;
          const actions = connection.segment({ seq: -1, flags: bits, ack: [undefined, -1, 0, 1][column], options: { mss: 1460 } });
          if (answer === 'fin') expect([connection.tcb.state, connection.tcb.rcv_nxt]).toEqual(['CLOSE_WAIT', 1 + 0xffff_ff00 + 1]);
          else if (answer === 'established') expect(connection.tcb.state).toBe('ESTABLISHED');
          else checkAnswer(answer, 'SYN_SENT', connection, before, actions);
          if (answer === 'rst') expect(actions.reset).toEqual({ seq: segmentEvent({ ack: [0, -1, 0, 1][column]! }).ack, ack: 0, flags: RST });
        });
      }
    }
  });

  describe('9293 3.10.7.1 CLOSED and 3.10.7.2 LISTEN', () => {
    for (const { name, bits } of FLAGS) {
      const segment = { ...segmentEvent({ seq: 10, flags: bits & ~ACK, ack: (bits & ACK) !== 0 ? 20 : undefined, length: 3 }) };
      const length = 3 + ((bits & SYN) !== 0 ? 1 : 0) + ((bits & FIN) !== 0 ? 1 : 0);
      const reset = (bits & ACK) !== 0 ? { seq: segment.ack, ack: 0, flags: RST } : { seq: 0, ack: (segment.seq + length) >>> 0, flags: RST | ACK };
      test(`CLOSED, ${name}: ${(bits & RST) !== 0 ? 'drop' : 'rst'}`, () => {
        expect(closed(segment)).toEqual((bits & RST) !== 0 ? undefined : reset);
        const connection = inState('CLOSED', { step });
        const actions = connection.do(segment);
        expect([actions.reset, connection.tcb.state]).toEqual([closed(segment), 'CLOSED']);
      });
      const verdict = (bits & RST) !== 0 ? 'drop' : (bits & ACK) !== 0 ? 'reset' : (bits & SYN) !== 0 ? 'accept' : 'drop';
      test(`LISTEN, ${name}: ${verdict}`, () => {
        expect(listen(segment)).toEqual(verdict === 'reset' ? { kind: 'reset', reset } : { kind: verdict });
      });
    }
  });

  describe('9293 3.10.7.4 TIME_WAIT, handed over', () => {
    const ROWS: Readonly<Record<string, readonly [string, string, string, string, string]>> = {
      '-': ['ack', 'drop', 'ack', 'ack', 'ack'],
      A: ['ack', 'drop', 'ack', 'ack', 'ack'],
      F: ['ack', 'ack', 'ack', 'ack', 'ack'],
      AF: ['ack', 'ack', 'ack', 'ack', 'ack'],
      // RFC 6191: a SYN with a sequence number right of all that was received opens anew.
      S: ['ack', 'ack', 'reuse', 'reuse', 'reuse'],
      SF: ['ack', 'ack', 'reuse', 'reuse', 'reuse'],
      SA: ['ack', 'ack', 'ack', 'ack', 'ack'],
      SAF: ['ack', 'ack', 'ack', 'ack', 'ack'],
      R: ['drop', 'close', 'ack', 'ack', 'drop'],
    };
    const connection = inState('TIME_WAIT', { step });
    const record = connection.do({ kind: 'grant' }).time_wait!;
    for (const { name, bits } of FLAGS) {
      const row = ROWS[(bits & RST) !== 0 ? 'R' : name]!;
      for (const [column, where] of COLUMNS.entries()) {
        test(`${name} ${where}: ${row[column]}`, () => {
          const seq = (record.rcv_nxt + [-1, 0, 5, record.rcv_wnd - 1, record.rcv_wnd][column]!) >>> 0;
          const result = stepTimeWait(record, { seq, ack: record.snd_nxt, flags: bits, window: 0, length: 0, options: {} }, connection.now + 10 * TICK, TCP_CONSTANTS);
          expect(result.verdict.kind).toBe(row[column]);
          expect(result.record === undefined).toBe(['reuse', 'close'].includes(row[column]!));
          if (result.verdict.kind === 'ack') expect(result.verdict.ack).toMatchObject({ seq: record.snd_nxt, ack: record.rcv_nxt, flags: ACK });
          // The peer's FIN again, and only that, restarts 2 MSL.
          const again = (bits & (FIN | RST | SYN)) === FIN && column === 0;
          if (result.record !== undefined) expect(result.record.expires).toBe(record.expires + (again ? 10 : 0));
        });
      }
    }
  });
}
