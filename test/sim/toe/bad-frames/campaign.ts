/**
 * A whole TOE with two open connections and a listener, into which classes of frames are sent. After each class every frame must be
 * on the counters that the classifier says and on no other, guest memory must hold what it held and what was delivered, and
 * both connections must carry bytes both ways.
 */
import { elaborate, type Wait } from '@vtoe/hdl';
import { type Config, config, derived } from '../../../../hw/config.ts';
import { type CounterName, COUNTERS } from '../../../../hw/registers.ts';
import { toe } from '../../../../hw/toe.ts';
import { builtinEngine } from '../../../../sim/engine/builtin.ts';
import type { Connection } from '../../../../sim/guest/sockets/connection.ts';
import { streamBytes } from '../../../../sim/guest/workloads/stream-pattern.ts';
import { random, type Random } from '../../../../sim/random.ts';
import { type Counts, nonZero, readCounters } from '../../../../sim/toe/counters.ts';
import { type Native, nativeMachine, OWN } from '../../../../sim/toe/native.ts';
import { byBytes, type Frame } from '../../../hw/net/support/by-bytes.ts';
import { OUR_ADDRESS, OUR_MAC, PEER_ADDRESS } from '../../../hw/net/support/frames.ts';
import { HOSTILE } from '../../../hw/net/support/hostile.ts';
import { classify, type Fate, type World } from './classify.ts';
import { ahead, after, TimeWaitModel } from './connection-model.ts';
import { RemoteEnd } from './remote-end.ts';

export const BUILD = config({ vms: 1, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 256, windowsPerVm: 2, addressesPerVm: 2, mtuMostBytes: 1500, rxFifoFrames: 64, rxFifoBytes: 8192 });
const PORT = 80;
const RING_BYTES = 8192;
const RST = 4;
/** For a look-up on the slow path and a RST, for an answer of ARP or echo, for what a segment causes. */
const SLOW_CYCLES = 45;
/** For a frame that there is no ring for. */
const PUNT_CYCLES = 12;
/** Until all that a class has caused is over: of frames that had the time they need; if all that can be stored wait on the slow path. */
const SETTLE_CYCLES = { paced: 400, atLineRate: BUILD.rxFifoFrames * SLOW_CYCLES };
/** Bytes each way by which a connection shows that it works. */
const PROBE_BYTES = 24;
const PATIENCE_CYCLES = 100_000;
/** Sent from reset on, for a while after the tables are cleared too. */
const EARLY_FRAMES = 14;

/** Not ends of frames, and when they count depends on what happened to be under way. */
const NOT_PREDICTED: ReadonlySet<CounterName> = new Set<CounterName>(['neighbour_full', 'neighbour_failed', 'neighbour_unknown', 'tcp_dupack_saturated']);
/** A frame is on one of these at most. */
const ENDS = COUNTERS.filter(({ name, block }) => ['rx', 'punt', 'too_big', 'accept'].includes(block) || ['route_not_ours', 'route_not_punted', 'time_wait_dropped'].includes(name) || (block === 'flow' && name !== 'flow_reset_dropped')).map(({ name }) => name);

export type Counted = Partial<Record<CounterName, number>>;

export interface ClassResult {
  readonly frames: number;
  readonly counted: Counted;
  /** A sentence each. */
  readonly problems: readonly string[];
}

export interface ClassOptions {
  readonly frames: Iterable<Frame>;
  /** All one behind the other, without a pause: some find no room, and only the sum of counters must be right. Otherwise each counter must be, and who goes a slow way gets the time for it. */
  readonly atLineRate?: boolean;
  /** Memory takes no writes until all frames have been sent. */
  readonly memoryStands?: boolean;
}

export interface CampaignOptions {
  readonly seed: number;
  /** Default `BUILD`; like it but for widths. */
  readonly build?: Config;
}

interface Heard { resets: number; arp: number; echo: number; waits: number; others: string[] }

export class Campaign {
  readonly machine: Native;
  readonly world: World;
  readonly ends: readonly [RemoteEnd, RemoteEnd];
  /** Of a connection in TIME_WAIT. */
  readonly waiting: RemoteEnd;
  readonly random: Random;
  /** Good frames that came too early. */
  early = 0;
  readonly #heard: Heard = { resets: 0, arp: 0, echo: 0, waits: 0, others: [] };
  /** By port: bytes of the remote's stream that the guest is to read now. */
  readonly #goals = new Map<number, number>();
  #guestProblem: string | undefined;
  #counts: Counts | undefined;
  #memoryStands = false;

  constructor({ seed, build = BUILD }: CampaignOptions) {
    this.random = random(seed);
    this.machine = nativeMachine({
      engine: builtinEngine(elaborate(toe(build))), config: build, seed, memoryBytes: 1 << 19, memory: { read: { latency: 40 }, write: { latency: 40 }, pauses: { w: { while: () => this.#memoryStands } } }, toPeer: {}, toToe: {},
      driver: { sqLog2: 6, cqLog2: 8, rxBytes: RING_BYTES, txBytes: RING_BYTES, keepRings: 0 }, setup: { tcp: { delayed_ack: 0 }, infrastructurePercent: 100 },
      onLinkEvent: (event) => { if (event.kind === 'departed' && event.from === 'a') this.#hear(event.frame); },
    });
    const end = (i: number) => new RemoteEnd({
      port: 40_000 + i, localPort: PORT, streams: { own: 2 * i, other: 2 * i + 1 }, hasTimestamps: i === 1, firstSeq: i === 0 ? 0xffff_f000 : 0x7fff_0000, send: (frame) => this.machine.mac.source.send(frame),
    });
    this.ends = [end(0), end(1)];
    this.waiting = end(2);
    this.world = { frameMostBytes: derived(build).frameMostBytes, mac: OUR_MAC, address: OUR_ADDRESS, listens: PORT, remoteAddress: PEER_ADDRESS, connections: new Map(this.ends.map(({ port, model }) => [port, model])), waiting: new Map() };
    if (Number(OWN.mac) !== OUR_MAC || OWN.address !== OUR_ADDRESS) throw new Error('the machine has another address than the frames');
  }

  /** Sets all up and opens the connections, does `work`, and runs until it is done. */
  run(work: () => Generator<Wait, void, void>, limitCycles = 50_000_000): void {
    const { bench } = this.machine;
    let isDone = false;
    const { start } = this;
    const all = function* (): Generator<Wait, void, void> {
      yield* start();
      yield* work();
      isDone = true;
    };
    bench.reset();
    bench.start('campaign', all());
    try {
      bench.until(() => isDone, limitCycles, 'the campaign did not end');
    } finally {
      bench.close();
    }
  }

  readonly start = function* (this: Campaign): Generator<Wait, void, void> {
    const { machine, ends } = this;
    yield* this.#early();
    const listener = machine.driver.socket();
    listener.bind({ address: 0, port: PORT });
    yield* listener.listen(4);
    for (const end of ends) {
      end.open();
      yield* this.wait(() => end.isOpen, `no SYN,ACK to port ${end.port}`);
      end.sendAck();
      const socket = yield* listener.accept();
      this.#goals.set(end.port, 0);
      this.#guest(end.port, socket);
    }
    const { waiting } = this;
    waiting.open();
    yield* this.wait(() => waiting.isOpen, 'no SYN,ACK');
    waiting.sendAck();
    const socket = yield* listener.accept();
    yield* socket.close();
    yield* this.wait(() => waiting.isEnded, 'no FIN');
    waiting.sendAck();
    waiting.sendFin();
    yield* this.wait(() => waiting.acknowledged === waiting.next, 'the FIN is not acknowledged');
    this.world.waiting.set(waiting.port, new TimeWaitModel(waiting.next, ahead(waiting.edge, waiting.next)));
    yield* this.probe();
    // From now on a SYN finds no room.
    yield* machine.registers.half_open_most.write(0);
  }.bind(this);

  /** Frames that come before the engine is enabled: good ones are dropped too, and nobody answers. */
  * #early(): Generator<Wait, void, void> {
    const { bench, mac, registers } = this.machine;
    const { random, world } = this;
    const frames = Array.from({ length: EARLY_FRAMES }, () => HOSTILE['good']!(random));
    let isOver = false;
    bench.start('early frames', (function* () {
      for (const { bytes } of frames) {
        mac.source.send(bytes);
        yield 12;
      }
      yield () => mac.source.pending === 0;
      if ((yield* registers.control.read()).enable) throw new Error('the engine was enabled before all early frames had come');
      isOver = true;
    })());
    yield* this.machine.start();
    yield* this.wait(() => isOver, 'early frames are left');
    const counts = yield* readCounters(registers);
    const expected = tally(frames.map((frame) => {
      const { fault } = byBytes(frame, world.frameMostBytes);
      return { counters: [fault === 'none' ? 'rx_not_ready' : `rx_${fault}` as CounterName] };
    }));
    const counted = nonZero(counts);
    if (JSON.stringify(Object.entries(counted).toSorted()) !== JSON.stringify(Object.entries(expected).toSorted())) {
      throw new Error(`before the engine is enabled ${JSON.stringify(counted)} was counted, not ${JSON.stringify(expected)}`);
    }
    this.early = counts.rx_not_ready;
  }

  /** The application: reads what it is told to, says something itself, and waits. */
  #guest(port: number, socket: { recv: (length: number, flags: { waitall: boolean }) => Generator<Wait, Uint8Array, void>; send: (data: Uint8Array) => Generator<Wait, number, void> }): void {
    const { own, other } = { own: 2 * (port - 40_000), other: 2 * (port - 40_000) + 1 };
    const goals = this.#goals;
    const fails = (problem: string): void => { this.#guestProblem ??= problem; };
    let [read, said] = [0, 0];
    this.machine.bench.start(`application of port ${port}`, (function* () {
      for (;;) {
        yield () => goals.get(port)! > read;
        const length = goals.get(port)! - read;
        const data = yield* socket.recv(length, { waitall: true });
        if (data.length !== length || Buffer.compare(data, streamBytes(own, read, length)) !== 0) fails(`the guest of port ${port} read other bytes than were sent from ${read} on`);
        read += length;
        yield* socket.send(streamBytes(other, said, PROBE_BYTES));
        said += PROBE_BYTES;
      }
    })());
  }

  * wait(condition: () => boolean, otherwise: string): Generator<Wait, void, void> {
    const { bench } = this.machine;
    const until = bench.cycle + PATIENCE_CYCLES;
    yield () => condition() || bench.cycle > until;
    if (!condition()) throw new Error(otherwise);
  }

  /** Bytes go both ways on each connection: first what is missing in front of what is there already, then more. */
  * probe(): Generator<Wait, void, void> {
    for (const end of this.ends) {
      const { furthest } = end.model;
      if (ahead(furthest, end.next) > 0) {
        yield* this.#exchange(end, furthest);
        // Some of it had come already.
        this.#counts = undefined;
      }
      const to = after(end.next, PROBE_BYTES);
      yield* this.wait(() => ahead(end.edge, to) >= 0, `port ${end.port}: the window stays closed`);
      yield* this.#exchange(end, to);
      yield 300;
      end.settle();
    }
  }

  /** Sends up to there; the guest reads it and says something. */
  * #exchange(end: RemoteEnd, to: number): Generator<Wait, void, void> {
    const { port } = end;
    const said = end.received + PROBE_BYTES;
    end.sendTo(to);
    this.#goals.set(port, ahead(to, end.first));
    yield* this.wait(() => end.received === said || end.problem !== undefined, `port ${port}: the guest does not answer`);
    const problem = end.problem ?? this.#guestProblem;
    if (problem !== undefined) throw new Error(problem);
    yield* this.wait(() => end.acknowledged === to, `port ${port}: what was sent is not acknowledged`);
    end.sendAck();
  }

  /** Sends a class, and compares. Connections stand still meanwhile. */
  * class({ frames, atLineRate = false, memoryStands = false }: ClassOptions): Generator<Wait, ClassResult, void> {
    const { machine, world } = this;
    const { source } = machine.mac;
    Object.assign(this.#heard, { resets: 0, arp: 0, echo: 0, waits: 0, others: [] });
    // Since the class before only good frames have come, which are on none.
    const before = this.#counts ?? (yield* readCounters(machine.registers));
    const segmentsBefore = yield* machine.registers.page(0).rx_segments.read();
    const memory = machine.host.bytes.slice();
    const fates: Fate[] = [];
    this.#memoryStands = memoryStands;
    for (const frame of frames) {
      const fate = classify(frame, world);
      fates.push(fate);
      source.send(frame.bytes, { user: frame.bad ? 1 : 0 });
      const cycles = atLineRate ? 0 : cyclesOf(fate);
      if (cycles > 0) yield cycles;
      if (source.pending > 16) yield () => source.pending < 4;
    }
    yield () => source.pending === 0;
    this.#memoryStands = false;
    yield atLineRate ? SETTLE_CYCLES.atLineRate : SETTLE_CYCLES.paced;
    const counts = yield* readCounters(machine.registers);
    this.#counts = counts;
    const segments = Number((yield* machine.registers.page(0).rx_segments.read()) - segmentsBefore);
    const counted = differences(before, counts);
    const predicted = tally(fates);
    const count = (name: CounterName): number => counted[name] ?? 0;
    const heard = this.#heard;
    const of = (end: Fate['end']): number => fates.filter((fate) => fate.end === end).length;
    const arp = of('arp') - count('arp_overflow');
    const waits = heard.waits + count('time_wait_ack_dropped');
    const problems = [...this.#memory(memory, fates), ...heard.others];
    /** Frames by where they ended, told by the hardware. */
    const ends = ENDS.reduce((sum, name) => sum + count(name), 0) + segments + arp + count('arp_overflow') + heard.echo + count('echo_dropped') + waits + fates.filter(({ end, ends }) => end === 'time wait' && ends).length;
    const same = (what: string, is: number, should: number): void => { if (is !== should) problems.push(`${what}: ${is}, not ${should}`); };
    same('frames delivered, answered or counted', ends, fates.length);
    same('resets', heard.resets, count('flow_reset') - count('flow_reset_dropped'));
    same('echo replies, and those that found no room', heard.echo + count('echo_dropped'), of('echo'));
    if (!atLineRate) {
      same('segments that connections took', segments, of('connection'));
      for (const name of new Set([...Object.keys(counted), ...Object.keys(predicted)] as CounterName[])) same(name, count(name), predicted[name] ?? 0);
      same('ACKs of TIME_WAIT', waits, fates.filter(({ answer }) => answer === 'ack').length);
      same('ARP replies', heard.arp, fates.filter(({ answer }) => answer === 'arp').length);
    }
    return { frames: fates.length, counted, problems };
  }

  /** Guest memory is what it was, with what was taken at its place; the completion queue may have got entries if something was. */
  #memory(expected: Uint8Array, fates: readonly Fate[]): string[] {
    const { host, driver } = this.machine;
    const own = host.vms[0]!;
    const offset = own.region.offset - own.region.guestBase;
    const connections = new Map<number, Connection>([...driver.connections].map((connection) => [connection.remotePort, connection]));
    for (const { taken } of fates) {
      if (taken === undefined) continue;
      const end = this.ends.find(({ port }) => port === taken.port)!;
      const { rx } = connections.get(taken.port)!;
      const bytes = end.bytes(taken.from, taken.length);
      const position = ahead(taken.from, end.first);
      for (let i = 0; i < bytes.length; i += 1) expected[offset + rx.address + ((position + i) % rx.bytes)] = bytes[i]!;
    }
    const isTold = fates.some(({ taken }) => taken !== undefined);
    if (isTold) {
      const at = offset + driver.cq.address;
      const bytes = driver.cq.entries * 32;
      expected.set(host.bytes.subarray(at, at + bytes), at);
    }
    if (Buffer.compare(expected, host.bytes) === 0) return [];
    const at = expected.findIndex((byte, i) => byte !== host.bytes[i]);
    return [`memory at 0x${(at - offset).toString(16)} is ${host.bytes[at]}, not ${expected[at]}`];
  }

  #hear(bytes: Uint8Array): void {
    const heard = this.#heard;
    const { kind, fields } = byBytes({ bytes, bad: false }, this.world.frameMostBytes);
    if (kind === 'ArpReply') heard.arp += 1;
    else if (kind === 'Punt' && bytes[23] === 1 && bytes[34] === 0) heard.echo += 1;
    else if (kind === 'Tcp' && (fields!['flags']! & RST) !== 0) heard.resets += 1;
    else {
      const end = kind === 'Tcp' && fields!['remote_port'] === PORT ? [...this.ends, this.waiting].find(({ port }) => port === fields!['local_port']) : undefined;
      if (end === undefined) heard.others.push(`a frame that nothing asked for: ${Buffer.from(bytes).toString('hex')}`);
      else {
        end.receive(bytes);
        if (end === this.waiting) heard.waits += 1;
      }
    }
  }
}

function tally(fates: readonly Pick<Fate, 'counters'>[]): Counted {
  const counts: Counted = {};
  for (const { counters } of fates) for (const name of counters) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function differences(before: Counts, now: Counts): Counted {
  return Object.fromEntries(COUNTERS.filter(({ name }) => now[name] !== before[name] && !NOT_PREDICTED.has(name)).map(({ name }) => [name, (now[name] - before[name]) >>> 0]));
}

/** What the way of a frame takes. */
function cyclesOf({ end, counters, answer }: Fate): number {
  if (end !== 'dropped' || answer !== undefined || counters.some((name) => name.startsWith('flow_'))) return SLOW_CYCLES;
  return counters.includes('punt_off') ? PUNT_CYCLES : 0;
}
