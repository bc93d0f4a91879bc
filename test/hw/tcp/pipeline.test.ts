import { createEngine, elaborate, type ModuleDefinition, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test, vi } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { type ConstantName, TCP_CONSTANTS } from '../../../hw/tcp/constants.ts';
import { pipelineLatency, sameConnectionCycles, tcpPipeline } from '../../../hw/tcp/pipeline.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { Lockstep, type LockstepOptions } from './lockstep.ts';

type Cuts = Config['pipelineCuts'];
const ALL: Cuts = ['differences', 'decisions', 'update', 'writeBack'];
const CUTS: readonly Cuts[] = [ALL, ['decisions', 'writeBack'], ['differences']];

vi.setConfig({ testTimeout: 300_000 }); // of a design of this size; seconds, if nothing else runs

const bench = hardwareBench();
const build = (cuts: Cuts, connections = 8) => config({ connections, pipelineCuts: cuts });

type PipelinePorts = ReturnType<typeof tcpPipeline> extends ModuleDefinition<infer P> ? P : never;

const definitions = new Map<string, ReturnType<typeof tcpPipeline>>();
/** One for each configuration: elaborated once. */
function pipelineOf(parameters: Config): ReturnType<typeof tcpPipeline> {
  const key = `${parameters.connections} ${parameters.pipelineCuts.join(' ')}`;
  let definition = definitions.get(key);
  if (definition === undefined) definitions.set(key, (definition = tcpPipeline(parameters)));
  return definition;
}

function lockstep(cuts: Cuts, options: LockstepOptions, connections?: number): Lockstep {
  const parameters = build(cuts, connections);
  return new Lockstep(createEngine(elaborate(pipelineOf(parameters)), { gating: 'never' }), parameters, options);
}

describe('steered events, every retired one compared with the model', () => {
  for (const cuts of CUTS) {
    for (const [name, options] of [
      ['all sources busy', { busyPercent: 100, hotPercent: 0 }],
      ['one connection in most events', { busyPercent: 100, hotPercent: 90 }],
      ['mostly idle', { busyPercent: 5, hotPercent: 30 }],
      ['credits are short', { takePercent: 5 }],
      ['handles and look-ups of other lives', { stalePercent: 30 }],
    ] as const) {
      test(`cuts ${cuts.join(', ') || 'none'}: ${name}`, () => {
        expect(lockstep(cuts, { seed: 1 + name.length, ...options }).run(2000)).toBeUndefined();
      });
    }
  }
  test('a short run, which the emitted Verilog repeats', () => {
    const parameters = build(ALL);
    const sim = bench.simulate(pipelineOf(parameters));
    const run = new Lockstep(sim.engine, parameters, { seed: 9, hotPercent: 40 }, () => { sim.step(); });
    expect(run.run(200)).toBeUndefined();
  });
  test('also with a thousand connections', () => {
    expect(lockstep(ALL, { seed: 5, hotPercent: 5 }, 1024).run(4000)).toBeUndefined();
  });
});

const NO_SEGMENT = {
  seq: 0, ack: 0, urg: false, ack_flag: false, psh: false, rst: false, syn: false, fin: false, window: 0, length: 0,
  has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
} as const;
const OPEN = { iss: 1000, ts_offset: 0, mss: 1460, rx_size: 16, tx_size: 16, offer_wscale: false, offer_shift: 0, offer_ts: false, nagle: true } as const;
const OPTIONS = { set_nagle: false, nagle: false, set_keepalive: false, keepalive: false, set_user_timeout: false, user_timeout: 0 } as const;
const OPENING = { kind: 'Open', segment: NO_SEGMENT, prepost: false, timer: 'Retransmit', open: OPEN, position: 0, cause: 'Guest', options: OPTIONS } as const;

/** Behind reset, constants at their initial values, everything that comes out taken at once. */
function started(cuts: Cuts = ALL, connections = 8) {
  return begun(simulate(pipelineOf(build(cuts, connections))));
}

/** The same, and the emitted Verilog repeats it: a second for a hundred cycles. */
function recorded() {
  return begun(bench.simulate(pipelineOf(build(ALL))));
}

function begun(sim: Simulation<PipelinePorts>): Simulation<PipelinePorts> {
  sim.io.constants = Object.fromEntries(Object.entries(TCP_CONSTANTS).map(([name, [, initial]]) => [name, initial])) as { [K in ConstantName]: number };
  sim.io.now = 5_000_000n;
  sim.until(() => sim.io.ready);
  return sim;
}

/** Opens a connection and waits for the end of it. */
function opened(sim: ReturnType<typeof started>, connection: number): void {
  sim.io.commands.payload = { connection, generation: 0, event: OPENING };
  sim.io.commands.valid = true;
  sim.until(() => sim.sampled.commands.ready);
  sim.io.commands.valid = false;
  sim.until(() => sim.sampled.commanded.valid);
  expect(sim.sampled.commanded.payload).toEqual({ connection: BigInt(connection), kind: 'Open', refused: 'None' });
}

describe('rates, in cycles', () => {
  for (const cuts of CUTS) {
    const distance = sameConnectionCycles({ pipelineCuts: cuts });
    test(`cuts ${cuts.join(', ') || 'none'}: one event a cycle of different connections, one in ${distance} of one connection`, () => {
      const sim = started(cuts);
      const taken = (connection: (cycle: number) => number, cycles: number) => {
        let count = 0;
        sim.io.timers.valid = true;
        for (let i = 0; i < cycles; i++) {
          sim.io.timers.payload = { connection: connection(count), timer: 'Retransmit' };
          sim.step();
          count += Number(sim.sampled.timers.ready);
        }
        sim.io.timers.valid = false;
        sim.step(10);
        return count;
      };
      expect(taken((i) => i % 8, 64)).toBe(64);
      expect(taken(() => 3, 16 * distance)).toBe(16);
    });
    test(`cuts ${cuts.join(', ') || 'none'}: actions are shown ${pipelineLatency({ pipelineCuts: cuts })} cycles after the event was taken`, () => {
      const sim = started(cuts);
      sim.io.grants.payload = { connection: 2 };
      sim.io.grants.valid = true;
      sim.step();
      expect(sim.sampled.grants.ready).toBe(true);
      sim.io.grants.valid = false;
      sim.step(pipelineLatency({ pipelineCuts: cuts }));
      expect([sim.sampled.granted.valid, sim.sampled.granted.payload.connection]).toEqual([true, 2n]);
      expect(sim.sampled.counters.grant_unused).toBe(true);
    });
  }
  test('all cuts: 6 cycles, and 4 between two events of a connection', () => {
    expect([pipelineLatency({ pipelineCuts: ALL }), sameConnectionCycles({ pipelineCuts: ALL })]).toEqual([6, 4]);
  });
});

describe('who enters', () => {
  test('a connection with an event under way is held back, others go on in every cycle', () => {
    const sim = started();
    sim.io.timers.payload = { connection: 1, timer: 'User' };
    sim.io.timers.valid = true;
    sim.io.grants.valid = true;
    sim.io.granted_taken = false;
    const order: string[] = [];
    let other = 2;
    for (let i = 0; i < 12; i++) {
      sim.io.grants.payload = { connection: other };
      sim.step();
      if (sim.sampled.grants.ready) other = 2 + ((other - 1) % 6);
      order.push(sim.sampled.timers.ready ? 't' : sim.sampled.grants.ready ? 'g' : '.');
    }
    expect(order.join('')).toBe('tgggtgggtggg');
  });
  test('nobody starves: four sources, three of them on one connection, in all phases', () => {
    const sim = started();
    for (let phase = 0; phase < 8; phase++) {
      sim.reset();
      sim.until(() => sim.io.ready);
      const waited = [0, 0, 0];
      let [longest, turns] = [0, 0];
      sim.io.timers.valid = true;
      sim.io.timers.payload = { connection: 1, timer: 'User' };
      sim.io.commands.valid = true;
      sim.io.commands.payload = { connection: 1, generation: 0, event: { ...OPENING, kind: 'Shutdown' } };
      sim.io.segments.valid = true;
      sim.io.segments.payload = { connection: 1, generation: 0, segment: NO_SEGMENT, prepost: false };
      sim.io.grants.valid = true;
      for (let i = 0; i < 160; i++) {
        sim.io.grants.payload = { connection: 2 + ((turns + phase) % 6) };
        sim.io.grants.valid = (i + phase) % 3 !== 0;
        sim.io.verdict_taken = sim.sampled.verdict.valid;
        sim.io.granted_taken = sim.sampled.granted.valid;
        sim.step();
        turns += Number(sim.sampled.grants.ready);
        for (const [k, ready] of [sim.sampled.timers.ready, sim.sampled.commands.ready, sim.sampled.segments.ready].entries()) {
          waited[k] = ready ? 0 : waited[k]! + 1;
          longest = Math.max(longest, waited[k]!);
        }
      }
      // Three sources, each every fourth cycle, so each has its turn in 12.
      expect(longest).toBeLessThanOrEqual(12);
      expect(turns).toBeGreaterThan(60);
    }
  });
  test('without credit a segment and a grant wait, and nobody else', () => {
    const sim = started();
    sim.io.segments.valid = true;
    sim.io.grants.valid = true;
    let [segments, grants, timers] = [0, 0, 0];
    for (let i = 0; i < 200; i++) {
      sim.io.segments.payload = { connection: i % 4, generation: 0, segment: NO_SEGMENT, prepost: false };
      sim.io.grants.payload = { connection: 4 + (i % 2) };
      sim.step();
      segments += Number(sim.sampled.segments.ready);
      grants += Number(sim.sampled.grants.ready);
    }
    const { dmaWrites, txSegments } = build(ALL);
    expect([segments, grants]).toEqual([dmaWrites, txSegments]);
    sim.io.timers.valid = true;
    sim.io.timers.payload = { connection: 7, timer: 'User' };
    for (let i = 0; i < 8; i++) {
      sim.step();
      timers += Number(sim.sampled.timers.ready);
    }
    expect(timers).toBe(2);
    // One place comes free: one more enters.
    sim.io.verdict_taken = true;
    sim.step();
    sim.io.verdict_taken = false;
    for (let i = 0; i < 20; i++) {
      sim.step();
      segments += Number(sim.sampled.segments.ready);
    }
    expect(segments).toBe(dmaWrites + 1);
  });
});

describe('lives of a slot', () => {
  test('reset: every record becomes that of a free slot, one a cycle, and nothing enters before', () => {
    const connections = 16;
    const sim = started(ALL, connections);
    expect(sim.cycle).toBe(connections);
    opened(sim, 5);
    sim.io.grants.valid = true;
    sim.io.grants.payload = { connection: 5 };
    sim.reset();
    let waited = 0;
    while (!sim.io.ready) {
      sim.step();
      expect(sim.sampled.grants.ready).toBe(false);
      waited++;
    }
    expect(waited).toBe(connections);
    sim.until(() => sim.sampled.granted.valid);
    expect([sim.sampled.granted.payload.has_send, sim.sampled.counters.grant_unused]).toEqual([false, true]);
  });
  test('a handle of another life is refused and counted; the connection stays as it is', () => {
    const sim = recorded();
    opened(sim, 3);
    const before = sim.peek('store_hot_ram[3]');
    sim.io.commands.payload = { connection: 3, generation: 1, event: { ...OPENING, kind: 'Abort' } };
    sim.io.commands.valid = true;
    sim.until(() => sim.sampled.commands.ready);
    sim.io.commands.valid = false;
    sim.until(() => sim.sampled.commanded.valid);
    expect(sim.sampled.commanded.payload.refused).toBe('NoConnection');
    expect(sim.sampled.pipeline_counters).toEqual({ stale_segment: false, stale_command: true });
    expect([sim.sampled.freed.valid, sim.sampled.notified.valid, sim.sampled.eligible.valid]).toEqual([false, false, false]);
    sim.step(3);
    expect(sim.peek('store_hot_ram[3]')).toBe(before);
  });
  test('a segment that was looked up for another life is handed back for a second look-up, and counted', () => {
    const sim = recorded();
    opened(sim, 3);
    const before = sim.peek('store_hot_ram[3]');
    sim.io.segments.payload = { connection: 3, generation: 9, segment: { ...NO_SEGMENT, rst: true, ack_flag: true, ack: 1001 }, prepost: false };
    sim.io.segments.valid = true;
    sim.until(() => sim.sampled.segments.ready);
    sim.io.segments.valid = false;
    sim.until(() => sim.sampled.verdict.valid);
    expect(sim.sampled.verdict.payload).toMatchObject({ connection: 3n, look_up_again: true, has_place: false });
    expect(sim.sampled.pipeline_counters).toEqual({ stale_segment: true, stale_command: false });
    expect([sim.sampled.reset_due.valid, sim.sampled.freed.valid]).toEqual([false, false]);
    sim.step(3);
    expect(sim.peek('store_hot_ram[3]')).toBe(before);
  });
  test('a slot that is freed has one generation more, and the guest hears of the end under the old one', () => {
    const sim = recorded();
    opened(sim, 3);
    sim.io.commands.payload = { connection: 3, generation: 0, event: { ...OPENING, kind: 'Abort' } };
    sim.io.commands.valid = true;
    sim.until(() => sim.sampled.commands.ready);
    sim.io.commands.valid = false;
    sim.until(() => sim.sampled.freed.valid);
    expect(sim.sampled.freed.payload).toEqual({ connection: 3n, generation: 1n });
    expect(sim.sampled.notified).toMatchObject({ valid: true, payload: { connection: 3n, generation: 0n, notify: { closed: true, final: true } } });
  });
});

test('idle says that no event is under way', () => {
  const sim = recorded();
  expect(sim.io.idle).toBe(true);
  sim.io.timers.payload = { connection: 0, timer: 'Keepalive' };
  sim.io.timers.valid = true;
  expect(sim.io.idle).toBe(false);
  sim.step();
  sim.io.timers.valid = false;
  const idle = Array.from({ length: 8 }, () => { sim.step(); return sim.sampled.idle; });
  expect(idle).toEqual([false, false, false, false, false, false, true, true]);
});

test('a command that is none, and one credit too many, stop a simulation', () => {
  const sim = simulate(tcpPipeline(build(ALL)));
  sim.until(() => sim.io.ready);
  sim.io.commands.payload = { connection: 0, generation: 0, event: { ...OPENING, kind: 'Grant' } };
  sim.io.commands.valid = true;
  expect(() => sim.step()).toThrow('commands carries an event that is no command');
  sim.io.commands.valid = false;
  sim.io.verdict_taken = true;
  expect(() => sim.step()).toThrow('more credits are given back than were taken');
});

bench.verilog();
