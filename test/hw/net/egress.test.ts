import { type Pause, pausing, type Process, simulate, type SimValue, type Simulation, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { egress, type EgressParameters, infrastructureRate } from '../../../hw/net/egress.ts';
import type { TxCharge } from '../../../hw/net/tx-frame.ts';
import { AxiStreamSink, type AxiStreamSinkOptions } from '../../../sim/bus/axi-stream.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { attach, portsOf } from '../support/bus.ts';
import { beatsOf } from './frames.ts';

const bench = hardwareBench();
const PARAMETERS: EgressParameters = { infrastructure: 2 };
type Egress = Simulation<ReturnType<typeof egress>['ports']>;

/** Whose frame it is and which: in its first two bytes. */
interface Frame {
  readonly from: 'tcp' | 'arp' | 'icmp' | 'raw';
  readonly owner: number;
  readonly bytes: Uint8Array;
  readonly bad?: boolean;
}

const MARK = { tcp: 1, arp: 2, icmp: 3, raw: 4 };
const frame = (from: Frame['from'], length: number, number: number, owner = 0): Frame => ({ from, owner, bytes: Uint8Array.from({ length }, (_, i) => (i === 0 ? MARK[from] : i === 1 ? number : (i * 31 + number) & 0xff)) });

interface Run {
  readonly rate?: number;
  readonly sink?: Partial<AxiStreamSinkOptions>;
  /** Pauses of the infrastructure's and the VMM's frames, also within a frame. */
  readonly pause?: (seed: number) => Pause;
}

function start(sim: Egress, c: Config, frames: readonly Frame[], { rate = infrastructureRate(c, 1), sink = {}, pause = () => undefined }: Run = {}) {
  const out = attach(sim, new AxiStreamSink(portsOf(sim), { prefix: 'm_axis_tx_', gapless: true, ...sink }));
  sim.io.rate = rate;
  const word = c.datapathBits / 8;
  const of = (from: Frame['from']) => frames.filter((f) => f.from === from).flatMap(({ owner, bytes, bad }) => beatsOf(bytes, word, owner).map((beat) => ({ ...beat, beat: { ...beat.beat, user: bad === true && beat.beat.last } })));
  sim.start(streamSource(sim.io.tcp, sim.sampled.tcp, of('tcp')));
  for (const [i, from] of (['arp', 'icmp'] as const).entries()) sim.start(streamSource(sim.io.infrastructure[i]!, sim.sampled.infrastructure[i]!, of(from).map(({ beat }) => beat), pause(i + 1)));
  sim.start(streamSource(sim.io.raw, sim.sampled.raw, of('raw').map(({ beat }) => beat), pause(9)));
  const sent: SimValue<ReturnType<typeof TxCharge>>[] = [];
  const drops = { infrastructure: 0, raw: 0 };
  sim.start((function* (): Process {
    for (;;) {
      yield;
      if (sim.sampled.sent.valid) sent.push(sim.sampled.sent.payload);
      drops.infrastructure += Number(sim.sampled.drops.infrastructure_bad);
      drops.raw += Number(sim.sampled.drops.raw_bad);
    }
  })());
  return { out, sent, drops };
}

const padded = (bytes: Uint8Array): string => Buffer.concat([bytes, Buffer.alloc(Math.max(0, 60 - bytes.length))]).toString('hex');
const from = (bytes: Uint8Array): Frame['from'] => (['tcp', 'arp', 'icmp', 'raw'] as const)[bytes[0]! - 1]!;

/** Every good frame once, of each source in its order, padded, and charged to its owner. */
function check(frames: readonly Frame[], { out, sent }: ReturnType<typeof start>): void {
  const good = frames.filter(({ bad }) => bad !== true);
  expect(out.frames.length).toBe(good.length);
  for (const source of ['tcp', 'arp', 'icmp', 'raw'] as const) {
    expect(out.frames.filter(({ bytes }) => from(bytes) === source).map(({ bytes }) => Buffer.from(bytes).toString('hex'))).toEqual(good.filter((f) => f.from === source).map(({ bytes }) => padded(bytes)));
  }
  const owners = good.filter((f) => f.from === 'tcp').map(({ owner }) => owner);
  expect(sent).toEqual(out.frames.map(({ bytes }) => ({ owner: BigInt(from(bytes) === 'tcp' ? owners.shift()! : 0), wire_bytes: BigInt(Math.max(84, bytes.length + 24)) })));
}

function mixture(count: number): Frame[] {
  const draw = random(51);
  return Array.from({ length: count }, (_, i) => {
    const source = (['tcp', 'tcp', 'arp', 'icmp', 'raw'] as const)[i % 5]!;
    return frame(source, source === 'tcp' ? 60 + draw.below(200) : 20 + draw.below(300), i, source === 'tcp' ? 1 + draw.below(8) : 0);
  });
}

describe.each([64, 128, 512] as const)('W = %i', (datapathBits) => {
  const c = config({ datapathBits });
  test.each([{}, { sink: { pause: { percent: 50 } } }, { pause: (seed: number) => pausing(60, seed), sink: { pause: { percent: 20 } } }] satisfies Run[])('every frame goes out whole, padded and charged: %o', (run) => {
    const sim = bench.simulate(egress(c, PARAMETERS));
    const frames = mixture(30);
    const running = start(sim, c, frames, run);
    sim.until(() => running.out.frames.length === frames.length, 8000);
    sim.step(3);
    check(frames, running);
  });

  test('saturated: a beat in every cycle, from source to source', () => {
    const sim = simulate(egress(c, PARAMETERS));
    const frames = Array.from({ length: 40 }, (_, i) => frame('tcp', 130 + i, i, 1 + (i % 8)));
    const { out } = start(sim, c, frames);
    sim.until(() => out.frames.length === frames.length, 2000);
    const beats = frames.reduce((sum, { bytes }) => sum + Math.ceil(bytes.length / (datapathBits / 8)), 0);
    expect(out.frames.at(-1)!.lastCycle - out.frames[0]!.firstCycle + 1).toBe(beats);
  });
});

const c = config();

test('infrastructure has its share, however much there is of it: 1 % of the wire, and the bucket', () => {
  const sim = simulate(egress(c, PARAMETERS));
  const flood = [...Array.from({ length: 250 }, (_, i) => frame('arp', 42, i % 256)), ...Array.from({ length: 700 }, (_, i) => frame('tcp', 1514, i % 256, 1))];
  const { out } = start(sim, c, flood, { rate: infrastructureRate(c, 0.01) });
  sim.step(100_000);
  const infrastructure = out.frames.filter(({ bytes }) => from(bytes) === 'arp').length;
  // 100,000 cycles of 8 bytes, one in a hundred, in frames of 84, and 4096 bytes that were saved up; one frame may be on credit.
  const share = (100_000 * 8 * 0.01 + 4096) / 84;
  expect(infrastructure).toBeGreaterThan(share - 2);
  expect(infrastructure).toBeLessThanOrEqual(share + 1);
  // All else of the wire is TCP's.
  const tcp = out.frames.filter(({ bytes }) => from(bytes) === 'tcp').length;
  expect(tcp * 190 + infrastructure * 8).toBeGreaterThan(100_000 - 200);
});

test('with tokens infrastructure goes before all others; without any, not at all', () => {
  for (const rate of [infrastructureRate(c, 0.01), 0]) {
    const sim = simulate(egress(c, PARAMETERS));
    // 48 frames use the bucket up, one more may go into debt.
    const frames = [...Array.from({ length: 70 }, (_, i) => frame('icmp', 60, i)), ...Array.from({ length: 20 }, (_, i) => frame('tcp', 1000, i, 2))];
    const { out } = start(sim, c, frames, { rate });
    sim.until(() => out.frames.filter(({ bytes }) => from(bytes) === 'tcp').length === 20, 8000);
    sim.step(500);
    const infrastructure = out.frames.filter(({ bytes }) => from(bytes) === 'icmp').length;
    if (rate === 0) expect(infrastructure).toBe(49);
    else expect(infrastructure).toBeGreaterThan(50);
    // The first frame may be TCP's: it does not have to be stored.
    expect(from(out.frames[1]!.bytes)).toBe('icmp');
  }
});

test('TCP and the VMM take turns', () => {
  const sim = simulate(egress(c, PARAMETERS));
  const frames = [...Array.from({ length: 12 }, (_, i) => frame('raw', 100, i)), ...Array.from({ length: 12 }, (_, i) => frame('tcp', 1000, i, 2))];
  const { out } = start(sim, c, frames);
  sim.until(() => out.frames.length === 24, 8000);
  const order = out.frames.map(({ bytes }) => from(bytes)).slice(1, 20);
  expect(order.every((source, i) => i === 0 || source !== order[i - 1])).toBe(true);
});

test('frames that their source marks bad are dropped and counted, in both stores', () => {
  const sim = bench.simulate(egress(c, PARAMETERS));
  const frames = mixture(20).map((f, i) => ({ ...f, bad: f.from !== 'tcp' && i % 3 === 0 }));
  const running = start(sim, c, frames);
  const good = frames.filter(({ bad }) => !bad);
  sim.until(() => running.out.frames.length === good.length, 8000);
  sim.step(50);
  check(frames, running);
  const bad = (...sources: Frame['from'][]) => frames.filter((f) => f.bad && sources.includes(f.from)).length;
  expect(bad('raw')).toBeGreaterThan(0);
  expect(running.drops).toEqual({ infrastructure: bad('arp', 'icmp'), raw: bad('raw') });
});

test('a TCP frame that pauses is found out', () => {
  const sim = simulate(egress(c, PARAMETERS));
  sim.io.tx.ready = true;
  Object.assign(sim.io.tcp, { valid: true, payload: beatsOf(new Uint8Array(100), 8, 1)[0]! });
  sim.step();
  sim.io.tcp.valid = false;
  expect(() => sim.step(2)).toThrow('egress: a frame goes on without a pause');
});

bench.verilog();
