/** Completion queues: places are counted, entries stand in guest memory as a driver reads them, for every width of the host bus. */
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { completion } from '../../../hw/host/completion.ts';
import { CompletionEntry, QUEUE_ENTRY_BYTES, Status } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const TAG_BITS = 8;
const VMS = 2;
const BASE = [0x1000_0000, 0x2000_4000];

interface Burst { readonly address: number; readonly owner: number; readonly tag: number; readonly beats: bigint[] }

/** The module, a DMA engine that answers late and out of order, and guests that read by the phase bit. */
function system(hostBits: number, sizes: readonly number[], seed = 1) {
  const sim = bench.simulate(completion(config({ vms: VMS, hostBits, connections: 16 }), TAG_BITS));
  const draw = random(seed);
  const memory = new Map<number, Uint8Array>();
  const under: { burst: Burst; at: number; error: boolean }[] = [];
  const waiting: Burst[] = [];
  const beats = Math.max(1, (QUEUE_ENTRY_BYTES * 8) / hostBits);
  const heads = Array<number>(VMS).fill(0);
  const read = Array<number>(VMS).fill(0);
  const written: number[] = [];
  const failed: number[] = [];
  let pace = 1;
  let failing = false;
  let asked = 0;
  sim.io.enable = [true, true];
  sim.io.size_log2 = [...sizes];
  sim.io.sq_head = [0x1111, 0x2222];
  // There is room from the second cycle on.
  sim.step();
  const s = {
    sim, written, failed, heads,
    slow: (chance: number) => { pace = chance; },
    fail: (now: boolean) => { failing = now; },
    step() {
      sim.io.base = BigInt(BASE[asked]!);
      sim.io.request.ready = draw.chance(pace);
      sim.io.data.ready = draw.chance(pace);
      const at = under.findIndex((one) => one.at <= sim.cycle);
      sim.io.done.valid = at >= 0;
      if (at >= 0) {
        const [{ burst, error }] = under.splice(at, 1) as [(typeof under)[number]];
        sim.io.done.payload = { tag: burst.tag, error };
        if (!error) store(burst);
      }
      sim.step();
      const { request, data } = sim.sampled;
      if (request.valid && request.ready) {
        const { owner, address, tag, bytes } = request.payload;
        expect(bytes).toBe(32n);
        waiting.push({ owner: Number(owner), address: Number(address), tag: Number(tag), beats: [] });
      }
      if (data.valid && data.ready) loose.push(data.payload);
      while (waiting.length > 0 && loose.length >= beats) {
        const burst = waiting.shift()!;
        burst.beats.push(...loose.splice(0, beats));
        under.push({ burst, at: sim.cycle + 1 + draw.below(40), error: failing });
      }
      if (sim.sampled.written.valid) written.push(Number(sim.sampled.written.payload));
      if (sim.sampled.failed.valid) failed.push(Number(sim.sampled.failed.payload));
      asked = Number(sim.sampled.base_index);
    },
    steps(n: number) { for (let i = 0; i < n; i++) s.step(); },
    /** What a driver of this VM finds: entries whose phase has changed. */
    poll(vm: number) {
      const found: ReturnType<typeof CompletionEntry.decode>[] = [];
      for (;;) {
        const size = 2 ** sizes[vm]!;
        const bytes = memory.get(BASE[vm]! + (read[vm]! % size) * QUEUE_ENTRY_BYTES);
        if (bytes === undefined) return found;
        const entry = CompletionEntry.decode(bytes);
        if (entry.phase !== (Math.floor(read[vm]! / size) % 2 === 0)) return found;
        found.push(entry);
        read[vm] = read[vm]! + 1;
      }
    },
    /** The doorbell: all that was read. */
    consume(vm: number) {
      heads[vm] = read[vm]!;
      sim.io.head_bell.valid = true;
      sim.io.head_bell.payload = { vm, index: heads[vm]! };
      s.step();
      sim.io.head_bell.valid = false;
    },
    reserve(vm: number) {
      sim.io.reserve.valid = true;
      sim.io.reserve.payload = vm;
      s.step();
      sim.io.reserve.valid = false;
    },
    answer(vm: number, command_id: number, status = 0) {
      sim.io.status.valid = true;
      sim.io.status.payload = { vm, handle: { index: 3, generation: 9 }, command_id, status, final: false };
      do s.step(); while (!sim.sampled.status.ready);
      sim.io.status.valid = false;
    },
    /** `answered`: this command is answered in the cycle in which the event takes its place. */
    tell(vm: number, connection: number, answered?: number) {
      const index = Number(sim.io.tail[vm]);
      sim.io.allocate.valid = true;
      sim.io.allocate.payload = vm;
      if (answered === undefined) s.step();
      else {
        s.answer(vm, answered);
        expect(sim.sampled.allocate.valid).toBe(true);
      }
      sim.io.allocate.valid = false;
      sim.io.entry.valid = true;
      sim.io.entry.payload = {
        notice: { connection, generation: 7, vm, kinds: { connected: false, accepted: true, data: true, sent: false, peer_closed: false, closed: false, reset: false, error: false }, status: 0, rx_filled: 0x1234_5678, tx_freed: 0x9abc, final: false },
        peer: { remote_address: 0x0a00_0001, remote_port: 80, command_id: 55 }, index,
      };
      do s.step(); while (!sim.sampled.entry.ready);
      sim.io.entry.valid = false;
    },
  };
  const loose: bigint[] = [];
  const store = ({ address, owner, beats: words }: Burst) => {
    expect(BASE[owner - 1]! <= address && address < BASE[owner - 1]! + 2 ** sizes[owner - 1]! * QUEUE_ENTRY_BYTES).toBe(true);
    const lanes = new Uint8Array(words.length * (hostBits / 8));
    words.forEach((word, i) => { for (let byte = 0; byte < hostBits / 8; byte++) lanes[i * (hostBits / 8) + byte] = Number((word >> BigInt(8 * byte)) & 0xffn); });
    const first = address % (hostBits / 8);
    memory.set(address, lanes.slice(first, first + QUEUE_ENTRY_BYTES));
  };
  return s;
}

describe.each([64, 128, 256, 512, 1024])('host bus of %i bits', (hostBits) => {
  test('an answer and an event as a driver reads them', () => {
    const s = system(hostBits, [4, 4]);
    s.reserve(1);
    s.answer(1, 77, Status.value.BAD_STATE);
    s.tell(1, 12);
    s.steps(60);
    expect(s.poll(0)).toEqual([]);
    expect(s.poll(1)).toEqual([
      {
        handle: { index: 3, generation: 9 }, command_id: 77, status: Status.value.BAD_STATE, queue_id: 0, connected: false, accepted: false, data: false, sent: false, peer_closed: false, closed: false, reset: false,
        error: false, response: true, final: false, ext: false, sq_head: 0x2222, rx_filled: 0, tx_freed: 0, remote_address: 0, remote_port: 0, phase: true,
      },
      {
        handle: { index: 12, generation: 7 }, command_id: 55, status: 0, queue_id: 0, connected: false, accepted: true, data: true, sent: false, peer_closed: false, closed: false, reset: false,
        error: false, response: false, final: false, ext: false, sq_head: 0x2222, rx_filled: 0x1234_5678, tx_freed: 0x9abc, remote_address: 0x0a00_0001, remote_port: 80, phase: true,
      },
    ]);
    expect(s.written).toEqual([1, 1]);
  });

  test('through many rounds of both queues, each entry once and in order', () => {
    const s = system(hostBits, [4, 5], 7);
    const draw = random(hostBits);
    s.slow(0.6);
    const [given, seen]: [number[][], number[][]] = [[[], []], [[], []]];
    for (let i = 0; i < 400; i++) {
      const vm = draw.below(2);
      if (s.sim.io.may_reserve[vm]) {
        s.reserve(vm);
        if (draw.chance(0.2)) {
          s.sim.io.release.valid = true;
          s.sim.io.release.payload = vm;
          s.step();
          s.sim.io.release.valid = false;
        } else {
          s.answer(vm, i);
          given[vm]!.push(i);
        }
      }
      if (draw.chance(0.3)) {
        const reader = draw.below(2);
        seen[reader]!.push(...s.poll(reader).map(({ command_id }) => command_id));
        s.consume(reader);
      }
    }
    s.steps(100);
    for (const vm of [0, 1]) seen[vm]!.push(...s.poll(vm).map(({ command_id }) => command_id));
    expect(seen).toEqual(given);
    expect(given[0]!.length).toBeGreaterThan(48);
  });
});

describe('places', () => {
  test('a queue is full when all are written or reserved; the last is kept for events; others go on', () => {
    const s = system(128, [4, 4]);
    for (let i = 0; i < 15; i++) {
      expect(s.sim.io.may_reserve[0]).toBe(true);
      s.reserve(0);
    }
    expect(s.sim.io.may_reserve).toEqual([false, true]);
    expect(s.sim.io.room[0]).toBe(true);
    s.tell(0, 1);
    expect(s.sim.io.room).toEqual([false, true]);
    for (let i = 0; i < 15; i++) s.answer(0, i);
    s.steps(60);
    expect(s.sim.io.room[0]).toBe(false);
    expect(s.poll(0)).toHaveLength(16);
    s.consume(0);
    expect(s.sim.io.room[0]).toBe(true);
  });

  test('an event and an answer that take their places in one cycle take two', () => {
    for (const vm of [0, 1]) {
      const s = system(128, [4, 4]);
      s.reserve(0);
      s.reserve(1);
      s.tell(0, 1, 7);
      s.steps(60);
      s.reserve(vm);
      s.answer(vm, 8);
      s.steps(60);
      expect(s.poll(0).map(({ response, command_id }) => [response, command_id])).toEqual([[false, 55], [true, 7], ...vm === 0 ? [[true, 8]] : []]);
    }
  });

  test('a doorbell beyond what was written is reported and changes nothing', () => {
    const s = system(128, [4, 4]);
    s.reserve(1);
    s.answer(1, 1);
    s.steps(50);
    s.sim.io.head_bell.valid = true;
    s.sim.io.head_bell.payload = { vm: 1, index: 2 };
    s.step();
    expect(s.sim.sampled.bad_bell).toEqual({ valid: true, payload: 1n });
    s.sim.io.head_bell.valid = false;
    s.step();
    expect(s.sim.io.head[1]).toBe(0n);
  });

  test('what is given back without having been reserved is found', () => {
    const s = system(128, [4, 4]);
    s.step();
    s.sim.io.release.valid = true;
    s.sim.io.release.payload = 0;
    expect(() => s.step()).toThrow('completion: a place is given back or used that was never reserved');
  });
});

test('a VM that is not enabled has no room; what was on its way is thrown away and counted', () => {
  const s = system(128, [4, 4]);
  s.reserve(0);
  s.sim.io.enable = [false, true];
  s.sim.io.status.valid = true;
  s.sim.io.status.payload = { vm: 0, handle: { index: 0, generation: 0 }, command_id: 1, status: 0, final: false };
  s.step();
  s.sim.io.status.valid = false;
  s.step();
  expect(s.sim.sampled.dropped).toEqual({ valid: true, payload: 0n });
  s.steps(40);
  expect(s.written).toEqual([]);
  expect(s.sim.io.room).toEqual([false, true]);
  expect(s.sim.io.quiet).toEqual([true, true]);
});

test('an entry that memory refuses is reported, not counted as written', () => {
  const s = system(128, [4, 4]);
  s.fail(true);
  s.tell(1, 4);
  s.steps(50);
  expect([s.failed, s.written]).toEqual([[1], []]);
});

test('an entry of two beats every five cycles', () => {
  const s = system(128, [8, 8]);
  const wave = s.sim.watch(['entry_valid', 'status_valid', 'status_ready', 'request_valid', 'data_valid']);
  for (let i = 0; i < 8; i++) s.reserve(0);
  s.answer(0, 1);
  s.answer(0, 2);
  s.steps(8);
  expect(wave.text({ from: wave.to - 16 })).toMatchInlineSnapshot(`
    "cycle          7   9   11  13  15  17  19  21
    entry_valid    ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    status_valid   ▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    status_ready   ▁▁▁▁▔▔▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    request_valid  ▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁
    data_valid     ▁▁▁▁▁▁▁▁▔▔▔▔▁▁▁▁▁▁▔▔▔▔▁▁▁▁▁▁▁▁▁▁
    "
  `);
});

bench.verilog();
