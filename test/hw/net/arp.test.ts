import { pausing, simulate, type Simulation, streamSink, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { arp, ARP_COUNTERS, type ArpCounter } from '../../../hw/net/arp.ts';
import { ArpPacket, BROADCAST, parseEthernet } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { expectParts } from '../support/page.ts';
import { type Beat, bytesOf } from './support/drive.ts';
import { OUR_ADDRESS, OUR_MAC, PEER_ADDRESS, PEER_MAC } from './support/frames.ts';

const bench = hardwareBench();
type Sim = Simulation<ReturnType<typeof arp>['ports']>;

const packet = { reply: false, vlan: 0, target: OUR_ADDRESS, sender: PEER_ADDRESS, sender_mac: PEER_MAC, ours: true, mac: OUR_MAC };
type Incoming = typeof packet;
const question = { vlan: 0, target: PEER_ADDRESS, sender: OUR_ADDRESS, mac: OUR_MAC };
type Question = typeof question;
interface Lesson { readonly vlan: bigint; readonly address: bigint; readonly mac: bigint; readonly worth_entry: boolean }

interface Seen {
  readonly frames: Uint8Array[];
  readonly lessons: Lesson[];
  readonly counts: Record<ArpCounter, number>;
}

/** Gives packets every `every` cycles, and questions as they are taken. */
function run(sim: Sim, width: number, packets: readonly Incoming[], questions: readonly Question[], { every = 30, pressure = 0 } = {}): Seen {
  const beats: Beat[] = [];
  const seen: Seen = { frames: [], lessons: [], counts: Object.fromEntries(Object.keys(ARP_COUNTERS).map((name) => [name, 0])) as Record<ArpCounter, number> };
  sim.start(streamSink(sim.io.frames, sim.sampled.frames, beats, pausing(pressure, 1)));
  sim.start(streamSink(sim.io.lesson, sim.sampled.lesson, seen.lessons, pausing(pressure, 2)));
  sim.start(streamSource(sim.io.question, sim.sampled.question, questions, pausing(30, 3)));
  sim.start(heldUntilReady(sim.sampled.frames, 'frames'));
  sim.start(heldUntilReady(sim.sampled.lesson, 'lesson'));
  for (let cycle = 0; cycle < (packets.length + 1) * every + 600; cycle++) {
    const due = cycle % every === 0 ? packets[cycle / every] : undefined;
    sim.io.incoming.valid = due !== undefined;
    if (due !== undefined) sim.io.incoming.payload = due;
    sim.step();
    const { counters } = sim.sampled;
    for (const name of Object.keys(seen.counts) as ArpCounter[]) if (counters[name]) seen.counts[name] += 1;
  }
  let bytes: number[] = [];
  for (const beat of beats) {
    bytes.push(...bytesOf(beat, width / 8));
    if (!beat.last) continue;
    seen.frames.push(Uint8Array.from(bytes));
    bytes = [];
  }
  return seen;
}

/** A frame, read by the codecs; padding must be 0. */
function read(frame: Uint8Array) {
  expect(frame.length).toBe(60);
  const { destination, source, tag, ethertype, payload } = parseEthernet(frame)!;
  expect(ethertype).toBe(0x0806);
  expect(frame.subarray(payload + 28).every((byte) => byte === 0)).toBe(true);
  return { destination, source, vlan: tag?.vid ?? 0, ...ArpPacket.decode(frame, payload) };
}

const answerTo = ({ vlan, target, sender, sender_mac, mac }: Incoming) => ({
  destination: sender_mac, source: mac, vlan, htype: 1, ptype: 0x0800, hlen: 6, plen: 4, oper: 2, sha: mac, spa: target, tha: sender_mac, tpa: sender,
});
const askingFor = ({ vlan, target, sender, mac }: Question) => ({
  destination: BROADCAST, source: mac, vlan, htype: 1, ptype: 0x0800, hlen: 6, plen: 4, oper: 1, sha: mac, spa: sender, tha: 0, tpa: target,
});

describe.each([64, 128, 256, 512])('%i bits', (width) => {
  test.each([0, 60])('requests are answered, questions asked, lessons handed on; back-pressure %i percent', (pressure) => {
    const r = random(width + pressure);
    const packets = Array.from({ length: 25 }, (): Incoming => ({ ...packet, reply: r.chance(0.3), vlan: r.chance(0.5) ? 0 : 1 + r.below(4094), sender: 1 + r.uint32() % 0xffff, sender_mac: PEER_MAC + r.below(100), ours: r.chance(0.7) }));
    const questions = Array.from({ length: 12 }, (_, i) => ({ ...question, vlan: i % 3, target: r.uint32() }));
    const seen = run(bench.simulate(arp(width)), width, packets, questions, { pressure, every: 40 });
    const answered = packets.filter(({ ours, reply }) => ours && !reply);
    const frames = seen.frames.map(read);
    expect(frames.filter(({ oper }) => oper === 2)).toEqual(answered.map(answerTo));
    expect(frames.filter(({ oper }) => oper === 1)).toEqual(questions.map(askingFor));
    expect(seen.lessons).toEqual(packets.filter(({ ours }) => ours).map(({ vlan, sender, sender_mac, reply }) => ({ vlan: BigInt(vlan), address: BigInt(sender), mac: BigInt(sender_mac), worth_entry: !reply })));
    expect(seen.counts).toEqual({ answered: answered.length, asked: questions.length, overflow: 0, conflict: 0, not_ours: packets.filter(({ ours }) => !ours).length });
  });
});

test('a probe is answered, and teaches nothing (RFC 5227, 1.1)', () => {
  const { frames, lessons } = run(bench.simulate(arp(64)), 64, [{ ...packet, sender: 0 }], []);
  expect(frames.map(read)).toEqual([answerTo({ ...packet, sender: 0 })]);
  expect(lessons).toEqual([]);
});

test.each([false, true])('a gratuitous packet changes only what is there (reply: %s)', (reply) => {
  const { frames, lessons, counts } = run(bench.simulate(arp(64)), 64, [{ ...packet, reply, target: PEER_ADDRESS, ours: false }], []);
  expect(frames).toEqual([]);
  expect(lessons).toEqual([{ vlan: 0n, address: BigInt(PEER_ADDRESS), mac: BigInt(PEER_MAC), worth_entry: false }]);
  expect(counts.not_ours).toBe(0);
});

test('who takes an address of ours teaches nothing, and is counted', () => {
  const { frames, lessons, counts } = run(bench.simulate(arp(64)), 64, [{ ...packet, sender: OUR_ADDRESS }, { ...packet, sender: OUR_ADDRESS, reply: true }], []);
  expect([frames, lessons]).toEqual([[], []]);
  expect(counts).toMatchObject({ conflict: 2, answered: 0 });
});

test('a flood: 16 wait, the others are dropped and counted, and questions have their turn', () => {
  const packets = Array.from({ length: 60 }, (_, i) => ({ ...packet, sender: PEER_ADDRESS + i }));
  const questions = Array.from({ length: 5 }, (_, i) => ({ ...question, target: i }));
  const { frames, lessons, counts } = run(bench.simulate(arp(64)), 64, packets, questions, { every: 1 });
  expect(counts.overflow).toBeGreaterThan(30);
  expect(counts.answered + counts.overflow).toBe(60);
  expect(lessons.length).toBe(counts.answered);
  // A question waits for one answer at most.
  const kinds = frames.map((frame) => read(frame).oper);
  expect(kinds.lastIndexOf(1)).toBeLessThan(12);
});

test('a frame takes a cycle a beat and one more', () => {
  const sim = simulate(arp(64));
  Object.assign(sim.io.question, { valid: true, payload: question });
  sim.io.frames.ready = true;
  const starts: number[] = [];
  for (let i = 0; i < 40; i++) {
    if (sim.io.question.ready) starts.push(sim.cycle);
    sim.step();
  }
  expect(starts).toEqual([0, 9, 18, 27, 36]);
});

test('the page lists all counters', async () => {
  await expectParts('net/arp.md', () => ['| counter | |', '| --- | --- |', ...Object.entries(ARP_COUNTERS).map(([name, text]) => `| \`${name}\` | ${text} |`)].join('\n'));
});

bench.verilog();
