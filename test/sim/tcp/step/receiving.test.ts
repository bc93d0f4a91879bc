/** RFC 9293 sections 3.8.6.3 and 3.10.7.4: payload in and out of order, and when it is acknowledged. */
import { describe, expect, test } from 'vitest';
import { TCP_CONSTANTS } from '../../../../sim/tcp/constants.ts';
import { FIN } from '../../../../sim/tcp/segment.ts';
import { seqAdd } from '../../../../sim/tcp/sequence.ts';
import { established, IRS } from '../connection.ts';

describe('receiving', () => {
  test('SHLD-18, SHLD-19, MUST-40: ACKs are delayed, less than 0.5 s, and at most two full segments', () => {
    const c = established();
    c.segment({ length: 1460, ack: 0 });
    expect([c.tcb.eligible, c.tcb.delayed_ack_deadline - c.now]).toEqual([false, 40_000]);
    c.segment({ seq: 1460, length: 1460, ack: 0 });
    expect(c.drain().map(({ ack }) => ack)).toEqual([seqAdd(IRS, 2921)]);
    c.segment({ seq: 2920, length: 1, ack: 0 });
    c.fire('delayed_ack');
    expect(c.grant()).toMatchObject({ kind: 'ack', ack: seqAdd(IRS, 2922) });
    expect(TCP_CONSTANTS.delayedAck).toBeLessThan(500_000);
  });
  test('SHLD-31: four intervals are kept, a fifth is dropped and counted, and all is acknowledged', () => {
    const c = established();
    for (let i = 1; i <= 4; i++) expect(c.segment({ seq: i * 1000, length: 100, ack: 0 }).place).toBeDefined();
    expect(c.segment({ seq: 5000, length: 100, ack: 0 }).place).toBeUndefined();
    expect([c.counters.at(-1), c.tcb.dupack_owed, c.tcb.intervals.length]).toEqual(['intervals_full', 5, 4]);
    // One that closes a gap needs no room.
    expect(c.segment({ seq: 2100, length: 900, ack: 0 }).place).toBeDefined();
    expect(c.tcb.intervals.length).toBe(3);
  });
  test('dupack_owed saturates at seven, and the eighth is counted', () => {
    const c = established();
    for (let i = 0; i < 8; i++) c.segment({ seq: 1000, length: 10, ack: 0 });
    expect([c.tcb.dupack_owed, c.counters.at(-1)]).toEqual([7, 'dupack_saturated']);
  });
  test('5681 4.2: what fills a gap is acknowledged at once', () => {
    const c = established();
    c.segment({ seq: 100, length: 100, ack: 0 });
    c.drain();
    const { place } = c.segment({ seq: 0, length: 150, ack: 0 });
    expect([place, c.tcb.ack_now]).toEqual([{ offset: 0, skip: 0, length: 150 }, true]);
    expect(c.grant()!.ack).toBe(seqAdd(IRS, 201));
  });
  test('3.10.7.4, first: only the new part is placed, nothing right of the edge', () => {
    const c = established({ parameters: { rxSize: 4096 } });
    c.segment({ length: 100, ack: 0 });
    expect(c.segment({ seq: 50, length: 100, ack: 0 }).place).toEqual({ offset: 100, skip: 50, length: 50 });
    expect(c.segment({ seq: 4000, length: 200, flags: FIN, ack: 0 }).place).toEqual({ offset: 4000, skip: 0, length: 96 });
    expect(c.tcb.fin_held).toBe(false);
  });
  test('an in-order FIN ends what was held beyond it', () => {
    const c = established();
    c.segment({ seq: 100, length: 10, ack: 0 });
    c.segment({ seq: 10, flags: FIN, ack: 0 });
    expect(c.counters.at(-1)).toBe('fin_conflict');
    c.segment({ seq: 0, flags: FIN, ack: 0 });
    expect([c.tcb.state, c.tcb.intervals]).toEqual(['CLOSE_WAIT', []]);
  });
});
