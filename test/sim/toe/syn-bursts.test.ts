/** SYNs back to back at line rate: all that budgets allow are answered; the others are dropped and counted, one by one. */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { StreamCheck, streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import type { Socket as PeerSocket } from '../../../sim/peer/socket.ts';
import { COUNTERS_LATE_CYCLES, type Counts, nonZero, readCounters } from '../../../sim/toe/counters.ts';
import { OWN } from '../../../sim/toe/native.ts';
import { planted } from '../../hw/support/planted.ts';
import { strangeMachine } from './support/stranger.ts';

const BUILD = config({ vms: 1, connections: 1024, listeners: 4, prePosts: 1024, neighbours: 4, timeWaitEntries: 64, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));
const PORT = 80;
const RINGS = { rxBytes: 4096, txBytes: 4096, sqLog2: 10, cqLog2: 11 };
/** What the slow path takes for one at most. */
const CYCLES_EACH = 40;

/** Their source ports, of the SYNs that were answered. */
const answeredOf = (heard: readonly { readonly syn: boolean; readonly ack: boolean; readonly destinationPort: number }[]): Set<number> =>
  new Set(heard.filter(({ syn, ack }) => syn && ack).map(({ destinationPort }) => destinationPort));

test.each([64, 256, 512])('%i SYNs of minimum size, one behind the other, to an idle engine: each is answered', (count) => {
  const { machine, stranger } = strangeMachine({ engine: builtinEngine(DESIGN), config: BUILD, driver: RINGS });
  const { bench, driver, registers } = machine;
  let counts: Counts | undefined;
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    yield* registers.half_open_most.write(count);
    const own = driver.socket();
    own.bind({ address: 0, port: PORT });
    yield* own.listen(count);
    const frames = Array.from({ length: count }, (_, i) => stranger.frame({ sourcePort: 1000 + i, destinationPort: PORT, syn: true, sequence: i, options: { mss: 1460 } }));
    expect(new Set(frames.map(({ length }) => length))).toEqual(new Set([60]));
    stranger.send(...frames);
    yield 1000 + CYCLES_EACH * count;
    counts = yield* readCounters(registers);
  })());
  bench.until(() => counts !== undefined, 500_000, 'the burst was not taken');
  expect(nonZero(counts!)).toEqual({});
  expect(answeredOf(stranger.heard).size).toBe(count);
  expect(stranger.heard).toHaveLength(count);
  bench.close();
});

const BUDGET = 32;
/** Of these segments more come than the slow path can look at, and they leave a tenth of the wire. */
const [FLOOD, FLOOD_EVERY_CYCLES] = [78, 1002];

/** A flood, and meanwhile a connection that echoes: bytes each way that came whole, and what was counted. */
function flood(design: typeof DESIGN, rounds: number) {
  const { machine, stranger } = strangeMachine({ engine: builtinEngine(design), config: BUILD, driver: { ...RINGS, rxBytes: 65_536, txBytes: 65_536 }, peer: { tcp: { noDelay: true } } });
  const { bench, driver, registers, peer } = machine;
  const echoed = new StreamCheck(1);
  let [sent, written, segments] = [0, 0, 0];
  let counts: Counts | undefined;
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    yield* registers.half_open_most.write(BUDGET);
    const own = driver.socket();
    own.bind({ address: 0, port: PORT });
    yield* own.listen(64);
    const socket: PeerSocket = peer.connect({ address: OWN.address, port: PORT }, { onReadable: () => { echoed.take(socket.read()); } });
    const accepted = yield* own.accept();
    bench.start('echo', (function* (): Process {
      for (;;) yield* accepted.send(yield* accepted.recv(4096));
    })());
    for (let round = 0; round < rounds; round++) {
      const frames = Array.from({ length: FLOOD }, (_, i) => stranger.frame({
        sourcePort: 1024 + (sent + i) % 60_000, destinationPort: PORT, syn: true, sequence: sent + i,
        // As large as Linux has them, and as small as can be.
        options: round % 3 === 0 ? { mss: 1460 } : { mss: 1460, windowScale: 7, timestamps: { value: sent, echo: 0 } },
      }));
      for (let i = 0; i < FLOOD; i += 26) {
        stranger.send(...frames.slice(i, i + 26));
        yield FLOOD_EVERY_CYCLES / 3;
        written += socket.send(streamBytes(1, written, 300));
        segments += 1;
      }
      sent += FLOOD;
    }
    yield () => echoed.received === written;
    yield CYCLES_EACH * BUILD.rxFifoFrames + COUNTERS_LATE_CYCLES;
    counts = yield* readCounters(registers);
    expect(socket.statistics.retransmissions).toBe(0);
  })());
  bench.until(() => counts !== undefined, 200_000, 'the connection waits for what was lost');
  bench.close();
  return { sent, answered: answeredOf(stranger.heard).size, heard: stranger.heard.length, written, segments, echoed: echoed.received, counts: counts! };
}

/** The queue of the slow path is full from the twentieth round on. */
const ROUNDS = 50;

test('a flood of SYNs: those beyond the budget are dropped, each counted once, and an open connection loses nothing', () => {
  const { sent, answered, heard, written, segments, echoed, counts } = flood(DESIGN, ROUNDS);
  const { flow_over_budget, flow_overflow, ...others } = nonZero(counts);
  expect(others).toEqual({});
  expect(answered).toBe(BUDGET);
  expect(heard).toBe(BUDGET);
  expect(flow_overflow).toBeGreaterThan(100);
  expect(sent).toBe(answered + flow_over_budget! + flow_overflow!);
  expect(written).toBe(300 * segments);
  expect(echoed).toBe(written);
});

test.runIf(process.env['VTOE_LONG'] === '1')('planted: SYNs take all of the room for frames, and the connection loses segments', async () => {
  const { toe: faulty } = await planted<{ toe: typeof toe }>('toe.ts', [{ file: 'tcp/slow-queue.ts', from: 'io.crowded.not()', to: 'lit(Bool, true)' }, { file: 'tcp/slow-queue.ts', from: 'inst, module,', to: 'inst, lit, module,' }]);
  expect(() => flood(elaborate(faulty(BUILD)), ROUNDS)).toThrow('the connection waits for what was lost');
}, 120_000);
