/**
 * Fills a piece of memory over AXI4 with a pattern that tells every beat from every other, reads it back and compares.
 *
 * A beat written, then a beat read per cycle, as fast as the memory goes; the register slices on its way add a cycle each.
 * It waits for all answers to its writes before it reads, and does not repeat what was answered with an error.
 */
import { allOf, Bool, cat, clog2, connect, Enum, In, inst, lit, match, module, Out, reg, UInt, Vec, when } from '@vtoe/hdl';
import { Axi, type AxiParameters, axiRegisterSlice, type Slice } from '@vtoe/hdl/lib';

export interface MemoryTesterOptions {
  /** Bits of a beat, a multiple of 32. */
  readonly dataWidth: number;
  /** Beats of a burst, a power of two; a burst has 4 KiB at most. */
  readonly beats: number;
  readonly slice: Slice;
  /** Slices one behind the other. */
  readonly slices: number;
}

/** IDs go around: as many as a memory has transactions outstanding. */
const IDS = 16;

/** Steps from lane to lane of the pattern: 2^32 divided by the golden ratio, so that no two lanes look alike. */
const LANE_STEP = 0x9e37_79b1;

/** Word `lane` of the beat of this number. */
export function patternWord(beat: number, lane: number): number {
  return (beat + Math.imul(lane, LANE_STEP)) >>> 0;
}

const Phase = Enum('TesterPhase', ['Idle', 'Write', 'Read', 'Done']);

export function memoryTester({ dataWidth, beats, slice, slices }: MemoryTesterOptions) {
  const axi: AxiParameters = { dataWidth, idWidth: clog2(IDS) };
  const beatBits = clog2(beats);
  const byteBits = clog2(dataWidth / 8);
  return module('memory_tester', { d: dataWidth, b: beats, slice, n: slices }, {
    start: In(Bool),
    bursts: In(UInt(16)),
    m: Out(Axi(axi), { prefix: 'm_axi_' }),
    done: Out(Bool),
    /** Beats that were not what had been written; those answered with an error are none of them. */
    mismatches: Out(UInt(32)),
    writeErrors: Out(UInt(32)),
    readErrors: Out(UInt(32)),
  }, (io) => {
    let next = io.m;
    const chain = Array.from({ length: slices }, (_, i) => {
      const one = inst(axiRegisterSlice(axi, { aw: slice, w: slice, b: slice, ar: slice, r: slice }), {}, { name: `slice${i}` });
      connect(next, one.m);
      next = one.s;
      return one;
    });
    const { aw, w, b, ar, r } = next;

    const phase = reg(Phase);
    const [writesAsked, writesAnswered, readsAsked, readsAnswered, dataBurst] = [reg(UInt(16)), reg(UInt(16)), reg(UInt(16)), reg(UInt(16)), reg(UInt(16))];
    const [dataBeat, readBeat] = [reg(UInt(beatBits)), reg(UInt(beatBits))];
    /** Of each ID, the burst that its next answer is of: the order within an ID is that of the requests. */
    const owed = reg(Vec(UInt(16), IDS), { init: Array.from({ length: IDS }, (_, id) => id) });
    const [mismatches, writeErrors, readErrors] = [reg(UInt(32)), reg(UInt(32)), reg(UInt(32))];

    const pattern = (burst: UInt, beat: UInt) => {
      const number = cat(burst, beat).zext(32);
      return cat(...Array.from({ length: dataWidth / 32 }, (_, lane) => number.add(patternWord(0, lane))).reverse());
    };
    const request = (burst: UInt) => ({
      id: burst.trunc(clog2(IDS)), addr: cat(burst, lit(UInt(beatBits + byteBits), 0)).zext(64), len: beats - 1, size: byteBits,
      burst: 'INCR' as const, lock: false, cache: 2, prot: 0, qos: 0, user: 0,
    });
    const [writing, reading] = [phase.eq('Write'), phase.eq('Read')];
    aw.valid.set(allOf(writing, writesAsked.ne(io.bursts)));
    aw.payload.set(request(writesAsked));
    w.valid.set(allOf(writing, dataBurst.ne(io.bursts)));
    w.payload.set({ data: pattern(dataBurst, dataBeat), strb: (1n << BigInt(dataWidth / 8)) - 1n, last: dataBeat.eq(beats - 1) });
    b.ready.set(true);
    ar.valid.set(allOf(reading, readsAsked.ne(io.bursts)));
    ar.payload.set(request(readsAsked));
    r.ready.set(true);

    when(aw.fire, () => { writesAsked.next = writesAsked.add(1); });
    when(w.fire, () => {
      dataBeat.next = dataBeat.add(1);
      when(w.payload.last, () => { dataBurst.next = dataBurst.add(1); });
    });
    when(b.fire, () => {
      writesAnswered.next = writesAnswered.add(1);
      when(b.payload.resp.ne('OKAY'), () => { writeErrors.next = writeErrors.add(1); });
    });
    when(ar.fire, () => { readsAsked.next = readsAsked.add(1); });
    when(r.fire, () => {
      const burst = owed.at(r.payload.id);
      readBeat.next = readBeat.add(1);
      when(r.payload.last, () => {
        readsAnswered.next = readsAnswered.add(1);
        owed.at(r.payload.id).next = burst.add(IDS);
      });
      when(r.payload.resp.ne('OKAY'), () => { readErrors.next = readErrors.add(1); })
        .elsewhen(r.payload.data.ne(pattern(burst, readBeat)), () => { mismatches.next = mismatches.add(1); });
    });
    match(phase, {
      Idle: () => { when(io.start, () => { phase.next = 'Write'; }); },
      Write: () => { when(writesAnswered.eq(io.bursts), () => { phase.next = 'Read'; }); },
      Read: () => { when(readsAnswered.eq(io.bursts), () => { phase.next = 'Done'; }); },
      Done: () => {},
    });
    io.done.set(phase.eq('Done'));
    io.mismatches.set(mismatches);
    io.writeErrors.set(writeErrors);
    io.readErrors.set(readErrors);
    return { chain, phase, writesAsked, writesAnswered, readsAsked, readsAnswered, dataBurst, dataBeat, readBeat, owed, mismatches, writeErrors, readErrors };
  });
}
