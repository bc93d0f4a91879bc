/** Connections that send without an end, one way or both, every byte compared: the load of the steady-state figures. */
import type { Process } from '@vtoe/hdl';
import { builtinEngine } from '../engine/builtin.ts';
import type { Engine } from '../engine/engine.ts';
import type { TestBench } from '../engine/test-bench.ts';
import type { Socket } from '../guest/sockets/socket.ts';
import { StreamCheck, streamBytes } from '../guest/workloads/stream-pattern.ts';
import type { SocketHandlers } from '../peer/connection.ts';
import type { Socket as PeerSocket } from '../peer/socket.ts';
import { type Native, nativeMachine, type NativeOptions, PEER } from '../toe/native.ts';
import type { Subject } from './figure.ts';

export interface StreamsOptions {
  readonly connections: number;
  /** Connections that are being opened at once, behind the first, which learns the MAC address; default 1. Payload waits for the last. */
  readonly openedAtOnce?: number;
  /** The TOE sends; the peer sends. */
  readonly transmits: boolean;
  readonly receives: boolean;
  /** Cycles after which the peer begins to send on a connection; default at once. */
  readonly receivesAfter?: number;
  /** Bytes of a `send`, each of which is a command at most. */
  readonly callBytes: number;
  /** Bytes that the peer takes at a time, at least. Each read that opens its window is a segment on the wire that the TOE's payload comes on. */
  readonly readBytes?: number;
  /** On which it runs; default the built-in one. */
  readonly engine?: Engine;
  readonly machine: Partial<NativeOptions>;
}

export interface Streams {
  readonly machine: Native;
  /** Bytes that came whole and in order, of all connections: at the peer, and at the driver. */
  readonly transmitted: { bytes: number };
  readonly received: { bytes: number };
  /** Compares what the peer has not taken yet. */
  readonly rests: (() => void)[];
}

const PORT = 7;
const FROM_TOE = 1;
const FROM_PEER = 2;
const READ_BYTES = 65_536;
const SETUP_CYCLES = 1_000_000;

/**
 * Everything is connected, and streams begin as they can.
 * @param onCount called whenever one of the counts has grown
 */
export function startStreams({ config, design, seed, machine: changed = {} }: Subject, options: StreamsOptions, onCount: (streams: Streams) => void): Streams {
  const { connections, openedAtOnce = 1, transmits, receives, receivesAfter = 0, callBytes, readBytes = READ_BYTES, engine = builtinEngine(design, { seed }) } = options;
  const machine = nativeMachine({ engine, config, seed, ...options.machine, ...changed });
  const streams: Streams = { machine, transmitted: { bytes: 0 }, received: { bytes: 0 }, rests: [] };
  const { bench, driver, peer } = machine;
  bench.reset();
  let [begun, connected] = [0, 0];
  const begins = openedAtOnce > 1 ? () => connected === connections : undefined;
  peer.listen(PORT, (socket) => {
    const { handlers, rest } = peerEnd(socket, socket.port, { readBytes, bench, begins, ...(receives ? { sendsAfter: receivesAfter } : {}) }, (bytes) => {
      streams.transmitted.bytes += bytes;
      onCount(streams);
    });
    streams.rests.push(rest);
    return handlers;
  });
  function* connect(): Process {
    while (begun < connections) {
      begun += 1;
      const socket = driver.socket();
      yield* socket.connect({ address: PEER.address, port: PORT });
      const stream = socket.local!.port;
      if (receives) {
        bench.start('receiver', receiver(socket, stream, (bytes) => {
          streams.received.bytes += bytes;
          onCount(streams);
        }));
      }
      if (transmits) bench.start('sender', sender(socket, stream, callBytes, begins));
      connected += 1;
      if (connected === 1) for (let i = 1; i < openedAtOnce; i += 1) bench.start('set-up', connect());
    }
  }
  bench.start('set-up', (function* (): Process {
    yield* machine.start();
    yield* connect();
  })());
  bench.until(() => connected === connections, SETUP_CYCLES, `${connections} connections did not open`);
  return streams;
}

/** @throws Error if a byte was wrong, or memory was touched that was none of the TOE's */
export function closeStreams({ machine, rests }: Streams): void {
  const { host } = machine;
  for (const rest of rests) rest();
  const problem = [...host.damage(), ...(host.violationCount > 0 ? [`${host.violationCount} accesses out of windows`] : [])][0];
  machine.bench.close();
  if (problem !== undefined) throw new Error(problem);
}

function* sender(socket: Socket, stream: number, callBytes: number, begins: (() => boolean) | undefined): Process {
  if (begins !== undefined) yield begins;
  for (let position = 0;; position += callBytes) yield* socket.send(streamBytes(2 * stream + FROM_TOE, position, callBytes));
}

function* receiver(socket: Socket, stream: number, onBytes: (bytes: number) => void): Process {
  const check = new StreamCheck(2 * stream + FROM_PEER);
  for (;;) {
    const data = yield* socket.recv(65_536);
    if (data.length === 0) throw new Error(`stream ${stream} ended after ${check.received} bytes`);
    check.take(data);
    onBytes(data.length);
  }
}

interface PeerEndOptions {
  readonly readBytes: number;
  readonly bench: TestBench;
  /** It sends nothing before. */
  readonly begins: (() => boolean) | undefined;
  /** Cycles; never without it. */
  readonly sendsAfter?: number;
}

/** @param stream the other end's port: no other connection has it */
function peerEnd(socket: PeerSocket, stream: number, { readBytes, bench, begins, sendsAfter }: PeerEndOptions, onBytes: (bytes: number) => void): { readonly handlers: SocketHandlers; readonly rest: () => void } {
  const check = new StreamCheck(2 * stream + FROM_TOE);
  let [sent, counted, isOpen] = [0, 0, false];
  const write = (): void => {
    if (!isOpen) return;
    for (;;) {
      const taken = socket.send(streamBytes(2 * stream + FROM_PEER, sent, Math.min(socket.writable, 16_384)));
      if (taken === 0) return;
      sent += taken;
    }
  };
  const open = (): void => {
    isOpen = true;
    write();
  };
  const handlers: SocketHandlers = {
    onConnect: () => {
      if (sendsAfter === undefined) return;
      if (sendsAfter === 0 && begins === undefined) open();
      else bench.start('peer', (function* (): Process {
        if (begins !== undefined) yield begins;
        if (sendsAfter > 0) yield sendsAfter;
        open();
      })());
    },
    onWritable: write,
    onReadable: () => {
      const came = check.received + socket.readable;
      onBytes(came - counted);
      counted = came;
      if (socket.readable >= readBytes) check.take(socket.read());
    },
    onClose: (error) => { throw new Error(`stream ${stream} was closed: ${error ?? 'in order'}`); },
  };
  return { handlers, rest: () => check.take(socket.read()) };
}
