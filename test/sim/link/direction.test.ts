/** What one direction does to frames, seen through a link. */
import { describe, expect, test } from 'vitest';
import type { Arrived, DirectionOptions, LinkEvent } from '../../../sim/link/direction.ts';
import { fcsOf } from '../../../sim/link/fcs.ts';
import { createLink } from '../../../sim/link/link.ts';

const RATE = 10_000_000_000;
/** A frame of 60 bytes on the wire, and with its gap. */
const WIRE_PS = 57_600n;
const SLOT_PS = 67_200n;
const FOREVER = 10n ** 18n;

const frame = (tag: number, bytes = 60) => new Uint8Array(bytes).fill(tag);

/** Sends frames of 60 bytes, back to back from 0 on, and runs until nothing is on its way. */
function run(count: number, aToB: DirectionOptions, seed = 1): { events: LinkEvent[]; arrived: Arrived[]; counters: ReturnType<typeof createLink>['counters']['a'] } {
  const link = createLink({ rateBitsPerSecond: RATE, seed, aToB });
  for (let n = 0; n < count; n += 1) link.send('a', frame(n & 255), 0n);
  const events = link.advance(FOREVER);
  expect(link.nextPs).toBeUndefined();
  return { events, arrived: events.filter((event) => event.kind === 'arrived'), counters: link.counters.a };
}

const ofFrame = (events: readonly LinkEvent[], number: number) => events.filter((event) => event.number === number);
const numbers = (events: readonly LinkEvent[]) => events.map(({ number }) => number);

describe('without impairments', () => {
  test('a frame departs at its last bit and arrives the latency later, whole and good', () => {
    const { events } = run(1, { latencyPs: 5_000_000 });
    const data = frame(0);
    expect(events).toEqual([
      { kind: 'departed', timePs: WIRE_PS, from: 'a', number: 0, frame: data, firstBitPs: 0n, lastBitPs: WIRE_PS, fcs: fcsOf(data), fate: expect.anything() },
      { kind: 'arrived', timePs: WIRE_PS + 5_000_000n, from: 'a', number: 0, frame: data, firstBitPs: 5_000_000n, lastBitPs: WIRE_PS + 5_000_000n, fcs: fcsOf(data), fcsGood: true, corrupted: false, copy: false },
    ]);
  });

  test('frames at line rate arrive at line rate', () => {
    const { arrived } = run(1000, { latencyPs: 123 });
    expect(arrived.map(({ firstBitPs }) => firstBitPs)).toEqual(Array.from({ length: 1000 }, (_, n) => BigInt(n) * SLOT_PS + 123n));
  });

  test('a short frame arrives padded with zeros', () => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1 });
    link.send('a', frame(7, 14), 0n);
    const [, arrived] = link.advance(FOREVER);
    expect([...arrived!.frame]).toEqual([...frame(7, 14), ...frame(0, 46)]);
    expect(link.counters.a).toMatchObject({ sentBytes: 60, arrivedBytes: 60 });
  });

  test.each([['array', frame(1)], ['Buffer', Buffer.from(frame(1))]])("the sender's %s may be used again", (_, buffer) => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1 });
    link.send('a', buffer, 0n);
    buffer.fill(2);
    for (const event of link.advance(FOREVER)) expect(event.frame).toEqual(frame(1));
  });

  test.each([0, 65_536])('a frame of %i bytes is refused', (bytes) => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1 });
    expect(() => link.send('a', frame(1, bytes), 0n)).toThrow(new RangeError(`a frame's length must be a whole number of bytes from 1 to 65535, not ${bytes}`));
    expect(link.counters.a.offered).toBe(0);
  });
});

describe('loss', () => {
  test('a lost frame departs, is dropped as it does, and does not arrive', () => {
    const { events, arrived, counters } = run(3, { loss: { at: [1] } });
    expect(ofFrame(events, 1)).toMatchObject([{ kind: 'departed', timePs: SLOT_PS + WIRE_PS }, { kind: 'dropped', timePs: SLOT_PS + WIRE_PS, cause: 'loss' }]);
    expect(numbers(arrived)).toEqual([0, 2]);
    expect(counters).toMatchObject({ offered: 3, sent: 3, lost: 1, burstLost: 0, arrived: 2 });
  });

  test('in bursts is counted apart', () => {
    const { events, counters } = run(4, { burstLoss: { goodToBad: 1, badToGood: 1 }, loss: { at: [2] } });
    // Good to bad in front of frame 0, back in front of frame 1, and so on; frame 2 is lost twice and counts once.
    expect(events.filter(({ kind }) => kind === 'dropped')).toMatchObject([{ number: 0, cause: 'burstLoss' }, { number: 2, cause: 'loss' }]);
    expect(counters).toMatchObject({ lost: 1, burstLost: 1, arrived: 2 });
  });

  test('does not change when the others arrive', () => {
    const options: DirectionOptions = { latencyPs: 1000, jitter: { distribution: 'exponential', meanPs: 1_000_000_000 } };
    const times = (list: readonly Arrived[]) => list.map(({ number, firstBitPs }) => [number, firstBitPs] as const);
    const spaced = (more: DirectionOptions) => {
      const link = createLink({ rateBitsPerSecond: RATE, seed: 3, aToB: { ...options, ...more } });
      for (let n = 0n; n < 200n; n += 1n) link.send('a', frame(0), n * 100_000_000n);
      return link.advance(FOREVER).filter((event) => event.kind === 'arrived');
    };
    const all = times(spaced({}));
    const some = times(spaced({ loss: { probability: 0.3 } }));
    // A frame that waits behind a lost one for the receiver's wire is the exception: it need not.
    const moved = some.filter(([number, at]) => all[number]![1] !== at);
    expect(some.length).toBeLessThan(170);
    for (const [number, at] of moved) expect(all[number]![1] - at).toBeLessThanOrEqual(BigInt(200) * SLOT_PS);
    expect(moved.every(([number, at]) => at < all[number]![1])).toBe(true);
  });
});

describe('corruption', () => {
  test('flips bits of frame or FCS, and the receiver finds out', () => {
    const { arrived, counters } = run(400, { corruption: { probability: 1, bits: 1 } });
    let inFrame = 0;
    for (const { frame: received, fcs, fcsGood, corrupted, number } of arrived) {
      const sent = frame(number & 255);
      const flips = bitsThatDiffer(received, sent) + bitsOf(fcs ^ fcsOf(sent));
      expect({ flips, fcsGood, corrupted }).toEqual({ flips: 1, fcsGood: false, corrupted: true });
      inFrame += bitsThatDiffer(received, sent);
    }
    // 480 of 512 bits are the frame's.
    expect(Math.abs(inFrame - 375)).toBeLessThan(4 * Math.sqrt(400 * 480 / 512 * 32 / 512));
    expect(counters).toMatchObject({ corrupted: 400, badFcs: 400, undetected: 0, arrived: 400 });
  });

  test('inside of a switch goes undetected', () => {
    const { events, arrived, counters } = run(3, { corruption: { at: [1], bits: 5, fcs: 'recomputed' } });
    expect(arrived.map(({ fcsGood, corrupted }) => [fcsGood, corrupted])).toEqual([[true, false], [true, true], [true, false]]);
    expect(bitsThatDiffer(arrived[1]!.frame, frame(1))).toBe(5);
    expect(arrived[1]!.fcs).toBe(fcsOf(arrived[1]!.frame));
    // It left its sender intact.
    expect(ofFrame(events, 1)[0]).toMatchObject({ kind: 'departed', frame: frame(1), fcs: fcsOf(frame(1)) });
    expect(counters).toMatchObject({ corrupted: 1, badFcs: 0, undetected: 1 });
  });
});

describe('duplication', () => {
  test('the copy follows right behind, in its own time on the wire', () => {
    const { arrived, counters } = run(2, { duplication: { at: [0] } });
    expect(arrived.map(({ number, copy, firstBitPs }) => [number, copy, firstBitPs])).toEqual([[0, false, 0n], [0, true, SLOT_PS], [1, false, 2n * SLOT_PS]]);
    expect(counters).toMatchObject({ duplicated: 1, arrived: 3, reordered: 0 });
  });

  test('the copy comes later if told so, and does not count as reordered', () => {
    const { arrived, counters } = run(3, { duplication: { at: [0], delayPs: Number(3n * SLOT_PS) } });
    expect(arrived.map(({ number, copy }) => [number, copy])).toEqual([[0, false], [1, false], [2, false], [0, true]]);
    expect(counters.reordered).toBe(0);
  });

  test('a copy has the same flipped bits', () => {
    const { arrived, counters } = run(1, { duplication: { at: [0] }, corruption: { at: [0] } });
    expect(arrived[1]!.frame).toEqual(arrived[0]!.frame);
    expect(counters).toMatchObject({ corrupted: 1, badFcs: 2 });
  });

  test('a copy is held back with its first', () => {
    const { arrived } = run(2, { duplication: { at: [0] }, reorder: { at: [0], holdPs: 1_000_000 } });
    expect(arrived.map(({ number, copy, firstBitPs }) => [number, copy, firstBitPs])).toEqual([[1, false, SLOT_PS], [0, false, 1_000_000n], [0, true, 1_000_000n + SLOT_PS]]);
  });

  test('what is lost has no copy', () => {
    expect(run(1, { duplication: { at: [0] }, loss: { at: [0] } }).counters).toMatchObject({ lost: 1, duplicated: 0, arrived: 0 });
  });
});

describe('reorder', () => {
  test('a held frame is overtaken by those that come meanwhile, and counts', () => {
    const { arrived, counters } = run(5, { reorder: { at: [1], holdPs: Number(2n * SLOT_PS + 1n) } });
    expect(numbers(arrived)).toEqual([0, 2, 3, 1, 4]);
    expect(counters).toMatchObject({ held: 1, reordered: 1 });
  });

  test('a frame that nothing overtakes is held, not reordered', () => {
    expect(run(2, { reorder: { at: [1], holdPs: 5_000_000 } }).counters).toMatchObject({ held: 1, reordered: 0 });
  });
});

describe('jitter', () => {
  const jitter = { distribution: 'uniform', maxPs: 100_000_000 } as const;

  test('keeps the order', () => {
    const { arrived, counters } = run(500, { jitter });
    expect(numbers(arrived)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    expect(counters.reordered).toBe(0);
  });

  test('loses it if it may', () => {
    const { arrived, counters } = run(500, { jitter: { ...jitter, mayReorder: true } });
    expect(numbers(arrived).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, n) => n));
    // Frames whose number is below one that came before them.
    let highest = -1;
    const late = numbers(arrived).filter((number) => {
      highest = Math.max(highest, number);
      return number < highest;
    }).length;
    expect(late).toBeGreaterThan(400);
    expect(counters.reordered).toBe(late);
  });
});

test("on the receiver's wire frames never overlap and keep their gap, whatever the network did", () => {
  for (let seed = 0; seed < 20; seed += 1) {
    const { arrived } = run(200, { jitter: { distribution: 'exponential', meanPs: 1_000_000, mayReorder: seed % 2 === 0 }, duplication: { probability: 0.3, delayPs: 70_000 }, reorder: { probability: 0.2, holdPs: 300_000 } }, seed);
    expect(arrived.length).toBeGreaterThan(200);
    for (const [i, event] of arrived.entries()) {
      expect(event.lastBitPs - event.firstBitPs).toBe(WIRE_PS);
      if (i > 0) expect(event.firstBitPs - arrived[i - 1]!.lastBitPs).toBeGreaterThanOrEqual(9600n);
    }
  }
});

describe('queue limit', () => {
  test("the sender's: the frame is dropped as it is offered, and those behind keep their fates", () => {
    const link = createLink({ rateBitsPerSecond: RATE, seed: 1, aToB: { queueBytes: 120, loss: { at: [4] } } });
    const wires = Array.from({ length: 5 }, (_, n) => link.send('a', frame(n), n < 4 ? 0n : 1_000_000n));
    expect(wires.map((wire) => wire?.firstBitPs)).toEqual([0n, SLOT_PS, 2n * SLOT_PS, undefined, 1_000_000n]);
    const dropped = link.advance(FOREVER).filter(({ kind }) => kind === 'dropped');
    expect(dropped).toMatchObject([{ number: 3, timePs: 0n, cause: 'senderQueue' }, { number: 4, cause: 'loss' }]);
    expect(link.counters.a).toMatchObject({ offered: 5, sent: 4, senderQueueDropped: 1, lost: 1, arrived: 3 });
  });

  test("the receiver's: what comes faster than its wire takes it", () => {
    const { events, counters } = run(3, { queueBytes: 120, duplication: { probability: 1 } });
    // Six frames in the time of three: by the third copy two wait already.
    expect(events.filter(({ kind }) => kind === 'dropped')).toMatchObject([{ cause: 'receiverQueue', number: 2 }]);
    expect(counters).toMatchObject({ sent: 3, duplicated: 3, receiverQueueDropped: 1, arrived: 5 });
  });
});

function bitsThatDiffer(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, byte, i) => sum + bitsOf(byte ^ b[i]!), 0);
}

function bitsOf(word: number): number {
  let count = 0;
  for (let left = word >>> 0; left !== 0; left >>>= 1) count += left & 1;
  return count;
}
