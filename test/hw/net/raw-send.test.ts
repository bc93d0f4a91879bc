/** Frames that the VMM gives: each goes out byte for byte, in order; what is refused is told in its record and counted. */
import { type Process, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config, derived } from '../../../hw/config.ts';
import { RAW_DROP_NAMES, type RawDrop, rawSend } from '../../../hw/net/raw-send.ts';
import { PUNT_ALIGN_BYTES, PUNT_HEADER_BYTES, PuntRecord, puntRecordBytes, RawStatus } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { lanes } from '../dma/bursts.ts';
import { bytesOf } from './support/drive.ts';

const bench = hardwareBench();
const PARAMETERS = { readTagBits: 9, writeTagBits: 5 };
const BASE = 0x12_3456_7000;
type Raw = Simulation<ReturnType<typeof rawSend>['ports']>;

interface Load {
  /** Percent of the cycles in which the DMA engines take nothing, and in which nobody takes the frames. */
  readonly busy?: number;
  readonly pressure?: number;
  /** Most cycles until a burst is answered. */
  readonly latency?: number;
}

/** The VMM's memory, both DMA engines by their rules, and who takes the frames. */
class Host {
  readonly memory: Uint8Array;
  readonly frames: { readonly bytes: string; readonly bad: boolean; readonly cycle: number }[] = [];
  readonly drops = Object.fromEntries(RAW_DROP_NAMES.map((name) => [name, 0])) as { [K in RawDrop]: number };
  raised = 0;
  /** Where the next record is put. */
  tail = 0;
  reads = 0;
  /** Reads that are answered with an error, by their number; writes are, or not. */
  fails: (read: number) => boolean = () => false;
  writesFail = false;
  readonly #sim: Raw;
  readonly #c: Config;
  readonly #size: number;

  constructor(sim: Raw, c: Config, sizeLog2: number, load: Load = {}) {
    this.#sim = sim;
    this.#c = c;
    this.#size = 2 ** sizeLog2;
    this.memory = new Uint8Array(Math.min(this.#size, 65_536)).fill(0xa5);
    sim.io.ring = { enable: true, base: BigInt(BASE), size_log2: sizeLog2 };
    sim.start(this.#read(load));
    sim.start(this.#write(load));
    sim.start(this.#take(load));
  }

  /** One burst at a time is asked for; its beats may pause, and its end comes with the last of them or later. */
  * #read({ busy = 0, latency = 0 }: Load): Process {
    const sim = this.#sim;
    const { hostBytes } = derived(this.#c);
    const draw = random(3);
    for (;;) {
      sim.io.request.ready = !draw.chance(busy / 100);
      sim.io.data.valid = false;
      sim.io.done.valid = false;
      yield;
      const { request } = sim.sampled;
      if (!(request.valid && request.ready)) continue;
      sim.io.request.ready = false;
      const { owner, address, bytes } = request.payload;
      const at = Number(address) - BASE;
      const inRing = at % hostBytes === 0 && bytes <= 256n && at >= 0 && at + Number(bytes) <= this.#size && Math.floor(at / 4096) === Math.floor((at + Number(bytes) - 1) / 4096);
      if (owner !== 0n || !inRing) throw new Error(`a read of ${bytes} bytes at ${at} of the ring, by owner ${owner}`);
      yield 1 + draw.below(latency + 1);
      const beats = Math.ceil(Number(bytes) / hostBytes);
      const error = this.fails(this.reads);
      this.reads += 1;
      const late = draw.chance(0.3);
      for (let i = 0; i < beats; i += 1) {
        sim.io.data.valid = true;
        sim.io.data.payload = { index: i, data: lanes(this.memory.subarray(at + i * hostBytes, at + (i + 1) * hostBytes)) };
        sim.io.done.valid = i === beats - 1 && !late;
        sim.io.done.payload = error;
        yield;
        sim.io.data.valid = false;
        sim.io.done.valid = false;
        if (draw.chance(busy / 100)) yield 2;
      }
      if (late) {
        yield 3;
        sim.io.done.valid = true;
        sim.io.done.payload = error;
        yield;
        sim.io.done.valid = false;
      }
    }
  }

  * #write({ busy = 0, latency = 0 }: Load): Process {
    const sim = this.#sim;
    const { hostBytes } = derived(this.#c);
    const draw = random(4);
    for (;;) {
      sim.io.refusal.ready = !draw.chance(busy / 100);
      sim.io.refusal_done.valid = false;
      yield;
      const { refusal } = sim.sampled;
      if (!(refusal.valid && refusal.ready)) continue;
      sim.io.refusal.ready = false;
      const { owner, address, bytes } = refusal.payload;
      if (owner !== 0n || bytes !== 1n) throw new Error(`a status of ${bytes} bytes, by owner ${owner}`);
      sim.io.refusal_data.ready = true;
      do yield; while (!sim.sampled.refusal_data.valid);
      sim.io.refusal_data.ready = false;
      const at = Number(address) - BASE;
      if (!this.writesFail) this.memory[at] = Number((sim.sampled.refusal_data.payload >> BigInt(8 * (at % hostBytes))) & 0xffn);
      yield 1 + draw.below(latency + 1);
      Object.assign(sim.io.refusal_done, { valid: true, payload: this.writesFail });
      yield;
      sim.io.refusal_done.valid = false;
    }
  }

  * #take({ pressure = 0 }: Load): Process {
    const sim = this.#sim;
    const { datapathBytes } = derived(this.#c);
    const draw = random(6);
    let bytes: number[] = [];
    for (;;) {
      sim.io.frame.ready = !draw.chance(pressure / 100);
      yield;
      const { frame, raised, drops } = sim.sampled;
      this.raised += Number(raised);
      for (const name of RAW_DROP_NAMES) this.drops[name] += Number(drops[name]);
      if (!(frame.valid && frame.ready)) continue;
      bytes.push(...bytesOf(frame.payload, datapathBytes));
      if (frame.payload.last) {
        this.frames.push({ bytes: Buffer.from(bytes).toString('hex'), bad: frame.payload.user, cycle: sim.cycle });
        bytes = [];
      }
    }
  }

  #put(position: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) this.memory[(position + i) % this.#size] = byte;
  }

  /** A record, `length` of which may be another than that of its frame; its position. */
  post(frame: Uint8Array, length = frame.length): number {
    const position = this.tail;
    this.#put(position, PuntRecord.encode({ length, kept: 0, reason: 0, status: 0, vlan: 0, tagged: false, bad: false, time: 0n }));
    this.#put(position + PUNT_HEADER_BYTES, frame);
    this.tail += puntRecordBytes(length);
    return position;
  }

  get room(): number {
    return this.#size - (this.tail - Number(this.#sim.io.head));
  }

  statusOf(position: number): number {
    return this.memory[(position + PuntRecord.slots.find(({ name }) => name === 'status')!.first) % this.#size]!;
  }

  ring(position = this.tail): void {
    Object.assign(this.#sim.io.tail_bell, { valid: true, payload: position });
    this.#sim.step();
    this.#sim.io.tail_bell.valid = false;
  }
}

const frame = (length: number, number: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + number * 5 + 1) & 0xff);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const NONE = { runt: 0, oversize: 0, error: 0 };

function start(c: Config, sizeLog2: number, load: Load = {}, replayed = false) {
  const sim = (replayed ? bench.simulate : simulate)(rawSend(c, PARAMETERS));
  const host = new Host(sim, c, sizeLog2, load);
  sim.step(3);
  expect(sim.io.status).toEqual({ running: true, cause: 'None' });
  return { sim, host };
}

const WIDTHS = [[64, 64], [64, 128], [128, 256], [512, 1024]] as const;
const LOADS: readonly (readonly [string, Load])[] = [['at once', {}], ['with pauses', { busy: 30, pressure: 40, latency: 20 }], ['late', { latency: 100 }]];
const LENGTHS = [14, 15, 60, 63, 64, 65, 128, 191, 192, 193, 448, 449, 700];

describe.each(WIDTHS)('W = %i, host bus of %i bits', (datapathBits, hostBits) => {
  const c = config({ datapathBits, hostBits });

  test.each(LOADS)('every frame, through rounds of the ring: %s', (_name, load) => {
    const { sim, host } = start(c, 12, load, load.pressure !== undefined && hostBits !== 64);
    const frames = [...LENGTHS, ...LENGTHS, ...LENGTHS].map(frame);
    for (const one of frames) {
      sim.until(() => host.room >= puntRecordBytes(one.length), 2000);
      host.post(one);
      host.ring();
    }
    sim.until(() => host.raised === frames.length, 5000);
    expect(host.frames.map(({ bytes, bad }) => [bytes, bad])).toEqual(frames.map((one) => [hex(one), false]));
    expect(Number(sim.io.head)).toBe(host.tail);
    expect(host.tail).toBeGreaterThan(2 * 4096);
    expect(host.drops).toEqual(NONE);
  });

  test('refused, with a status, and counted; those beside it go out', () => {
    const { sim, host } = start(c, 15, { latency: 10 });
    const { frameMostBytes } = derived(c);
    const good = [frame(14, 1), frame(frameMostBytes, 2), frame(100, 3), frame(60, 4)];
    const [a, runt, b] = [host.post(good[0]!), host.post(frame(13, 9)), host.post(good[1]!)];
    const [long, empty] = [host.post(frame(16, 8), frameMostBytes + 1), host.post(frame(0, 0))];
    const [d, e] = [host.post(good[2]!), host.post(good[3]!)];
    host.ring();
    sim.until(() => host.raised === 7, 9000);
    expect(host.frames.map(({ bytes }) => bytes)).toEqual(good.map(hex));
    expect([a, runt, b, long, empty, d, e].map((position) => RawStatus.labelOf(host.statusOf(position)))).toEqual(['OK', 'RUNT', 'OK', 'OVERSIZE', 'RUNT', 'OK', 'OK']);
    expect(host.drops).toEqual({ runt: 2, oversize: 1, error: 0 });
    expect(sim.io.status).toEqual({ running: true, cause: 'None' });
  });
});

const c = config();

test('a frame that cannot be read goes out marked bad, gets its status, and the next one is good', () => {
  const { sim, host } = start(c, 12, { latency: 10, busy: 20 }, true);
  // Header, then bursts of 256: the second of the frame's three.
  host.fails = (read) => read === 2;
  const [bad, good] = [host.post(frame(600, 1)), host.post(frame(200, 2))];
  host.ring();
  sim.until(() => host.raised === 2, 2000);
  expect(host.frames.map((one) => one.bad)).toEqual([true, false]);
  expect(host.frames[1]!.bytes).toBe(hex(frame(200, 2)));
  expect([bad, good].map((position) => host.statusOf(position))).toEqual([RawStatus.value.DMA_ERROR, RawStatus.value.OK]);
  expect(host.drops).toEqual({ ...NONE, error: 1 });
});

describe('what stops the ring, until it is disabled', () => {
  const stopped = (cause: string, act: (sim: Raw, host: Host) => void, sizeLog2 = 12): void => {
    const sim = simulate(rawSend(c, PARAMETERS));
    const host = new Host(sim, c, sizeLog2, { latency: 10 });
    sim.step(3);
    act(sim, host);
    sim.step(80);
    expect(sim.io.status).toEqual({ running: false, cause });
    const { length } = host.frames;
    const { raised } = host;
    host.ring(PUNT_ALIGN_BYTES);
    sim.step(60);
    expect([host.frames.length, host.raised]).toEqual([length, raised]);
    sim.io.ring.enable = false;
    sim.step(2);
    sim.io.ring = { enable: true, base: BigInt(BASE), size_log2: 12 };
    sim.step(2);
    expect(sim.io.status).toEqual({ running: true, cause: 'None' });
    Object.assign(host, { tail: 0, writesFail: false, fails: () => false });
    host.post(frame(77, 7));
    host.ring();
    sim.until(() => host.raised === raised + 1, 500);
    expect(host.frames.at(-1)!.bytes).toBe(hex(frame(77, 7)));
  };

  test('a doorbell for more than the ring holds', () => stopped('Doorbell', (_sim, host) => { host.ring(4096 + 128); }));
  test('a doorbell for all that the ring holds is fine', () => {
    const { sim, host } = start(c, 12);
    for (let i = 0; i < 32; i += 1) host.post(frame(60, i));
    host.ring();
    sim.until(() => host.raised === 32, 4000);
    expect(host.frames.map(({ bytes }) => bytes)).toEqual(Array.from({ length: 32 }, (_, i) => hex(frame(60, i))));
  });
  test('a doorbell that goes back', () => stopped('Doorbell', (_sim, host) => {
    host.post(frame(60, 1));
    host.post(frame(60, 1));
    host.ring();
    host.ring(128);
  }));
  test('a doorbell between two records', () => stopped('Doorbell', (_sim, host) => { host.ring(64); }));
  test('a record that goes beyond the doorbell', () => stopped('Record', (_sim, host) => {
    host.post(frame(300, 1));
    host.ring(128);
  }));
  test('a header that cannot be read', () => stopped('Access', (_sim, host) => {
    host.fails = () => true;
    host.post(frame(60, 1));
    host.ring();
  }));
  test('a status that cannot be written', () => stopped('Access', (_sim, host) => {
    host.writesFail = true;
    host.post(frame(10, 1));
    host.ring();
  }));
  test.each([[11], [31]])('a size of 2^%i bytes', (sizeLog2) => stopped('Size', () => {}, sizeLog2));
});

test('disabled in the midst of a frame: it goes out whole, and nothing after it', () => {
  const { sim, host } = start(c, 13, { latency: 5 });
  host.post(frame(1000, 1));
  host.post(frame(100, 2));
  host.ring();
  sim.step(60);
  expect(host.frames.length).toBe(0);
  sim.io.ring.enable = false;
  sim.step(1);
  expect(sim.io.status.running).toBe(true);
  sim.step(400);
  expect(host.frames.map(({ bytes }) => bytes)).toEqual([hex(frame(1000, 1))]);
  expect(sim.io.status.running).toBe(false);
  expect(host.raised).toBe(0);
});

bench.verilog();
