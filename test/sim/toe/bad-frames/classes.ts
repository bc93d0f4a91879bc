/** Bad frames about connections that are open: what an attacker who knows their ports sends, or a broken peer. */
import type { Random } from '../../../../sim/random.ts';
import type { Frame } from '../../../hw/net/support/by-bytes.ts';
import {
  arpFrame, big, echoFrame, icmp, icmpFrame, OUR_ADDRESS, OUR_MAC, PEER_ADDRESS, quoteOf, rightHeaderChecksum, rightTcpChecksum, tcpFrame, udpFrame,
} from '../../../hw/net/support/frames.ts';
import { HOSTILE } from '../../../hw/net/support/hostile.ts';
import type { ClassOptions } from './campaign.ts';
import { endsWait, segmentOf, type World } from './classify.ts';
import { after, ahead } from './connection-model.ts';
import type { RemoteEnd } from './remote-end.ts';

/** Where classes take their frames from; `count` is how many, of those that have a number of their own. */
export interface Around {
  readonly world: World;
  readonly ends: readonly [RemoteEnd, RemoteEnd];
  /** In TIME_WAIT. */
  readonly waiting: RemoteEnd;
  readonly random: Random;
}
export interface FrameClass extends Omit<ClassOptions, 'frames'> {
  readonly frames: (around: Around, count: number) => Iterable<Frame>;
  /** Most frames between two looks: a ring may not become full. */
  readonly most?: number;
}

const pick = <T>(r: Random, items: readonly T[]): T => items[r.below(items.length)]!;
const bytes = (r: Random, count: number): Uint8Array => Uint8Array.from({ length: count }, () => r.below(256));
const good = (frame: Uint8Array): Frame => ({ bytes: frame, bad: false });
const [FIN, SYN, RST, PSH, ACK, URG] = [1, 2, 4, 8, 16, 32];
const IP = 14;
/** A header and eight bytes of payload. */
const OLD_BYTES = 8;

/** Both checksums right again, where the headers now say that they are. */
function mended(frame: Uint8Array): Uint8Array {
  rightHeaderChecksum(frame.subarray(IP));
  const total = (frame[IP + 2]! << 8) | frame[IP + 3]!;
  const from = IP + (frame[IP]! & 15) * 4;
  const address = (at: number): number => new DataView(frame.buffer, frame.byteOffset).getUint32(at);
  if (frame[IP + 9] === 6) rightTcpChecksum(frame.subarray(from, Math.min(frame.length, IP + total)), address(IP + 12), address(IP + 16));
  return frame;
}

/** A good segment that ends a connection, or brings other bytes than those of the stream, would be no bad frame but a good attack. */
function isBad(frame: Frame, { world, ends }: Around): boolean {
  if (endsWait(frame, world)) return false;
  const found = segmentOf(frame, world);
  if (found === undefined) return true;
  const { port, connection, segment: { seq, length }, payload } = found;
  if (connection.couldEnd(found.segment)) return false;
  const distance = ahead(seq, connection.expected);
  const isOutside = distance + length <= 0 || distance >= ahead(connection.edge, connection.expected);
  return isOutside || Buffer.compare(payload, ends.find((end) => end.port === port)!.bytes(seq, length)) === 0;
}

/** As many as are wanted. */
function* drawn(around: Around, count: number, draw: (r: Random) => Uint8Array | Frame): Generator<Frame> {
  for (let left = count; left > 0;) {
    const drawn = draw(around.random);
    const frame = drawn instanceof Uint8Array ? good(drawn) : drawn;
    if (!isBad(frame, around)) continue;
    left -= 1;
    yield frame;
  }
}

/** A segment with bytes that have come already, and one with nothing. */
const old = (end: RemoteEnd): Uint8Array => end.dataFrame(after(end.next, -OLD_BYTES), OLD_BYTES);
const empty = (end: RemoteEnd): Uint8Array => end.frame({});

/** Fields of a frame without tag and IP options: first bit, bits. */
const FIELDS: readonly (readonly [at: number, bits: number])[] = [
  [0, 48], [48, 48], [96, 16],
  ...([[0, 4], [4, 4], [8, 8], [16, 16], [32, 16], [48, 1], [49, 1], [50, 1], [51, 13], [64, 8], [72, 8], [96, 32], [128, 32]] as const).map(([at, bits]) => [IP * 8 + at, bits] as const),
  ...([[0, 16], [16, 16], [32, 32], [64, 32], [96, 4], [100, 4], [104, 1], [105, 1], [106, 1], [107, 1], [108, 1], [109, 1], [110, 1], [111, 1], [112, 16], [144, 16]] as const).map(([at, bits]) => [(IP + 20) * 8 + at, bits] as const),
];

function setField(frame: Uint8Array, [at, bits]: readonly [number, number], value: (was: number) => number): void {
  let was = 0;
  const bit = (i: number): number => (frame[(at + i) >> 3]! >> (7 - ((at + i) & 7))) & 1;
  for (let i = 0; i < bits; i += 1) was = was * 2 + bit(i);
  const now = ((value(was) % 2 ** bits) + 2 ** bits) % 2 ** bits;
  for (let i = 0; i < bits; i += 1) {
    if (bit(i) !== Math.floor(now / 2 ** (bits - 1 - i)) % 2) frame[(at + i) >> 3]! ^= 1 << (7 - ((at + i) & 7));
  }
}

function fieldChanged(r: Random, end: RemoteEnd): Uint8Array {
  const frame = pick(r, [old, empty])(end);
  const [at, bits] = pick(r, FIELDS);
  const anything = r.uint32() * 2 ** 16 + r.below(2 ** 16);
  setField(frame, [at, bits], (was) => pick(r, [was + 1, was - 1, 0, -1, was * 2, anything, anything]));
  return r.chance(0.9) ? mended(frame) : frame;
}

/** Frames of all kinds; the parts of each are cut and changed one by one. */
const models = ({ ends: [plain, stamped] }: Around): readonly Uint8Array[] => [
  old(plain), old(stamped), empty(plain), plain.dataFrame(after(plain.next, -40), 40, { ipOptions: Uint8Array.from([1, 1, 1, 0]) }), plain.dataFrame(after(plain.next, -3), 3, { vlan: 5 }),
  arpFrame(), echoFrame(Uint8Array.from({ length: 20 }, (_, i) => i)), udpFrame(Uint8Array.from([1, 2, 3])), icmpFrame(icmp(3, 4, 576, quoteOf())),
];

/** Headers of any of these frames are in front of this byte. */
const HEADERS_BYTES = 78;

function* changedBytes(around: Around): Generator<Frame> {
  for (const model of models(around)) {
    for (let at = 0; at < Math.min(model.length, HEADERS_BYTES); at += 1) {
      for (const value of [model[at]! ^ (1 << around.random.below(8)), around.random.below(256)]) {
        const frame = model.slice();
        frame[at] = value;
        if (isBad(good(frame), around)) yield good(frame);
      }
    }
  }
}

function* cut(around: Around): Generator<Frame> {
  for (const model of models(around)) for (let length = 1; length <= model.length; length += 1) yield good(model.slice(0, length));
}

function numbers(r: Random, end: RemoteEnd): Uint8Array {
  const { model, next, heard } = end;
  const window = ahead(end.edge, next);
  const seq = after(next, pick(r, [0, 0, 0, -1, 1, -OLD_BYTES, -100, 50, window - 1, window, window + 1, 2 ** 31 - 1, 2 ** 31, r.below(window), r.uint32()]));
  const ack = after(heard, pick(r, [0, 0, 0, 0, 1, -1, -20, -8192, -model.largestWindow, -model.largestWindow - 1, 2 ** 31 - 1, 2 ** 31, r.uint32()]));
  const flags = pick(r, [ACK, ACK, ACK, ACK | PSH, SYN, SYN | ACK, RST, RST, RST | ACK, FIN | ACK, 0, PSH, URG | ACK, SYN | FIN, SYN | RST, 63, r.below(256)]);
  const length = pick(r, [0, 0, 0, 1, 7, r.below(100)]);
  const tsval = after(model.newestTimestamp, pick(r, [0, 0, 1, 5, -1, -1000, 2 ** 31, 2 ** 31 - 1, r.uint32()]));
  const options = end.model.hasTimestamps && r.chance(0.85) ? Uint8Array.from(end.timestamps(tsval)) : new Uint8Array(0);
  return end.dataFrame(seq, length, { ack, flags, options });
}

/** Pieces that lie in the window, at its edges and beyond, over each other and beside each other. */
function piece(r: Random, end: RemoteEnd): Uint8Array {
  const { expected, edge } = end.model;
  const window = ahead(edge, expected);
  const from = pick(r, [0, -1, -30, 1, 100 * r.below(20), 100 * r.below(20) + pick(r, [-1, 0, 1]), window - 50, window - 1, window, r.below(window)]);
  return end.dataFrame(after(expected, from), pick(r, [1, 50, 100, 100, 99, 101, 1 + r.below(150)]));
}

const padded = (r: Random, end: RemoteEnd): Uint8Array => end.dataFrame(after(end.model.expected, pick(r, [0, 0, -1, -4, 3])), r.below(6), { padTo: pick(r, [60, 61, 64, 128, 60 + r.below(140)]) });

/** Lengths that are nearly right, or 0, 1, past the header's end; in the remote's own segments. */
function oddOptions(r: Random, end: RemoteEnd): Uint8Array {
  const options: number[] = end.model.hasTimestamps && r.chance(0.3) ? end.timestamps(end.model.newestTimestamp) : [];
  const room = 4 * r.below(Math.floor((40 - options.length) / 4) + 1) + options.length;
  while (options.length < room) {
    const kind = pick(r, [0, 1, 2, 3, 4, 5, 8, 8, 30, r.below(256)]);
    options.push(kind);
    if (kind > 1) options.push(pick(r, [0, 1, 2, 3, 4, 10, 10, 11, 18, 40, 41, 255, r.below(256)]), ...bytes(r, r.below(9)));
  }
  const frame = end.frame({ options: Uint8Array.from(options.slice(0, room)) });
  if (!r.chance(0.2)) return frame;
  frame[IP + 32] = (r.below(16) << 4) | (frame[IP + 32]! & 15);
  return mended(frame);
}

function nobody(r: Random, end: RemoteEnd): Uint8Array {
  const frame = pick(r, [old, empty])(end);
  const change = pick(r, [
    { at: 0, value: pick(r, [0xffff_ffff_ffff, 0x0100_5e00_0001, 0x0200_0000_0003]), size: 6 }, { at: 6, value: 0x0300_0000_0099, size: 6 },
    { at: IP + 12, value: pick(r, [0, OUR_ADDRESS, 0xe000_0001, 0xffff_ffff, 0x7f00_0001]), size: 4 }, { at: IP + 16, value: pick(r, [0xffff_ffff, 0xe000_0001, 0x0a00_00ff, 0]), size: 4 },
  ]);
  frame.set(big(change.value, change.size), change.at);
  if (r.chance(0.3)) {
    // From itself: LAND.
    frame.set(big(OUR_ADDRESS, 4), IP + 12);
    frame.set(frame.subarray(IP + 22, IP + 24), IP + 20);
  }
  return mended(frame);
}

function sizes(r: Random, end: RemoteEnd, frameMostBytes: number): Frame {
  if (r.chance(0.9)) return { bytes: old(end).slice(0, 1 + r.below(18)), bad: r.chance(0.1) };
  const frame = new Uint8Array(frameMostBytes + pick(r, [0, 1, 2, 8, r.below(500)]));
  frame.set(end.dataFrame(after(end.next, -1400), 1400, { padTo: 0 }));
  return good(frame);
}

function icmpAbout(r: Random, end: RemoteEnd): Uint8Array {
  const quote = quoteOf({ destinationPort: pick(r, [end.port, end.port, 1]), seq: after(end.heard, pick(r, [0, -1, 1, r.uint32()])) }).slice(0, pick(r, [28, 28, 28, 27, 20, 0]));
  if (r.chance(0.2) && quote.length > 0) quote[r.below(quote.length)] = r.below(256);
  return icmpFrame(icmp(pick(r, [3, 3, 3, 4, 5, 8, 11, 12, 0]), pick(r, [4, 4, 0, 1, 2, 3, 13]), pick(r, [576, 68, 0, 1500, r.uint32()]), quote));
}

function arpAbout(r: Random): Uint8Array {
  const spa = pick(r, [PEER_ADDRESS, OUR_ADDRESS, 0, 0x0a00_0000 + r.below(256)]);
  const tpa = pick(r, [OUR_ADDRESS, OUR_ADDRESS, PEER_ADDRESS, spa, 0x0a00_0000 + r.below(256)]);
  return arpFrame({ oper: pick(r, [1, 2]), spa, tpa }, { destination: pick(r, [0xffff_ffff_ffff, OUR_MAC, 0x0200_0000_0003]), ...(r.chance(0.1) ? { vlan: r.below(3) } : {}) });
}

const syn = (r: Random): Uint8Array => tcpFrame({
  source: pick(r, [PEER_ADDRESS, 0x0a00_0000 + 2 + r.below(250), 1 + r.below(0xdfff_fffe)]), sourcePort: 1 + r.below(39_999), seq: r.uint32(), ack: 0, flags: pick(r, [SYN, SYN, SYN | PSH, SYN | FIN, SYN | URG | 0xc0]), payload: bytes(r, pick(r, [0, 0, 9])),
});
const strange = (r: Random): Uint8Array => tcpFrame({ sourcePort: 1 + r.below(39_999), destinationPort: pick(r, [80, 81, r.below(65_536)]), seq: r.uint32(), ack: r.uint32(), flags: pick(r, [ACK, SYN, RST, FIN | ACK, 0, r.below(256)]), payload: bytes(r, r.below(12)) });

/** To a connection in TIME_WAIT, which the last but one ends. */
function* late(around: Around, count: number): Generator<Frame> {
  const { waiting: end, world } = around;
  const last = world.waiting.has(end.port) ? [end.frame({ flags: RST }), end.frame({})] : [];
  yield* drawn(around, count - last.length, (r) => numbers(r, end));
  for (const frame of last) yield good(frame);
}

/** Behind segments whose payload cannot be placed nothing is worked off: frames fill the room there is. */
function* piledUp(around: Around, count: number, payloads: readonly number[], draw: (r: Random) => Uint8Array): Generator<Frame> {
  const [end] = around.ends;
  let seq = end.next;
  for (const length of payloads) {
    yield good(end.dataFrame(seq, length));
    seq = after(seq, length);
  }
  yield* drawn(around, count - payloads.length, draw);
}

/** More than there is between the frames' store and memory, less than the window. */
const LONG_PAYLOADS = [1400, 1400, 1400, 1400];

/** Frames between two looks, unless a class says something else. */
export const FRAMES_OF_A_LOOK = 500;

const either = (around: Around): RemoteEnd => pick(around.random, around.ends);

export const CLASSES: Readonly<Record<string, FrameClass>> = {
  ...Object.fromEntries(Object.entries(HOSTILE).map(([name, make]): [string, FrameClass] => [`${name}, from anybody`, { frames: (around, count) => drawn(around, count, make) }])),
  'every header byte changed': { frames: changedBytes },
  'cut off at every byte': { frames: cut },
  'a field of a segment changed': { frames: (around, count) => drawn(around, count, (r) => fieldChanged(r, either(around))) },
  'sequence, acknowledgment, flags, timestamps': { frames: (around, count) => drawn(around, count, (r) => numbers(r, either(around))), most: 300 },
  'to a connection in TIME_WAIT': { frames: late, most: 300 },
  'pieces over each other': { frames: (around, count) => drawn(around, count, (r) => piece(r, around.ends[0])), most: 100 },
  'padding behind payload': { frames: (around, count) => drawn(around, count, (r) => padded(r, either(around))) },
  'options of any length': { frames: (around, count) => drawn(around, count, (r) => oddOptions(r, either(around))) },
  'to groups, from nobody, from itself': { frames: (around, count) => drawn(around, count, (r) => nobody(r, either(around))) },
  'runts and giants': { frames: (around, count) => drawn(around, count, (r) => sizes(r, either(around), around.world.frameMostBytes)) },
  'ICMP about a connection': { frames: (around, count) => drawn(around, count, (r) => icmpAbout(r, either(around))) },
  'ARP about anybody': { frames: (around, count) => drawn(around, count, arpAbout) },
  'SYNs beyond the budget': { frames: (around, count) => drawn(around, count, syn) },
  'segments of no connection, without a pause': { frames: (around, count) => drawn(around, count, strange), atLineRate: true },
  'SYNs without a pause': { frames: (around, count) => drawn(around, count, syn), atLineRate: true },
  'small frames while memory stands still': { frames: (around, count) => piledUp(around, count, [50], (r) => pick(r, [old(either(around)), empty(either(around)), strange(r)])), atLineRate: true, memoryStands: true },
  'long frames while memory stands still': {
    frames: (around, count) => piledUp(around, count, LONG_PAYLOADS, () => around.ends[0].dataFrame(after(around.ends[0].next, -500), 500)), atLineRate: true, memoryStands: true, most: 60,
  },
  'ARP without a pause': { frames: (around, count) => drawn(around, count, (r) => arpFrame({ spa: pick(r, [PEER_ADDRESS, 0x0a00_0000 + r.below(256)]) })), atLineRate: true },
  'echo requests without a pause': { frames: (around, count) => drawn(around, count, (r) => echoFrame(bytes(r, r.below(200)))), atLineRate: true },
};
