import { describe, expect, test } from 'vitest';
import type { Misbehaviour, MisbehaviourKind } from '../../../sim/peer/misbehaviour.ts';
import { exchange, world, type WorldOptions } from './exchange.ts';

const NETWORK = { latencyPs: 20_000_000, loss: { probability: 0.005 } };

/** Whatever `a` does wrong, every byte comes once and in order, both ways. */
function survives(misbehaviour: Misbehaviour, more: WorldOptions = {}, bytes = 100_000) {
  const it = world({ aToB: NETWORK, bToA: NETWORK, misbehaviourA: misbehaviour, ...more });
  const { client, server } = exchange(it, bytes, bytes);
  it.run(() => client.closed && server.closed);
  expect([client, server].map(({ received, wrongAt, ended, error }) => [received, wrongAt, ended, error])).toEqual([[bytes, undefined, true, undefined], [bytes, undefined, true, undefined]]);
  return it;
}

const KINDS: readonly (readonly [MisbehaviourKind, Misbehaviour])[] = [
  ['overlaps', { overlaps: 0.3 }],
  ['staleRubbish', { staleRubbish: 0.3 }],
  ['outOfWindow', { outOfWindow: 0.3 }],
  ['wrongChecksums', { wrongChecksums: 0.3 }],
  ['garbageOptions', { garbageOptions: 0.3 }],
  ['unknownOptions', { unknownOptions: 0.5 }],
  ['resets', { resets: 0.3 }],
  ['syns', { syns: 0.3 }],
  ['acksOfUnsent', { acksOfUnsent: 0.3 }],
  ['ackDivision', { ackDivision: 10 }],
  ['shrunkenWindows', { shrunkenWindows: 0.3 }],
  ['zeroWindows', { zeroWindows: { everyBytes: 10_000, forNs: 3e6 } }],
];

describe('a peer that misbehaves harms nothing', () => {
  test.each(KINDS)('by %s', (kind, misbehaviour) => {
    for (const tcp of [{}, { timestamps: false, windowScale: false, receiveBytes: 50_000 }]) {
      const { a, b } = survives(misbehaviour, { tcpA: tcp, seed: 3 });
      expect(a.mischief[kind]).toBeGreaterThan(3);
      expect(Object.values(b.mischief).every((count) => count === 0)).toBe(true);
      if (kind === 'wrongChecksums') expect(b.counters.badTcp + b.counters.badIp).toBeGreaterThan(3);
    }
  });

  test('by everything at once, on both sides', () => {
    const all: Misbehaviour = Object.assign({}, ...KINDS.map(([, misbehaviour]) => misbehaviour), ...['overlaps', 'staleRubbish', 'outOfWindow', 'wrongChecksums', 'garbageOptions', 'resets', 'syns', 'acksOfUnsent', 'shrunkenWindows'].map((kind) => ({ [kind]: 0.05 })));
    for (const seed of [1, 2, 3]) survives(all, { misbehaviourB: all, seed, aToB: { ...NETWORK, reorder: { probability: 0.02, holdPs: 100_000_000 } } }, 50_000);
  });
});

test('one that vanishes is given up after a time', () => {
  const it = world({ misbehaviourA: { vanishAfterBytes: 5000 }, tcpB: { retries: 5 } });
  const { client, server } = exchange(it, 0, 100_000);
  it.run();
  expect(it.a.mischief.vanishAfterBytes).toBe(1);
  expect([server.closed, server.error, client.closed]).toEqual([true, 'ETIMEDOUT', false]);
  // 0.2 + 0.4 + … + 6.4 s, and no more than the initial second longer.
  expect(Number(it.link.nowPs) / 1e12).toBeGreaterThan(12);
  expect(Number(it.link.nowPs) / 1e12).toBeLessThan(90);
});

test('windows that are zero are really zero, and probed', () => {
  const seen = { zero: 0, probes: 0 };
  const it = world({
    misbehaviourB: { zeroWindows: { everyBytes: 20_000, forNs: 2e9 } }, tcpB: { receiveBytes: 8000, windowScale: false, timestamps: false },
    onFrame: (from, frame) => {
      const view = new DataView(frame.buffer, frame.byteOffset);
      if (view.getUint16(12) !== 0x0800) return;
      if (from === 'b' && view.getUint16(14 + 20 + 14) === 0) seen.zero += 1;
      if (from === 'a' && view.getUint16(14 + 2) === 20 + 20 + 1) seen.probes += 1;
    },
  });
  const { client, server } = exchange(it, 100_000, 0);
  it.run(() => client.closed && server.closed);
  expect([server.received, server.wrongAt]).toEqual([100_000, undefined]);
  expect(it.b.mischief.zeroWindows).toBeGreaterThan(2);
  expect(seen.zero).toBeGreaterThan(2);
  expect(seen.probes).toBeGreaterThan(2);
});
