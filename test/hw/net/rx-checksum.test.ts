import { simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { checksumLatency, rxChecksum } from '../../../hw/net/rx-checksum.ts';
import { onesSum } from '../../../hw/protocol/index.ts';
import { random, type Random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { beatsOf } from './support/drive.ts';
import { tcpFrame } from './support/frames.ts';

const bench = hardwareBench();

interface Case {
  readonly bytes: Uint8Array;
  readonly tag: boolean;
  readonly ihl: number;
  readonly total: number;
}

/** Segments of all lengths, with padding that must not count; in every third a byte is wrong. */
function some(count: number, r: Random): Case[] {
  return Array.from({ length: count }, (_, i) => {
    const [tag, words, length] = [r.chance(0.5), r.below(11), r.below(150)];
    const bytes = tcpFrame({
      ...(tag && { vlan: 7 }), ipOptions: new Uint8Array(4 * words).fill(1), payload: Uint8Array.from({ length }, () => r.below(256)), padTo: r.below(260),
    });
    if (i % 3 === 0) bytes[r.below(bytes.length)]! ^= 1 << r.below(8);
    return { bytes, tag, ihl: 5 + words, total: 20 + 4 * words + 20 + length };
  });
}

/** Sends frames, pausing in `idle` % of the cycles; gives what came, and in which cycle after the last beat. */
function sums(sim: Simulation<ReturnType<typeof rxChecksum>['ports']>, width: number, cases: readonly Case[], idle: number) {
  const r = random(idle);
  const lanes = width / 8;
  const ends: number[] = [];
  const results: { readonly good: boolean; readonly payload: number; readonly late: number }[] = [];
  const step = (): void => {
    if (sim.io.sums.valid) results.push({ good: sim.io.sums.payload.header_good, payload: Number(sim.io.sums.payload.payload), late: sim.cycle - ends[results.length]! });
    sim.step();
  };
  for (const { bytes, tag, ihl, total } of cases) {
    const end = (tag ? 18 : 14) + total;
    for (const [i, beat] of beatsOf({ bytes, bad: false }, lanes).entries()) {
      while (r.below(100) < idle) {
        sim.io.beat.valid = false;
        step();
      }
      sim.io.beat.valid = true;
      // Before the fields came by, they are anything.
      const [at, through] = [tag ? 18 : 14, (i + 1) * lanes];
      sim.io.beat.payload = { beat, first: i === 0, base: i * lanes, has_tag: tag, ihl: through > at ? ihl : r.below(16), ip_end: through > at + 4 ? end : r.below(2 ** 17) };
      if (beat.last) ends.push(sim.cycle);
      step();
    }
  }
  sim.io.beat.valid = false;
  for (let i = 0; i < 8; i++) step();
  return results;
}

function expected({ bytes, tag, ihl, total }: Case): { readonly good: boolean; readonly payload: number } {
  const at = tag ? 18 : 14;
  return { good: onesSum(bytes.subarray(at, at + 4 * ihl)) === 0xffff, payload: onesSum(bytes.subarray(at + 4 * ihl, at + total)) };
}

describe.each([64, 128, 256, 512])('%i bits', (width) => {
  test.each([[[], 0], [[], 40], [['tree', 'fold', 'accumulate'], 20]] as const)('sums of header and payload, cuts %j, idle %i percent', (cuts, idle) => {
    const cases = some(60, random(width + idle));
    const late = checksumLatency(cuts);
    const sim = (idle === 0 ? bench.simulate : simulate)(rxChecksum(width, cuts));
    expect(sums(sim, width, cases, idle)).toEqual(cases.map((one) => ({ ...expected(one), late })));
    expect(cases.some((one) => !expected(one).good)).toBe(true);
  });
});

bench.verilog();
