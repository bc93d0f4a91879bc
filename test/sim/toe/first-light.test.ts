/** A whole TOE, its driver and a peer behind a link: connections both ways, every byte compared, nothing left. */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { bulkReceive, bulkSend, echo } from '../../../sim/guest/workloads/bulk.ts';
import { startServer } from '../../../sim/guest/workloads/servers.ts';
import { StreamCheck, streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import type { SocketHandlers } from '../../../sim/peer/connection.ts';
import type { Socket as PeerSocket } from '../../../sim/peer/socket.ts';
import { type Native, nativeMachine, type NativeOptions, OWN, PEER } from '../../../sim/toe/native.ts';

const BUILD = config({ vms: 1, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));
const STEPS_PS = { latencyPs: 1_000_000 };

/** The peer's end of a connection: sends one stream, checks the other. */
class PeerEnd {
  readonly check: StreamCheck;
  isEnded = false;
  isClosed = false;
  error: string | undefined;
  socket: PeerSocket | undefined;
  #sent = 0;
  readonly #stream: number;
  readonly #bytes: number;

  constructor(sends: number, bytes: number, receives: number) {
    this.#stream = sends;
    this.#bytes = bytes;
    this.check = new StreamCheck(receives);
  }

  readonly handlers: SocketHandlers = {
    onConnect: () => this.write(),
    onWritable: () => this.write(),
    onReadable: () => { this.check.take(this.socket!.read()); },
    onEnd: () => { this.isEnded = true; },
    onClose: (error) => {
      this.isClosed = true;
      this.error = error;
    },
  };

  write(): void {
    const socket = this.socket!;
    while (this.#sent < this.#bytes) {
      const taken = socket.send(streamBytes(this.#stream, this.#sent, Math.min(socket.writable, this.#bytes - this.#sent, 8192)));
      if (taken === 0) return;
      this.#sent += taken;
    }
    socket.shutdown();
  }
}

function run(bytes: number, options: Partial<NativeOptions>, limit: number, isActive: boolean): Native {
  const machine = nativeMachine({
    engine: builtinEngine(DESIGN), config: BUILD, toPeer: STEPS_PS, toToe: STEPS_PS, memory: { read: { latency: 156 }, write: { latency: 156 } },
    driver: { sqLog2: 5, cqLog2: 7, rxBytes: 16_384, txBytes: 16_384, keepRings: 0 }, setup: { tcp: { time_wait: 1 } }, ...options,
  });
  const { bench, driver, peer } = machine;
  const end = new PeerEnd(2, bytes, 1);
  let isDone = false;
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    const own = driver.socket();
    let socket = own;
    if (isActive) {
      peer.listen(7, (accepted) => {
        end.socket = accepted;
        return end.handlers;
      });
      yield* own.connect({ address: PEER.address, port: 7 });
      yield () => end.socket !== undefined;
      end.write();
    } else {
      own.bind({ address: 0, port: 80 });
      yield* own.listen(2);
      end.socket = peer.connect({ address: OWN.address, port: 80 }, end.handlers);
      socket = yield* own.accept();
    }
    let isSent = false;
    bench.start('send', (function* (): Process {
      yield* bulkSend(socket, { stream: 1, bytes });
      isSent = true;
    })());
    yield* bulkReceive(socket, { stream: 2, bytes });
    yield () => isSent;
    yield* socket.close();
    if (!isActive) yield* own.close();
    yield () => driver.pending === 0;
    yield* driver.stop();
    isDone = true;
  })());
  bench.until(() => isDone, limit, 'the transfer did not end');
  expect(end.check.received).toBe(bytes);
  expect(end.error).toBe(undefined);
  expect(machine.problems()).toEqual([]);
  bench.close();
  return machine;
}

test('active open: 30,000 bytes each way', () => { run(30_000, {}, 200_000, true); });
test('passive open: 30,000 bytes each way', () => { run(30_000, {}, 200_000, false); });
test('through a link that loses and reorders frames', () => {
  const bad = { ...STEPS_PS, loss: { probability: 0.03, at: [20, 21, 50] }, reorder: { probability: 0.1, holdPs: 5_000_000 } };
  const { link: { counters } } = run(100_000, { toPeer: bad, toToe: bad, setup: { tcp: { time_wait: 1, rto_min: 500, rto_initial: 1000, rto_after_syn_loss: 1000 } }, peer: { tcp: { leastTimeoutNs: 500_000, initialTimeoutNs: 1_000_000 } } }, 3_000_000, true);
  for (const { lost, reordered } of [counters.a, counters.b]) expect(lost > 0 && reordered > 0).toBe(true);
});

test('60 short connections from the peer, in a table of 16: slots, posted rings and handles are used again', () => {
  const connections = 60;
  const machine = nativeMachine({
    engine: builtinEngine(DESIGN), config: BUILD, toPeer: STEPS_PS, toToe: STEPS_PS, driver: { sqLog2: 5, cqLog2: 7, rxBytes: 4096, txBytes: 4096, keepRings: 0 },
    setup: { tcp: { time_wait: 1, delayed_ack: 100 } }, peer: { tcp: { timeWaitNs: 1000, delayedAckNs: 50_000 } },
  });
  const { bench, driver, peer } = machine;
  const ask = (i: number): { answered: number; error: string | undefined; isClosed: boolean } => {
    const answer = { answered: 0, error: undefined as string | undefined, isClosed: false };
    const check = new StreamCheck(i);
    const socket: PeerSocket = peer.connect({ address: OWN.address, port: 80 }, {
      onConnect: () => { socket.send(streamBytes(i, 0, 64)); },
      onReadable: () => {
        check.take(socket.read());
        answer.answered = check.received;
        if (check.received === 64) socket.close();
      },
      onClose: (error) => Object.assign(answer, { error, isClosed: true }),
    });
    return answer;
  };
  const answers: ReturnType<typeof ask>[] = [];
  let isDone = false;
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    const server = startServer((name, process) => bench.start(name, process), driver, { endpoint: { address: 0, port: 80 }, backlog: 4, serve: (socket) => echo(socket) });
    yield () => server.isUp;
    for (let i = 0; i < connections; i += 1) {
      answers.push(ask(i));
      yield 400;
    }
    yield () => server.served === connections;
    yield* server.socket.close();
    yield* driver.stop();
    isDone = true;
  })());
  bench.until(() => isDone, 200_000, 'the connections did not end');
  // The peer's last ones leave TIME-WAIT.
  bench.until(() => answers.every(({ isClosed }) => isClosed), 10_000);
  expect(answers).toEqual(Array.from({ length: connections }, () => ({ answered: 64, error: undefined, isClosed: true })));
  expect(driver.counters).toMatchObject({ accepts: connections, ended: connections });
  expect(machine.problems()).toEqual([]);
  bench.close();
});
