/** Workloads between drivers over the fake engine: every byte is checked, nothing is left, and nothing was touched after FINAL. */
import type { Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { bulkReceive, bulkSend, echo } from '../../../sim/guest/workloads/bulk.ts';
import { request, respond, respondOnce, shortConnections } from '../../../sim/guest/workloads/request-response.ts';
import { startServer } from '../../../sim/guest/workloads/servers.ts';
import { ADDRESSES, machine, type MachineOptions } from './fake/machine.ts';

/** What is different between machines, and must make no difference. */
const VARIANTS: Record<string, MachineOptions> = {
  plain: {},
  'smallest queues: both wrap, and are full': { driver: { sqLog2: 4, cqLog2: 4 } },
  'slow engine: events merge': { speed: 0.02 },
  'entries visible out of order': { writeCycles: 100, speed: 0.9 },
  'budget of two entries': { driver: { budget: 2 } },
  'polling': { driver: { pollCycles: 50 } },
  'rings are recycled': { driver: { keepRings: 1000 } },
};

for (const [name, options] of Object.entries(VARIANTS)) {
  for (const seed of [1, 2]) {
    test(`bulk both ways between two VMs: ${name}, seed ${seed}`, () => {
      const m = machine({ vms: 2, seed, ...options });
      const bytes = 50_000;
      const [client, server] = [m.drivers[0]!, m.drivers[1]!];
      let received = 0;
      startServer((label, process) => m.bench.start(label, process), server, {
        endpoint: { address: ADDRESSES[1]!, port: 80 }, backlog: 4, serve: function* (socket) {
          let isSent = false;
          m.bench.start('back', (function* (): Process {
            yield* bulkSend(socket, { stream: 2, bytes, callBytes: 3000 });
            isSent = true;
          })());
          yield* bulkReceive(socket, { stream: 1, bytes, callBytes: 1000 });
          yield () => isSent;
          yield* socket.close();
          received += 1;
        },
      });
      m.go('client', (function* (): Process {
        const socket = client.socket();
        // The server may not listen yet.
        for (;;) {
          try {
            yield* socket.connect({ address: ADDRESSES[1]!, port: 80 });
            break;
          } catch {
            yield 100;
          }
        }
        let isSent = false;
        m.bench.start('forth', (function* (): Process {
          yield* bulkSend(socket, { stream: 1, bytes, callBytes: 7000 });
          isSent = true;
        })());
        yield* bulkReceive(socket, { stream: 2, bytes, callBytes: 5000 });
        yield () => isSent;
        yield* socket.close();
      })());
      m.finish(400_000);
      m.bench.until(() => received === 1, 10_000);
      expect(m.end()).toEqual([]);
      // A queue of 16 went round; positions of 50,000 bytes went round a ring of 4,096 a dozen times.
      if (options.driver?.cqLog2 === 4) expect(m.vms[0]!.cqTail).toBeGreaterThan(16);
      if (options.speed === 0.02) expect(m.toe.merged).toBeGreaterThan(0);
    });
  }
}

test('echo: many connections at once, data come back as they were sent', () => {
  const m = machine({ vms: 2, seed: 3 });
  const server = startServer((label, process) => m.bench.start(label, process), m.drivers[1]!, { endpoint: { address: 0, port: 7 }, backlog: 3, serve: (socket) => echo(socket, 700) });
  m.bench.until(() => server.isUp, 1000);
  for (let i = 0; i < 10; i += 1) {
    m.go(`client ${i}`, (function* (): Process {
      const socket = m.drivers[0]!.socket();
      yield* socket.connect({ address: ADDRESSES[1]!, port: 7 });
      m.bench.start('send', bulkSend(socket, { stream: i, bytes: 9000 }));
      yield* bulkReceive(socket, { stream: i, bytes: 9000 });
      yield* socket.close();
    })());
  }
  m.finish();
  m.bench.until(() => server.served === 10, 10_000);
  expect(m.toe.finalsAlone).toBeGreaterThan(0);
  expect(m.end()).toEqual([]);
});

test('requests and responses on one connection', () => {
  const m = machine({ vms: 2, seed: 4 });
  const options = { stream: 9, requestBytes: 100, responseBytes: 2000 };
  let [answered, done] = [0, 0];
  const server = startServer((label, process) => m.bench.start(label, process), m.drivers[1]!, {
    endpoint: { address: 0, port: 80 }, serve: function* (socket) { answered += yield* respond(socket, options); },
  });
  m.bench.until(() => server.isUp, 1000);
  m.go('client', (function* (): Process {
    const socket = m.drivers[0]!.socket();
    yield* socket.connect({ address: ADDRESSES[1]!, port: 80 });
    yield* request(socket, 50, options, () => { done += 1; });
    yield* socket.close();
  })());
  m.finish();
  m.bench.until(() => server.served === 1, 10_000);
  expect([answered, done]).toEqual([50, 50]);
  expect(m.end()).toEqual([]);
});

for (const closedBy of ['client', 'server'] as const) {
  test(`short connections, closed by the ${closedBy}: rings and handles are used again`, () => {
    const m = machine({ vms: 2, seed: 5, driver: { keepRings: 100, sqLog2: 5, cqLog2: 5 } });
    const options = { stream: 3, requestBytes: 64, responseBytes: 64 };
    const server = startServer((label, process) => m.bench.start(label, process), m.drivers[1]!, { endpoint: { address: 0, port: 80 }, backlog: 8, serve: (socket) => respondOnce(socket, closedBy, options) });
    m.bench.until(() => server.isUp, 1000);
    let done = 0;
    for (let i = 0; i < 4; i += 1) m.go(`client ${i}`, shortConnections(m.drivers[0]!, { ...options, server: { address: ADDRESSES[1]!, port: 80 }, connections: 50, closedBy }, () => { done += 1; }));
    m.finish(400_000);
    m.bench.until(() => server.served === 200, 10_000);
    expect(done).toBe(200);
    expect(m.drivers[1]!.counters.accepts).toBe(200);
    expect(m.end()).toEqual([]);
    // 64 slots for 400 ends of connections.
    expect([...m.drivers].map(({ rings }) => rings.taken)).toEqual([0, 0]);
  });
}
