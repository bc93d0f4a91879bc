/** Hazards of the pipeline: each is asserted in the design, and each assertion is seen to fail with the fault planted. */
import { createEngine, elaborate, simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { TCP_CONSTANTS, type ConstantName } from '../../../hw/tcp/constants.ts';
import { tcpPipeline } from '../../../hw/tcp/pipeline.ts';
import { Lockstep } from './lockstep.ts';
import { always, never, only } from './plants/changes.ts';
import { activate, type Change, operation, plant, type Plant } from './plants/plant.ts';

const parameters = config({ connections: 8 });

interface Hazard extends Plant {
  /** What the design says. */
  readonly says: string;
}

const hazard = (name: string, says: string, ...changes: (readonly [at: string, to: Change['to']])[]): Hazard => ({ name, says, changes: changes.map(([at, to]) => ({ at, to })) });

const HAZARDS: readonly Hazard[] = [
  hazard('same-connection distance too small', 'an event reads a record that an earlier one of its connection has not written',
    ...[0, 1, 2, 3].map((i) => [`admission_blocked_${i}`, never] as const)),
  hazard('forward and write in one cycle', 'a record is used as it was before it was written while it was read', ['store_hot_rd_out_hit', never]),
  hazard('generation mismatch', 'an event of another life changes the connection', ['acts', only(0)]),
  hazard('deadline fired and cancelled in one cycle', 'a deadline that was cancelled or moved changes the connection', ['timerFires', always]),
  hazard('eligible set while its grant is in flight', 'a connection stays eligible though its grant sent nothing',
    ['eligible', (right, other) => operation('or', 1, right, other('counters_grant_unused'))]),
];

describe.each(HAZARDS.map((one, i) => ({ ...one, k: i + 1 })))('$name', ({ k, says }) => {
  const run = (active: number, assertions: boolean, events: number) => {
    const engine = createEngine(plant(elaborate(tcpPipeline(parameters)), HAZARDS), { gating: 'never', assertions });
    activate(engine, active);
    return new Lockstep(engine, parameters, { seed: 4, hotPercent: 60 }).run(events);
  };
  test('does not happen', () => {
    expect(run(0, true, 3000)).toBeUndefined();
  });
  test('is asserted', () => {
    expect(() => run(k, true, 60_000)).toThrow(says);
  });
  test('is found by comparison when nothing is asserted', () => {
    expect(run(k, false, 60_000)).toBeDefined();
  });
});

const NO_SEGMENT = {
  seq: 0, ack: 0, urg: false, ack_flag: false, psh: false, rst: false, syn: false, fin: false, window: 60_000, length: 0,
  has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: false, tsval: 0, tsecr: 0,
} as const;

describe("data right behind the handshake's ACK", () => {
  /** The peer's ACK and its first data in two cycles, one behind the other: what the guest is told, and what is placed. */
  const completes = (fault: number) => {
    const definition = tcpPipeline(parameters);
    plant(elaborate(definition), HAZARDS);
    const sim = simulate(definition, { assertions: false });
    sim.poke('fault', BigInt(fault));
    sim.io.constants = Object.fromEntries(Object.entries(TCP_CONSTANTS).map(([name, [, initial]]) => [name, initial])) as { [K in ConstantName]: number };
    sim.io.now = 5_000_000n;
    sim.until(() => sim.io.ready);
    sim.io.commands.payload = {
      connection: 1, generation: 0,
      event: {
        kind: 'Accept', segment: { ...NO_SEGMENT, syn: true, seq: 5000, has_mss: true, mss: 1460 }, prepost: false, timer: 'Retransmit', position: 0, cause: 'Guest',
        open: { iss: 1000, ts_offset: 0, mss: 1460, rx_size: 16, tx_size: 16, offer_wscale: false, offer_shift: 0, offer_ts: false, nagle: true },
        options: { set_nagle: false, nagle: false, set_keepalive: false, keepalive: false, set_user_timeout: false, user_timeout: 0 },
      },
    };
    sim.io.commands.valid = true;
    sim.until(() => sim.sampled.commands.ready);
    sim.io.commands.valid = false;
    sim.until(() => sim.sampled.commanded.valid);
    sim.io.grants.payload = { connection: 1 };
    sim.io.grants.valid = true;
    sim.until(() => sim.sampled.grants.ready);
    sim.io.grants.valid = false;
    sim.until(() => sim.sampled.granted.valid);
    const told: string[] = [];
    const segments = [{ ...NO_SEGMENT, ack_flag: true, seq: 5001, ack: 1001 }, { ...NO_SEGMENT, ack_flag: true, seq: 5001, ack: 1001, length: 10 }];
    sim.io.segments.valid = true;
    for (let i = 0; i < 24; i++) {
      const [segment] = segments;
      sim.io.segments.valid = segment !== undefined;
      if (segment !== undefined) sim.io.segments.payload = { connection: 1, generation: 0, segment, prepost: true };
      sim.step();
      if (segment !== undefined && sim.sampled.segments.ready) segments.shift();
      if (sim.sampled.notified.valid) told.push(Object.entries(sim.sampled.notified.payload.notify).filter(([, on]) => on === true).map(([name]) => name).join('+'));
      if (sim.sampled.verdict.valid && sim.sampled.verdict.payload.has_place) told.push(`${sim.sampled.verdict.payload.place.length} bytes at ${sim.sampled.verdict.payload.place.offset}`);
    }
    return told;
  };
  test('is taken: the connection is accepted once, then the data are placed', () => {
    expect(completes(0)).toEqual(['accepted', 'data', '10 bytes at 0']);
  });
  test('is found when events of one connection come too close', () => {
    expect(completes(1)).not.toEqual(['accepted', 'data', '10 bytes at 0']);
  });
});
