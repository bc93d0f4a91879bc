/** RFC 5961: challenge ACKs and the range of acceptable acknowledgments. */
import { describe, expect, test } from 'vitest';
import { TICK, ticksOf } from '../../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { RST, SYN } from '../../../../sim/tcp/segment.ts';
import { established } from '../connection.ts';

describe('5961', () => {
  test('3.2, 4.2, 5: challenges are limited to one an interval and connection', () => {
    const c = established();
    c.segment({ seq: 5, flags: RST });
    c.segment({ seq: 0, flags: SYN });
    c.segment({ seq: 0, ack: 1 });
    expect(c.tcb.dupack_owed).toBe(1);
    expect(c.counters.filter((counter) => counter === 'challenge_suppressed')).toHaveLength(2);
    c.now = (ticksOf(c.now) + TCP_CONSTANTS.challengeIntervalTicks + 1) * TICK - 1;
    c.segment({ seq: 5, flags: RST });
    expect(c.tcb.dupack_owed).toBe(1);
    c.now++; // the tick that was under way has not counted
    c.segment({ seq: 5, flags: RST });
    expect(c.tcb.dupack_owed).toBe(2);
  });
  test('5: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT', () => {
    for (const [ack, taken] of [[0, true], [-60_000, true], [-60_001, false], [100, true], [101, false]] as const) {
      const c = established();
      c.send(100);
      c.drain();
      expect([ack, c.segment({ ack, length: 10 }).place !== undefined]).toEqual([ack, taken]);
    }
  });
});
