/** RFC 7323 sections 3 to 5: timestamps and PAWS. */
import { describe, expect, test } from 'vitest';
import { RST } from '../../../../sim/tcp/segment.ts';
import { seqAdd, seqDiff } from '../../../../sim/tcp/sequence.ts';
import { Connection, established, IRS, PARAMETERS } from '../connection.ts';

const SECOND = 1_000_000;

describe('7323 timestamps', () => {
  const stamped = () => established({ parameters: { timestamps: true }, peer: { mss: 1460, tsval: 1000, tsecr: 0 } });
  test('3.2: a segment without the option is dropped silently, a RST is not', () => {
    const c = stamped();
    c.segment({ ack: 0, length: 10 });
    expect([c.counters.at(-1), c.tcb.dupack_owed, c.tcb.rcv_nxt]).toEqual(['ts_missing', 0, seqAdd(IRS, 1)]);
    expect(c.segment({ flags: RST }).free).toBe(true);
  });
  test('5.3 R1: an older timestamp is answered by an ACK and dropped (PAWS)', () => {
    const c = stamped();
    expect(c.segment({ ack: 0, length: 10, options: { tsval: 999, tsecr: 0 } }).place).toBeUndefined();
    expect([c.counters.at(-1), c.tcb.dupack_owed]).toEqual(['paws', 1]);
  });
  test('5.5: after 24 days without one, any timestamp is taken', () => {
    const c = stamped();
    c.now += 25 * 86_400 * SECOND;
    expect(c.segment({ ack: 0, length: 10, options: { tsval: 999, tsecr: 0 } }).place).toBeDefined();
    expect(c.tcb.ts_recent).toBe(999);
  });
  test('4.3, 5.3 R3: TS.Recent only from segments at or left of Last.ACK.sent', () => {
    const c = stamped();
    c.segment({ seq: 100, length: 10, ack: 0, options: { tsval: 1010, tsecr: 0 } });
    expect(c.tcb.ts_recent).toBe(1000);
    c.segment({ seq: 0, length: 100, ack: 0, options: { tsval: 1005, tsecr: 0 } });
    expect(c.tcb.ts_recent).toBe(1005);
    // A delayed ACK echoes the first of what it acknowledges.
    c.segment({ seq: 110, length: 10, ack: 0, options: { tsval: 1020, tsecr: 0 } });
    expect(c.grant()!.options.tsecr).toBe(1005);
  });
  test('4.1: a sample comes from the echo, in whole ticks, and survives retransmission', () => {
    const c = stamped();
    c.send(100);
    const { tsval } = c.grant()!.options;
    c.now += 300 * 1024;
    c.segment({ ack: 100, options: { tsval: 1001, tsecr: tsval! } });
    expect(Math.abs(c.tcb.srtt8 - (300 * 1024))).toBeLessThanOrEqual(8 * 1024); // 7/8 of 0 + 1/8 of 300 ticks
  });
  test('5.4: the offset of the connection is part of TSval', () => {
    const tsvalOf = (tsOffset: number) => {
      const c = new Connection();
      c.do({ kind: 'open', ...PARAMETERS, timestamps: true, tsOffset });
      return c.grant()!.options.tsval!;
    };
    expect(seqDiff(tsvalOf(5), tsvalOf(0xffff_ffff))).toBe(6);
  });
});
