/** Inputs for `toeLike`: frames back to back on the busy lanes, silence on the others. */
import { Random } from '../support/random.ts';
import { blankRecording, type Recording, type RowLayout } from './recording.ts';

export interface Traffic {
  readonly seed: number;
  readonly rows: number;
  /** Lanes from 0 on that have a beat in every cycle; the others never have one, and a payload that stays 0. */
  readonly busyLanes: number;
}

/** 8-byte beats of a frame. Shorter ones would give more results than the one a cycle that leaves, and lanes would wait. */
const BEATS = { least: 24, most: 80 };
/** Connections a lane: few enough that updates in flight are forwarded. */
const FLOWS = 16;
/** Bytes 12 and 13 of the frame, which beat 1 has in bits 47 to 32. */
const IPV4 = 0x0008n << 32n;
const IPV4_MASK = 0xffffn << 32n;

export function record(layout: RowLayout, { seed, rows, busyLanes }: Traffic): Recording {
  const recording = blankRecording(layout, rows);
  const column = (name: string): ((row: number, value: bigint) => void) => {
    const port = layout.ports.find((one) => one.name === name);
    if (port === undefined) throw new Error(`the design has no input ${name}`);
    const stride = layout.rowBytes >> 3;
    return (row, value) => { recording.limbs[row * stride + (port.offset >> 3)] = value; };
  };

  const ready = column('out_ready');
  const taking = new Random(seed, 'taking');
  for (let row = 0; row < rows; row += 1) ready(row, busyLanes > 0 && taking.chance(1 / 16) ? 0n : 1n);

  for (let lane = 0; lane < busyLanes; lane += 1) {
    const random = new Random(seed, `lane ${lane}`);
    const [valid, user, last, keep, data] = ['valid', 'payload_user', 'payload_last', 'payload_keep', 'payload_data'].map((leaf) => column(`in_${lane}_${leaf}`));
    const flows = Array.from({ length: FLOWS }, () => random.bits(32) << 32n);
    let beat = 0;
    let beats = random.between(BEATS.least, BEATS.most);
    let isIpv4 = true;
    for (let row = 0; row < rows; row += 1) {
      const isLast = beat === beats - 1;
      let word = random.bits(64);
      if (beat === 1 && isIpv4) word = (word & ~IPV4_MASK) | IPV4;
      // The parser takes the ports from every beat of the transport header: the last of them stays.
      if (beat === 4 || beat === 5) word = (word & 0xffffffffn) | random.pick(flows);
      valid!(row, 1n);
      data!(row, word);
      keep!(row, isLast ? (1n << BigInt(random.between(1, 8))) - 1n : 0xffn);
      last!(row, isLast ? 1n : 0n);
      user!(row, isLast && random.chance(1 / 64) ? 1n : 0n);
      beat += 1;
      if (isLast) {
        beat = 0;
        beats = random.between(BEATS.least, BEATS.most);
        isIpv4 = random.chance(15 / 16);
      }
    }
  }
  return recording;
}
