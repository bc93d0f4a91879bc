/** Packets for tests: bytes, and the beats that carry them. */
import { type InPort, type OutPort, pausing, type Simulation, type StreamShape, streamSink, streamSource } from '@vtoe/hdl';
import type { PacketShape } from '@vtoe/hdl/lib';
import { heldUntilReady } from './traffic.ts';

/** A beat as a simulation gives it. */
export interface Beat {
  readonly user: boolean;
  readonly last: boolean;
  readonly keep: bigint;
  readonly data: bigint;
}

export interface TestPacket {
  readonly bytes: readonly number[];
  /** Marked bad by `user` at the last beat. */
  readonly bad: boolean;
}

/** The beats of a dense packet of `lanes` bytes a beat; an empty one has a single beat with `keep` 0. Other lanes carry rubbish. */
export function beatsOf({ bytes, bad }: TestPacket, lanes: number): Beat[] {
  const count = Math.max(1, Math.ceil(bytes.length / lanes));
  return Array.from({ length: count }, (_, i) => {
    const part = bytes.slice(i * lanes, (i + 1) * lanes);
    const word = Array.from({ length: lanes }, (_, k) => part[k] ?? 0xee);
    const last = i === count - 1;
    return { user: last && bad, last, keep: (1n << BigInt(part.length)) - 1n, data: BigInt(`0x${word.reverse().map((byte) => byte.toString(16).padStart(2, '0')).join('')}`) };
  });
}

/** The packets that beats carry. @throws if one is not dense, or the end of the last is missing */
export function packetsOf(beats: readonly Beat[], lanes = 0): TestPacket[] {
  const packets: TestPacket[] = [];
  let bytes: number[] = [];
  let inside = false;
  for (const { user, last, keep, data } of beats) {
    const count = keep.toString(2).replaceAll('0', '').length;
    if (keep !== (1n << BigInt(count)) - 1n) throw new Error(`keep ${keep.toString(2)} has a hole`);
    if (inside && count === 0) throw new Error('a beat without bytes ends a packet that has some');
    if (!last && lanes > 0 && count !== lanes) throw new Error(`a beat of ${count} bytes inside of a packet`);
    for (let i = 0; i < count; i++) bytes.push(Number((data >> BigInt(8 * i)) & 0xffn));
    inside = !last;
    if (!last) continue;
    packets.push({ bytes, bad: user });
    bytes = [];
  }
  if (inside) throw new Error('the last packet has no end');
  return packets;
}

export interface Lengths {
  readonly seed: number;
  /** Bytes of the shortest and the longest. */
  readonly least: number;
  readonly most: number;
  /** One in that many is marked bad. */
  readonly badEvery?: number;
}

/** Packets of random lengths and contents. */
export function somePackets(count: number, { seed, least, most, badEvery = 0 }: Lengths): TestPacket[] {
  const random = generator(seed);
  return Array.from({ length: count }, () => {
    const length = least + random(most - least + 1);
    return { bytes: Array.from({ length }, () => random(256)), bad: badEvery > 0 && random(badEvery) === 0 };
  });
}

/** Numbers below the argument, in an order that `seed` fixes (mulberry32). */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

/** How packets go through a block: pauses in percent of the cycles, and how many are to come out. */
export interface Traffic {
  readonly idle?: number;
  readonly pressure?: number;
  readonly expected?: number;
}

type PacketPorts = { readonly in: InPort<StreamShape<PacketShape>>; readonly out: OutPort<StreamShape<PacketShape>> };

/** Sends packets through a block whose ends have `lanes` bytes a beat; returns what came out, its beats, and in how many cycles. */
export function pumpPackets(sim: Simulation<PacketPorts>, lanes: readonly [from: number, to: number], packets: readonly TestPacket[], { idle = 0, pressure = 0, expected = packets.length }: Traffic = {}) {
  const beats = packets.flatMap((packet) => beatsOf(packet, lanes[0]));
  const out: Beat[] = [];
  sim.start(streamSource(sim.io.in, sim.sampled.in, beats, pausing(idle, 1)));
  sim.start(streamSink(sim.io.out, sim.sampled.out, out, pausing(pressure, 2)));
  sim.start(heldUntilReady(sim.sampled.out));
  const start = sim.cycle;
  let [seen, ended] = [0, 0];
  sim.until(() => {
    for (; seen < out.length; seen++) if (out[seen]!.last) ended += 1;
    return ended === expected;
  }, 200 + 40 * beats.length);
  return { packets: packetsOf(out, lanes[1]), beats: out.length, cycles: sim.cycle - start };
}
