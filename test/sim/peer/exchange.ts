/** Two peers at the ends of a link: bytes both ways, every one of them compared with the one that was sent. */
import { captureLink } from '../../../sim/link/capture.ts';
import type { DirectionOptions } from '../../../sim/link/direction.ts';
import { createLink, type Link } from '../../../sim/link/link.ts';
import type { PcapngWriter } from '../../../sim/link/pcapng.ts';
import { CheckedStream } from '../../../sim/peer/checked-stream.ts';
import type { Misbehaviour } from '../../../sim/peer/misbehaviour.ts';
import { Peer, type TcpSettings } from '../../../sim/peer/peer.ts';
import { runStations } from '../../../sim/peer/stations.ts';

export const A = { mac: 0x02_00_00_00_00_0a, address: 0x0a_00_00_0a };
export const B = { mac: 0x02_00_00_00_00_0b, address: 0x0a_00_00_0b };
export const PORT = 7;
const RATE = 10_000_000_000;
export const SECOND_PS = 1_000_000_000_000n;

export interface WorldOptions {
  readonly seed?: number;
  readonly aToB?: DirectionOptions;
  readonly bToA?: DirectionOptions;
  readonly tcpA?: TcpSettings;
  readonly tcpB?: TcpSettings;
  readonly misbehaviourA?: Misbehaviour;
  readonly misbehaviourB?: Misbehaviour;
  readonly capture?: PcapngWriter;
  /** Sees, and may change, every frame that a peer sends. */
  readonly onFrame?: (from: 'a' | 'b', frame: Uint8Array) => void;
}

export interface World {
  readonly link: Link;
  readonly a: Peer;
  readonly b: Peer;
  /** Until it holds, or nothing is due, or so many seconds have passed since the start. */
  run(isOver?: () => boolean, limitSeconds?: number): void;
}

export function world({ seed = 1, aToB = { latencyPs: 5_000_000 }, bToA = { latencyPs: 5_000_000 }, tcpA, tcpB, misbehaviourA, misbehaviourB, capture, onFrame = () => {} }: WorldOptions = {}): World {
  const link = createLink({ rateBitsPerSecond: RATE, seed, aToB, bToA });
  const send = (end: 'a' | 'b', peer: () => Peer) => (frame: Uint8Array): void => {
    onFrame(end, frame);
    const now = BigInt(peer().nowNs) * 1000n;
    link.send(end, frame, now < link.nowPs ? link.nowPs : now);
  };
  const a: Peer = new Peer({ ...A, transmit: send('a', () => a), seed, ...(tcpA === undefined ? {} : { tcp: tcpA }), ...(misbehaviourA === undefined ? {} : { misbehaviour: misbehaviourA }) });
  const b: Peer = new Peer({ ...B, transmit: send('b', () => b), seed, ...(tcpB === undefined ? {} : { tcp: tcpB }), ...(misbehaviourB === undefined ? {} : { misbehaviour: misbehaviourB }) });
  const tap = capture && captureLink({ pcapng: capture, rateBitsPerSecond: RATE, names: { a: 'a', b: 'b' } });
  return {
    link, a, b,
    // As a tap at a's end sees it: a tool that sees both ends takes the second sight of a segment for its repetition.
    run: (isOver, limitSeconds = 3600) => void runStations({ link, stations: { a, b }, onEvent: (event) => { if ((event.kind === 'departed') === (event.from === 'a')) tap?.(event); } }, BigInt(limitSeconds) * SECOND_PS, isOver),
  };
}

export interface Exchange {
  readonly client: CheckedStream;
  readonly server: CheckedStream;
}

/** `a` connects to `b`; both send their bytes and close. */
export function exchange({ a, b }: World, bytesA: number, bytesB: number): Exchange {
  const [client, server] = [new CheckedStream({ sends: bytesA, own: 1, other: 2 }), new CheckedStream({ sends: bytesB, own: 2, other: 1 })];
  b.listen(PORT, (socket) => {
    server.socket = socket;
    return server.handlers;
  });
  client.socket = a.connect({ address: B.address, port: PORT }, client.handlers);
  return { client, server };
}
