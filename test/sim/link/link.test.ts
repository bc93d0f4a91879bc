import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clock } from '../../../sim/link/clock.ts';
import type { DirectionOptions, LinkEvent } from '../../../sim/link/direction.ts';
import { createLink, type Link, type LinkOptions } from '../../../sim/link/link.ts';

const RATE = 25_000_000_000;
const FOREVER = 10n ** 18n;

const frame = (bytes: number, tag = 1) => new Uint8Array(bytes).fill(tag);

const everything: DirectionOptions = {
  latencyPs: 3_000_000, jitter: { distribution: 'normal', deviationPs: 1_000_000, mayReorder: true }, loss: { probability: 0.05 }, burstLoss: { goodToBad: 0.02, badToGood: 0.3 },
  corruption: { probability: 0.1, bits: 2 }, duplication: { probability: 0.1, delayPs: 500_000 }, reorder: { probability: 0.1, holdPs: 2_000_000 }, queueBytes: 10_000,
};

/** Offers of frames at points in time, ascending. */
const offers = fc.array(fc.record({ from: fc.constantFrom('a' as const, 'b' as const), bytes: fc.integer({ min: 1, max: 1600 }), laterPs: fc.bigInt(0n, 1_000_000n) }), { maxLength: 120 });

function play(link: Link, list: readonly { from: 'a' | 'b'; bytes: number; laterPs: bigint }[], advance: (link: Link, toPs: bigint) => LinkEvent[]): LinkEvent[] {
  const events: LinkEvent[] = [];
  let now = 0n;
  for (const { from, bytes, laterPs } of list) {
    now += laterPs;
    events.push(...advance(link, now));
    link.send(from, frame(bytes), now);
  }
  return [...events, ...advance(link, FOREVER)];
}

const atOnce = (link: Link, toPs: bigint) => link.advance(toPs);

describe('time', () => {
  test('advances to any point, and events come as it passes them', () => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1, aToB: { latencyPs: 1000 } });
    expect(link.nextPs).toBeUndefined();
    link.send('a', frame(60), 500n);
    // The first bit comes out of the network; nobody sees that.
    expect(link.nextPs).toBe(1500n);
    expect(link.advance(1500n)).toEqual([]);
    expect(link.nextPs).toBe(500n + 23_040n);
    expect(link.advance(23_539n)).toEqual([]);
    expect(link.advance(23_540n)).toMatchObject([{ kind: 'departed', timePs: 23_540n }]);
    expect(link.advance(30_000n)).toMatchObject([{ kind: 'arrived', timePs: 24_540n }]);
    expect(link.nowPs).toBe(30_000n);
  });

  test('does not run backwards', () => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1 });
    link.advance(100n);
    expect(() => link.advance(99n)).toThrow(new RangeError('time runs forward: it is 100 ps already, not 99 ps'));
    expect(() => link.send('a', frame(60), 99n)).toThrow(new RangeError('time runs forward: a frame cannot be sent at 99 ps, it is 100 ps already'));
  });

  test('is exact after three hours', () => {
    const start = 3n * 3_600_000_000_000_000n + 1n;
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1, aToB: { latencyPs: 7 } });
    link.send('a', frame(60), start);
    expect(link.advance(2n * start).map(({ timePs }) => timePs)).toEqual([start + 23_040n, start + 23_047n]);
  });

  test('events are in order of time, and the same in any steps', () => {
    fc.assert(fc.property(offers, fc.nat(), fc.bigInt(1n, 300_000n), (list, seed, stepPs) => {
      const options: LinkOptions = { rateBitsPerSecond: RATE, seed, aToB: everything, bToA: everything };
      const whole = play(createLink(options), list, atOnce);
      for (const [i, { timePs }] of whole.entries()) if (i > 0) expect(timePs).toBeGreaterThanOrEqual(whole[i - 1]!.timePs);
      const stepwise = play(createLink(options), list, (link, toPs) => {
        const events: LinkEvent[] = [];
        // From event to event, as a test bench does that skips idle time, and small steps at the beginning.
        for (let steps = 0; link.nextPs !== undefined && link.nextPs <= toPs; steps += 1) {
          const step = link.nowPs + stepPs;
          events.push(...link.advance(steps < 20 && step < toPs ? step : link.nextPs));
        }
        return [...events, ...link.advance(toPs)];
      });
      expect(stepwise).toEqual(whole);
    }), { numRuns: 15 });
  });
});

describe('what is counted', () => {
  test('adds up: nothing vanishes and nothing comes from nowhere', () => {
    fc.assert(fc.property(offers, fc.nat(), (list, seed) => {
      const link = createLink({ rateBitsPerSecond: RATE, seed, aToB: everything, bToA: { ...everything, queueBytes: 2000 } });
      const events = play(link, list, atOnce);
      for (const from of ['a', 'b'] as const) {
        const c = link.counters[from];
        const mine = events.filter((event) => event.from === from);
        const count = (which: (event: LinkEvent) => boolean) => mine.filter(which).length;
        expect(c.offered).toBe(list.filter((offer) => offer.from === from).length);
        expect(c.offered).toBe(c.sent + c.senderQueueDropped);
        expect(c.sent + c.duplicated).toBe(c.lost + c.burstLost + c.receiverQueueDropped + c.arrived);
        expect({
          sent: count(({ kind }) => kind === 'departed'),
          senderQueueDropped: count((event) => event.kind === 'dropped' && event.cause === 'senderQueue'),
          lost: count((event) => event.kind === 'dropped' && event.cause === 'loss'),
          burstLost: count((event) => event.kind === 'dropped' && event.cause === 'burstLoss'),
          receiverQueueDropped: count((event) => event.kind === 'dropped' && event.cause === 'receiverQueue'),
          arrived: count(({ kind }) => kind === 'arrived'),
          badFcs: count((event) => event.kind === 'arrived' && !event.fcsGood),
          undetected: count((event) => event.kind === 'arrived' && event.fcsGood && event.corrupted),
          sentBytes: mine.reduce((sum, { kind, frame: { length } }) => sum + (kind === 'departed' ? length : 0), 0),
          arrivedBytes: mine.reduce((sum, { kind, frame: { length } }) => sum + (kind === 'arrived' ? length : 0), 0),
        }).toEqual({
          sent: c.sent, senderQueueDropped: c.senderQueueDropped, lost: c.lost, burstLost: c.burstLost, receiverQueueDropped: c.receiverQueueDropped,
          arrived: c.arrived, badFcs: c.badFcs, undetected: c.undetected, sentBytes: c.sentBytes, arrivedBytes: c.arrivedBytes,
        });
      }
    }), { numRuns: 100 });
  });
});

describe('a seed', () => {
  const list = Array.from({ length: 300 }, (_, n) => ({ from: n % 3 === 0 ? 'b' as const : 'a' as const, bytes: 60 + n, laterPs: 400_000n }));
  const events = (options: Partial<LinkOptions>) => play(createLink({ rateBitsPerSecond: RATE, seed: 1, aToB: everything, bToA: everything, ...options }), list, atOnce);

  test('and the options fix every event', () => {
    expect(events({})).toEqual(events({}));
  });

  test('changes what happens', () => {
    expect(events({ seed: 2 })).not.toEqual(events({}));
  });

  test('gives each direction its own fates', () => {
    const lostOf = (from: 'a' | 'b', options: Partial<LinkOptions>) => events(options).flatMap((event) => (event.kind === 'dropped' && event.from === from ? [event.number] : []));
    expect(lostOf('a', {}).filter((number) => number < 100)).not.toEqual(lostOf('b', {}));
    expect(lostOf('a', { bToA: {} })).toEqual(lostOf('a', {}));
    expect(lostOf('b', { aToB: { loss: { probability: 0.5 } } })).toEqual(lostOf('b', {}));
  });
});

describe('full duplex', () => {
  test('both ends send at line rate at once', () => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1 });
    for (const from of ['a', 'b'] as const) for (let n = 0; n < 10; n += 1) link.send(from, frame(60), 0n);
    expect(link.freePs('a')).toBe(268_800n);
    expect(link.waitingBytes('b')).toBe(540);
    const last = link.advance(FOREVER).filter(({ kind }) => kind === 'arrived').slice(-2);
    expect(last).toMatchObject([{ from: 'a', timePs: 264_960n }, { from: 'b', timePs: 264_960n }]);
  });
});

describe('a device in clock cycles', () => {
  // As a test bench: 64 bits at 390.625 MHz are 25 Gbit/s. The device has a frame of 1,500 bytes ready at each edge at
  // which the wire can take one; the other end sends it back.
  test('sends and receives at line rate', () => {
    const { timePs, edgeFrom } = clock(390_625_000);
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1, aToB: { latencyPs: 1_000_000 }, bToA: { latencyPs: 1_000_000 } });
    const received: number[] = [];
    for (let cycle = 0; received.length < 100;) {
      for (const event of link.advance(timePs(cycle))) {
        if (event.kind === 'arrived' && event.from === 'a') link.send('b', event.frame, timePs(cycle));
        if (event.kind === 'arrived' && event.from === 'b') received.push(cycle);
      }
      if (link.waitingBytes('a') === 0) link.send('a', frame(1500), timePs(cycle));
      cycle = Math.max(cycle + 1, edgeFrom(link.nextPs!));
    }
    // 1,524 bytes a frame, 8 a cycle: 190.5 cycles.
    expect(received.at(-1)! - received[0]!).toBe(Math.ceil(99 * 190.5));
  });
});

describe('options that make no sense', () => {
  const good = { rateBitsPerSecond: RATE, seed: 1 };
  test.each<[unknown, string]>([
    [{ ...good, rateBitsPerSecond: 1e9 }, 'rateBitsPerSecond must be 10000000000, 25000000000 or 100000000000, not 1000000000'],
    [{ ...good, seed: 'x' }, 'seed must be a whole number from 0 to 9007199254740991, not x'],
    [{ ...good, ab: {} }, 'link has no option ab (did you mean aToB?); its options are rateBitsPerSecond, seed, aToB, bToA'],
    [{ ...good, aToB: 5 }, 'aToB must be an object with options of latencyPs, jitter, loss, burstLoss, corruption, duplication, reorder, queueBytes, not 5'],
    [{ ...good, bToA: { los: {} } }, 'bToA has no option los (did you mean loss?); its options are latencyPs, jitter, loss, burstLoss, corruption, duplication, reorder, queueBytes'],
    [{ ...good, bToA: { queueBytes: -1 } }, 'bToA.queueBytes must be a whole number of bytes from 0 up, not -1'],
    [{ ...good, bToA: { latencyPs: null } }, 'bToA.latencyPs must be a whole number of picoseconds from 0 to 1000000000000000, not null'],
  ])('%j', (options, message) => {
    expect(() => createLink(options as LinkOptions)).toThrow(new RangeError(message));
  });
});
