import { type Process, simulate, type Simulation } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { dmaUnderWay } from '../../../hw/dma/under-way.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const CLIENTS = { clients: 3, tagBits: 10 };
const VMS = 3;
type UnderWay = Simulation<ReturnType<typeof dmaUnderWay>['ports']>;

interface Flight {
  readonly client: number;
  readonly tag: number;
  readonly owner: number;
  readonly address: number;
}

interface End {
  readonly tag: number;
  readonly client: number;
  readonly error: boolean;
}

interface Model {
  readonly issued: Map<number, Flight>;
  readonly expected: Map<number, End>;
  ends: number;
  most: number;
}

/** Bursts enter, go to the bus or are refused, and are answered, each after any time and in any order. */
function* traffic(sim: UnderWay, model: Model, count: number, load: { readonly refused: number; readonly answers: number }): Process {
  const draw = random(61);
  const entered: Flight[] = [];
  let tag = 0;
  for (;;) {
    // What the last cycle told.
    if (sim.sampled.done.valid) {
      const { client, tag: of, error } = sim.sampled.done.payload;
      expect({ client: Number(client), tag: Number(of), error }).toEqual(model.expected.get(Number(of)));
      expect(sim.sampled.fault.valid).toBe(error);
      model.expected.delete(Number(of));
      model.ends += 1;
    }
    const { io } = sim;
    const flight: Flight = { client: draw.below(3), tag, owner: draw.below(VMS + 1), address: draw.uint32() };
    io.entered.valid = tag < count && entered.length < 20 && draw.chance(0.8);
    io.entered.payload = flight.owner;
    const next = entered[0];
    const refuse = next !== undefined && draw.chance(load.refused);
    io.issued.valid = next !== undefined && !refuse && io.free && draw.chance(0.9);
    io.refused.valid = next !== undefined && refuse && !io.refusing;
    if (next !== undefined) {
      io.issued.payload = next;
      io.refused.payload = { flight: next, cause: next.tag % 2 === 0 ? 'ReadOnly' : 'OutsideWindows' };
    }
    const ids = [...model.issued.keys()];
    const id = ids[draw.below(Math.max(1, ids.length))];
    io.answered.valid = id !== undefined && draw.chance(load.answers);
    io.asked = id ?? 0;
    const error = draw.chance(0.3);
    io.answered.payload = { error };

    const given = Number(io.id);
    if (io.issued.valid || io.refused.valid) entered.shift();
    if (io.refused.valid) model.expected.set(next!.tag, { client: next!.client, tag: next!.tag, error: true });
    if (io.answered.valid) {
      const whose = model.issued.get(id!)!;
      expect(io.found).toMatchObject({ client: BigInt(whose.client), tag: BigInt(whose.tag), owner: BigInt(whose.owner), address: BigInt(whose.address) });
      model.issued.delete(id!);
      model.expected.set(whose.tag, { client: whose.client, tag: whose.tag, error });
    }
    if (io.issued.valid) {
      expect(model.issued.has(given), `ID ${given} is in use`).toBe(false);
      model.issued.set(given, next!);
      model.most = Math.max(model.most, model.issued.size);
    }
    if (io.entered.valid) {
      entered.push(flight);
      tag += 1;
    }
    yield;
  }
}

describe.each([1, 3, 8, 16])('%i IDs', (outstanding) => {
  const definition = dmaUnderWay(config({ vms: VMS }), CLIENTS, outstanding);

  test.each([{ refused: 0.2, answers: 0.9 }, { refused: 0.5, answers: 0.3 }, { refused: 0, answers: 0.2 }])('no ID twice, each burst ends once, with the error that it had: %o', (load) => {
    const sim = bench.simulate(definition);
    const model: Model = { issued: new Map(), expected: new Map(), ends: 0, most: 0 };
    sim.start(traffic(sim, model, 150, load));
    sim.until(() => model.ends === 150, 5000);
    expect(sim.io.busy).toBe(0n);
    expect(sim.io.refusing).toBe(false);
    if (load.answers < 0.5) expect(model.most).toBe(outstanding);
  });
});

test('an answer goes before a refusal, which is told in the first cycle without one', () => {
  const sim = simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, 4));
  const flight = (tag: number) => ({ client: 1, tag, owner: 2, address: 0x1000 + tag });
  for (const tag of [1, 2]) {
    Object.assign(sim.io.issued, { valid: true, payload: flight(tag) });
    Object.assign(sim.io.entered, { valid: true, payload: 2 });
    sim.step();
  }
  sim.io.issued.valid = false;
  Object.assign(sim.io.refused, { valid: true, payload: { flight: flight(3), cause: 'ReadOnly' } });
  sim.step();
  sim.io.entered.valid = false;
  sim.io.refused.valid = false;
  Object.assign(sim.io.answered, { valid: true, payload: { error: false } });
  for (const id of [0, 1]) {
    sim.io.asked = id;
    expect(sim.io).toMatchObject({ refusing: true, done: { valid: true, payload: { tag: BigInt(id + 1), error: false } }, fault: { valid: false }, busy: 0b100n });
    sim.step();
  }
  sim.io.answered.valid = false;
  expect(sim.io).toMatchObject({ done: { valid: true, payload: { tag: 3n, error: true } }, fault: { valid: true, payload: { owner: 2n, address: 0x1003n, cause: 'ReadOnly' } }, busy: 0b100n });
  sim.step();
  expect(sim.io).toMatchObject({ refusing: false, done: { valid: false }, busy: 0n });
});

test('misuse is asserted', () => {
  const fresh = () => simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, 1));
  const full = fresh();
  full.io.issued.valid = true;
  full.step();
  expect(() => full.step()).toThrow('dmaUnderWay: a burst starts only if an ID is free');
  const empty = fresh();
  empty.io.answered.valid = true;
  expect(() => empty.step()).toThrow('dmaUnderWay: memory answers a burst that is under way');
  const refused = fresh();
  refused.io.refused.valid = true;
  refused.step();
  expect(() => refused.step()).toThrow('dmaUnderWay: one refused burst at a time');
});

bench.verilog();
