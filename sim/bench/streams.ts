/** Connections that send without an end, one way or both, every byte compared: the load of the steady-state figures. */
import type { Process } from '@vtoe/hdl';
import { builtinEngine } from '../engine/builtin.ts';
import type { TestBench } from '../engine/test-bench.ts';
import type { Socket } from '../guest/sockets/socket.ts';
import { StreamCheck, streamBytes } from '../guest/workloads/stream-pattern.ts';
import type { SocketHandlers } from '../peer/connection.ts';
import type { Socket as PeerSocket } from '../peer/socket.ts';
import { type Native, nativeMachine, type NativeOptions, PEER } from '../toe/native.ts';
import type { Subject } from './figure.ts';

export interface StreamsOptions {
  readonly connections: number;
  /** The TOE sends; the peer sends. */
  readonly transmits: boolean;
  readonly receives: boolean;
  /** Cycles after which the peer begins to send on a connection; default at once. */
  readonly receivesAfter?: number;
  /** Bytes of a `send`, each of which is a command at most. */
  readonly callBytes: number;
  readonly machine: Partial<NativeOptions>;
}

export interface Streams {
  readonly machine: Native;
  /** Bytes that came whole and in order, of all connections: at the peer, and at the driver. */
  readonly transmitted: { bytes: number };
  readonly received: { bytes: number };
}

const PORT = 7;
const FROM_TOE = 1;
const FROM_PEER = 2;
/** What the peer reads at once: each read that opens its window is a segment on the wire that the TOE's payload comes on. */
const READ_BYTES = 65_536;
const SETUP_CYCLES = 1_000_000;

/**
 * Everything is connected, and streams begin as they can.
 * @param onCount called whenever one of the counts has grown
 */
export function startStreams({ config, design, seed, machine: changed = {} }: Subject, options: StreamsOptions, onCount: (streams: Streams) => void): Streams {
  const { connections, transmits, receives, receivesAfter = 0, callBytes } = options;
  const machine = nativeMachine({ engine: builtinEngine(design, { seed }), config, seed, ...options.machine, ...changed });
  const streams: Streams = { machine, transmitted: { bytes: 0 }, received: { bytes: 0 } };
  const { bench, driver, peer } = machine;
  bench.reset();
  peer.listen(PORT, (socket) => peerEnd(socket, socket.port, receives ? receivesAfter : undefined, bench, (bytes) => {
    streams.transmitted.bytes += bytes;
    onCount(streams);
  }));
  let connected = 0;
  bench.start('set-up', (function* (): Process {
    yield* machine.start();
    for (let i = 0; i < connections; i += 1) {
      const socket = driver.socket();
      yield* socket.connect({ address: PEER.address, port: PORT });
      const stream = socket.local!.port;
      if (receives) {
        bench.start('receiver', receiver(socket, stream, (bytes) => {
          streams.received.bytes += bytes;
          onCount(streams);
        }));
      }
      if (transmits) bench.start('sender', sender(socket, stream, callBytes));
      connected += 1;
    }
  })());
  bench.until(() => connected === connections, SETUP_CYCLES, `${connections} connections did not open`);
  return streams;
}

/** @throws Error if memory was touched that was none of the TOE's */
export function closeStreams({ machine }: Streams): void {
  const { host } = machine;
  const problem = [...host.damage(), ...(host.violationCount > 0 ? [`${host.violationCount} accesses out of windows`] : [])][0];
  machine.bench.close();
  if (problem !== undefined) throw new Error(problem);
}

function* sender(socket: Socket, stream: number, callBytes: number): Process {
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

/** @param stream the other end's port: no other connection has it */
function peerEnd(socket: PeerSocket, stream: number, sendsAfter: number | undefined, bench: TestBench, onBytes: (bytes: number) => void): SocketHandlers {
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
  return {
    onConnect: () => {
      if (sendsAfter === undefined) return;
      if (sendsAfter === 0) open();
      else bench.start('peer', (function* (): Process {
        yield sendsAfter;
        open();
      })());
    },
    onWritable: write,
    onReadable: () => {
      const came = check.received + socket.readable;
      onBytes(came - counted);
      counted = came;
      if (socket.readable >= READ_BYTES) check.take(socket.read());
    },
    onClose: (error) => { throw new Error(`stream ${stream} was closed: ${error ?? 'in order'}`); },
  };
}
