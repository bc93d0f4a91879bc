/** What a router says of a segment that was too long: whose it was is asked, the connection is told, and each message is counted once. */
import { type Process, pausing, simulate, streamSource } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { pathMtu } from '../../../hw/tcp/path-mtu.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

type Refused = 'None' | 'NoConnection' | 'OutOfRange';
interface Message { readonly seq: number; readonly mtu: number; readonly port: number; readonly known: boolean; readonly refused: Refused; }

const keyOf = ({ port }: Message) => ({ vlan: 5, local_address: 0x0a00_0001, remote_address: 0x0a00_0002, local_port: 80, remote_port: port });
/** By RFC 1191: what the next hop takes less 40, and never less than 536. */
const mssOf = (mtu: number): number => Math.max(536, mtu - 40);

function run(connections: number, messages: readonly Message[], idle: number, busy: number, replayed: boolean) {
  const c = config({ connections, vms: 2 });
  const sim = (replayed ? bench.simulate : simulate)(pathMtu(c));
  const draw = random(busy + 1);
  const valueOf = ({ port }: Message) => ({ connection: port % connections, generation: port * 3 });
  const told: unknown[] = [];
  const counts = { unknown: 0, outside: 0, taken: 0 };
  sim.start(streamSource(sim.io.too_big, sim.sampled.too_big, messages.map((message) => ({ key: keyOf(message), vm: 1, seq: message.seq, mtu: message.mtu })), pausing(idle, 3)));
  // The flow table answers in the cycle in which it takes a command, the pipeline some cycles later.
  sim.start((function* (): Process {
    for (const message of messages) {
      do yield; while (!sim.sampled.find.valid);
      while (draw.chance(busy / 100)) yield;
      if (JSON.stringify(sim.sampled.find.payload.key, (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : v)) !== JSON.stringify(keyOf(message)) || sim.sampled.find.payload.op !== 'Find') throw new Error(`asked for ${sim.sampled.find.payload.key.remote_port}, not ${message.port}`);
      sim.io.find.ready = true;
      sim.io.answer = { outcome: message.known ? 'Found' : 'Missing', value: valueOf(message) };
      yield;
      sim.io.find.ready = false;
      sim.io.answer = { outcome: 'Inserted', value: { connection: 0, generation: 0xffff } };
      if (!message.known) continue;
      do {
        sim.io.shorten.ready = !draw.chance(busy / 100);
        yield;
      } while (!(sim.sampled.shorten.valid && sim.io.shorten.ready));
      const { connection, generation, event } = sim.sampled.shorten.payload;
      told.push([Number(connection), Number(generation), event.kind, Number(event.position), Number(event.open.mss)]);
      sim.io.shorten.ready = false;
      yield 1 + draw.below(6);
      Object.assign(sim.io.shortened, { valid: true, payload: { refused: message.refused } });
      yield;
      sim.io.shortened.valid = false;
    }
  })());
  sim.until(() => {
    for (const name of ['unknown', 'outside', 'taken'] as const) counts[name] += Number(sim.sampled.counters[name]);
    return counts.unknown + counts.outside + counts.taken === messages.length;
  }, 4000);
  sim.step(20);
  expect(sim.io.idle).toBe(true);
  expect(told).toEqual(messages.filter(({ known }) => known).map((message) => [valueOf(message).connection, valueOf(message).generation, 'PathMtu', message.seq, mssOf(message.mtu)]));
  return counts;
}

const MTUS = [0, 1, 575, 576, 577, 1280, 1500, 9000, 65_535];
const MESSAGES: readonly Message[] = Array.from({ length: 36 }, (_, i) => ({
  seq: (i * 0x1234_5677) >>> 0, mtu: MTUS[i % MTUS.length]!, port: 1000 + i, known: i % 4 !== 3, refused: (['None', 'OutOfRange', 'NoConnection'] as const)[i % 3]!,
}));
const EXPECTED = {
  unknown: MESSAGES.filter(({ known, refused }) => !known || refused === 'NoConnection').length,
  outside: MESSAGES.filter(({ known, refused }) => known && refused === 'OutOfRange').length,
  taken: MESSAGES.filter(({ known, refused }) => known && refused === 'None').length,
};

describe.each([4, 1024, 32_768])('%i connections', (connections) => {
  test.each([[0, 0], [50, 0], [0, 60], [30, 30]])('idle %i, busy %i percent', (idle, busy) => {
    expect(run(connections, MESSAGES, idle, busy, idle === 30)).toEqual(EXPECTED);
  });
});

bench.verilog();
