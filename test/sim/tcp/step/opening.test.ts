/** RFC 9293 sections 3.5, 3.7.1 and 3.10.1: opening, and the MSS of both SYNs. */
import { describe, expect, test } from 'vitest';
import { NOTIFY } from '../../../../sim/tcp/actions.ts';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { ACK, RST, SYN } from '../../../../sim/tcp/segment.ts';
import { seqAdd } from '../../../../sim/tcp/sequence.ts';
import { Connection, established, inState, IRS, ISS, PARAMETERS, segmentEvent } from '../connection.ts';

const SECOND = 1_000_000;

describe('opening', () => {
  test('9293 3.10.1: an active OPEN sends <SEQ=ISS><CTL=SYN>', () => {
    const c = new Connection();
    c.do({ kind: 'open', ...PARAMETERS });
    expect(c.grant()).toMatchObject({ kind: 'syn', seq: ISS, ack: 0, flags: SYN, window: 32_768, length: 0 });
    expect([c.tcb.state, c.tcb.snd_una, c.tcb.snd_nxt]).toEqual(['SYN_SENT', ISS, ISS + 1]);
  });

  test('MUST-10, 9293 3.5 Figure 8: simultaneous open, the crossing SYN,ACK completes it', () => {
    const c = inState('SYN_SENT');
    c.segment({ seq: -1, flags: SYN, options: { mss: 1000 } });
    expect(c.grant()).toMatchObject({ kind: 'syn', seq: ISS, ack: seqAdd(IRS, 1), flags: SYN | ACK });
    expect(c.segment({ seq: -1, ack: 0, flags: SYN }).notify).toBe(NOTIFY.CONNECTED);
    expect([c.tcb.state, c.tcb.snd_mss]).toEqual(['ESTABLISHED', 1000]);
  });

  test('MUST-11: a RST in SYN_RECEIVED refuses an active open, and is not told after a passive one', () => {
    const active = inState('SYN_RECEIVED');
    expect(active.segment({ flags: RST })).toMatchObject({ free: true, notify: NOTIFY.RESET });
    const passive = inState('SYN_RECEIVED_PASSIVE');
    expect(passive.segment({ flags: RST })).toMatchObject({ free: true, notify: 0, final: false });
  });

  test('a passive open waits for a pre-posted ACCEPT: without one the ACK is dropped, and its repetition completes', () => {
    const c = inState('SYN_RECEIVED_PASSIVE');
    c.do({ ...segmentEvent({ ack: 0 }), prepost: false });
    expect([c.tcb.state, c.counters.at(-1)]).toEqual(['SYN_RECEIVED', 'no_prepost']);
    expect(c.segment({ ack: 0 }).notify).toBe(NOTIFY.ACCEPTED);
  });

  test('MUST-14, MUST-15, SHLD-5: MSS in both SYNs; a SYN without one means 536', () => {
    expect(inState('CLOSED').tcb.snd_mss).toBe(536);
    expect(established({ peer: {} }).tcb.snd_mss).toBe(536);
    const c = inState('SYN_RECEIVED_PASSIVE');
    c.do({ kind: 'timer', timer: 'retransmit', deadline: 0 });
    c.fire('retransmit');
    expect(c.grant()!.options.mss).toBe(1460);
  });

  test('MUST-16: Eff.snd.MSS is the smaller of both, less the options of every segment', () => {
    expect(established({ peer: { mss: 1000 } }).tcb.snd_mss).toBe(1000);
    expect(established({ peer: { mss: 9000 } }).tcb.snd_mss).toBe(1460);
    expect(established({ parameters: { timestamps: true }, peer: { mss: 1000, tsval: 1, tsecr: 0 } }).tcb.snd_mss).toBe(988);
  });

  test('MUST-65: no MSS option but on SYNs', () => {
    const c = established();
    c.send(10);
    expect(c.grant()!.options.mss).toBeUndefined();
  });

  test('a tiny MSS is raised to the floor', () => {
    expect(established({ peer: { mss: 1 } }).tcb.snd_mss).toBe(TCP_CONSTANTS.mssFloor);
  });

  test('MUST-23: a SYN is retransmitted for at least three minutes before the open fails', () => {
    const c = inState('SYN_SENT');
    const start = c.now;
    let last = start;
    for (;;) {
      const { notify } = c.fire('retransmit');
      if (notify !== 0) {
        expect(notify).toBe(NOTIFY.ERROR);
        break;
      }
      expect(c.grant()!.flags).toBe(SYN);
      last = c.now;
    }
    expect(c.now - start).toBeGreaterThanOrEqual(180 * SECOND);
    expect(last).toBeLessThan(c.now);
  });

  test('6298 5.7: after a SYN was retransmitted the RTO is 3 s; 5681 3.1: and IW one segment', () => {
    const c = inState('SYN_SENT');
    c.fire('retransmit');
    c.grant();
    c.segment({ seq: -1, ack: 0, flags: SYN, options: { mss: 1000 } });
    expect([c.tcb.rto, c.tcb.rto_backoff, c.tcb.cwnd]).toEqual([3 * SECOND, 0, 1000]);
  });
});
