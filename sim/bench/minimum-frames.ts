/** Frames of 60 bytes back to back, 14.88 million a second for a millisecond: how many segments of a live connection are not seen by TCP. */
import type { Process } from '@vtoe/hdl';
import { ETHERNET_LEAST_BYTES, EthernetHeader, Ipv4Header, IpProtocol, parseIpv4 } from '../../hw/protocol/index.ts';
import { builtinEngine } from '../engine/builtin.ts';
import { StreamCheck, streamBytes } from '../guest/workloads/stream-pattern.ts';
import { ipFrame } from '../peer/ip-packet.ts';
import { decodeTcp, encodeTcp, type TcpSegment } from '../peer/tcp-segment.ts';
import { random } from '../random.ts';
import { nativeMachine, OWN, PEER } from '../toe/native.ts';
import type { Family, Subject } from './figure.ts';

/** Preamble, FCS and gap. */
const WIRE_BYTES = ETHERNET_LEAST_BYTES + 24;
const SECONDS = 1e-3;
const BITS_PER_SECOND = 10_000_000_000;
const PORT = 7;
const STREAM = 1;
/** Behind the last frame, until the last verdict. */
const DRAIN_CYCLES = 20_000;

type Mix = 'acks' | 'data' | 'misses' | 'garbage';
const MIXES: readonly Mix[] = ['acks', 'data', 'misses', 'garbage'];

export const minimumFrames: Family = {
  figures: {
    rx_min_frames_lost: {
      unit: 'frames', goal: { bound: 'at most', value: 0 },
      doc: 'segments of a live connection that TCP did not see, of 14.88 million frames of 60 bytes a second for 1 ms; the worst of pure ACKs, bytes in order, every second frame one of no connection, every second frame garbage',
    },
  },
  measure: (subject) => ({ rx_min_frames_lost: Math.max(...MIXES.map((mix) => lost(subject, mix))) }),
};

function lost({ config, design, seed, scale = 1, progress = () => {}, machine: changed = {} }: Subject, mix: Mix): number {
  progress(`rx_min_frames_lost, ${mix}`);
  let last: Uint8Array | undefined;
  let departed = 0;
  const machine = nativeMachine({
    engine: builtinEngine(design, { seed }), config, seed, peer: { tcp: { timestamps: false } }, driver: { rxBytes: 65_536 },
    onLinkEvent: (event) => {
      if (event.kind !== 'departed' || event.from !== 'b') return;
      last = event.frame;
      departed += 1;
    }, ...changed,
  });
  const { bench, driver, peer, link, host } = machine;
  peer.listen(PORT, () => ({}));
  const count = Math.round((SECONDS * scale * BITS_PER_SECOND) / (8 * WIRE_BYTES));
  const check = new StreamCheck(STREAM);
  const result: { seen: number | undefined } = { seen: undefined };
  const sent = { live: 0 };
  bench.reset();
  bench.start('frames', (function* (): Process {
    yield* machine.start();
    const socket = driver.socket();
    yield* socket.connect({ address: PEER.address, port: PORT });
    yield 2000;
    if (mix === 'data') {
      bench.start('receiver', (function* (): Process {
        for (;;) check.take(yield* socket.recv(65_536));
      })());
    }
    const before = yield* driver.page.rx_segments.read();
    departed = 0;
    const at = BigInt(Math.ceil((bench.cycle * 1e12) / config.clockHz));
    const start = at < link.nowPs ? link.nowPs : at;
    for (const { frame, isLive } of frames(mix, acknowledgment(last!), count, seed)) {
      link.send('b', frame, start);
      if (isLive) sent.live += 1;
    }
    yield Math.ceil(SECONDS * scale * config.clockHz) + DRAIN_CYCLES;
    // The peer wonders about acknowledgments of what it did not send, and says so on the connection.
    sent.live += departed - count;
    result.seen = Number((yield* driver.page.rx_segments.read()) - before);
  })());
  bench.until(() => result.seen !== undefined, 2_000_000, 'frames were not all taken');
  const problem = host.damage()[0];
  bench.close();
  if (problem !== undefined) throw new Error(problem);
  const seen = result.seen!;
  if (seen > sent.live) throw new Error(`TCP saw ${seen} segments of ${sent.live} (${mix})`);
  if (mix === 'data' && seen === sent.live && check.received !== count) throw new Error(`the guest got ${check.received} of ${count} bytes`);
  return sent.live - seen;
}

/** An acknowledgment of nothing new, from what the peer said last: that it accepts the connection. */
function acknowledgment(frame: Uint8Array): TcpSegment {
  const packet = frame.subarray(EthernetHeader.bytes);
  const ip = parseIpv4(packet);
  const segment = ip.verdict === 'good' ? decodeTcp(packet.subarray(ip.payload.from, ip.payload.to), { source: PEER.address, destination: OWN.address }) : undefined;
  if (segment?.syn !== true || !segment.ack) throw new Error('the last frame of the peer was not what answers a SYN');
  return { ...segment, syn: false, options: {}, sequence: (segment.sequence + 1) >>> 0 };
}

function* frames(mix: Mix, ack: TcpSegment, count: number, seed: number): Generator<{ readonly frame: Uint8Array; readonly isLive: boolean }, void, void> {
  const dice = random(seed).fork('garbage');
  const live = framed(ack);
  for (let i = 0; i < count; i += 1) {
    if (mix === 'data') yield { frame: framed({ ...ack, sequence: (ack.sequence + i) >>> 0, payload: streamBytes(STREAM, i, 1) }), isLive: true };
    else if (mix === 'acks' || i % 2 === 0) yield { frame: live, isLive: true };
    else if (mix === 'misses') yield { frame: framed({ ...ack, sourcePort: 1024 + (i % 60_000) }), isLive: false };
    else yield { frame: damaged(live, dice.below(5), dice.below(256)), isLive: false };
  }
}

function framed(segment: TcpSegment): Uint8Array {
  const addresses = { source: PEER.address, destination: OWN.address };
  const frame = ipFrame(PEER.mac, { ...addresses, protocol: IpProtocol.value.TCP, identification: 0 }, encodeTcp(segment, addresses));
  EthernetHeader.put(frame, 'destination', Number(OWN.mac));
  return frame;
}

/** A frame that nothing may come of. */
function damaged(good: Uint8Array, kind: number, value: number): Uint8Array {
  const frame = good.slice();
  const ip = EthernetHeader.bytes;
  const tcp = ip + Ipv4Header.bytes;
  const at = [12, ip, ip + 10, tcp + 16, tcp + 12][kind]!;
  // Ethertype, IP version and header length, IP checksum, TCP checksum, TCP data offset.
  frame[at] = frame[at]! ^ (value | 0x10);
  return frame;
}
