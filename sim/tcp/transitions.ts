/** Every state change that one event may cause: RFC 9293 Figure 5, and what several of its arrows in one step make. */
import type { State } from './tcb.ts';

export const TRANSITIONS: Readonly<Record<State, readonly State[]>> = {
  CLOSED: [
    'SYN_SENT', // active OPEN
    'SYN_RECEIVED', // a listener's SYN
  ],
  SYN_SENT: [
    'SYN_RECEIVED', // SYN: simultaneous open
    'ESTABLISHED', // SYN,ACK
    'CLOSE_WAIT', // SYN,ACK with FIN
    'CLOSED', // RST, CLOSE, ABORT, timeout
  ],
  SYN_RECEIVED: [
    'ESTABLISHED', // ACK of SYN
    'FIN_WAIT_1', // the same, a CLOSE being queued
    'CLOSE_WAIT', // the same with FIN
    'CLOSING', // the same with FIN, a CLOSE being queued
    'CLOSED', // RST, SYN, ABORT, timeout
  ],
  ESTABLISHED: [
    'FIN_WAIT_1', // CLOSE
    'CLOSE_WAIT', // FIN
    'CLOSED', // RST, ABORT, timeout
  ],
  FIN_WAIT_1: [
    'FIN_WAIT_2', // ACK of FIN
    'CLOSING', // FIN
    'TIME_WAIT', // FIN with ACK of FIN
    'CLOSED', // RST, ABORT, timeout
  ],
  FIN_WAIT_2: [
    'TIME_WAIT', // FIN
    'CLOSED', // RST, ABORT, timeout
  ],
  CLOSE_WAIT: [
    'LAST_ACK', // CLOSE
    'CLOSED', // RST, ABORT, timeout
  ],
  CLOSING: [
    'TIME_WAIT', // ACK of FIN, an ACK still being due
    'CLOSED', // ACK of FIN and hand-over in one, RST, ABORT, timeout
  ],
  LAST_ACK: [
    'CLOSED', // ACK of FIN, RST, ABORT, timeout
  ],
  TIME_WAIT: [
    'CLOSED', // the last ACK is sent: hand-over; RST, ABORT
  ],
};
