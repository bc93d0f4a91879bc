import { elaborate, In, inst, module, Out, Stream, UInt, Valid, Bundle, Bool } from '@vtoe/hdl';
import { AxiStream, axiStreamRegisterSlice, packetFifo } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { AxiStreamSink, type AxiStreamSinkOptions, AxiStreamSource, type ReceivedFrame } from '../../../sim/bus/axi-stream.ts';
import type { PausePattern } from '../../../sim/bus/pause.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { TestBench, TestBenchError } from '../../../sim/engine/test-bench.ts';
import { random } from '../../../sim/random.ts';
import { pinsOf } from './pins.ts';

/** Frames in without back-pressure, stored, and out: `s_axis_` has no tready. */
const stored = (width: number) => module('stored', { w: width }, {
  s: In(Valid(AxiStream(width).payload, { prefix: 't' }), { prefix: 's_axis_' }), m: Out(AxiStream(width), { prefix: 'm_axis_' }),
}, ({ s, m }) => {
  const fifo = inst(packetFifo(width, { depth: 256, packets: 32 }), { in: s });
  m.from(fifo.out);
  return { fifo };
});

const wires = elaborate(axiStreamRegisterSlice(64, 'bypass'));

function someFrames(count: number, seed: number, most: number): Uint8Array[] {
  const draw = random(seed);
  return Array.from({ length: count }, () => Uint8Array.from({ length: 1 + draw.below(most) }, () => draw.below(256)));
}

const PAUSES: readonly (readonly [source: PausePattern, sink: PausePattern])[] = [
  ['never', 'never'], ['never', { every: 2 }], [{ percent: 50 }, 'never'], [{ percent: 30 }, { percent: 70 }], [{ work: [1, 9], pause: [1, 30] }, { work: 5, pause: 3 }],
];

describe.each([64, 128, 256, 512])('%i bits', (width) => {
  test.each(PAUSES)('a register slice gives all frames as they were, source pausing %o, sink %o', (pause, sinkPause) => {
    const bench = new TestBench(builtinEngine(elaborate(axiStreamRegisterSlice(width))));
    const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_', pause, seed: 3 }));
    const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_', pause: sinkPause, seed: 3 }));
    bench.reset();
    const frames = someFrames(60, width, 4 * width / 8);
    for (const [i, frame] of frames.entries()) source.send(frame, { user: i % 2 });
    bench.until(() => sink.frames.length === frames.length, 20_000, 'not all frames came');
    expect(sink.frames.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(frames.map((frame) => Buffer.from(frame).toString('hex')));
    expect(sink.frames.map(({ user }) => user)).toEqual(frames.map((_, i) => i % 2));
    const beats = frames.reduce((sum, { length }) => sum + Math.ceil(length / (width / 8)), 0);
    const bytes = frames.reduce((sum, { length }) => sum + length, 0);
    expect(sink.counters).toEqual({ frames: 60, beats, bytes, cut: 0 });
    expect(source.counters).toEqual(sink.counters);
    expect(source.pending).toBe(0);
    expect(sink.checks['TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST']).toBe(60);
    expect(sink.checks['TKEEP must be all ones on a beat without TLAST']).toBe(beats - 60);
  });
});

test.each([8, 16, 40])('%i bits: lanes need not be a power of two', (width) => {
  const bench = new TestBench(builtinEngine(elaborate(axiStreamRegisterSlice(width))));
  const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_' }));
  const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_' }));
  bench.reset();
  const frames = someFrames(20, width, 30);
  for (const frame of frames) source.send(frame);
  bench.until(() => sink.frames.length === 20, 1000);
  expect(sink.frames.map(({ bytes }) => [...bytes])).toEqual(frames.map((frame) => [...frame]));
});

test('a packet FIFO without back-pressure: bad frames are gone, the others whole', () => {
  const bench = new TestBench(builtinEngine(elaborate(stored(64))));
  const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_', pause: { percent: 20 } }));
  const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_', gapless: true }));
  bench.reset();
  const frames = someFrames(100, 1, 300);
  for (const [i, frame] of frames.entries()) source.send(frame, { user: i % 5 === 0 ? 1 : 0 });
  bench.until(() => sink.frames.length === 80, 10_000);
  bench.run(200);
  expect(sink.frames.map(({ bytes }) => bytes)).toEqual(frames.filter((_, i) => i % 5 !== 0));
  expect(source.stalls).toBe(0);
});

test('timing: a beat in each cycle, no gap between frames, and the cycles of the edges', () => {
  const bench = new TestBench(builtinEngine(elaborate(axiStreamRegisterSlice(64))));
  const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_' }));
  const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_' }));
  bench.reset(2);
  const sent: number[][] = [];
  for (const length of [20, 8, 1]) source.send(new Uint8Array(length), { sent: ({ firstCycle, lastCycle }) => sent.push([firstCycle, lastCycle]) });
  bench.run(10);
  // Edges 0 and 1 are in reset; 2 is the first out of it, in which nothing may be offered.
  expect(sent).toEqual([[3, 5], [6, 6], [7, 7]]);
  expect(sink.frames.map(({ firstCycle, lastCycle }) => [firstCycle, lastCycle])).toEqual([[4, 6], [7, 7], [8, 8]]);
});

test('pauses of a seed are the same in each run, and others with another', () => {
  const run = (seed: number) => {
    const bench = new TestBench(builtinEngine(elaborate(axiStreamRegisterSlice(64))));
    const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_', pause: { percent: 40 }, seed }));
    const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_', pause: { work: [1, 5], pause: [1, 5] }, seed }));
    bench.reset();
    for (const frame of someFrames(40, 1, 60)) source.send(frame);
    bench.until(() => sink.frames.length === 40, 5000);
    return sink.frames.map(({ firstCycle, lastCycle }) => [firstCycle, lastCycle]);
  };
  expect(run(8)).toEqual(run(8));
  expect(run(9)).not.toEqual(run(8));
});

test('a reset cuts a frame; it is sent anew, and the sink knows nothing of its beginning', () => {
  const bench = new TestBench(builtinEngine(elaborate(axiStreamRegisterSlice(64))));
  const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_' }));
  const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_' }));
  bench.reset();
  const frame = Uint8Array.from({ length: 100 }, (_, i) => i);
  source.send(frame);
  bench.run(6);
  expect(sink.inside).toBe(true);
  bench.reset();
  expect(sink.inside).toBe(false);
  bench.until(() => sink.frames.length === 1, 100);
  expect(sink.frames[0]!.bytes).toEqual(frame);
  expect([source.counters.cut, sink.counters.cut, source.counters.frames]).toEqual([1, 1, 1]);
});

test('onFrame takes the frames in the step of their last beat', () => {
  const bench = new TestBench(builtinEngine(wires));
  const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_axis_' }));
  const taken: [ReceivedFrame, number][] = [];
  const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_axis_', onFrame: (frame) => void taken.push([frame, bench.cycle]) }));
  bench.reset();
  source.send(Uint8Array.of(1, 2, 3));
  bench.run(5);
  expect(sink.frames).toEqual([]);
  expect(taken).toEqual([[{ bytes: Uint8Array.of(1, 2, 3), user: 0, firstCycle: 3, lastCycle: 3 }, 4]]);
});

describe('rules that the sink checks', () => {
  const BEAT = { tvalid: 1, tdata: 0x1122_3344_5566_7788n, tkeep: 0xff, tlast: 0, tuser: 0 };

  function setUp(options: Partial<AxiStreamSinkOptions> = {}) {
    const engine = builtinEngine(wires);
    const bench = new TestBench(engine);
    bench.add(new AxiStreamSink(engine.ports, { prefix: 'm_axis_', ...options }));
    bench.reset();
    bench.run(1);
    return { bench, pins: pinsOf(engine, 's_axis_') };
  }

  test.each([
    ['a hole', { tlast: 1, tkeep: 0x0d }, 'TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST, but it was 0xd on beat 1 (packed stream, AMBA AXI4-Stream 2.4.1)'],
    ['not from byte 0', { tlast: 1, tkeep: 0xfe }, 'TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST, but it was 0xfe on beat 1 (packed stream, AMBA AXI4-Stream 2.4.1)'],
    ['a null beat at the end', { tlast: 1, tkeep: 0 }, 'TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST, but it was 0x0 on beat 1 (packed stream, AMBA AXI4-Stream 2.4.1)'],
    ['a null beat inside', { tkeep: 0 }, 'TKEEP must be all ones on a beat without TLAST, but it was 0x0 on beat 1 (packed stream, AMBA AXI4-Stream 2.4.1)'],
    ['a partial beat inside', { tkeep: 0x7f }, 'TKEEP must be all ones on a beat without TLAST, but it was 0x7f on beat 1 (packed stream, AMBA AXI4-Stream 2.4.1)'],
  ])('%s', (_name, beat, sentence) => {
    const { bench, pins } = setUp();
    pins.set({ ...BEAT, ...beat });
    expect(() => bench.run(1)).toThrow(new TestBenchError(`m_axis, cycle 3: ${sentence}`, 'm_axis', 3));
  });

  test('lanes above the 32nd count as well', () => {
    const engine = builtinEngine(elaborate(axiStreamRegisterSlice(512, 'bypass')));
    const bench = new TestBench(engine);
    bench.add(new AxiStreamSink(engine.ports, { prefix: 'm_axis_' }));
    bench.reset();
    bench.run(1);
    pinsOf(engine, 's_axis_').set({ tvalid: 1, tlast: 1, tkeep: 0x1_0fff_ffffn });
    expect(() => bench.run(1)).toThrow('m_axis, cycle 3: TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST, but it was 0x10fffffff on beat 1 (packed stream, AMBA AXI4-Stream 2.4.1)');
  });

  test('valid that falls; payload that changes', () => {
    const falls = setUp({ pause: { percent: 100 } });
    falls.pins.set(BEAT);
    falls.bench.run(3);
    falls.pins.set({ tvalid: 0 });
    expect(() => falls.bench.run(1)).toThrow('m_axis, cycle 6: TVALID must not fall before TREADY, but it fell after TREADY had been low (AMBA AXI4-Stream 2.2.1)');
    const changes = setUp({ pause: { percent: 100 } });
    changes.pins.set(BEAT);
    changes.bench.run(3);
    changes.pins.set({ tlast: 1 });
    expect(() => changes.bench.run(1)).toThrow('m_axis, cycle 6: the T payload must not change while TVALID waits for TREADY, but m_axis_tlast went from 0x0 to 0x1 (AMBA AXI4-Stream 2.2.1)');
  });

  test('valid in reset', () => {
    const { bench, pins } = setUp();
    pins.set(BEAT);
    pinsOf(bench.engine, '').set({ rst: 1 });
    // In the first cycle registers may hold what they held.
    bench.run(1);
    expect(() => bench.run(1)).toThrow('m_axis, cycle 4: TVALID must be low during reset and in the first cycle after it, but it was high (AMBA AXI4-Stream 2.7.2)');
  });

  test('a gap inside of a frame, for who asks', () => {
    const { bench, pins } = setUp({ gapless: true });
    pins.set(BEAT);
    bench.run(2);
    pins.set({ tvalid: 0 });
    expect(() => bench.run(1)).toThrow('m_axis, cycle 5: TVALID must not pause inside of a frame, but it did after beat 2 (option gapless)');
  });
});

describe('what cannot be', () => {
  const { ports } = builtinEngine(wires);
  const message = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return (error as Error).message;
    }
    return 'nothing was thrown';
  };

  test.each([
    [() => new AxiStreamSource(ports, { prefix: 's_axi_' }), 'the design has no input s_axi_tdata, which an AXI4-Stream source needs (did you mean s_axis_tdata?)'],
    [() => new AxiStreamSink(ports, { prefix: 's_axis_' }), 's_axis_tdata is an input of the design; for an AXI4-Stream sink it must be an output'],
    [() => new AxiStreamSource(ports, { prefix: 's_axis_', pause: { percent: 101 } }), 's_axis: pause must be \'never\', { every: 1 or more }, { percent: 0 to 100 }, { work, pause: cycles from 1 up, or [least, most] of them } or { while: a function }, not {"percent":101}'],
    [() => new AxiStreamSource(ports, { prefix: 's_axis_', pauses: 'never' } as never), 's_axis has no option pauses (did you mean pause?); its options are prefix, name, pause, seed'],
    [() => new AxiStreamSource(ports, { prefix: 's_axis_' }).send(new Uint8Array(0)), 's_axis: a frame has at least one byte'],
    [() => new AxiStreamSource(ports, { prefix: 's_axis_' }).send(new Uint8Array(4), { user: 2 }), 's_axis: user must be a whole number from 0 to 1, not 2'],
  ])('%#', (make, sentence) => {
    expect(message(make)).toBe(sentence);
  });

  const Bare = Bundle('Bare', { data: UInt(32), last: Bool });
  const bare = builtinEngine(elaborate(module('bare', {}, { s: In(Stream(Bare, { prefix: 't' }), { prefix: 's_' }), m: Out(Valid(Bare, { prefix: 't' }), { prefix: 'm_' }) }, ({ s, m }) => {
    s.ready.set(true);
    m.valid.set(s.valid);
    m.payload.set(s.payload);
  })));

  test('without tkeep frames fill their beats; without tready nothing pauses', () => {
    const bench = new TestBench(bare);
    const source = bench.add(new AxiStreamSource(bench.ports, { prefix: 's_' }));
    const sink = bench.add(new AxiStreamSink(bench.ports, { prefix: 'm_' }));
    source.send(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
    bench.run(5);
    expect(sink.frames).toEqual([{ bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), user: 0, firstCycle: 1, lastCycle: 2 }]);
    expect(message(() => source.send(Uint8Array.of(1)))).toBe('s: without a tkeep a frame has a multiple of 4 bytes, not 1');
    expect(message(() => new AxiStreamSink(bench.ports, { prefix: 'm_', pause: { every: 2 } }))).toBe('m: pause must be \'never\', for the design has no input m_tready');
  });
});
