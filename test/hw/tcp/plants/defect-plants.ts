/** The known defects of `test/sim/tcp/defects.ts`, planted in the step in hardware: a change or two for each. */
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import { always, instead, never, not, or, reversed, unsigned } from './changes.ts';
import { type Change, constant, operation, type Plant } from './plant.ts';

type To = Change['to'];

const mux = (condition: Expression, a: Expression, b: Expression) => operation('mux', b.width, condition, a, b);
const and = (a: Expression, b: Expression) => operation('and', 1, a, b);
const is = (kind: Expression, value: number) => operation('eq', 1, kind, constant(BigInt(value), kind.width));
const wide = (value: Expression, width: number) => operation('zext', width, value);
const ACCEPT = 4;
const SEND = 5;

const CHANGES: Readonly<Record<string, readonly [at: string, to: To][]>> = {
  'overlap with the out-of-order block leaves no accept/drop decision and reception hangs': [
    // What overlaps an interval is neither kept nor counted.
    ['intervalKept', (right, other) => and(right, is(other('intervalMeets'), 0))],
    ['intervalTaken', (right, other) => and(right, is(other('intervalMeets'), 0))],
  ],
  'out-of-order compares break at sequence wrap': [['segBehind', unsigned]],
  'no RTT estimate': [['rttSamples', never]],
  'any duplicate ACK restarts the timer': [['restartsRetransmit', or('cwndDuplicate')]],
  'at most 4 segments per retransmission event': [
    ['record_rxt_end', (right, other) => mux(other('timerLoss'), operation('add', 32, other('tcb_snd_una'), operation('shl', 32, wide(other('tcb_snd_mss'), 32), constant(2n, 2))), right)],
  ],
  'cwnd not reduced on three duplicate ACKs': [['cwndThreshold', instead('tcb_cwnd')]],
  'usable-window comparison reversed': [['windowLessMss', reversed]],
  'sends larger than the window rejected': [
    ['commandOutOfRange', (right, other) => operation('or', 1, right, and(is(other('event_kind'), SEND), operation('gtu', 1, other('sendAhead'), wide(other('tcb_snd_wnd'), 32))))],
  ],
  "peer's MSS ignored": [['synMss', instead('tcb_rcv_mss')]],
  'constant ISN': [['record_snd_una', (right, other) => mux(other('commandOpens'), constant(1n, 32), right)]],
  'TIME_WAIT holds a connection for 60 s': [['actions_free', (right, other) => and(right, not(other('actions_has_time_wait')))]],
  'stalls after close or window pressure': [['record_retransmit_deadline_armed', (right, other) => and(right, not(and(other('record_fin_queued'), is(other('record_snd_wnd'), 0))))]],
  'Linux handshake failures': [
    ['record_snd_wnd', (right, other) => mux(is(other('event_kind'), ACCEPT), operation('shl', 30, wide(other('event_segment_window'), 30), other('record_snd_wscale')), right)],
  ],
  'three out-of-order arrivals during a saturated egress give three pure ACKs': [
    ['record_dupack_owed', (right) => mux(operation('gtu', 1, right, constant(1n, 3)), constant(1n, 3), right)],
  ],
  'a deadline that was cancelled or moved since the scan': [['timerFires', always]],
  'FIN with data, out of order': [['finHeld', never]],
};

/** In the order of the scenarios. @throws if one of them has no plant */
export function defectPlants(names: readonly string[]): Plant[] {
  return names.map((name) => {
    const changes = CHANGES[name];
    if (changes === undefined) throw new Error(`nothing is planted for ${name}`);
    return { name, changes: changes.map(([at, to]) => ({ at, to })) };
  });
}
