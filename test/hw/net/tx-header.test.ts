import { pausing, simulate, streamSink, streamSource, type SimValue } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { txHeader, TxHeaderWord } from '../../../hw/net/tx-header.ts';
import { onesSum, parseEthernet, parseIpv4, parseTcp } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { lanes } from '../dma/bursts.ts';
import { frameOf, segment, type Segment } from './tx-segments.ts';

const bench = hardwareBench();
type Word = SimValue<ReturnType<typeof TxHeaderWord>>;

/** What the header unit is told: no payload but its sum. */
function fetched({ owner, addresses, send }: Segment, payload: Uint8Array) {
  return { owner, addresses, send: { ...send }, sum: onesSum(payload) };
}

/** Headers as words: dense, zeros above the end. */
function wordsOf(s: Segment, header: Uint8Array, bytes: number): Word[] {
  const count = Math.ceil(header.length / bytes);
  return Array.from({ length: count }, (_, i) => {
    const part = header.subarray(i * bytes, (i + 1) * bytes);
    return { owner: BigInt(s.owner), payload: s.send.length > 0, beat: { user: false, last: i === count - 1, keep: (1n << BigInt(part.length)) - 1n, data: lanes(part) } };
  });
}

const draw = random(21);
/** All combinations of tag and options, without payload, with a short and with a long one. */
const SEGMENTS = Array.from({ length: 48 }, (_, i) => segment(draw, { length: [0, 1 + draw.below(64), 1448][i % 3]!, tagged: (i & 8) !== 0, options: i % 8, owner: draw.below(9) }));
const PAYLOADS = SEGMENTS.map(({ send }) => Uint8Array.from({ length: send.length }, () => draw.below(256)));
const HEADERS = SEGMENTS.map((s, i) => {
  const frame = frameOf(s, i, PAYLOADS[i]!);
  const ethernet = parseEthernet(frame)!;
  const ip = parseIpv4(frame.subarray(ethernet.payload));
  if (ip.verdict !== 'good') throw new Error(ip.verdict);
  const tcp = parseTcp(frame.subarray(ethernet.payload + ip.payload.from));
  if (tcp.verdict !== 'good') throw new Error(tcp.verdict);
  return frame.subarray(0, ethernet.payload + ip.payload.from + tcp.payload);
});

describe.each([64, 128, 256, 512] as const)('W = %i', (datapathBits) => {
  const definition = txHeader(config({ datapathBits }));

  test.each([[0, 0], [50, 0], [0, 50], [30, 30]])('every header, bit by bit, idle %i, back-pressure %i percent', (idle, pressure) => {
    const sim = bench.simulate(definition);
    const words = SEGMENTS.flatMap((s, i) => wordsOf(s, HEADERS[i]!, datapathBits / 8));
    const out: Word[] = [];
    sim.start(streamSource(sim.io.fetched, sim.sampled.fetched, SEGMENTS.map((s, i) => fetched(s, PAYLOADS[i]!)), pausing(idle, 1)));
    sim.start(streamSink(sim.io.header, sim.sampled.header, out, pausing(pressure, 2)));
    sim.until(() => out.length === words.length, 4000);
    expect(out).toEqual(words);
    // A word a cycle, the first 4 cycles after its segment.
    if (idle === 0 && pressure === 0) expect(sim.cycle).toBe(words.length + 4);
  });
});

test('the checksums of sums at the edges: payload of zeros and of ones, carries', () => {
  for (const sum of [0, 0xffff, 0x8000, 1]) {
    const sim = simulate(txHeader(config({ datapathBits: 512 })));
    const s = segment(draw, { length: 2, tagged: false, options: 0 });
    sim.io.header.ready = true;
    Object.assign(sim.io.fetched, { valid: true, payload: { owner: 0, addresses: s.addresses, send: s.send, sum } });
    sim.step(4);
    // A payload of two bytes with that sum.
    const header = lanes(frameOf(s, 0, Uint8Array.of(sum >> 8, sum & 0xff)).subarray(0, 54));
    expect(sim.io.header.payload.beat.data).toBe(header);
  }
});

bench.verilog();
