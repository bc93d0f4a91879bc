/** The transmit path, its read engine and the egress at a wire of 10 Gbit/s: what of the wire is used. */
import { connect, In, inst, module, Out, Packet, type Process, simulate, type Simulation, Stream, streamSource, UInt } from '@vtoe/hdl';
import { AxiRead, AxiStream } from '@vtoe/hdl/lib';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { dmaAxi } from '../../../hw/dma/checked-bursts.ts';
import { dmaRead } from '../../../hw/dma/read.ts';
import { egress, INFRASTRUCTURE_RATE_BITS, infrastructureRate } from '../../../hw/net/egress.ts';
import { transmit } from '../../../hw/net/transmit.ts';
import { txTagBits } from '../../../hw/net/tx-fetch.ts';
import { TxSegment } from '../../../hw/net/tx-segment.ts';
import { AxiMemory } from '../../../sim/bus/axi-memory.ts';
import { random } from '../../../sim/random.ts';
import { patterned } from '../dma/bursts.ts';
import { attach, portsOf } from '../support/bus.ts';
import { beatsOf } from './frames.ts';
import { segment, type Segment } from './tx-segments.ts';

const MEMORY = patterned(1 << 17);

/** Two clients: the transmit path, and one that reads 32 bytes now and then, as queues do. */
function lineTop(c: Config) {
  const clients = { clients: 2, tagBits: txTagBits(c) };
  return module('line_top', { w: c.datapathBits, d: c.hostBits }, {
    segment: In(Stream(TxSegment(c))),
    arp: In(Stream(Packet(c.datapathBits))),
    rate: In(UInt(INFRASTRUCTURE_RATE_BITS)),
    m: Out(AxiRead(dmaAxi(c)), { prefix: 'm_axi_' }),
    tx: Out(AxiStream(c.datapathBits), { prefix: 'm_axis_' }),
  }, (io) => {
    const engine = inst(dmaRead(c, clients), { period: false, cache: 3 });
    engine.window.valid.set(false);
    engine.window.payload.set({ vm: 0, index: 0, guest_page: 0, host_page: 0, pages: 0, writable: false });
    const tx = inst(transmit(c, { ...clients, client: 0 }), { segment: io.segment, data: engine.data, done: engine.done });
    engine.request[0]!.from(tx.request);
    // Entries of a queue of 4 KiB, as often as memory takes them between two bursts of payload.
    const queue = engine.request[1]!;
    queue.valid.set(tx.freed);
    queue.payload.set({ owner: 0, address: 0x4000, bytes: 32, tag: 0 });
    connect(io.m, engine.m);
    const out = inst(egress(c, { infrastructure: 1 }), { tcp: tx.frame, rate: io.rate });
    out.infrastructure[0]!.from(io.arp);
    out.raw.valid.set(false);
    out.raw.payload.set({ user: false, last: false, keep: 0, data: 0 });
    io.tx.from(out.tx);
    return { engine, tx, out };
  });
}
type Line = Simulation<ReturnType<typeof lineTop>['ports']>;

/** A MAC at 64 bits and 156.25 MHz: takes a frame as it sends it, then waits for FCS, gap and the next preamble, to the bit; a register in front of it takes a frame's first word up to a cycle early. */
function* mac(sim: Line, wire: { frames: number; bytes: number; shortest: number; freeAt: number }): Process {
  const OVERHEAD = 24;
  let at = 0;
  for (;;) {
    sim.io.tx.ready = at > 0 || sim.cycle + 1 >= wire.freeAt;
    yield;
    const { valid, ready, payload } = sim.sampled.tx;
    if (!(valid && ready)) {
      // The wire does not wait.
      expect(at, 'valid fell within a frame').toBe(0);
      continue;
    }
    const begun = sim.cycle - 1;
    if (at === 0) {
      wire.freeAt = Math.max(wire.freeAt, begun);
    }
    at += payload.last ? countOnes(payload.keep) : 8;
    if (payload.last) {
      wire.freeAt += (at + OVERHEAD) / 8;
      wire.bytes += at + OVERHEAD;
      wire.frames += 1;
      wire.shortest += Number(at === 60);
      at = 0;
    }
  }
}

const countOnes = (keep: bigint): number => keep.toString(2).replaceAll('0', '').length;

/** Share of the wire and frames a second, from frame `from` on, when the wire is busy, to frame `to`; and how many were ARP's. */
function measure(c: Config, segments: readonly Segment[], from: number, to: number, arpFrames = 0): { readonly share: number; readonly perSecond: number; readonly arps: number } {
  const sim = simulate(lineTop(c));
  attach(sim, new AxiMemory(portsOf(sim), { prefix: 'm_axi_', store: MEMORY, reorder: true, read: { latency: [150, 162], interleave: true } }));
  sim.start(streamSource(sim.io.segment, sim.sampled.segment, segments));
  sim.io.rate = infrastructureRate(c, 0.01);
  sim.start(streamSource(sim.io.arp, sim.sampled.arp, Array.from({ length: arpFrames }, () => beatsOf(new Uint8Array(60), 8, 0).map(({ beat }) => beat)).flat()));
  const wire = { frames: 0, bytes: 0, shortest: 0, freeAt: 0 };
  sim.start(mac(sim, wire));
  sim.until(() => wire.frames === from, 20_000);
  const begin = { ...wire };
  sim.until(() => wire.frames === to, 100_000);
  const cycles = wire.freeAt - begin.freeAt;
  return { share: (wire.bytes - begin.bytes) / 8 / cycles, perSecond: ((to - from) / cycles) * 156_250_000, arps: wire.shortest - begin.shortest };
}

const stream = (count: number, length: number): Segment[] => {
  const draw = random(3);
  const first = draw.below(65_536);
  return Array.from({ length: count }, (_, i) => segment(draw, { length, offset: (first + i * length) % 65_536, tagged: false, options: 2 }));
};

describe.each([64, 128] as const)('10 Gbit/s, memory 1 us away, DW = %i', (hostBits) => {
  const c = config({ hostBits });

  test('MSS 1448 with timestamps: all of the wire, 812,743 segments a second', () => {
    const { share, perSecond } = measure(c, stream(40, 1448), 20, 38);
    expect(share).toBe(1);
    expect(perSecond).toBeCloseTo(812_743.8, 0);
  });

  test('64 bytes with timestamps: all of the wire, 8,116,883 segments a second', () => {
    const { share, perSecond } = measure(c, stream(150, 64), 20, 148);
    expect(share).toBe(1);
    expect(perSecond).toBeCloseTo(8_116_883.1, 0);
  });

  test('with infrastructure between them', () => {
    // 49 of them use the bucket up before the first segment is in hand; then there is one in 1050 cycles.
    const { share, arps } = measure(c, stream(40, 1448), 60, 87, 80);
    expect(share).toBe(1);
    expect(arps).toBeGreaterThan(2);
  });
});
