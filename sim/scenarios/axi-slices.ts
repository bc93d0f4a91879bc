/**
 * A master fills a memory over AXI4 and reads it back, through register slices, with the memory as slow, as disorderly and
 * as faulty as is asked for. Every byte of the memory must be what was written, and so must every beat that comes back, but
 * for those that the memory refused on purpose.
 */
import { elaborate } from '@vtoe/hdl';
import { type AxiFault, AxiMemory } from '../bus/axi-memory.ts';
import { type AxiStore, byteStore } from '../bus/axi-store.ts';
import type { PausePattern } from '../bus/pause.ts';
import { readPort, writePort } from '../engine/ports.ts';
import { TestBench } from '../engine/test-bench.ts';
import { memoryTester, patternWord } from './designs/memory-tester.ts';
import { chance, choice, flag, whole } from './parameter.ts';
import type { Figure } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import { scenario } from './scenario.ts';

const PAGE_BYTES = 4096;
const PATIENCE_CYCLES = 100_000;
/** What memory holds before: no beat of the pattern is like it. */
const UNTOUCHED = 0xaa;

export const axiSlices = scenario({
  name: 'axi-slices',
  summary: 'an AXI4 master fills a memory and reads it back through register slices',
  hasFrames: false,
  parameters: {
    bursts: whole('bursts to write and to read', { default: 1000, least: 1, most: 16_384 }),
    beats: choice('beats of a burst', [2, 4, 8, 16, 32, 64, 128, 256], 16),
    width: choice('bits of a beat', [32, 64, 128, 256, 512], 128),
    slice: choice('what the slices are', ['bypass', 'stage', 'skid'], 'skid'),
    slices: whole('slices one behind the other', { default: 2, least: 1, most: 8 }),
    latency: whole('cycles from a request to its answer, at least', { default: 10, least: 1, most: 10_000 }),
    jitter: whole('cycles more, at most', { default: 20, least: 0, most: 10_000 }),
    reorder: flag('answers of different IDs overtake each other', true),
    pause: whole('cycles in which each channel of the memory pauses, in per cent', { default: 10, least: 0, most: 90 }),
    errors: chance('probability that the memory refuses a transaction', 0.02),
  },
  together: ({ beats, width }) => {
    if ((beats * width) / 8 > PAGE_BYTES) throw new RangeError(`beats must be no more than ${(PAGE_BYTES * 8) / width} with ${width} bits, as a burst has 4 KiB at most, not ${beats}`);
  },
  run: async (run, { bursts, beats, width, slice, slices, latency, jitter, reorder, pause, errors }) => {
    const burstBytes = (beats * width) / 8;
    const bytes = new Uint8Array(bursts * burstBytes).fill(UNTOUCHED);
    const bench = new TestBench(await run.openEngine(elaborate(memoryTester({ dataWidth: width, beats, slice, slices }))));
    const { ports } = bench;
    const pauses: PausePattern = pause === 0 ? 'never' : { percent: pause };
    /** Beats that were read of bursts whose write had been refused: the tester must have found each. */
    let staleBeats = 0;
    const behind = byteStore(bytes);
    const store: AxiStore = {
      write: behind.write,
      read: (access, address, length, into, at) => {
        if (bytes[address] === UNTOUCHED && isUntouched(bytes.subarray(address, address + length))) staleBeats += length / (width / 8);
        return behind.read(access, address, length, into, at);
      },
    };
    const faults: readonly AxiFault[] = errors === 0 ? [] : [{ response: 'SLVERR', probability: errors }];
    const side = { latency: [latency, latency + jitter] as const, faults };
    const memory = bench.add(new AxiMemory(ports, {
      prefix: 'm_axi_', store, reorder, seed: run.seed, read: side, write: side, incrementing: true, maximumBytes: burstBytes,
      pauses: { aw: pauses, w: pauses, b: pauses, ar: pauses, r: pauses },
    }));
    const { reads, writes } = memory;
    if (reads === undefined || writes === undefined) throw new Error('unreachable: the tester reads and writes');
    const count = (port: string): number => Number(readPort(ports, ports.port(port)));
    let [writtenAt, doneAt] = [0, 0];
    const figures = (): Figure[] => [
      { key: 'bytes', label: 'bytes written, read and compared', value: bytes.length },
      { key: 'writes', label: 'bursts written', value: writes.answered },
      { key: 'writesRefused', label: 'of these refused on purpose', value: writes.injectedErrors },
      { key: 'reads', label: 'bursts read', value: reads.answered },
      { key: 'readBeatsRefused', label: 'beats refused on purpose', value: reads.injectedErrors },
      { key: 'overtaken', label: 'answers that overtook an older one', value: writes.overtaken + reads.overtaken },
      { key: 'mostOutstanding', label: 'most transactions under way, each direction', value: Math.max(writes.mostOutstanding, reads.mostOutstanding) },
      { key: 'writeBeatsPerCycle', label: 'beats written per cycle', value: writtenAt === 0 ? 0 : writes.beats / writtenAt },
      { key: 'readBeatsPerCycle', label: 'beats read per cycle', value: doneAt === 0 ? 0 : reads.beats / (doneAt - writtenAt) },
    ];
    bench.reset();
    const start = bench.cycle;
    const done = ports.port('done').offset >> 2;
    bench.add({
      name: 'stopwatch',
      step: (cycle) => {
        if (writtenAt === 0 && writes.answered === bursts) writtenAt = cycle - start;
        if (doneAt === 0 && ports.words[done] !== 0) doneAt = cycle - start;
      },
    });
    writePort(ports, ports.port('bursts'), BigInt(bursts));
    writePort(ports, ports.port('start'), 1n);
    const problems: string[] = [];
    const isDone = runToEnd(bench, {
      isOver: () => doneAt !== 0,
      moved: () => writes.beats + reads.beats + writes.answered + reads.answered,
      patienceCycles: PATIENCE_CYCLES,
      look: () => {
        run.progress('beats', writes.beats + reads.beats, 2 * bursts * beats);
        run.interim(figures());
      },
    });
    if (!isDone) problems.push(`nothing moved for ${PATIENCE_CYCLES} cycles, and ${writes.answered} writes and ${reads.answered} reads of ${bursts} were answered`);
    const untouched = Array.from({ length: bursts }, (_, burst) => burst).filter((burst) => {
      const part = bytes.subarray(burst * burstBytes, (burst + 1) * burstBytes);
      if (isUntouched(part)) return true;
      const wrong = part.findIndex((byte, at) => byte !== patternByte(burst * burstBytes + at, width));
      if (wrong >= 0) problems.push(`byte ${burst * burstBytes + wrong} of the memory is ${part[wrong]}, not ${patternByte(burst * burstBytes + wrong, width)}`);
      return false;
    });
    const compare = (what: string, is: number, should: number): void => {
      if (is !== should) problems.push(`${what}: ${is}, and not ${should}`);
    };
    compare('bursts that were not written', untouched.length, writes.injectedErrors);
    compare('writes that the master saw refused', count('writeErrors'), writes.injectedErrors);
    compare('beats that the master saw refused', count('readErrors'), reads.injectedErrors);
    compare('beats that the master found wrong', count('mismatches'), staleBeats);
    compare('beats that came back', reads.beats, bursts * beats);
    return { problems, figures: figures() };
  },
});

function isUntouched(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === UNTOUCHED);
}

function patternByte(address: number, width: number): number {
  const beatBytes = width / 8;
  const within = address % beatBytes;
  return (patternWord(Math.floor(address / beatBytes), within >> 2) >>> (8 * (within & 3))) & 0xff;
}
