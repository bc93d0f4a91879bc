/** A router on the way says that segments are too long: those of that connection are shorter from then on, and nobody else can say so. */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { EthernetHeader, EtherType, IcmpType, IcmpUnreachable, internetChecksum, IpProtocol, Ipv4Header, TcpHeader, UnreachableCode } from '../../../hw/protocol/index.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { bulkSend } from '../../../sim/guest/workloads/bulk.ts';
import type { LinkEvent } from '../../../sim/link/direction.ts';
import { COUNTERS_LATE_CYCLES, nonZero, readCounters } from '../../../sim/toe/counters.ts';
import { nativeMachine, OWN, PEER } from '../../../sim/toe/native.ts';
import { PeerStream } from '../../../sim/toe/peer-stream.ts';

const BUILD = config({ vms: 1, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));
const ROUTER = { address: 0x0a00_00fe, mac: 0x0200_0000_00fe };
const IP_AT = EthernetHeader.bytes;
const TCP_AT = IP_AT + Ipv4Header.bytes;

/** ICMP 3/4 about the packet of `frame`, whose sequence number it says otherwise by `seqOff`. */
function tooBig(frame: Uint8Array, mtu: number, seqOff = 0): Uint8Array {
  const about = frame.slice();
  TcpHeader.put(about, 'sequence_number', (TcpHeader.get(about, 'sequence_number', TCP_AT) + seqOff) >>> 0, TCP_AT);
  const quoted = about.subarray(IP_AT, TCP_AT + 8);
  const icmp = Uint8Array.from(Buffer.concat([IcmpUnreachable.encode({ type: IcmpType.value.UNREACHABLE, code: UnreachableCode.value.FRAGMENTATION_NEEDED, checksum: 0, next_hop_mtu: mtu }), quoted]));
  new DataView(icmp.buffer).setUint16(2, internetChecksum(icmp));
  const ip = Ipv4Header.encode({
    dscp: 0, ecn: 0, total_length: Ipv4Header.bytes + icmp.length, identification: 1, df: false, mf: false, fragment_offset: 0, ttl: 64, protocol: IpProtocol.value.ICMP, source: ROUTER.address, destination: OWN.address,
  });
  Ipv4Header.put(ip, 'header_checksum', internetChecksum(ip));
  return Uint8Array.from(Buffer.concat([EthernetHeader.encode({ destination: Number(OWN.mac), source: ROUTER.mac, ethertype: EtherType.value.IPV4 }), ip, icmp]));
}

interface Sent { readonly payload: number; readonly total: number; }

/** Sends a stream; `about` says what the router answers to each segment with payload, by its number. */
function run(about: (frame: Uint8Array, number: number) => Uint8Array | undefined): { readonly sent: readonly Sent[]; readonly counters: Readonly<Record<string, number>> } {
  const sent: Sent[] = [];
  const answers: Uint8Array[] = [];
  const onLinkEvent = (event: LinkEvent): void => {
    if (event.kind !== 'departed' || event.from !== 'a' || EthernetHeader.decode(event.frame).ethertype !== EtherType.value.IPV4) return;
    const total = Ipv4Header.get(event.frame, 'total_length', IP_AT);
    const payload = total - Ipv4Header.bytes - 4 * TcpHeader.get(event.frame, 'data_offset', TCP_AT);
    if (payload <= 0) return;
    const answer = about(event.frame, sent.length);
    sent.push({ payload, total });
    if (answer !== undefined) answers.push(answer);
  };
  // Long enough a way that an answer of a router comes before the ACK.
  const machine = nativeMachine({ engine: builtinEngine(DESIGN), config: BUILD, onLinkEvent, toPeer: { latencyPs: 10_000_000 }, toToe: { latencyPs: 1_000_000 }, driver: { sqLog2: 5, cqLog2: 7, keepRings: 0 }, setup: { tcp: { time_wait: 1 } } });
  const { bench, driver, peer, link, registers } = machine;
  const bytes = 40_000;
  const problems: string[] = [];
  const end = new PeerStream({ own: 2, sends: 0, other: 1, receives: bytes, onProblem: (problem) => problems.push(problem) });
  let counters: Readonly<Record<string, number>> = {};
  let isDone = false;
  bench.add({ name: 'router', step: () => { for (const answer of answers.splice(0)) link.send('b', answer, link.nowPs); } });
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    peer.listen(7, (accepted) => {
      end.socket = accepted;
      return end.handlers;
    });
    const socket = driver.socket();
    yield* socket.connect({ address: PEER.address, port: 7 });
    yield* bulkSend(socket, { stream: 1, bytes });
    yield* socket.close();
    yield () => driver.pending === 0;
    yield COUNTERS_LATE_CYCLES;
    counters = nonZero(yield* readCounters(registers));
    yield* driver.stop();
    isDone = true;
  })());
  bench.until(() => isDone, 200_000, 'the transfer did not end');
  expect(end.received).toBe(bytes);
  expect(problems).toEqual([]);
  expect(machine.problems()).toEqual([]);
  bench.close();
  return { sent, counters };
}

test('a segment in flight was too long for 1000 bytes: packets are of 1000 bytes at most soon after, and every byte arrives', () => {
  const { sent, counters } = run((frame, number) => (number === 0 ? tooBig(frame, 1000) : undefined));
  expect(sent[0]!.total).toBe(1500);
  expect(counters['too_big_taken']).toBe(1);
  const first = sent.findIndex(({ total }) => total < 1500);
  // Those that were granted before may still be as long.
  expect(first).toBeLessThan(12);
  expect(sent.slice(first).every(({ total }) => total <= 1000)).toBe(true);
  expect(sent.slice(first).filter(({ total }) => total === 1000).length).toBeGreaterThan(20);
});

test('a router that says 68 gets 576, as every host takes', () => {
  const { sent } = run((frame, number) => (number === 0 ? tooBig(frame, 68) : undefined));
  expect(Math.min(...sent.slice(0, -1).map(({ total }) => total))).toBe(576);
});

test('about what is not in flight, or of a connection that is not: counted, and not believed', () => {
  const { sent, counters } = run((frame, number) => {
    if (number === 1) return tooBig(frame, 600, -3000);
    if (number === 3) return tooBig(frame, 600, 2 ** 30);
    if (number !== 5) return undefined;
    const other = frame.slice();
    TcpHeader.put(other, 'source_port', 99, TCP_AT);
    return tooBig(other, 600);
  });
  expect(counters).toMatchObject({ too_big_outside: 2, too_big_unknown: 1 });
  expect(counters['too_big_taken']).toBe(undefined);
  expect(sent.slice(0, -1).filter(({ total }) => total === 1500).length).toBeGreaterThan(25);
});
