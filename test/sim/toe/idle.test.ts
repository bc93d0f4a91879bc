/** Idle time: nothing but the clock changes, skipping it is running it, and hours of it cost little. */
import { createEngine, elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { type Config, config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import type { Engine } from '../../../sim/engine/engine.ts';
import { IdleTime } from '../../../sim/engine/idle-time.ts';
import type { Socket } from '../../../sim/guest/sockets/socket.ts';
import type { Socket as PeerSocket } from '../../../sim/peer/socket.ts';
import { type Native, nativeMachine, PEER } from '../../../sim/toe/native.ts';

const SMALL = config({ vms: 2, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2, simulationPorts: true });
const DESIGN = elaborate(toe(SMALL));
const LONG = process.env['VTOE_LONG'] === '1';
const ECHO_PORT = 7;
const MESSAGE = Uint8Array.from({ length: 100 }, (_, i) => i);
const HOURS = 3600;
/** Cycles in which the past is forgotten that assertions remember, and outputs are sampled anew. */
const SETTLES = 20;

interface Idle {
  readonly machine: Native;
  readonly sockets: readonly Socket[];
  /** Sends something on these connections, and waits until it has come back. */
  echo(sockets: readonly Socket[]): void;
}

/** So many connections, each of which has sent something and got it back; then there is nothing to do. */
function idleConnections(c: Config, engine: Engine, count: number, { keepalive = false, skip = true, isShort = false } = {}): Idle {
  const machine = nativeMachine({
    engine, config: c, skip, memoryBytes: 1 << 25, memory: { read: { latency: 20 }, write: { latency: 20 } }, toPeer: { latencyPs: 300_000 }, toToe: { latencyPs: 300_000 }, setup: isShort ? { tcp: { delayed_ack: 700 } } : {},
    driver: { sqLog2: Math.log2(c.sqEntriesMost), cqLog2: Math.log2(c.cqEntriesMost), rxBytes: 4096, txBytes: 4096, ephemeral: { first: 20_000, last: 29_999 } },
  });
  const { bench, driver, peer } = machine;
  peer.listen(ECHO_PORT, (socket: PeerSocket) => ({ onReadable: () => { socket.send(socket.read()); } }));
  const sockets: Socket[] = [];
  let echoed = 0;
  function* echo(socket: Socket): Process {
    yield* socket.send(MESSAGE);
    let came = 0;
    while (came < MESSAGE.length) {
      const data = yield* socket.recv(MESSAGE.length);
      expect(data).toEqual(MESSAGE.subarray(came, came + data.length));
      if (data.length === 0) throw new Error('the connection has ended');
      came += data.length;
    }
    echoed += 1;
  }
  let isUp = false;
  bench.reset();
  bench.start('start', (function* (): Process {
    yield* machine.start();
    if (isShort) for (const register of [machine.registers.arp_life, machine.registers.arp_retry]) yield* register.write(1);
    isUp = true;
  })());
  bench.until(() => isUp, 100_000);
  const WORKERS = 8;
  for (let worker = 0; worker < WORKERS; worker += 1) {
    bench.start(`worker ${worker}`, (function* (): Process {
      for (let i = worker; i < count; i += WORKERS) {
        const socket = driver.socket();
        if (keepalive) yield* socket.setsockopt('keepalive', true);
        yield* socket.connect({ address: PEER.address, port: ECHO_PORT });
        yield* echo(socket);
        sockets.push(socket);
      }
    })());
  }
  bench.until(() => sockets.length === count, 10_000_000, 'not all connections opened');
  return {
    machine, sockets,
    echo: (some) => {
      echoed = 0;
      for (const socket of some) bench.start('echo', echo(socket));
      bench.until(() => echoed === some.length, 1_000_000, 'not all came back');
    },
  };
}

test('while it is idle no register but the clock changes', () => {
  const engine = createEngine(DESIGN);
  // Without what assertions remember.
  const registers = engine.signals.filter(({ kind, path }) => (kind === 'reg' || kind === 'memoryRead') && !path.endsWith('_past')).map(({ path }) => path);
  expect(registers.length).toBeGreaterThan(3000);
  engine.input('rst').set(1n);
  engine.run(2);
  engine.input('rst').set(0n);
  while (engine.output('sim_idle').get() === 0n) expect(engine.run(1)).toBe(1);
  const state = () => registers.map((path) => engine.peek(path));
  const before = state();
  for (const cycles of [1, 2, 5000]) {
    engine.run(cycles);
    expect(engine.output('sim_idle').get()).toBe(1n);
    const after = state();
    expect(registers.filter((_, i) => after[i] !== before[i])).toEqual(['clock.elapsed_time']);
  }
}, 240_000);

/** All of the state but the number of edges, which is not part of what the design knows. */
function expectSame(ran: Uint8Array, skipped: Uint8Array, cycles: number): void {
  const other = [...ran.keys()].filter((at) => ran[at] !== skipped[at]);
  expect(other.length).toBeGreaterThan(0);
  const at = other[0]! & ~7;
  expect(other.at(-1)! - at).toBeLessThan(8);
  const edges = (state: Uint8Array): number => Number(new DataView(state.buffer, state.byteOffset).getBigUint64(at, true));
  expect(edges(ran) - edges(skipped)).toBe(cycles);
}

test('the state after skipping cycles is byte for byte the one after running them, also where timers expire', () => {
  // Without covers, which count cycles.
  const engine = builtinEngine(DESIGN, { assertions: false });
  const { machine: { bench } } = idleConnections(SMALL, engine, 4, { skip: false, isShort: true });
  const { ports } = engine;
  bench.run(2000);
  // From here on nobody answers: delayed ACKs go out, next hops are asked for in vain, and connections end for that.
  const CYCLES = 1_500_000;
  const start = engine.save();
  expect(engine.run(CYCLES)).toBe(CYCLES);
  const ran = engine.save();
  engine.restore(start);
  const idle = IdleTime.of(ports)!;
  let evaluated = 0;
  for (let done = 0; done < CYCLES;) {
    // The last cycles are run: assertions remember something of the past.
    const skips = idle.isIdle ? idle.skip(Math.max(0, Math.min(idle.cyclesToDeadline - 2, CYCLES - SETTLES - done))) : 0;
    expect(engine.run(1)).toBe(1);
    if (skips > 0) idle.done();
    done += 1 + skips;
    evaluated += 1;
  }
  expectSame(ran, engine.save(), CYCLES - evaluated);
  // Time-outs of DMA are counted in cycles, which are not skipped.
  expect(evaluated).toBeLessThan(CYCLES / 4);
  expect(evaluated).toBeGreaterThan(1000);
}, 240_000);

test.each([[2 * HOURS, 1000, false], ...LONG ? [[2.1 * HOURS, 1000, true]] as const : []] as const)('%d s with %d idle connections, keepalive %s', (seconds, count, keepalive) => {
  const c = config({ vms: 1, connections: 1024, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 2048, windowsPerVm: 2, addressesPerVm: 2, simulationPorts: true });
  const { machine: { bench, link }, sockets, echo } = idleConnections(c, builtinEngine(elaborate(toe(c)), { assertions: false }), count, { keepalive });
  const [before, sent] = [bench.evaluatedCycles, link.counters.a.sent];
  const cycles = Math.round(seconds * c.clockHz);
  const from = bench.cycle;
  bench.run(cycles);
  expect(bench.cycle - from).toBe(cycles);
  const evaluated = bench.evaluatedCycles - before;
  console.info(`${seconds} s with ${count} idle connections, keepalive ${keepalive}: ${evaluated} cycles evaluated, ${link.counters.a.sent - sent} frames sent`);
  expect(evaluated).toBeLessThan(1_000_000);
  // Each was asked once.
  if (keepalive) expect(link.counters.a.sent - sent).toBeGreaterThanOrEqual(count);
  // Times have gone round meanwhile, and it all still works.
  echo(sockets.slice(0, 50));
  bench.close();
}, 240_000);
