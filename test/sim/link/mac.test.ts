import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mac, type Rate, RATES, wireBytes } from '../../../sim/link/mac.ts';

const unlimited = (rateBitsPerSecond: Rate) => mac({ rateBitsPerSecond, queueBytes: Infinity });
const HOUR_PS = 3_600_000_000_000_000n;

describe('pacing', () => {
  // Preamble 8, frame, FCS 4; then a gap of 12 bytes. 84 bytes and 14,880,952 frames/s at 10G are the textbook's.
  test.each([
    { rate: 10_000_000_000, frame: 60, wirePs: 57_600n, slotPs: 67_200n },
    { rate: 10_000_000_000, frame: 1514, wirePs: 1_220_800n, slotPs: 1_230_400n },
    { rate: 25_000_000_000, frame: 60, wirePs: 23_040n, slotPs: 26_880n },
    { rate: 25_000_000_000, frame: 1514, wirePs: 488_320n, slotPs: 492_160n },
    { rate: 100_000_000_000, frame: 60, wirePs: 5760n, slotPs: 6720n },
    { rate: 100_000_000_000, frame: 9014, wirePs: 722_080n, slotPs: 723_040n },
  ] as const)('$frame bytes at $rate bit/s: $wirePs ps on the wire, the next begins after $slotPs ps', ({ rate, frame, wirePs, slotPs }) => {
    const sender = unlimited(rate);
    expect(sender.send(frame, 1000n)).toEqual({ firstBitPs: 1000n, lastBitPs: 1000n + wirePs });
    expect(sender.freePs).toBe(1000n + slotPs);
    expect(sender.send(frame, 1000n)).toEqual({ firstBitPs: 1000n + slotPs, lastBitPs: 1000n + slotPs + wirePs });
  });

  test.each([1, 14, 59, 60])('a frame of %i bytes is padded to 60', (frameBytes) => {
    expect(wireBytes(frameBytes)).toBe(72);
    expect(wireBytes(61)).toBe(73);
  });

  test('a frame that comes as the gap ends leaves at once, one a picosecond earlier waits for it', () => {
    const sender = unlimited(10_000_000_000);
    sender.send(60, 0n);
    expect(sender.send(60, 67_199n)!.firstBitPs).toBe(67_200n);
    expect(sender.send(60, 134_400n)!.firstBitPs).toBe(134_400n);
    expect(sender.send(60, 300_001n)!.firstBitPs).toBe(300_001n);
  });

  test.each(RATES)('at %i bit/s it is exact after a day, where numbers no longer count picoseconds', (rate) => {
    const sender = unlimited(rate);
    const start = 24n * HOUR_PS + 1n;
    expect(start).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER));
    const slotPs = BigInt(84 * 8) * (1_000_000_000_000n / BigInt(rate));
    for (let n = 0n; n < 2000n; n += 1n) expect(sender.send(60, start)!.firstBitPs).toBe(start + n * slotPs);
  });

  test('frames never overlap, keep their order and their gap, and none waits that need not', () => {
    fc.assert(fc.property(fc.constantFrom(...RATES), fc.array(fc.tuple(fc.integer({ min: 1, max: 9600 }), fc.bigInt(0n, 2_000_000n)), { minLength: 1 }), (rate, frames) => {
      const sender = unlimited(rate);
      const bitPs = 1_000_000_000_000n / BigInt(rate);
      let now = 0n;
      let freeFrom = 0n;
      for (const [bytes, later] of frames) {
        now += later;
        const { firstBitPs, lastBitPs } = sender.send(bytes, now)!;
        expect(firstBitPs).toBe(now > freeFrom ? now : freeFrom);
        expect(lastBitPs - firstBitPs).toBe(BigInt(8 * (8 + Math.max(60, bytes) + 4)) * bitPs);
        freeFrom = lastBitPs + 96n * bitPs;
      }
    }));
  });

  test('time does not run backwards', () => {
    const sender = unlimited(10_000_000_000);
    sender.send(60, 10n);
    expect(() => sender.send(60, 9n)).toThrow(new RangeError('time runs forward: a frame cannot be sent at 9 ps after one at 10 ps'));
  });

  test('a rate that is none', () => {
    expect(() => unlimited(40_000_000_000 as Rate)).toThrow(new RangeError('rateBitsPerSecond must be 10000000000, 25000000000 or 100000000000, not 40000000000'));
  });
});

describe('queue', () => {
  test('holds what waits, not what is on the wire, and drops from the tail', () => {
    const sender = mac({ rateBitsPerSecond: 10_000_000_000, queueBytes: 200 });
    expect(sender.send(100, 0n)).toBeDefined();
    expect(sender.send(100, 0n)).toBeDefined();
    expect(sender.send(100, 0n)).toBeDefined();
    expect(sender.waitingBytes(0n)).toBe(200);
    expect(sender.send(1, 0n)).toBeUndefined();
    // The second frame begins after (8 + 100 + 4 + 12) x 800 ps: there is room again.
    expect(sender.send(100, 99_199n)).toBeUndefined();
    expect(sender.send(100, 99_200n)).toEqual({ firstBitPs: 297_600n, lastBitPs: 387_200n });
    expect(sender.waitingBytes(297_599n)).toBe(100);
    expect(sender.waitingBytes(297_600n)).toBe(0);
  });

  test('of 0 bytes: who would overlap is refused', () => {
    const sender = mac({ rateBitsPerSecond: 100_000_000_000, queueBytes: 0 });
    expect(sender.send(60, 0n)).toBeDefined();
    expect(sender.send(60, 6719n)).toBeUndefined();
    expect(sender.send(60, 6720n)).toBeDefined();
  });

  test('a refused frame takes no time', () => {
    const sender = mac({ rateBitsPerSecond: 10_000_000_000, queueBytes: 0 });
    sender.send(60, 0n);
    sender.send(9000, 1n);
    expect(sender.freePs).toBe(67_200n);
  });

  test('as a list of the frames that have not begun', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 5000 }), fc.array(fc.tuple(fc.integer({ min: 60, max: 1514 }), fc.bigInt(0n, 1_000_000n)), { maxLength: 300 }), (queueBytes, frames) => {
      const sender = mac({ rateBitsPerSecond: 25_000_000_000, queueBytes });
      const sent: { bytes: number; firstBitPs: bigint }[] = [];
      let now = 0n;
      for (const [bytes, later] of frames) {
        now += later;
        const waiting = sent.filter(({ firstBitPs }) => firstBitPs > now).reduce((sum, frame) => sum + frame.bytes, 0);
        expect(sender.waitingBytes(now)).toBe(waiting);
        const mustWait = sender.freePs > now;
        const wire = sender.send(bytes, now);
        expect(wire === undefined).toBe(mustWait && waiting + bytes > queueBytes);
        if (wire !== undefined) sent.push({ bytes, firstBitPs: wire.firstBitPs });
      }
    }));
  });

  test('a long queue is let go of as it drains', () => {
    const sender = unlimited(100_000_000_000);
    for (let n = 0; n < 5000; n += 1) sender.send(60, 0n);
    expect(sender.waitingBytes(0n)).toBe(4999 * 60);
    for (let n = 0n; n < 5000n; n += 1n) expect(sender.waitingBytes(n * 6720n)).toBe(Number(4999n - n) * 60);
  });
});
