/** A whole TOE and its VMM: what is not TCP comes to the VMM, what the VMM makes goes out, and TCP beside it is not disturbed. */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { BROADCAST, ETHERNET_LEAST_BYTES, EthernetHeader, EtherType, internetChecksum, IpProtocol, Ipv4Header } from '../../../hw/protocol/index.ts';
import { toe } from '../../../hw/toe.ts';
import type { AxiFault } from '../../../sim/bus/axi-memory.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { DriverError } from '../../../sim/guest/errors.ts';
import { VmmRings, type VmmFrame, type VmmRingsOptions } from '../../../sim/guest/vmm-rings.ts';
import { bulkReceive, bulkSend } from '../../../sim/guest/workloads/bulk.ts';
import type { LinkEvent } from '../../../sim/link/direction.ts';
import { COUNTERS_LATE_CYCLES, nonZero, readCounters } from '../../../sim/toe/counters.ts';
import { type Native, nativeMachine, OWN, PEER } from '../../../sim/toe/native.ts';
import { PeerStream } from '../../../sim/toe/peer-stream.ts';

const BUILD = config({ vms: 1, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));
/** What UDP has in front of its payload. */
const UDP_HEADER_BYTES = 8;

/** A datagram of UDP as it is on the wire, to port 53 or back from there. */
function datagram(from: { mac: number; address: number }, to: { mac: number; address: number }, payload: Uint8Array, ports: readonly [number, number]): Uint8Array {
  const udp = new Uint8Array(UDP_HEADER_BYTES + payload.length);
  new DataView(udp.buffer).setUint16(0, ports[0]);
  new DataView(udp.buffer).setUint16(2, ports[1]);
  new DataView(udp.buffer).setUint16(4, udp.length);
  udp.set(payload, UDP_HEADER_BYTES);
  const ip = Ipv4Header.encode({
    dscp: 0, ecn: 0, total_length: Ipv4Header.bytes + udp.length, identification: payload.length, df: false, mf: false, fragment_offset: 0, ttl: 64, protocol: IpProtocol.value.UDP, source: from.address, destination: to.address,
  });
  Ipv4Header.put(ip, 'header_checksum', internetChecksum(ip));
  const frame = Buffer.concat([EthernetHeader.encode({ destination: to.mac, source: from.mac, ethertype: EtherType.value.IPV4 }), ip, udp]);
  return Uint8Array.from(Buffer.concat([frame, Buffer.alloc(Math.max(0, ETHERNET_LEAST_BYTES - frame.length))]));
}

const SELF = { mac: Number(OWN.mac), address: OWN.address };
const question = (i: number): Uint8Array => datagram(PEER, SELF, Uint8Array.from({ length: 12 + ((i * 37) % 500) }, (_, k) => (k * 7 + i) & 0xff), [50_000 + i, 53]);
const answer = (asked: Uint8Array): Uint8Array => datagram(SELF, PEER, asked.subarray(EthernetHeader.bytes + Ipv4Header.bytes + UDP_HEADER_BYTES), [53, (asked[34]! << 8) | asked[35]!]);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const isUdp = (frame: Uint8Array): boolean => frame[23] === IpProtocol.value.UDP;

interface Run {
  readonly machine: Native;
  readonly rings: VmmRings;
  /** Frames that left the TOE, and those that came to it, in order. */
  readonly sent: Uint8Array[];
  readonly received: Uint8Array[];
  readonly pulses: () => number;
  ask(frame: Uint8Array): void;
}

/** Sets all up, runs `act`, stops all; nothing may be wrong with memory then. */
function run(limit: number, rings: Partial<VmmRingsOptions>, act: (run: Run) => Process, faults: { readonly read?: AxiFault; readonly write?: AxiFault } = {}): void {
  const sent: Uint8Array[] = [], received: Uint8Array[] = [];
  const onLinkEvent = (event: LinkEvent): void => {
    if (event.kind === 'departed' && event.from === 'a') sent.push(event.frame);
    if (event.kind === 'arrived' && event.from === 'b') received.push(event.frame);
  };
  const machine = nativeMachine({
    engine: builtinEngine(DESIGN), config: BUILD, onLinkEvent,
    memory: { read: { latency: 100, faults: faults.read === undefined ? [] : [faults.read] }, write: { latency: 100, faults: faults.write === undefined ? [] : [faults.write] } },
    driver: { sqLog2: 5, cqLog2: 7, rxBytes: 16_384, txBytes: 16_384, keepRings: 0 }, setup: { tcp: { time_wait: 1 } },
  });
  const { bench, link, registers, host, driver } = machine;
  const irq = bench.ports.port('irq').offset >> 2;
  let pulses = 0;
  bench.add({ name: 'pulses', step: () => { pulses += bench.ports.words[irq]! & 1; } });
  const vmm = new VmmRings({ registers, memory: host.vmm, ...rings });
  let isDone = false;
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    yield* vmm.start();
    yield* act({ machine, rings: vmm, sent, received, pulses: () => pulses, ask: (frame) => link.send('b', frame, link.nowPs) });
    yield* vmm.stop();
    yield* driver.stop();
    isDone = true;
  })());
  bench.until(() => isDone, limit, 'the run did not end');
  expect(machine.problems()).toEqual([]);
  bench.close();
}

test('40 questions by UDP in the midst of 40,000 bytes of TCP each way: each is in the ring, its answer on the wire, and no byte of TCP is wrong', () => {
  run(400_000, {}, function* ({ machine, rings, sent, pulses, ask }) {
    const { bench, driver, peer, registers } = machine;
    yield* registers.interrupt_mask.write({ fault: true, punt: true, raw: true });
    const problems: string[] = [];
    const bytes = 40_000, count = 40;
    const end = new PeerStream({ own: 2, sends: bytes, other: 1, receives: bytes, onProblem: (problem) => problems.push(problem) });
    peer.listen(7, (accepted) => {
      end.socket = accepted;
      return end.handlers;
    });
    const taken: VmmFrame[] = [];
    bench.start('questions', (function* (): Process {
      for (let i = 0; i < count; i += 1) {
        ask(question(i));
        yield 150;
      }
    })());
    bench.start('vmm', (function* (): Process {
      while (taken.length < count) {
        for (const frame of yield* rings.receive()) {
          taken.push(frame);
          yield* rings.send(answer(frame.bytes));
        }
        yield 50;
      }
      while ((yield* rings.collect()) > 0) yield 20;
    })());
    const socket = driver.socket();
    yield* socket.connect({ address: PEER.address, port: 7 });
    let isSent = false;
    bench.start('send', (function* (): Process {
      yield* bulkSend(socket, { stream: 1, bytes });
      isSent = true;
    })());
    yield* bulkReceive(socket, { stream: 2, bytes });
    yield () => isSent;
    yield* socket.close();
    yield () => driver.pending === 0;
    yield () => sent.filter(isUdp).length === count;
    yield COUNTERS_LATE_CYCLES;
    expect(taken.map(({ reason, bytes: frame }) => [reason, hex(frame)])).toEqual(Array.from({ length: count }, (_, i) => ['PUNT', hex(question(i))]));
    expect(taken.every(({ microseconds }, i) => i === 0 || microseconds >= taken[i - 1]!.microseconds) && taken.at(-1)!.microseconds > taken[0]!.microseconds).toBe(true);
    expect(sent.filter(isUdp).map(hex)).toEqual(Array.from({ length: count }, (_, i) => hex(answer(question(i)))));
    expect(end.received).toBe(bytes);
    expect(problems).toEqual([]);
    // Each question and each answer, but two in one cycle.
    expect(pulses()).toBeGreaterThan(count);
    expect(Object.keys(nonZero(yield* readCounters(registers))).filter((name) => /^(punt|mirror|raw|egress|rx)_/.test(name))).toEqual([]);
  });
});

test('mirror: all that came and all that went, byte for byte', () => {
  run(100_000, {}, function* ({ machine, rings, sent, received }) {
    const { driver, peer, registers } = machine;
    peer.listen(7, (socket) => ({ onReadable: () => { socket.send(socket.read()); }, onEnd: () => { socket.close(); } }));
    yield* registers.punt.write({ groups: false, mirror_received: true, mirror_sent: true });
    yield 20;
    const socket = driver.socket();
    yield* socket.connect({ address: PEER.address, port: 7 });
    yield* socket.send(Uint8Array.from({ length: 4000 }, (_, i) => i & 0xff));
    expect((yield* socket.recv(4000, { waitall: true })).length).toBe(4000);
    yield* socket.close();
    yield () => driver.pending === 0;
    const all: VmmFrame[] = [];
    while (all.length < sent.length + received.length) all.push(...yield* rings.receive());
    expect(all.filter(({ reason }) => reason === 'SENT').map(({ bytes }) => hex(bytes))).toEqual(sent.map(hex));
    expect(all.filter(({ reason }) => reason === 'RECEIVED').map(({ bytes }) => hex(bytes))).toEqual(received.map(hex));
    expect(sent.length).toBeGreaterThan(5);
    yield COUNTERS_LATE_CYCLES;
    expect(nonZero(yield* readCounters(registers))).toEqual({});
  });
});

test('a ring that nobody reads: 32 frames of 60 bytes, the others are counted; groups only if they are wanted', () => {
  run(60_000, { puntLog2: 12 }, function* ({ machine: { registers }, rings, ask }) {
    const small = datagram(PEER, SELF, Uint8Array.of(1, 2, 3), [67, 68]);
    const toAll = datagram(PEER, { mac: BROADCAST, address: 0xffff_ffff }, Uint8Array.of(9), [67, 68]);
    ask(toAll);
    for (let i = 0; i < 40; i += 1) {
      ask(small);
      yield 40;
    }
    yield 400;
    yield COUNTERS_LATE_CYCLES;
    expect(nonZero(yield* readCounters(registers))).toEqual({ route_not_punted: 1, punt_full: 8 });
    expect((yield* rings.receive()).map(({ bytes }) => hex(bytes))).toEqual(Array.from({ length: 32 }, () => hex(small)));
    yield* registers.punt.write({ groups: true, mirror_received: false, mirror_sent: false });
    ask(toAll);
    yield 400;
    expect((yield* rings.receive()).map(({ bytes }) => hex(bytes))).toEqual([hex(toAll)]);
  });
});

test('frames that cannot be sent are refused, told and counted; the others go out, padded', () => {
  run(60_000, {}, function* ({ machine: { registers }, rings, sent }) {
    const frames = [question(1), new Uint8Array(13), question(2).subarray(0, 40), new Uint8Array(9216 + 18 + 1), question(3)];
    for (const frame of frames) yield* rings.send(frame);
    while ((yield* rings.collect()) > 0) yield 20;
    yield () => sent.length === 3;
    expect(rings.refused).toEqual(['RUNT', 'OVERSIZE']);
    const padded = (frame: Uint8Array): string => hex(frame).padEnd(2 * ETHERNET_LEAST_BYTES, '0');
    expect(sent.map(hex)).toEqual([frames[0]!, frames[2]!, frames[4]!].map(padded));
    yield COUNTERS_LATE_CYCLES;
    expect(nonZero(yield* readCounters(registers))).toEqual({ raw_runt: 1, raw_oversize: 1 });
  });
});

/** Where the VMM's memory begins, and with it the punt ring; the raw ring follows. */
const VMM_AT = 0x1_0000_1000;
const RAW_AT = VMM_AT + 2 * 4096;

test('memory refuses a record of the punt ring: that ring stops, and says why; no VM does', () => {
  run(60_000, {}, function* ({ machine: { registers }, rings, ask }) {
    ask(question(0));
    ask(question(1));
    yield 600;
    // The first one takes a record of 128 bytes.
    expect((yield* rings.receive()).map(({ bytes }) => hex(bytes))).toEqual([hex(question(0))]);
    let problem: unknown;
    try {
      yield* rings.receive();
    } catch (error) {
      problem = error;
    }
    expect(problem).toEqual(new DriverError('the punt ring was stopped: Access'));
    expect(yield* registers.page(0).status.read()).toMatchObject({ running: true, faulted: false });
    ask(question(2));
    yield 300;
    yield COUNTERS_LATE_CYCLES;
    expect(nonZero(yield* readCounters(registers))).toEqual({ dma_write_fault: 1, punt_off: 1 });
  }, { write: { response: 'SLVERR', from: VMM_AT + 128, to: VMM_AT + 129 } });
});

test('memory refuses to read a frame of the raw ring: it is told and counted, and the next one goes out', () => {
  run(60_000, { puntLog2: 12, rawLog2: 12 }, function* ({ machine: { registers, host }, rings, sent }) {
    expect(host.vmm.allocated.map(({ address }) => address)).toEqual([VMM_AT, RAW_AT]);
    for (const i of [0, 9, 1]) yield* rings.send(question(i));
    while ((yield* rings.collect()) > 0) yield 20;
    yield () => sent.length === 2;
    expect(rings.refused).toEqual(['DMA_ERROR']);
    expect(sent.map(hex)).toEqual([question(0), question(1)].map(hex));
    yield COUNTERS_LATE_CYCLES;
    expect(nonZero(yield* readCounters(registers))).toEqual({ dma_read_fault: 1, raw_error: 1, egress_raw_bad: 1 });
  }, { read: { response: 'SLVERR', from: RAW_AT + 128 + 256, to: RAW_AT + 128 + 257 } });
});
