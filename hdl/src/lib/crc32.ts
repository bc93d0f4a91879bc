/**
 * CRC-32 of Ethernet (IEEE 802.3, 3.2.9; the one of zlib) of packets, W bits a beat.
 *
 * One beat a cycle; the result comes 1 cycle after the last beat, and one more for each of `cuts`.
 * It passes no data on: whoever appends or strips the frame check sequence delays the packet by that latency.
 *
 * A beat is one matrix over the bits of data and state. A last beat with k bytes missing goes through the same matrix
 * with zeros in their place; the k zero bytes too many are then taken back by the inverse matrix, as 1, 2, 4, … of
 * them. So a partial beat costs log2(W / 8) matrices of 32 x 32 and not W / 8 of W x 32.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { assume, Bool, Bundle, In, lit, module, mux, Out, Packet, reg, UInt, Valid, when } from '../index.ts';
import { byteMask } from './byte-mask.ts';
import { dataRows, INITIAL, RESIDUE, stateRows, times } from './crc32-matrix.ts';
import { pipeline } from './pipeline.ts';

export interface Crc32Options {
  /** Bits of a beat: a multiple of 8, 8 to 512. */
  readonly width: number;
  /**
   * Registers: `state`: between the matrix of the data and the loop; `undo<i>`: in front of the step that takes back
   * 2^i bytes, the largest first; `out`: behind the last step. None by default.
   */
  readonly cuts?: readonly ('state' | `undo${number}` | 'out')[];
}

/** What is known of a packet after its last beat. */
export const Crc32 = Bundle('Crc32', {
  /** The frame check sequence for these bytes: its least significant byte is sent first. */
  crc: UInt(32),
  /** The packet ended in its own right frame check sequence. */
  good: Bool,
});

/** `in`: beats of packets, all lanes kept but on the last beat, there from lane 0 up (asserted); `out`: one result a packet. */
export function crc32({ width, cuts = [] }: Crc32Options) {
  if (!Number.isInteger(width) || width < 8 || width > 512 || width % 8 !== 0) usage(`crc32: width must be a multiple of 8 from 8 to 512, not ${describe(width)}`);
  const bytes = width / 8;
  const steps = undoSteps(bytes);
  const undo = steps.map((step) => `undo${step}`);
  for (const cut of cuts) if (cut !== 'state' && cut !== 'out' && !undo.includes(cut)) usage(`crc32: cuts may name ${['state', ...undo, 'out'].join(', ')}, not ${describe(cut)}`);
  return module('crc32', { w: width, ...(cuts.length > 0 && { cuts: cuts.join('_') }) }, {
    in: In(Valid(Packet(width))),
    out: Out(Valid(Crc32)),
  }, (io) => {
    const { data, keep, last } = io.in.payload;
    const first = reg(Bool, { init: true });
    const state = reg(UInt(32), { reset: false });
    const done = reg(Bool);
    const missing = steps.length === 0 ? undefined : reg(UInt(steps.length), { reset: false });
    const front = pipeline(['data', 'state'], { data, keep, last }, { cuts: cuts.filter((cut) => cut === 'state'), valid: io.in.valid })
      .stage('data', (v) => ({
        part: times(dataRows(bytes), v.data.and(byteMask(v.keep))),
        absent: steps.length === 0 ? lit(UInt(1), 0) : v.keep.not().popcount().trunc(steps.length),
      }))
      .stage('state', (v, { valid }) => {
        const before = mux(first, INITIAL, state);
        when(valid, () => {
          first.next = v.last;
          state.next = times(stateRows(bytes), before).xor(v.part);
          if (missing !== undefined) missing.next = v.absent;
        });
        done.next = valid.and(v.last);
        return {};
      });

    let back = pipeline(undo, { state, missing: missing ?? lit(UInt(1), 0) }, { cuts: cuts.filter((cut) => cut !== 'state'), valid: done });
    for (const step of steps) {
      const earlier = stateRows(-(2 ** step));
      back = back.stage(`undo${step}`, (v) => ({ state: mux(v.missing.bit(step), times(earlier, v.state), v.state) }));
    }
    const crc = back.out.state.not();
    io.out.valid.set(back.valid);
    io.out.payload.set({ crc, good: back.out.state.eq(RESIDUE) });

    // Bytes are missing at the end of the last beat only.
    const contiguous = keep.bit(0).and(keep.and(keep.add(1)).eq(0));
    when(io.in.valid, () => {
      assume(contiguous.and(last.or(keep.andR())), 'crc32: bytes may be missing only at the end of the last beat, and not all of them');
    });
    return { first, state, done, missing, crc, ...front, ...back };
  });
}

/** Powers of two that make up the number of missing bytes, 0 to `bytes` - 1, the largest first. */
function undoSteps(bytes: number): number[] {
  const count = Math.ceil(Math.log2(bytes));
  return Array.from({ length: count }, (_, i) => count - 1 - i);
}
