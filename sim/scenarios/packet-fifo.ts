/**
 * Frames come over an Ethernet link into a packet FIFO, and go on to a sink that may pause. What comes out must be what
 * arrived with a good FCS, byte for byte and in order, but for as many frames as the FIFO counts for want of room.
 */
import { elaborate } from '@vtoe/hdl';
import { AxiStreamSink, AxiStreamSource, type ReceivedFrame } from '../bus/axi-stream.ts';
import { readPort } from '../engine/ports.ts';
import { TestBench } from '../engine/test-bench.ts';
import { captureLink } from '../link/capture.ts';
import { clock } from '../link/clock.ts';
import type { Arrived } from '../link/direction.ts';
import { createLink } from '../link/link.ts';
import { random } from '../random.ts';
import { macBuffer } from './designs/mac-buffer.ts';
import { chance, choice, whole } from './parameter.ts';
import type { Figure } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import { scenario } from './scenario.ts';
import { testFrame } from './test-frame.ts';

const RATES = { 10: 10_000_000_000, 25: 25_000_000_000, 100: 100_000_000_000 } as const;

/** As long as nothing comes out before the run is given up: a frame of 9,600 bytes through a sink that takes 1 beat in 100. */
const PATIENCE_CYCLES = 1_000_000;

export const packetFifo = scenario({
  name: 'packet-fifo',
  summary: 'frames over a paced Ethernet link through a packet FIFO into a sink that pauses',
  hasFrames: true,
  parameters: {
    frames: whole('frames to send', { default: 2000, least: 1, most: 10_000_000 }),
    least: whole('bytes of the shortest frame, without FCS', { default: 60, least: 60, most: 9600 }),
    most: whole('bytes of the longest frame', { default: 1514, least: 60, most: 9600 }),
    rate: choice('the link, in Gbit/s', [10, 25, 100], 10),
    clock: whole('frequency of the design in kHz', { default: 156_250, least: 1000, most: 1_000_000 }),
    width: choice('bits of a beat', [64, 128, 256, 512], 64),
    depth: choice('beats of the FIFO', [64, 128, 256, 512, 1024, 2048, 4096], 512),
    packets: whole('most frames that wait in the FIFO', { default: 64, least: 2, most: 1024 }),
    pause: whole('cycles in which the sink does not take anything, in per cent', { default: 5, least: 0, most: 99 }),
    loss: chance('probability that the link loses a frame', 0.01),
    corruption: chance('probability that the link flips a bit of a frame', 0.01),
    duplication: chance('probability that the link doubles a frame', 0.01),
    reorder: chance('probability that the link holds a frame back for 5 µs', 0.01),
  },
  together: ({ least, most, width, depth, rate, clock: kilohertz }) => {
    if (most < least) throw new RangeError(`most must be at least least, which is ${least}, not ${most}`);
    if (most > (depth * width) / 8) throw new RangeError(`most must be no more than the FIFO holds, ${(depth * width) / 8} bytes, not ${most}`);
    if (width * kilohertz < rate * 1e6) throw new RangeError(`clock must be ${Math.ceil((rate * 1e6) / width)} or more with ${width} bits at ${rate} Gbit/s, not ${kilohertz}`);
  },
  run: async (run, { frames, least, most, rate, clock: kilohertz, width, depth, packets, pause, loss, corruption, duplication, reorder }) => {
    const rateBitsPerSecond = RATES[rate];
    const link = createLink({
      rateBitsPerSecond, seed: run.seed,
      aToB: { latencyPs: 1_000_000, loss: { probability: loss }, corruption: { probability: corruption }, duplication: { probability: duplication }, reorder: { probability: reorder, holdPs: 5_000_000 } },
    });
    const tap = run.capture && captureLink({ pcapng: run.capture, rateBitsPerSecond, names: { a: 'sender', b: 'mac' } });
    const behind = run.capture?.interface({ name: 'behind the FIFO' });

    const bench = new TestBench(await run.openEngine(elaborate(macBuffer({ width, depth, packets }))));
    const { ports } = bench;
    const { timePs, edgeFrom } = clock(kilohertz * 1000);
    const source = bench.add(new AxiStreamSource(ports, { prefix: 's_axis_rx_' }));

    const draw = random(run.seed).fork('frames');
    const problems: string[] = [];
    /** Good frames that went in and were not seen since, oldest first. */
    let expected: { readonly number: number; readonly bytes: Uint8Array; readonly cycle: number }[] = [];
    const latencies: number[] = [];
    let [offered, arrivedBad, passedOver, delivered, deliveredBytes, peak, lastCycle] = [0, 0, 0, 0, 0, 0, 0];

    const receive = ({ bytes, lastCycle: cycle }: ReceivedFrame): void => {
      // Frames before it that are not here must have been dropped, and are counted so.
      const at = expected.findIndex((frame) => isEqual(frame.bytes, bytes));
      if (at < 0) problems.push(`a frame of ${bytes.length} bytes came out in cycle ${cycle} that is none of those that went in and are owed`);
      else {
        latencies.push(cycle - expected[at]!.cycle);
        passedOver += at;
        expected = expected.slice(at + 1);
      }
      delivered += 1;
      deliveredBytes += bytes.length;
      lastCycle = cycle;
      if (behind !== undefined) run.capture?.packet({ interfaceId: behind, timePs: timePs(cycle), frame: bytes, direction: 'out' });
    };
    bench.add(new AxiStreamSink(ports, { prefix: 'm_axis_', pause: { percent: pause }, seed: run.seed, onFrame: receive }));

    const arrive = ({ frame, fcsGood, number }: Arrived): void => {
      if (!fcsGood) arrivedBad += 1;
      source.send(frame, {
        user: fcsGood ? 0 : 1,
        sent: ({ lastCycle: cycle }) => { if (fcsGood) expected.push({ number, bytes: frame, cycle }); },
      });
    };
    const level = ports.port('level').offset >> 2;
    bench.add({
      name: 'link',
      step: (cycle) => {
        if (ports.words[level]! > peak) peak = ports.words[level]!;
        // The sender keeps two frames in its queue: the wire never waits for it.
        while (offered < frames && link.waitingBytes('a') < 2 * most) {
          link.send('a', testFrame(draw, least + draw.below(most - least + 1), offered), timePs(cycle));
          offered += 1;
        }
        if (link.nextPs === undefined || edgeFrom(link.nextPs) > cycle) {
          if (link.nowPs < timePs(cycle)) link.advance(timePs(cycle));
          return;
        }
        for (const event of link.advance(timePs(cycle))) {
          tap?.(event);
          if (event.kind === 'arrived') arrive(event);
        }
      },
    });

    const counters = link.counters.a;
    const count = (port: string): number => Number(readPort(ports, ports.port(port)));
    const figures = (): Figure[] => [
      { key: 'framesSent', label: 'frames sent', value: counters.sent },
      { key: 'framesLost', label: 'lost on the link', value: counters.lost },
      { key: 'framesArrived', label: 'arrived at the MAC', value: counters.arrived },
      { key: 'framesBad', label: 'of these with a bad FCS', value: count('bad') },
      { key: 'framesOverflowed', label: 'dropped for want of room', value: count('overflow') },
      { key: 'framesDelivered', label: 'delivered, every byte compared', value: delivered },
      { key: 'bytesDelivered', label: 'bytes delivered', value: deliveredBytes },
      { key: 'linkUtilization', label: 'link in use', value: utilization(counters.sentBytes + 24 * counters.sent, rate, Number(link.freePs('a')) / 1000), unit: '%' },
      { key: 'goodputGbitPerSecond', label: 'goodput', value: lastCycle === 0 ? 0 : (deliveredBytes * 8 * kilohertz) / (lastCycle * 1e6), unit: 'Gbit/s' },
      { key: 'peakLevelBeats', label: `most in the FIFO, of ${depth}`, value: peak, unit: 'beats' },
      { key: 'latencyMedianCycles', label: 'from its last beat in to its last beat out, median', value: quantile(latencies, 0.5), unit: 'cycles' },
      { key: 'latencyP99Cycles', label: '99 % within', value: quantile(latencies, 0.99), unit: 'cycles' },
    ];
    bench.reset();
    runToEnd(bench, {
      isOver: () => offered === frames && link.nextPs === undefined && source.pending === 0 && delivered + count('overflow') + count('bad') >= counters.arrived,
      moved: () => counters.arrived + delivered,
      patienceCycles: PATIENCE_CYCLES,
      look: () => {
        run.progress('frames', delivered, frames);
        run.interim(figures());
      },
    });
    // Nothing more may come.
    bench.run(100);

    passedOver += expected.length;
    if (passedOver !== count('overflow')) problems.push(`${passedOver} good frames did not come out, and the FIFO counts ${count('overflow')} for want of room`);
    if (arrivedBad !== count('bad')) problems.push(`${arrivedBad} frames arrived with a bad FCS, and the FIFO counts ${count('bad')}`);
    return { problems, figures: figures() };
  },
});

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Per cent of the time until the wire was free; bytes with preamble, FCS and gap. */
function utilization(wireBytes: number, gigabits: number, nanoseconds: number): number {
  return nanoseconds === 0 ? 0 : (100 * wireBytes * 8) / (gigabits * nanoseconds);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
