/** RFC 9293 sections 3.8.4 and 3.10.8: keepalive and user timeout. */
import { describe, expect, test } from 'vitest';
import { NOTIFY } from '../../../../sim/tcp/actions.ts';
import { TICK, ticksOf } from '../../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { ACK } from '../../../../sim/tcp/segment.ts';
import { deadlineOf } from '../../../../sim/tcp/timers.ts';
import { established, ISS } from '../connection.ts';

const SECOND = 1_000_000;

describe('keepalive and user timeout', () => {
  test('MUST-25, MUST-28: off by default, two hours', () => {
    expect([established().tcb.keepalive_deadline, TCP_CONSTANTS.keepaliveIdleTicks * TICK]).toEqual([Infinity, 7200 * SECOND]);
  });
  test('MUST-24, MUST-26, MUST-29, SHLD-12: probes only when idle, without data, many before the end', () => {
    const c = established();
    c.do({ kind: 'set_option', keepalive: true });
    c.now += 3600 * SECOND;
    c.segment({ ack: 0 });
    c.fire('keepalive');
    expect(c.tcb.eligible).toBe(false); // half of the time passed since the last segment
    for (let i = 0; i < TCP_CONSTANTS.keepaliveProbes; i++) {
      c.fire('keepalive');
      expect(c.grant()).toMatchObject({ kind: 'keepalive', seq: ISS, length: 0, flags: ACK });
    }
    expect(c.fire('keepalive').notify).toBe(NOTIFY.ERROR);
    expect(c.grant()!.kind).toBe('reset');
  });
  test('MUST-26: a probe that is due is forgotten when a segment arrives or data leave', () => {
    const due = () => {
      const c = established();
      c.do({ kind: 'set_option', keepalive: true });
      c.fire('keepalive');
      expect(c.tcb.keepalive_due).toBe(true);
      return c;
    };
    const heard = due();
    heard.segment({ ack: 0 });
    expect(heard.tcb.eligible).toBe(false);
    const busy = due();
    busy.send(10);
    expect(busy.drain().map(({ kind }) => kind)).toEqual(['data']);
  });
  test('9293 3.8.4: a connection that was silent for long before keepalive was switched on is probed after the idle time', () => {
    const c = established();
    c.now += 30_000 * SECOND; // more than the 24 bits of hardware's slow clock
    c.do({ kind: 'set_option', keepalive: true });
    expect(c.tcb.keepalive_deadline).toBe(ticksOf(c.now) + TCP_CONSTANTS.keepaliveIdleTicks + 1);
    c.fire('keepalive');
    expect(c.tcb.keepalive_due).toBe(true);
  });
  test('slow deadlines are never early, and at most a tick late', () => {
    for (const into of [0, 1, TICK - 1]) {
      const c = established();
      c.now = 5000 * TICK + into;
      const since = c.now;
      c.do({ kind: 'set_option', keepalive: true });
      const late = deadlineOf(c.tcb, 'keepalive') - since - TCP_CONSTANTS.keepaliveIdleTicks * TICK;
      expect([late > 0, late <= TICK]).toEqual([true, true]);
    }
  });
  test('9293 3.10.8: the user timeout ends a connection that makes no progress', () => {
    const c = established();
    c.do({ kind: 'set_option', userTimeoutTicks: 10_000 });
    c.send(2920);
    c.drain();
    c.now += 9 * SECOND;
    c.segment({ ack: 1460 });
    expect(c.tcb.user_deadline).toBe(ticksOf(c.now) + 10_001);
    expect(c.fire('user')).toMatchObject({ free: true, notify: NOTIFY.ERROR });
  });
});
