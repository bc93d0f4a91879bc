import { expect, test } from 'vitest';
import { NewReno } from '../../../sim/peer/new-reno.ts';
import { nearest, onWire } from '../../../sim/peer/position.ts';
import { RoundTrip } from '../../../sim/peer/round-trip.ts';

test('the time-out of RFC 6298: first sample, later ones, back-off, limits', () => {
  const times = new RoundTrip({ initialNs: 1e9, leastNs: 1e6, mostNs: 10e9 });
  expect([times.timeoutNs, times.smoothedNs]).toEqual([1e9, undefined]);
  times.sample(100e6);
  // SRTT + 4 x R/2
  expect([times.smoothedNs, times.timeoutNs]).toEqual([100e6, 300e6]);
  times.sample(200e6);
  // RTTVAR = 3/4 x 50 + 1/4 x 100 = 62.5; SRTT = 7/8 x 100 + 1/8 x 200 = 112.5
  expect([times.smoothedNs, times.timeoutNs]).toEqual([112.5e6, 362.5e6]);
  times.backOff();
  expect(times.timeoutNs).toBe(725e6);
  for (let i = 0; i < 9; i += 1) times.backOff();
  expect(times.timeoutNs).toBe(10e9);
});

test('slow start, then a segment a round trip', () => {
  const reno = new NewReno(1000);
  expect(reno.window).toBe(10_000);
  reno.acknowledged(1000, 1, 9000);
  reno.acknowledged(2000, 2, 9000);
  // No more than a segment for each acknowledgment.
  expect(reno.window).toBe(12_000);
  reno.timedOut(12_000, 13_000, true);
  expect(reno.window).toBe(1000);
  for (let i = 0; i < 5; i += 1) reno.acknowledged(1000, 3 + i, 0);
  // Half of what was under way.
  expect(reno.window).toBe(6000);
  for (let i = 0; i < 5; i += 1) reno.acknowledged(1000, 8 + i, 0);
  expect(reno.window).toBe(6000);
  reno.acknowledged(1000, 13, 0);
  expect(reno.window).toBe(7000);
});

test('the third duplicate is answered, holes one by one, and the window is halved (RFC 6582)', () => {
  const reno = new NewReno(1000);
  expect([1, 2, 3, 4].map(() => reno.duplicate(0, 10_000))).toEqual([false, false, true, false]);
  expect([reno.recovering, reno.window]).toEqual([true, 5000 + 4 * 1000]);
  // A partial acknowledgment: another hole.
  expect(reno.acknowledged(3000, 3000, 7000)).toBe(true);
  expect(reno.window).toBe(9000 - 3000 + 1000);
  expect(reno.acknowledged(7000, 10_000, 0)).toBe(false);
  expect([reno.recovering, reno.window]).toEqual([false, 2000]);
  // Duplicates of what was sent before say nothing new.
  expect([1, 2, 3].map(() => reno.duplicate(10_000, 10_000))).toEqual([false, false, false]);
});

test('places and sequence numbers', () => {
  expect(onWire(2 ** 33 + 5)).toBe(5);
  expect(nearest(3, 2 ** 33 - 2)).toBe(2 ** 33 + 3);
  expect(nearest(0xffff_fffe, 2 ** 33 + 1)).toBe(2 ** 33 - 2);
  expect(nearest(0x7fff_ffff, 2 ** 33)).toBe(2 ** 33 + 0x7fff_ffff);
  expect(nearest(0x8000_0001, 2 ** 33)).toBe(2 ** 33 - 0x7fff_ffff);
});
