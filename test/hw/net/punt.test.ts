/** The punt ring as the VMM finds it: every record byte for byte, in order, and what it does not get is counted. */
import { type Process, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config, derived } from '../../../hw/config.ts';
import { MIRROR_BYTES, punt, PUNT_DROP_NAMES, type PuntDrop } from '../../../hw/net/punt.ts';
import { PUNT_HEADER_BYTES, PuntReason, PuntRecord, puntRecordBytes } from '../../../hw/protocol/index.ts';
import { type Random, random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { beatsOf } from './support/drive.ts';

const bench = hardwareBench();
const TAG_BITS = 5;
const BASE = 0x12_3456_7000;
type Punt = Simulation<ReturnType<typeof punt>['ports']>;
type Source = 'punted' | 'received' | 'sent';
const REASONS: Readonly<Record<Source, number>> = { punted: PuntReason.value.PUNT, received: PuntReason.value.RECEIVED, sent: PuntReason.value.SENT };

interface Frame { readonly from: Source; readonly bytes: Uint8Array; readonly bad: boolean; }
interface Told { readonly from: Source; readonly length: number; readonly bytes: string; readonly vlan: number | undefined; readonly bad: boolean; }

interface Load {
  /** Percent of the cycles without a beat, and without an answer of the DMA engine. */
  readonly idle?: number;
  readonly busy?: number;
  /** Most cycles until a write is acknowledged, in any order. */
  readonly latency?: number;
}

/** The engine for writes by its rules, and a VMM that reads by `tail`. */
class Host {
  readonly memory: Uint8Array;
  readonly taken: Told[] = [];
  readonly drops = Object.fromEntries(PUNT_DROP_NAMES.map((name) => [name, 0])) as { [K in PuntDrop]: number };
  raised = 0;
  head = 0;
  /** Bursts that are answered with an error, by their number. */
  fails: (burst: number) => boolean = () => false;
  /** Nothing is taken. */
  stalls = false;
  bursts = 0;
  readonly #sim: Punt;
  readonly #c: Config;
  readonly #size: number;

  constructor(sim: Punt, c: Config, sizeLog2: number, load: Load) {
    this.#sim = sim;
    this.#c = c;
    this.#size = 2 ** sizeLog2;
    this.memory = new Uint8Array(Math.min(this.#size, 65_536)).fill(0xa5);
    sim.io.ring = { enable: true, base: BigInt(BASE), size_log2: sizeLog2 };
    sim.start(this.#run(random(5), load));
  }

  * #run(draw: Random, { busy = 0, latency = 0 }: Load): Process {
    const sim = this.#sim;
    const { hostBytes } = derived(this.#c);
    const waiting: { at: number; bytes: number; tag: number; beats: number; got: bigint[] }[] = [];
    const under: { tag: number; due: number; error: boolean }[] = [];
    for (;;) {
      const open = !this.stalls && !draw.chance(busy / 100);
      sim.io.request.ready = open && waiting.length < 4;
      // As the engine: data of a burst that was asked for.
      sim.io.data.ready = open && waiting.some(({ beats, got }) => got.length < beats);
      const done = under.findIndex(({ due }) => due <= sim.cycle);
      sim.io.done.valid = done >= 0;
      if (done >= 0) {
        const [{ tag, error }] = under.splice(done, 1) as [(typeof under)[number]];
        sim.io.done.payload = { tag, error };
      }
      yield;
      const { request, data, raised, drops } = sim.sampled;
      if (request.valid && request.ready) {
        const { owner, address, bytes, tag } = request.payload;
        const at = Number(address) - BASE;
        const inRing = at >= 0 && at + Number(bytes) <= this.#size && Math.floor(at / 4096) === Math.floor((at + Number(bytes) - 1) / 4096);
        if (owner !== 0n || !inRing) throw new Error(`a write of ${bytes} bytes at ${at} of the ring, by owner ${owner}`);
        waiting.push({ at, bytes: Number(bytes), tag: Number(tag), beats: Math.ceil(((at % hostBytes) + Number(bytes)) / hostBytes), got: [] });
      }
      if (data.valid && data.ready) {
        const first = waiting.find(({ beats, got }) => got.length < beats)!;
        first.got.push(data.payload);
        if (first.got.length === first.beats) {
          waiting.shift();
          for (let i = 0; i < first.bytes; i += 1) this.memory[first.at + i] = Number((first.got[Math.floor(i / hostBytes)]! >> BigInt(8 * (i % hostBytes))) & 0xffn);
          under.push({ tag: first.tag, due: sim.cycle + draw.below(latency + 1), error: this.fails(this.bursts) });
          this.bursts += 1;
        }
      }
      this.raised += Number(raised);
      for (const name of PUNT_DROP_NAMES) this.drops[name] += Number(drops[name]);
    }
  }

  /** Reads all records that are there; the doorbell is another matter. */
  poll(): void {
    const at = (position: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => this.memory[(position + i) % this.#size]!);
    const tail = Number(this.#sim.io.tail);
    while (this.head !== tail) {
      const { length, kept, reason, vlan, tagged, bad, status } = PuntRecord.decode(at(this.head, PuntRecord.bytes));
      if (status !== 0) throw new Error(`a record with status ${status}`);
      const from = (Object.keys(REASONS) as Source[]).find((name) => REASONS[name] === reason)!;
      this.taken.push({ from, length, bytes: Buffer.from(at(this.head + PUNT_HEADER_BYTES, kept)).toString('hex'), vlan: tagged ? vlan : undefined, bad });
      this.head += puntRecordBytes(kept);
    }
  }

  ring(position = this.head): void {
    const { head_bell } = this.#sim.io;
    head_bell.valid = true;
    head_bell.payload = position;
    this.#sim.step();
    head_bell.valid = false;
  }
}

const TAG_AT = 12;
function frame(from: Source, length: number, number: number, { bad = false, vlan }: { readonly bad?: boolean; readonly vlan?: number } = {}): Frame {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 29 + number * 7 + REASONS[from]) & 0xff);
  bytes.set([number & 0xff, number >> 8], 0);
  if (vlan !== undefined) bytes.set([0x81, 0x00, 0x20 | (vlan >> 8), vlan & 0xff], TAG_AT);
  else bytes.set([0x86, 0xdd], TAG_AT);
  return { from, bytes, bad };
}

const recordOf = ({ from, bytes, bad }: Frame): Told => {
  const kept = from === 'punted' ? bytes : bytes.subarray(0, MIRROR_BYTES);
  return { from, length: bytes.length, bytes: Buffer.from(kept).toString('hex'), vlan: bytes[TAG_AT] === 0x81 ? ((bytes[14]! & 0xf) << 8) | bytes[15]! : undefined, bad };
};

/** Sends frames into one of the ports, which cannot be stalled; waits before each until `may`. */
function* sending(sim: Punt, c: Config, frames: readonly Frame[], idle: number, may: () => boolean = () => true): Process {
  const draw = random(frames.length + idle);
  for (const one of frames) {
    const port = sim.io[one.from];
    while (!may()) yield;
    for (const beat of beatsOf(one, derived(c).datapathBytes)) {
      while (draw.chance(idle / 100)) yield;
      port.valid = true;
      port.payload = beat;
      yield;
      port.valid = false;
    }
  }
}

function start(c: Config, sizeLog2: number, load: Load = {}, { mirror = true, replayed = false } = {}) {
  const sim = (replayed ? bench.simulate : simulate)(punt(c, TAG_BITS));
  const host = new Host(sim, c, sizeLog2, load);
  sim.io.mirror = { received: mirror, sent: mirror };
  sim.step(3);
  expect(sim.io.status).toEqual({ running: true, cause: 'None' });
  return { sim, host };
}

const NONE = Object.fromEntries(PUNT_DROP_NAMES.map((name) => [name, 0]));
const WIDTHS = [[64, 64], [64, 128], [128, 256], [512, 1024]] as const;
const LOADS: readonly (readonly [string, Load])[] = [['at once', {}], ['with pauses', { idle: 30, busy: 40, latency: 20 }], ['late and out of order', { latency: 120 }]];
const LENGTHS = [14, 15, 16, 17, 60, 63, 64, 65, 66, 100, 128, 191, 192, 193, 300, 448];

describe.each(WIDTHS)('W = %i, host bus of %i bits', (datapathBits, hostBits) => {
  const c = config({ datapathBits, hostBits });

  test.each(LOADS)('every frame, in the order of its source, through many rounds of the ring: %s', (_name, load) => {
    const { sim, host } = start(c, 12, load, { replayed: load.idle !== undefined && hostBits !== 64 });
    const draw = random(datapathBits);
    const sources: readonly Source[] = ['punted', 'received', 'sent'];
    const frames = sources.flatMap((from) => LENGTHS.map((length, i) => frame(from, length, i, { bad: from === 'received' && i % 3 === 0, ...(length > 18 && i % 2 === 0 ? { vlan: 0x123 + i } : {}) })));
    let sent = 0;
    // No more than the ring has room for: a record of the longest takes 512 bytes.
    for (const from of sources) sim.start(sending(sim, c, frames.filter((f) => f.from === from), load.idle ?? 0, () => sent - host.taken.length < 5 && ++sent > 0));
    for (let i = 0; host.taken.length < frames.length; i += 1) {
      expect(i).toBeLessThan(4000);
      sim.step();
      if (draw.chance(0.2)) {
        host.poll();
        host.ring();
      }
    }
    for (const from of sources) expect(host.taken.filter((r) => r.from === from)).toEqual(frames.filter((f) => f.from === from).map(recordOf));
    expect(host.drops).toEqual(NONE);
    expect(host.head).toBeGreaterThan(2 * 4096);
    expect(host.raised).toBe(frames.length);
    expect(sim.io.status).toEqual({ running: true, cause: 'None' });
  });

  test('the longest frame; copies are cut', () => {
    const { sim, host } = start(c, 15, { latency: 30 });
    const long = derived(c).frameMostBytes;
    const frames = [frame('punted', long, 1, { vlan: 7 }), frame('received', MIRROR_BYTES + 1, 2, { bad: true }), frame('sent', MIRROR_BYTES, 3), frame('sent', long, 4)];
    for (const one of frames) {
      sim.start(sending(sim, c, [one], 0));
      sim.until(() => host.raised === frames.indexOf(one) + 1, 6000);
    }
    host.poll();
    expect(host.taken).toEqual(frames.map(recordOf));
    expect(host.taken.map(({ length, bytes }) => [length, bytes.length / 2])).toEqual([[long, long], [MIRROR_BYTES + 1, MIRROR_BYTES], [MIRROR_BYTES, MIRROR_BYTES], [long, MIRROR_BYTES]]);
    expect(host.drops).toEqual(NONE);
  });
});

const c = config();

test('a full ring: what finds no room is dropped and counted, and there is room again after the doorbell', () => {
  // Late enough that several records are under way when the last one finds room.
  const { sim, host } = start(c, 12, { latency: 150 });
  // A record of 60 bytes takes 128: 32 of them.
  const frames = Array.from({ length: 40 }, (_, i) => frame('punted', 60, i));
  sim.start(sending(sim, c, frames, 60));
  sim.until(() => host.raised + host.drops.full === 40, 6000);
  host.poll();
  expect(host.taken).toEqual(frames.slice(0, 32).map(recordOf));
  expect(host.drops).toEqual({ ...NONE, full: 8 });
  for (const from of ['received', 'sent'] as const) {
    sim.start(sending(sim, c, [frame(from, 60, 0)], 0));
    sim.until(() => host.drops[`${from}_full`] === 1, 100);
  }
  host.ring();
  sim.start(sending(sim, c, [frame('punted', 500, 99)], 0));
  sim.until(() => host.raised === 33, 500);
  host.poll();
  expect(host.taken.at(-1)).toEqual(recordOf(frame('punted', 500, 99)));
  // More than the whole ring.
  sim.start(sending(sim, c, [frame('punted', 4096 - PUNT_HEADER_BYTES + 1, 7)], 0));
  sim.until(() => host.drops.full === 9, 2000);
});

test('memory that does not take anything: the stores run over and count, and nothing is mixed up', () => {
  const { sim, host } = start(c, 16);
  host.stalls = true;
  const frames = (['punted', 'received', 'sent'] as const).flatMap((from) => Array.from({ length: 24 }, (_, i) => frame(from, 600, i)));
  for (const from of ['punted', 'received', 'sent'] as const) sim.start(sending(sim, c, frames.filter((f) => f.from === from), 0));
  sim.step(24 * 76);
  host.stalls = false;
  sim.until(() => host.raised + host.drops.overflow + host.drops.received_overflow + host.drops.sent_overflow === frames.length, 9000);
  host.poll();
  // 16 frames of the punted wait, and one is on its way; of copies 4 KiB.
  expect(host.drops).toEqual({ ...NONE, overflow: 7, received_overflow: 18, sent_overflow: 18 });
  for (const [from, count] of [['punted', 17], ['received', 6], ['sent', 6]] as const) {
    expect(host.taken.filter((r) => r.from === from)).toEqual(frames.filter((f) => f.from === from).slice(0, count).map(recordOf));
  }
});

test('a ring that does not run: punted frames are counted, copies are not made', () => {
  const { sim, host } = start(c, 12);
  sim.io.ring.enable = false;
  sim.step(2);
  expect(sim.io.status.running).toBe(false);
  for (const from of ['punted', 'received', 'sent'] as const) sim.start(sending(sim, c, [frame(from, 100, 0), frame(from, 60, 1)], 0));
  sim.step(100);
  expect(host.drops).toEqual({ ...NONE, off: 2 });
  expect([host.bursts, host.raised]).toEqual([0, 0]);
});

test('copies begin with a whole frame and end with one', () => {
  const { sim, host } = start(c, 13, {}, { mirror: false, replayed: true });
  sim.start(sending(sim, c, [frame('received', 200, 0), frame('received', 200, 1), frame('received', 200, 2)], 0));
  sim.step(10);
  sim.io.mirror.received = true;
  sim.step(25);
  sim.io.mirror.received = false;
  sim.step(120);
  host.poll();
  expect(host.taken).toEqual([recordOf(frame('received', 200, 1))]);
});

describe('what stops the ring, until it is disabled', () => {
  const stopped = (cause: string, act: (sim: Punt, host: Host) => void, sizeLog2 = 12): void => {
    const sim = (cause === 'Access' ? bench.simulate : simulate)(punt(c, TAG_BITS));
    const host = new Host(sim, c, sizeLog2, { latency: 20 });
    sim.step(3);
    act(sim, host);
    sim.step(80);
    expect(sim.io.status).toEqual({ running: false, cause });
    const { raised } = host;
    const before = host.drops.off;
    sim.start(sending(sim, c, [frame('punted', 80, 9)], 0));
    sim.step(60);
    expect([host.raised, host.drops.off]).toEqual([raised, before + 1]);
    // And from its beginning again.
    sim.io.ring.enable = false;
    sim.step(2);
    sim.io.ring = { enable: true, base: BigInt(BASE), size_log2: 12 };
    sim.step(2);
    expect(sim.io.status).toEqual({ running: true, cause: 'None' });
    expect(sim.io.tail).toBe(0n);
    host.fails = () => false;
    host.head = 0;
    host.taken.length = 0;
    sim.start(sending(sim, c, [frame('punted', 90, 10)], 0));
    sim.until(() => host.raised === raised + 1, 300);
    host.poll();
    expect(host.taken).toEqual([recordOf(frame('punted', 90, 10))]);
  };
  const fill = (sim: Punt, host: Host): void => {
    sim.start(sending(sim, c, [0, 1, 2].map((i) => frame('punted', 60, i)), 0));
    sim.until(() => host.raised === 3, 300);
  };

  test('a doorbell beyond the tail', () => stopped('Doorbell', (sim, host) => {
    fill(sim, host);
    host.ring(4 * 128);
    sim.step(2);
    expect(host.raised).toBe(4);
  }));
  test('a doorbell that goes back', () => stopped('Doorbell', (sim, host) => {
    fill(sim, host);
    host.ring(2 * 128);
    expect(sim.io.status).toEqual({ running: true, cause: 'None' });
    host.ring(128);
  }));
  test('a doorbell between two records', () => stopped('Doorbell', (sim, host) => {
    fill(sim, host);
    host.ring(64);
  }));
  test('memory answers with an error: nothing from there on is told', () => stopped('Access', (sim, host) => {
    host.fails = (burst) => burst === 2;
    sim.start(sending(sim, c, Array.from({ length: 6 }, (_, i) => frame('punted', 100, i)), 0));
    sim.step(250);
    // Those before it are told, if they were acknowledged before.
    expect(Number(sim.io.tail)).toBeLessThanOrEqual(2 * 256);
    host.poll();
    expect(host.taken).toEqual([0, 1].slice(0, host.taken.length).map((i) => recordOf(frame('punted', 100, i))));
  }));
  test.each([[11], [31]])('a size of 2^%i bytes', (sizeLog2) => stopped('Size', () => {}, sizeLog2));
});

test('a frame of 1514 bytes every 200 cycles, at a latency of 1 us', () => {
  const { sim, host } = start(c, 16, { latency: 156 });
  sim.start(sending(sim, c, Array.from({ length: 10 }, (_, i) => frame('punted', 1514, i)), 0));
  const times: number[] = [];
  for (let cycle = 0; host.raised < 10; cycle += 1) {
    expect(cycle).toBeLessThan(3000);
    sim.step();
    if (sim.sampled.request.valid && sim.sampled.request.ready && Number(sim.sampled.request.payload.address) % 128 === 0 && sim.sampled.request.payload.bytes !== 0n) times.push(cycle);
  }
  expect(host.drops).toEqual(NONE);
  // 190 words of the frame, 8 of the header, two cycles between two frames.
  expect((times.at(-1)! - times[0]!) / 9.9).toBeLessThan(205);
});

bench.verilog();
