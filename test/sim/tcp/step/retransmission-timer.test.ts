/** RFC 6298, and RFC 9293 sections 3.8.1 and 3.8.3: round-trip time, retransmission timer, R1 and R2. */
import { describe, expect, test } from 'vitest';
import { NOTIFY } from '../../../../sim/tcp/actions.ts';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { SYN } from '../../../../sim/tcp/segment.ts';
import { nextDeadline } from '../../../../sim/tcp/tcb.ts';
import { Connection, established, PARAMETERS } from '../connection.ts';

const SECOND = 1_000_000;

describe('6298', () => {
  test('2.1 to 2.3: 1 s at first; R, R/2; then gains 1/8 and 1/4', () => {
    const c = new Connection({ rtoMin: 1 });
    c.do({ kind: 'open', ...PARAMETERS });
    c.grant();
    expect(c.tcb.retransmit_deadline - c.now).toBe(SECOND);
    c.now += 80_000;
    c.segment({ seq: -1, ack: 0, flags: SYN });
    expect([c.tcb.srtt8 / 8, c.tcb.rttvar4 / 4, c.tcb.rto]).toEqual([80_000, 40_000, 240_000]);
    c.send(10);
    c.grant();
    c.now += 160_000;
    c.segment({ ack: 10 });
    expect([c.tcb.srtt8 / 8, c.tcb.rttvar4 / 4, c.tcb.rto]).toEqual([90_000, 50_000, 290_000]);
  });
  test('5.1 to 5.3: starts when data leave, restarts with new ACKs, stops with the last', () => {
    const c = established({ peer: { mss: 1000 } });
    expect(c.tcb.retransmit_deadline).toBe(Infinity);
    c.send(2000);
    c.grant();
    const first = c.tcb.retransmit_deadline;
    c.now += 1000;
    c.grant();
    expect(c.tcb.retransmit_deadline).toBe(first);
    c.segment({ ack: 1000 });
    expect(c.tcb.retransmit_deadline).toBe(c.now + c.tcb.rto);
    c.segment({ ack: 2000 });
    expect(nextDeadline(c.tcb)).toBe(Infinity);
  });
  test('5.5, MUST-18 (Karn): backoff doubles, and lasts until data that were sent once are acknowledged', () => {
    const c = established({ constants: { rtoMin: SECOND } });
    c.send(100);
    c.grant();
    for (const expected of [2, 4, 8]) {
      c.fire('retransmit');
      expect(c.tcb.retransmit_deadline - c.now).toBe(expected * SECOND);
      expect(c.grant()!.kind).toBe('retransmission');
    }
    c.segment({ ack: 100 });
    expect(c.tcb.rto_backoff).toBe(3);
    c.send(200);
    c.grant();
    expect(c.tcb.retransmit_deadline - c.now).toBe(8 * SECOND);
    c.segment({ ack: 200 });
    expect(c.tcb.rto_backoff).toBe(0);
  });
  test('section 3: one segment is timed per window', () => {
    const c = established({ peer: { mss: 1000 } });
    c.send(3000);
    c.grant();
    const { rtt_seq } = c.tcb;
    c.drain();
    expect(c.tcb.rtt_seq).toBe(rtt_seq);
  });
  test('MUST-20: R1 doubts the path, R2 ends the connection, the guest is told (MUST-12)', () => {
    const c = established();
    c.send(10);
    c.grant();
    let timeouts = 0;
    for (;;) {
      const { notify } = c.fire('retransmit');
      timeouts++;
      if (notify !== 0) {
        expect(notify).toBe(NOTIFY.ERROR);
        break;
      }
      c.drain();
      expect(c.counters.includes('path_doubted')).toBe(timeouts >= 3);
    }
    expect(timeouts).toBe(TCP_CONSTANTS.retries + 1);
  });
});
