import { pausing, simulate, type Simulation, type SimValue, streamSink } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { type Config, config } from '../../../hw/config.ts';
import type { Routed } from '../../../hw/net/received.ts';
import { ROUTE_COUNTERS, type RouteCounter, type RoutedSegment, rxRoute, type TooBig } from '../../../hw/net/rx-route.ts';
import { random } from '../../../sim/random.ts';
import { heldUntilReady } from '../../hdl/lib/traffic.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { expectParts } from '../support/page.ts';

const bench = hardwareBench();
type Sim = Simulation<ReturnType<typeof rxRoute>['ports']>;
const KINDS = ['Tcp', 'ArpRequest', 'ArpReply', 'Echo', 'Unreachable', 'Punt'] as const;

const BROADCAST = 0xffff_ffff_ffff;
const MULTICAST = 0x3333_0000_0001;
/** VM 0 and 1 share address 1 by ports, VM 2 has address 2 in VLAN 7; MAC address = 0x10 + VM. */
const ENTRIES = [
  { vlan: 0, address: 1, from: 0, to: 999, vm: 0, mac: 0x10 }, { vlan: 0, address: 1, from: 1000, to: 1999, vm: 1, mac: 0x11 }, { vlan: 7, address: 2, from: 0, to: 65_535, vm: 2, mac: 0x12 },
];

interface Frame {
  readonly kind: (typeof KINDS)[number];
  readonly vlan: number;
  readonly address: number;
  readonly port: number;
  readonly destination: number;
}

interface Answer {
  readonly address_ours: boolean;
  readonly found: boolean;
  readonly vm: number;
  readonly mac: number;
  readonly index: number;
  readonly mtu: number;
  readonly mac_ours: boolean;
}

/** The address table, as told in the question's page. */
function table({ vlan, address, port, destination }: Omit<Frame, 'kind'>): Answer {
  const here = ENTRIES.filter((entry) => entry.vlan === vlan && entry.address === address);
  const entry = here.find(({ from, to }) => port >= from && port <= to);
  return { address_ours: here.length > 0, found: entry !== undefined, vm: entry?.vm ?? 3, mac: (entry ?? here[0])?.mac ?? 0, index: entry?.vm ?? 3, mtu: 1000 + (entry?.vm ?? 3), mac_ours: ENTRIES.some(({ mac }) => mac === destination) };
}

interface Seen {
  readonly tcp: string[];
  readonly tooBig: string[];
  readonly arp: string[];
  readonly routed: string[];
  readonly counts: Record<RouteCounter, number>;
  cycles: number;
}

const literal = (frame: Frame, i: number) => ({
  slot: i % 16, kind: frame.kind, ip: true, key: { vlan: frame.vlan, local_address: frame.address, remote_address: 9, local_port: frame.port, remote_port: 8 }, destination: frame.destination, remote_mac: 0x99,
  segment: { seq: i, ack: 0, urg: false, ack_flag: true, psh: false, rst: false, syn: false, fin: false, window: 1400, length: 0, has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0 },
});

function run(sim: Sim, frames: readonly Frame[], { pressure = 0, latency = 1, groups = false, stuck = false } = {}): Seen {
  const seen: Seen = { tcp: [], tooBig: [], arp: [], routed: [], counts: { not_ours: 0, not_punted: 0, too_big_dropped: 0 }, cycles: 0 };
  const tcp: SimValue<ReturnType<typeof RoutedSegment>>[] = [], routed: SimValue<ReturnType<typeof Routed>>[] = [], tooBig: SimValue<ReturnType<typeof TooBig>>[] = [];
  sim.io.punt_groups = groups;
  sim.start(streamSink(sim.io.tcp, sim.sampled.tcp, tcp, pausing(pressure, 1)));
  sim.start(streamSink(sim.io.routed, sim.sampled.routed, routed, pausing(pressure, 2)));
  if (!stuck) sim.start(streamSink(sim.io.too_big, sim.sampled.too_big, tooBig, pausing(pressure, 3)));
  for (const [name, stream] of [['tcp', sim.sampled.tcp], ['routed', sim.sampled.routed], ['too_big', sim.sampled.too_big], ['question', sim.sampled.question]] as const) sim.start(heldUntilReady(stream, name));
  const r = random(latency + pressure);
  const answers: { readonly at: number; readonly answer: Answer }[] = [];
  let next = 0;
  const start = sim.cycle;
  const until = (): boolean => tcp.length + routed.length === frames.length;
  for (let i = 0; i < 60 + frames.length * 12 && !until(); i++) {
    sim.io.question.ready = r.below(100) >= pressure;
    if (i > 0 && sim.sampled.received.valid && sim.sampled.received.ready) next += 1;
    sim.io.received.valid = next < frames.length;
    if (next < frames.length) sim.io.received.payload = literal(frames[next]!, next);
    const due = answers[0] !== undefined && answers[0].at <= sim.cycle ? answers.shift() : undefined;
    sim.io.answer.valid = due !== undefined;
    if (due !== undefined) sim.io.answer.payload = due.answer;
    sim.step();
    if (sim.sampled.question.valid && sim.sampled.question.ready) {
      const { vlan, address, port, destination } = sim.sampled.question.payload;
      answers.push({ at: sim.cycle + r.below(latency), answer: table({ vlan: Number(vlan), address: Number(address), port: Number(port), destination: Number(destination) }) });
    }
    const { counters, arp } = sim.sampled;
    for (const name of Object.keys(seen.counts) as RouteCounter[]) if (counters[name]) seen.counts[name] += 1;
    if (arp.valid) seen.arp.push(`${arp.payload.reply} ${arp.payload.vlan} ${arp.payload.target} ${arp.payload.ours} ${arp.payload.ours ? arp.payload.mac : ''}`);
  }
  seen.cycles = sim.cycle - start;
  sim.io.received.valid = false;
  sim.step(30);
  seen.tcp.push(...tcp.map(({ received, vm, mtu }) => `${received.segment.seq} ${vm} ${mtu}`));
  seen.routed.push(...routed.map(({ slot, kind }) => `${slot} ${kind}`));
  seen.tooBig.push(...tooBig.map(({ key, vm, seq, mtu }) => `${seq} ${vm} ${key.local_port} ${mtu}`));
  return seen;
}

/** What is to come of them, by the rules on the page. */
function expected(frames: readonly Frame[], groups: boolean, punt = true): Omit<Seen, 'cycles'> {
  const seen = { tcp: [] as string[], tooBig: [] as string[], arp: [] as string[], routed: [] as string[], counts: { not_ours: 0, not_punted: 0, too_big_dropped: 0 } };
  for (const [i, frame] of frames.entries()) {
    const { kind, destination, vlan, address, port } = frame;
    const { address_ours, found, vm, mac, mac_ours } = table(frame);
    const toUs = destination === mac;
    const verdict = (name: string): void => { seen.routed.push(`${i % 16} ${name}`); };
    const punted = punt && (mac_ours || (groups && (destination === BROADCAST || destination === MULTICAST)));
    if (kind === 'Tcp' && found && toUs) seen.tcp.push(`${i} ${vm} ${1000 + vm}`);
    else if (kind === 'Tcp') [seen.counts.not_ours] = [seen.counts.not_ours + 1, verdict('None')];
    else if (kind === 'Unreachable') {
      verdict('None');
      if (found && toUs) seen.tooBig.push(`${i} ${vm} ${port} 1400`);
      else seen.counts.not_ours += 1;
    } else if (kind === 'ArpRequest' || kind === 'ArpReply') {
      verdict('None');
      const ours = address_ours && (toUs || destination === BROADCAST);
      seen.arp.push(`${kind === 'ArpReply'} ${vlan} ${address} ${ours} ${ours ? mac : ''}`);
    } else if (kind === 'Echo' && address_ours) {
      verdict(toUs ? 'Echo' : 'None');
      if (!toUs) seen.counts.not_ours += 1;
    } else {
      verdict(punted ? 'Punt' : 'None');
      if (!punted) seen.counts.not_punted += 1;
    }
  }
  return seen;
}

function some(count: number, seed: number, kinds: readonly Frame['kind'][] = KINDS): Frame[] {
  const r = random(seed);
  const pick = <T>(items: readonly T[]): T => items[r.below(items.length)]!;
  return Array.from({ length: count }, () => {
    const entry = pick(ENTRIES);
    const other = r.chance(0.3) ? pick([{ vlan: 3 }, { address: 5 }, { port: 3000 }]) : {};
    return { kind: pick(kinds), vlan: entry.vlan, address: entry.address, port: entry.from + r.below(900), destination: r.chance(0.6) ? entry.mac : pick([0x10, 0x11, 0x12, 0x77, BROADCAST, MULTICAST]), ...other };
  });
}

const of = (rest: Partial<Config> = {}) => config({ vms: 4, rxFifoFrames: 16, ...rest });

describe.each([false, true])('groups %s', (groups) => {
  test.each([[0, 1], [50, 1], [30, 9]])('each frame goes to whom it concerns; back-pressure %i percent, answers after up to %i cycles', (pressure, latency) => {
    const frames = some(150, pressure + latency);
    const { cycles: _, ...seen } = run(bench.simulate(rxRoute(of())), frames, { pressure, latency, groups });
    expect(seen).toEqual(expected(frames, groups));
  });
});

test('without a punt ring nothing is punted, and all of it counted', () => {
  const frames = some(60, 4, ['Punt', 'Echo']);
  const { cycles: _, ...seen } = run(bench.simulate(rxRoute(of({ puntRing: false }))), frames, { groups: true });
  expect(seen).toEqual(expected(frames, true, false));
});

test('a frame a cycle', () => {
  const frames = some(300, 5);
  expect(run(simulate(rxRoute(of())), frames).cycles).toBeLessThan(310);
});

test('nobody waits for who does not take what routers say: 16 wait, the others are counted', () => {
  const frames = some(40, 6, ['Unreachable']).map((frame) => ({ ...frame, vlan: 0, address: 1, port: 5, destination: 0x10 }));
  const seen = run(bench.simulate(rxRoute(of())), frames, { stuck: true });
  expect(seen.routed.length).toBe(40);
  expect(seen.counts.too_big_dropped).toBe(24);
});

test('the page lists all counters', async () => {
  await expectParts('net/rx-route.md', () => ['| counter | |', '| --- | --- |', ...Object.entries(ROUTE_COUNTERS).map(([name, text]) => `| \`${name}\` | ${text} |`)].join('\n'));
});

bench.verilog();
