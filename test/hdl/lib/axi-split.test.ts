import { pausing, type SimValue, streamSink, streamSource, UInt } from '@vtoe/hdl';
import { AxiBurstRange, axiSplit, type AxiSplitParameters } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';

const bench = hardwareBench();

interface Request {
  readonly address: bigint;
  readonly length: number;
  readonly tag: number;
}

type Burst = SimValue<ReturnType<typeof AxiBurstRange<ReturnType<typeof UInt>>>>;

type Size = Pick<AxiSplitParameters<ReturnType<typeof UInt>>, 'addressWidth' | 'dataWidth' | 'lengthWidth' | 'maximumBytes'>;

const SIZES: Size[] = [
  { dataWidth: 64, lengthWidth: 16 },
  { dataWidth: 128, lengthWidth: 14, maximumBytes: 2048 },
  { dataWidth: 512, lengthWidth: 14, maximumBytes: 4096 },
  { dataWidth: 32, lengthWidth: 13, maximumBytes: 4096 },
  { dataWidth: 64, lengthWidth: 10, maximumBytes: 24, addressWidth: 12 },
  { dataWidth: 8, lengthWidth: 12, maximumBytes: 1000, addressWidth: 32 },
  { dataWidth: 1024, lengthWidth: 4, maximumBytes: 128, addressWidth: 40 },
];

/** What the module should say, computed byte by byte. */
function expected(size: Size, { address, length, tag }: Request): Burst[] {
  const { dataWidth, maximumBytes = 2048, addressWidth = 64 } = size;
  const beat = dataWidth / 8;
  const mostBeats = Math.min(256, maximumBytes / beat);
  const bursts: Burst[] = [];
  let at = Number(address % 4096n);
  const end = at + length;
  do {
    const base = at - (at % beat);
    const stop = Math.min(base + mostBeats * beat, base - (base % 4096) + 4096, Math.max(end, at + 1));
    const beats = Math.ceil((stop - base) / beat);
    const lanes = (from: number) => Array.from({ length: beat }, (_, i) => from + i)
      .reduce((mask, byte, i) => (byte >= at && byte < end ? mask | (1n << BigInt(i)) : mask), 0n);
    const before = (1n << BigInt(beat)) - 1n;
    const last = stop >= end;
    const lastLanes = end - (base + (beats - 1) * beat);
    bursts.push({
      address: (address - (address % 4096n) + BigInt(at)) % (1n << BigInt(addressWidth)),
      len: BigInt(beats - 1), last, tag: BigInt(tag),
      firstStrobe: before & ~((1n << BigInt(at - base)) - 1n),
      lastStrobe: last && lastLanes < beat ? (1n << BigInt(lastLanes)) - 1n : before,
    });
    // The two masks together are the request's bytes, whether the burst has one beat or more.
    const { firstStrobe, lastStrobe } = bursts.at(-1)!;
    if (beats === 1 && length > 0) expect(firstStrobe & lastStrobe).toBe(lanes(base));
    if (beats > 1) expect([firstStrobe, lastStrobe]).toEqual([lanes(base), lanes(base + (beats - 1) * beat)]);
    at = stop;
  } while (at < end);
  // Of no bytes: the masks have none in common.
  return length > 0 ? bursts : bursts.map((burst) => ({ ...burst, lastStrobe: (1n << (address % BigInt(beat))) - 1n }));
}

/** Requests at the places where it hurts: around pages, maxima and beats, and the longest. */
function requests({ dataWidth, lengthWidth, maximumBytes = 2048, addressWidth = 64 }: Size, count: number, seed: number): Request[] {
  const longest = 2 ** lengthWidth - 1;
  const beat = dataWidth / 8;
  let state = seed;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = <T>(items: readonly T[]): T => items[random(items.length)]!;
  const around = (value: number): number => value + random(3) - 1;
  return Array.from({ length: count }, (_, tag) => {
    const low = pick([random(4096), around(4096 - beat), around(maximumBytes), 0, around(beat), 4095]) & 4095;
    const length = pick([random(longest + 1), around(maximumBytes), around(4096), around(4096 - low), around(beat), 0, 1, longest, random(3 * beat)]);
    const page = addressWidth > 12 ? BigInt(random(2 ** Math.min(20, addressWidth - 12))) : 0n;
    return { address: (page << 12n) | BigInt(low), length: Math.max(0, Math.min(longest, length)), tag: tag % 64 };
  });
}

describe.each(SIZES)('$dataWidth bits, lengths of $lengthWidth bits, at most $maximumBytes bytes', (size) => {
  test.each([[0, 0], [50, 0], [0, 50], [30, 30]])('idle %i, stalled %i percent', (idle, stalled) => {
    const sim = bench.simulate(axiSplit({ ...size, tag: UInt(6) }));
    const items = requests(size, 60, 7);
    const bursts = items.flatMap((item) => expected(size, item));
    const taken: Burst[] = [];
    sim.start(streamSource(sim.io.request, sim.sampled.request, items, pausing(idle, 1)));
    sim.start(streamSink(sim.io.burst, sim.sampled.burst, taken, pausing(stalled, 2)));
    sim.until(() => taken.length === bursts.length, 40_000);
    expect(taken).toEqual(bursts);
    for (const { address, len } of taken) {
      const start = Number(address % 4096n);
      const aligned = start - (start % (size.dataWidth / 8));
      expect(aligned + (Number(len) + 1) * (size.dataWidth / 8)).toBeLessThanOrEqual(4096);
    }
    // One burst a cycle, and one cycle before the first.
    if (idle === 0 && stalled === 0) expect(sim.cycle).toBe(bursts.length + 1);
  });
});

test('a burst a cycle, also from request to request', () => {
  const { io, step, watch } = bench.simulate(axiSplit({ addressWidth: 16, dataWidth: 64, lengthWidth: 13, tag: UInt(1) }));
  const wave = watch(['request_valid', 'request_ready', 'request_payload_address', 'request_payload_length', 'burst_valid', 'burst_payload_address', 'burst_payload_len', 'burst_payload_last']);
  io.burst.ready = true;
  for (const [address, length] of [[0x1ff0, 4100], [0x0100, 16], [0x0804, 2045], [0, 0]] as const) {
    io.request.payload = { address, length, tag: 0 };
    io.request.valid = length > 0;
    do step(); while (io.request.valid && !io.request.ready);
  }
  step(3);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle                    0    1    2    3    4    5    6    7    8    9
    request_valid            ▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    request_ready            ▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    request_payload_address  │1ff0          │100 │804      │0
    request_payload_length   │1004          │10  │7fd      │0
    burst_valid              ▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    burst_payload_address    │fce6│1ff0│2000│2800│100 │804 │1000│1008
    burst_payload_len        │63  │1   │ff  │fe  │1   │ff  │0   │ff
    burst_payload_last       ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▁▁▁▁▁▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔▔
    "
  `);
});

test('wrong arguments', () => {
  const split = (size: Size) => () => axiSplit({ ...size, tag: UInt(1) });
  expect(split({ dataWidth: 64, lengthWidth: 0 })).toThrow('axiSplit: lengthWidth must be a whole number from 1 to 32, not 0');
  expect(split({ dataWidth: 64, lengthWidth: 8, maximumBytes: 4 })).toThrow('axiSplit: maximumBytes must be a whole number from 8 to 4096, not 4');
  expect(split({ dataWidth: 64, lengthWidth: 8, maximumBytes: 100 })).toThrow('axiSplit: maximumBytes must be a multiple of the 8 bytes of a beat, not 100');
  expect(split({ dataWidth: 24, lengthWidth: 8 })).toThrow('Axi: dataWidth must be 8, 16, 32, 64, 128, 256, 512 or 1024, not 24');
  expect(split({ dataWidth: 64, lengthWidth: 8, addressWidth: 65 })).toThrow('Axi: addressWidth must be a whole number from 12 to 64, not 65');
});

bench.verilog();
