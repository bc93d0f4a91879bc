import { describe, expect, test } from 'vitest';
import { random } from '../../../sim/random.ts';
import { seqAdd, seqDiff } from '../../../sim/tcp/sequence.ts';
import { step as model } from '../../../sim/tcp/step.ts';
import { NetworkError, randomRun, run } from './network.ts';

const LONG = process.env['VTOE_LONG'] === '1';

test('over lossy, reordering, duplicating links every byte arrives, in order, once, and both ends close', () => {
  const runs = LONG ? 50_000 : 2000;
  let events = 0;
  const counters = new Set<string>();
  for (let seed = 1; seed <= runs; seed++) {
    const stream = random(seed);
    try {
      const result = run(stream, randomRun(stream));
      events += result.events;
      for (const counter of result.counters.keys()) counters.add(counter);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  console.log(`${runs} runs, ${events} events`);
  // The runs went where they were meant to go.
  expect(['timeout', 'fast_retransmit', 'partial_ack', 'recovery_refused', 'out_of_order', 'intervals_full', 'probe', 'duplicate', 'trimmed', 'outside_window', 'paws', 'syn_repeated', 'ack_old', 'challenge_ack']
    .filter((counter) => !counters.has(counter))).toEqual([]);
}, 600_000);

/** A run finds the fault within a hundred seeds. */
function found(step: typeof model): string {
  for (let seed = 1; seed <= 100; seed++) {
    const stream = random(seed);
    try {
      run(stream, { ...randomRun(stream), step });
    } catch (error) {
      if (error instanceof NetworkError) return error.message;
      throw error;
    }
  }
  return 'nothing';
}

describe('the network finds planted faults', () => {
  test('an ACK beyond what was received', () => {
    expect(found((...args) => {
      const { tcb, actions } = model(...args);
      const { send } = actions;
      return { tcb, actions: send !== undefined && send.kind === 'duplicate_ack' ? { ...actions, send: { ...send, ack: seqAdd(send.ack, 1) } } : actions };
    })).toMatch(/acknowledges \d+, but received \d+/);
  });
  test('data beyond the window', () => {
    expect(found((tcb, event, now, constants) => {
      if (event.kind !== 'grant' || tcb.snd_wnd === 0) return model(tcb, event, now, constants);
      const result = model({ ...tcb, snd_wnd: tcb.snd_wnd + 1 }, event, now, constants);
      return { tcb: { ...result.tcb, snd_wnd: tcb.snd_wnd }, actions: result.actions };
    })).toMatch(/beyond the window's edge/);
  });
  test('the window of a retransmission left to wl1 alone: the right edge moves with SND.UNA', () => {
    expect(found((tcb, event, now, constants) => {
      const result = model(tcb, event, now, constants);
      const old = event.kind === 'segment' && tcb.state !== 'SYN_SENT' && tcb.state !== 'SYN_RECEIVED' && result.tcb.state !== 'CLOSED' && seqDiff(event.seq, tcb.snd_wl1) < 0;
      return old ? { tcb: { ...result.tcb, snd_wnd: tcb.snd_wnd, snd_wl1: tcb.snd_wl1, snd_wl2: tcb.snd_wl2 }, actions: result.actions } : result;
    })).toMatch(/beyond the window's edge/);
  });
  test('a retransmission timer that is not armed', () => {
    expect(found((...args) => {
      const { tcb, actions } = model(...args);
      return { tcb: { ...tcb, retransmit_deadline: Infinity }, actions };
    })).toMatch(/deadlock/);
  });
  test('a byte in the wrong place', () => {
    expect(found((tcb, event, now, constants) => {
      const result = model(tcb, event, now, constants);
      const { place } = result.actions;
      if (place === undefined || place.skip === 0) return result;
      return { tcb: result.tcb, actions: { ...result.actions, place: { ...place, skip: place.skip - 1 } } };
    })).toMatch(/wrong byte|places|reports|received/);
  });
  test('bytes that are acknowledged but never delivered', () => {
    expect(found((tcb, event, now, constants) => {
      const result = model(tcb, event, now, constants);
      return result.actions.place !== undefined && tcb.intervals.length > 0 ? { tcb: result.tcb, actions: { ...result.actions, place: undefined } } : result;
    })).toMatch(/reports|acknowledges/);
  });
});
