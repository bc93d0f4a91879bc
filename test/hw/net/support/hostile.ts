/** Frames as an attacker, a broken switch or a broken driver sends them, class by class, and good ones between them. */
import { tcpOptions } from '../../../../hw/protocol/index.ts';
import { random, type Random } from '../../../../sim/random.ts';
import type { Frame } from './by-bytes.ts';
import { arpFrame, echoFrame, ethernet, icmp, icmpFrame, ipv4, OUR_ADDRESS, PEER_ADDRESS, quoteOf, rightHeaderChecksum, rightTcpChecksum, segment, tcpFrame, udpFrame } from './frames.ts';

const bytes = (r: Random, count: number): Uint8Array => Uint8Array.from({ length: count }, () => r.below(256));
const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;

/** Good options, in random company. */
function options(r: Random): Uint8Array {
  if (r.chance(0.3)) return new Uint8Array(0);
  return tcpOptions({
    ...(r.chance(0.5) && { mss: r.below(65_536) }), ...(r.chance(0.4) && { window_scale: r.below(15) }), ...(r.chance(0.4) && { sack_permitted: true }),
    ...(r.chance(0.5) && { timestamps: { tsval: r.uint32(), tsecr: r.uint32() } }),
    ...(r.chance(0.2) && { sack: [{ left_edge: r.uint32(), right_edge: r.uint32() }] }),
  });
}

function goodSegment(r: Random) {
  return { seq: r.uint32(), ack: r.uint32(), flags: r.below(256), window: r.below(65_536), sourcePort: r.below(65_536), destinationPort: r.below(65_536), options: options(r), payload: bytes(r, pick(r, [0, 0, 1, 2, 7, 64, r.below(200)])) };
}

function goodTcp(r: Random): Uint8Array {
  return tcpFrame({ ...goodSegment(r), ...(r.chance(0.4) && { vlan: r.below(65_536) }), ...(r.chance(0.3) && { ipOptions: bytes(r, 4 * r.below(11)) }), padTo: pick(r, [0, 60, 60, 90]) });
}

function goodAny(r: Random): Uint8Array {
  const vlan = r.chance(0.3) ? { vlan: r.below(4096) } : {};
  return pick<() => Uint8Array>(r, [
    () => goodTcp(r), () => goodTcp(r), () => arpFrame({ oper: 1 + r.below(2), spa: r.uint32(), tpa: r.uint32() }, vlan), () => echoFrame(bytes(r, r.below(120)), { ...vlan, options: bytes(r, 4 * r.below(4)) }),
    () => icmpFrame(icmp(pick(r, [3, 4, 11, 12, 0]), pick(r, [4, 4, 0, 1]), r.uint32(), quoteOf({ seq: r.uint32() })), vlan), () => udpFrame(bytes(r, r.below(60))),
    () => ethernet({ ethertype: pick(r, [0x86dd, 0x8100, 0x88cc, 0x0026]), payload: bytes(r, r.below(80)), ...vlan }),
  ])();
}

/** Where the network layer begins, and the transport layer as the header says. */
const networkAt = (frame: Uint8Array): number => (frame[12] === 0x81 && frame[13] === 0 ? 18 : 14);
const transportAt = (frame: Uint8Array): number => networkAt(frame) + (frame[networkAt(frame)]! & 15) * 4;

/** Both checksums right again, of whatever the headers now say. */
function mend(frame: Uint8Array): Uint8Array {
  const at = networkAt(frame);
  rightHeaderChecksum(frame.subarray(at));
  const total = (frame[at + 2]! << 8) | frame[at + 3]!;
  if (frame[at + 9] === 6) rightTcpChecksum(frame.subarray(transportAt(frame), Math.min(frame.length, at + total)), PEER_ADDRESS, OUR_ADDRESS);
  return frame;
}

/** Options as nobody should write them: kinds and lengths that are often nearly right. */
function garbage(r: Random): Uint8Array {
  const count = 4 * r.below(11);
  const made: number[] = [];
  while (made.length < count) {
    const kind = pick(r, [0, 1, 1, 2, 3, 4, 5, 8, 8, 2, 30, 253, r.below(256)]);
    made.push(kind);
    if (r.chance(0.15)) continue;
    const right = ({ 2: 4, 3: 3, 4: 2, 5: 10, 8: 10 } as Record<number, number>)[kind] ?? 2 + r.below(6);
    if (kind > 1) made.push(r.chance(0.7) ? right : pick(r, [0, 1, 2, 3, 4, 10, 11, 18, 26, 34, 40, 41, 255, r.below(256)]), ...bytes(r, Math.max(0, right - 2)));
  }
  return Uint8Array.from(made.slice(0, count));
}

/** The classes, each a function of the stream of random numbers. */
export const HOSTILE: Readonly<Record<string, (r: Random) => Frame>> = {
  good: (r) => ({ bytes: goodAny(r), bad: false }),
  'FCS flag': (r) => ({ bytes: goodAny(r), bad: true }),
  'a header byte changed': (r) => {
    const frame = goodAny(r);
    frame[r.below(Math.min(frame.length, 80))] = r.below(256);
    return { bytes: frame, bad: false };
  },
  'a bit of any byte changed': (r) => {
    const frame = goodAny(r);
    const at = r.below(frame.length);
    frame[at] = frame[at]! ^ (1 << r.below(8));
    return { bytes: frame, bad: false };
  },
  'a header byte changed, checksums mended': (r) => {
    const frame = goodTcp(r);
    frame[r.below(Math.min(frame.length, 80))] = r.below(256);
    return { bytes: frame.length > 60 ? mend(frame) : frame, bad: false };
  },
  'cut off': (r) => {
    const frame = goodAny(r);
    return { bytes: frame.slice(0, 1 + r.below(frame.length)), bad: false };
  },
  'wrong checksum': (r) => {
    const frame = goodTcp(r);
    const at = r.chance(0.5) ? networkAt(frame) + 10 : transportAt(frame) + 16;
    frame[at + r.below(2)]! ^= 1 << r.below(8);
    return { bytes: frame, bad: false };
  },
  'option garbage': (r) => ({ bytes: tcpFrame({ ...goodSegment(r), options: garbage(r), padTo: 0 }), bad: false }),
  'header length': (r) => {
    const frame = goodTcp(r);
    const at = networkAt(frame);
    frame[at] = 0x40 | r.below(16);
    return { bytes: mend(frame), bad: false };
  },
  'total length': (r) => {
    const frame = goodTcp(r);
    const at = networkAt(frame);
    const total = pick(r, [0, 19, 20, 21, 39, 40, frame.length - at, frame.length - at + 1, r.below(200), 65_535]);
    frame.set([total >> 8, total & 255], at + 2);
    return { bytes: mend(frame), bad: false };
  },
  'data offset': (r) => {
    const frame = goodTcp(r);
    const at = transportAt(frame) + 12;
    frame[at] = (r.below(16) << 4) | (frame[at]! & 15);
    return { bytes: mend(frame), bad: false };
  },
  fragment: (r) => ({ bytes: ethernet({ payload: ipv4({ protocol: pick(r, [1, 6, 17]), flagsAndOffset: pick(r, [0x2000, 1, 0x2001, 0x1fff, 0x8000]), payload: segment(goodSegment(r)) }) }), bad: false }),
  'padding behind the packet': (r) => ({ bytes: tcpFrame({ ...goodSegment(r), padTo: 60 + r.below(100) }), bad: false }),
  'addresses that no host has': (r) => {
    const address = pick(r, [0, 0xffff_ffff, 0xe000_0001, 0xdfff_ffff, 0xf000_0000, OUR_ADDRESS]);
    const parts = r.chance(0.5) ? { source: address } : { destination: address };
    const mac = pick(r, [{}, { destinationMac: 0xffff_ffff_ffff }, { destinationMac: 0x0100_5e00_0001 }, { sourceMac: 0x0300_0000_0001 }]);
    return { bytes: tcpFrame({ ...goodSegment(r), sourcePort: 80, destinationPort: pick(r, [80, 81]), ...parts, ...mac }), bad: false };
  },
  'ARP of all kinds': (r) => ({ bytes: arpFrame(pick(r, [{ htype: 2 }, { ptype: 0x86dd }, { hlen: 8 }, { plen: 16 }, { oper: 0 }, { oper: 3 }, { sha: 0x0100_0000_0000 }, {}]), { padTo: pick(r, [0, 60]) }), bad: false }),
  'ICMP of all kinds': (r) => {
    const quote = quoteOf({ seq: r.uint32() }).slice(0, pick(r, [28, 28, 28, 27, 20, 0]));
    if (r.chance(0.3) && quote.length > 0) quote[r.below(quote.length)] = r.below(256);
    return { bytes: icmpFrame(icmp(pick(r, [3, 3, 3, 4, 5, 11, 12, 8, r.below(256)]), pick(r, [4, 4, 0, 3]), r.uint32(), quote).slice(0, r.chance(0.1) ? r.below(9) : 100)), bad: false };
  },
  noise: (r) => ({ bytes: bytes(r, 1 + r.below(160)), bad: r.chance(0.1) }),
};

/** Some of each class, in any order. */
export function* someFrames(count: number, seed: number): Generator<Frame> {
  const r = random(seed);
  const classes = Object.values(HOSTILE);
  for (let i = 0; i < count; i++) yield classes[r.below(classes.length)]!(r);
}
