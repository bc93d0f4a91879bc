/** The MAC between streams and link, around a FIFO that gives back what it gets. */
import { elaborate } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench } from '../../../sim/engine/test-bench.ts';
import { clock } from '../../../sim/link/clock.ts';
import { createLink, type LinkOptions } from '../../../sim/link/link.ts';
import { macBuffer } from '../../../sim/scenarios/designs/mac-buffer.ts';
import { MacAttachment } from '../../../sim/toe/mac-attachment.ts';
import { streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';

const RATE = 10_000_000_000;
const DESIGN = elaborate(macBuffer({ width: 64, depth: 8192, packets: 64 }));
/** 20 Gbit/s: faster than the wire. */
const CLOCK = clock(312_500_000);

/** A station that sends frames at given times and keeps what comes. */
function subject(options: Partial<LinkOptions> = {}, toSend: { readonly atPs: bigint; readonly frame: Uint8Array }[] = []) {
  const link = createLink({ rateBitsPerSecond: RATE, seed: 1, ...options });
  const came: { readonly atPs: bigint; readonly frame: Uint8Array }[] = [];
  const left = [...toSend];
  const station = {
    get nextPs() { return left[0]?.atPs; },
    receive: (frame: Uint8Array, atPs: bigint) => { came.push({ frame, atPs }); },
    advance: (toPs: bigint) => { while (left.length > 0 && left[0]!.atPs <= toPs) link.send('b', left.shift()!.frame, link.nowPs); },
  };
  const bench = new TestBench(builtinEngine(DESIGN));
  const mac = new MacAttachment(bench.ports, { link, clock: CLOCK, station, txPrefix: 'm_axis_' }).addTo(bench);
  let mostWaiting = 0;
  bench.add({ name: 'watch', step: () => { mostWaiting = Math.max(mostWaiting, link.waitingBytes('a')); } });
  bench.reset();
  return { bench, link, mac, came, mostWaiting: () => mostWaiting };
}

const frameOf = (i: number, bytes: number): Uint8Array => streamBytes(i, 0, bytes);

test('frames go in as they arrive and come back as they were, in order and in time', () => {
  const sent = Array.from({ length: 30 }, (_, i) => ({ atPs: BigInt(i) * 1_000_000n, frame: frameOf(i, 60 + i * 37) }));
  const { bench, came } = subject({ aToB: { latencyPs: 500_000 }, bToA: { latencyPs: 300_000 } }, sent);
  bench.until(() => came.length === sent.length, 20_000);
  expect(came.map(({ frame }) => Buffer.from(frame).toString('hex'))).toEqual(sent.map(({ frame }) => Buffer.from(frame).toString('hex')));
  for (const [i, { atPs }] of came.entries()) {
    // Twice the wire, both latencies, twice through a stream of 8 bytes a cycle of 3.2 ns; and less than 100 ns of FIFO and edges.
    const bytes = sent[i]!.frame.length;
    const least = sent[i]!.atPs + 800_000n + BigInt(2 * (bytes + 12) * 800 + 2 * Math.ceil(bytes / 8) * 3200);
    expect(atPs >= least && atPs < least + 100_000n).toBe(true);
  }
});

test('a frame whose FCS is wrong is marked for the device, and no frame of the device with one reaches the station', () => {
  const sent = Array.from({ length: 6 }, (_, i) => ({ atPs: BigInt(i) * 1_000_000n, frame: frameOf(i, 100) }));
  const { bench, came, link } = subject({ bToA: { corruption: { at: [1] } }, aToB: { corruption: { at: [2] } } }, sent);
  bench.run(4000);
  // Frame 1 was dropped by the FIFO, so what the device sent third is frame 3.
  expect(came.map(({ frame }) => sent.findIndex((one) => Buffer.compare(one.frame, frame) === 0))).toEqual([0, 2, 4, 5]);
  expect(link.counters.a.badFcs).toBe(1);
});

test('a device that is faster than the wire waits: little is queued, and the wire is never idle', () => {
  const { bench, came, mac, mostWaiting } = subject({ aToB: { latencyPs: 0 } });
  for (let i = 0; i < 50; i += 1) mac.source.send(frameOf(i, 1000));
  bench.until(() => came.length === 50, 30_000);
  // 2 KiB, and the frame that was on its way in.
  expect(mostWaiting()).toBeGreaterThan(2048);
  expect(mostWaiting()).toBeLessThanOrEqual(2048 + 1000 + 4 + 8);
  const gaps = came.slice(1).map(({ atPs }, i) => atPs - came[i]!.atPs);
  expect(new Set(gaps)).toEqual(new Set([BigInt((1000 + 24) * 800)]));
});
