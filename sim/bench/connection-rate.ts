/** Short connections a second: opened and closed by the peer, 64 bytes each way, over more than ten times as many as the engine has. */
import type { Process, Wait } from '@vtoe/hdl';
import { builtinEngine } from '../engine/builtin.ts';
import type { Socket } from '../guest/sockets/socket.ts';
import { StreamCheck, streamBytes } from '../guest/workloads/stream-pattern.ts';
import { nativeMachine, OWN } from '../toe/native.ts';
import type { Family, Subject } from './figure.ts';
import { Meter } from './meter.ts';

const BYTES = 64;
const PORT = 80;
const RING_BYTES = 4096;
/** Connections under way at once, at most, and twice as many ACCEPTs posted for them: a SYN that finds none is dropped. */
const AT_ONCE = 64;
/** Connections, in sizes of the engine's table. */
const TABLES = 10;
const LIMIT_CYCLES_EACH = 1000;
const STREAM_BYTES = 4;
const TO_SERVER = 0x100_0000;
const TO_CLIENT = 0x200_0000;

export const connectionRate: Family = {
  figures: {
    connections_per_second: {
      unit: 'per s', goal: { bound: 'at least', value: 1e6 },
      doc: `passive open, ${BYTES} bytes each way, closed by the peer; ${AT_ONCE} at once, ${TABLES} times as many as the engine has`,
    },
  },
  measure: (subject) => ({ connections_per_second: rate(subject) }),
};

function rate({ config, design, seed, scale = 1, progress = () => {}, machine: changed = {} }: Subject): number {
  progress('connections_per_second');
  const machine = nativeMachine({
    engine: builtinEngine(design, { seed }), config, seed, driver: { rxBytes: RING_BYTES, txBytes: RING_BYTES },
    peer: { tcp: { sendBytes: RING_BYTES, receiveBytes: RING_BYTES, noDelay: true, timeWaitNs: 1000 } }, ...changed,
  });
  const { bench, driver, peer } = machine;
  const count = Math.round(TABLES * config.connections * scale);
  const atOnce = Math.min(AT_ONCE, config.prePosts / 4, config.connections / 4);
  const meter = new Meter(0, Infinity);
  const done = { begun: 0, clients: 0, served: 0 };
  const open = (): void => {
    if (done.begun === count) return;
    done.begun += 1;
    const stream = done.begun;
    const answers = new StreamCheck(TO_CLIENT + stream);
    const socket = peer.connect({ address: OWN.address, port: PORT }, {
      onConnect: () => { socket.send(requestOf(stream)); },
      onReadable: () => {
        answers.take(socket.read());
        if (answers.received === BYTES) socket.shutdown();
      },
      onClose: (error) => {
        if (error !== undefined) throw new Error(`connection ${stream} ended by ${error}`);
        if (answers.received !== BYTES) throw new Error(`connection ${stream} ended after ${answers.received} bytes`);
        done.clients += 1;
        meter.sample(bench.cycle, done.clients);
        open();
      },
    });
  };
  bench.reset();
  bench.start('server', (function* (): Process {
    yield* machine.start();
    const socket = driver.socket();
    socket.bind({ address: 0, port: PORT });
    yield* socket.listen(2 * atOnce);
    // The peer learns the MAC address with the first one, for which few frames can wait.
    bench.start('clients', (function* (): Process {
      open();
      yield () => done.clients > 0;
      for (let i = 1; i < atOnce; i += 1) open();
    })());
    const served = new Set<number>();
    while (served.size < count) {
      const connection = yield* socket.accept();
      bench.start('connection', (function* (): Process {
        const stream = yield* serve(connection);
        if (served.has(stream)) throw new Error(`connection ${stream} came twice`);
        served.add(stream);
        done.served = served.size;
      })());
    }
  })());
  bench.until(() => done.clients === count && done.served === count, 100_000 + count * LIMIT_CYCLES_EACH, `${count} connections did not end`);
  const { host } = machine;
  const problem = [...host.damage(), ...(host.violationCount > 0 ? [`${host.violationCount} accesses out of windows`] : [])][0];
  bench.close();
  if (problem !== undefined) throw new Error(problem);
  return meter.perCycle * config.clockHz;
}

/** The first bytes say which connection it is. */
function requestOf(stream: number): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  new DataView(bytes.buffer).setUint32(0, stream, true);
  bytes.set(streamBytes(TO_SERVER + stream, 0, BYTES - STREAM_BYTES), STREAM_BYTES);
  return bytes;
}

/** @returns which connection it was */
function* serve(connection: Socket): Generator<Wait, number, void> {
  const request = yield* connection.recv(BYTES, { waitall: true });
  if (request.length < BYTES) throw new Error(`a request ended after ${request.length} bytes`);
  const stream = new DataView(request.buffer, request.byteOffset).getUint32(0, true);
  new StreamCheck(TO_SERVER + stream).take(request.subarray(STREAM_BYTES));
  yield* connection.send(streamBytes(TO_CLIENT + stream, 0, BYTES));
  const rest = yield* connection.recv(1);
  if (rest.length > 0) throw new Error(`connection ${stream} went on behind its request`);
  yield* connection.close();
  return stream;
}
