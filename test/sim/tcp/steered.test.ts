import { describe, expect, test } from 'vitest';
import { random } from '../../../sim/random.ts';
import { COUNTERS } from '../../../sim/tcp/actions.ts';
import { seqDiff, seqLeq, seqLt } from '../../../sim/tcp/sequence.ts';
import { steered } from '../../../sim/tcp/steered.ts';
import { step } from '../../../sim/tcp/step.ts';
import { CLOSED_TCB, nextDeadline, STATES, type State, type Tcb } from '../../../sim/tcp/tcb.ts';
import { TRANSITIONS } from '../../../sim/tcp/transitions.ts';

const LONG = process.env['VTOE_LONG'] === '1';
const EVENTS = LONG ? 10_000_000 : 1_000_000;

/** What holds of every record after every event. */
function invariants(t: Tcb): string | undefined {
  if (t.state === 'CLOSED') return nextDeadline(t) === Infinity && t.eligible === t.rst_due ? undefined : 'CLOSED has a deadline, or something to send but a RST';
  if (!seqLeq(t.snd_una, t.snd_nxt)) return 'snd_una is beyond snd_nxt';
  const end = seqDiff(t.snd_tail, t.snd_nxt) + (t.fin_queued ? 1 : 0);
  if (t.snd_nxt !== t.iss && end < 0) return 'snd_nxt is beyond what was given';
  if (!(seqLeq(t.snd_una, t.rxt_nxt) && seqLeq(t.rxt_nxt, t.rxt_end) && seqLeq(t.rxt_end, t.snd_nxt))) return 'the retransmission lies outside of what is in flight';
  if (t.state !== 'SYN_SENT' && !seqLeq(t.rcv_nxt, t.rcv_adv)) return 'rcv_nxt is beyond the window';
  if (t.state !== 'SYN_SENT' && seqDiff(t.rcv_adv, t.rcv_user) > t.rx_size + (t.fin_received ? 1 : 0)) return 'more is advertised than the ring has room for';
  if (t.intervals.length > 4) return 'five intervals';
  let edge = t.rcv_nxt;
  for (const { start, end } of t.intervals) {
    if (!(seqLt(edge, start) && seqLt(start, end))) return 'intervals touch, overlap, are empty or out of order';
    edge = end;
  }
  if (!seqLeq(edge, t.rcv_adv)) return 'an interval reaches beyond the window';
  if (t.dupack_owed < 0 || t.dupack_owed > 7) return 'dupack_owed is out of range';
  const established = t.state !== 'SYN_SENT' && t.state !== 'SYN_RECEIVED';
  if (established && (t.cwnd < t.snd_mss || t.cwnd > 2 ** 31)) return `cwnd is ${t.cwnd}`;
  if (t.srtt8 < 0 || t.srtt8 >= 2 ** 30 || t.rttvar4 < 0 || t.rttvar4 >= 2 ** 31) return 'the estimators are out of range';
  // No deadlock: what waits for the peer has a deadline, what waits for nobody is eligible.
  const waits = t.snd_nxt !== t.snd_una || (established && (t.snd_tail !== t.snd_nxt && seqLt(t.snd_nxt, t.snd_tail)));
  if (waits && !t.eligible && t.retransmit_deadline === Infinity) return 'something waits, and nothing will happen';
  return undefined;
}

test('the same stream gives the same events, and a step leaves its argument alone', () => {
  const [first, second] = [steered(random(9)), steered(random(9))];
  let tcb: Tcb = CLOSED_TCB;
  for (let i = 0; i < 5000; i++) {
    const one = first(tcb);
    expect(second(tcb)).toEqual(one);
    const frozen = Object.freeze({ ...tcb, intervals: Object.freeze(tcb.intervals.map((interval) => Object.freeze({ ...interval }))) });
    const result = step(frozen, one.event, one.now);
    expect(step(tcb, one.event, one.now)).toEqual(result);
    tcb = result.tcb;
  }
});

describe('steered random events', () => {
  const seen = new Map<string, number>();
  const counters = new Map<string, number>();
  let intervals = 0;

  test('every record keeps the invariants', () => {
    for (let connection = 0; connection < EVENTS / 2000; connection++) {
      const next = steered(random(connection));
      let tcb: Tcb = CLOSED_TCB;
      for (let i = 0; i < 2000; i++) {
        const { event, now } = next(tcb);
        const after = step(tcb, event, now);
        const wrong = invariants(after.tcb);
        if (wrong !== undefined) throw new Error(`connection ${connection}, event ${i} (${JSON.stringify(event)}) in ${tcb.state}: ${wrong}`);
        if (after.tcb.state !== tcb.state) {
          const change = `${tcb.state} -> ${after.tcb.state}`;
          seen.set(change, (seen.get(change) ?? 0) + 1);
        }
        for (const counter of after.actions.counters) counters.set(counter, (counters.get(counter) ?? 0) + 1);
        intervals = Math.max(intervals, after.tcb.intervals.length);
        tcb = after.tcb;
      }
    }
  }, 600_000);

  test('every legal transition of every state is seen, and no other', () => {
    const legal = STATES.flatMap((from: State) => TRANSITIONS[from].map((to) => `${from} -> ${to}`));
    console.log(`${EVENTS} events\n${legal.map((change) => `  ${change.padEnd(30)} ${seen.get(change) ?? 0}`).join('\n')}`);
    expect([...seen.keys()].sort()).toEqual(legal.sort());
  });

  test('every counter counts, and four intervals are in use', () => {
    expect(COUNTERS.filter((counter) => !counters.has(counter))).toEqual([]);
    expect(intervals).toBe(4);
  });
});
