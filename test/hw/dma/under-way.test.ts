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
    io.wanted = next?.owner ?? 0;
    io.issued.valid = next !== undefined && !refuse && io.free && draw.chance(0.9);
    io.refused.valid = next !== undefined && refuse && !io.refusing;
    if (next !== undefined) {
      io.issued.payload = next;
      io.refused.payload = { flight: next, cause: next.tag % 2 === 0 ? 'ReadOnly' : 'OutsideWindows' };
    }
    const ids = [...model.issued.keys()];
    const id = ids[draw.below(Math.max(1, ids.length))];
    io.answered.valid = id !== undefined && draw.chance(load.answers);
    io.asks = io.answered.valid;
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
  sim.io.asks = true;
  for (const id of [0, 1]) {
    sim.io.asked = id;
    expect(sim.io).toMatchObject({ refusing: true, done: { valid: true, payload: { tag: BigInt(id + 1), error: false } }, fault: { valid: false }, busy: 0b100n });
    sim.step();
  }
  sim.io.answered.valid = false;
  sim.io.asks = false;
  expect(sim.io).toMatchObject({ done: { valid: true, payload: { tag: 3n, error: true } }, fault: { valid: true, payload: { owner: 2n, address: 0x1003n, cause: 'ReadOnly' } }, busy: 0b100n });
  sim.step();
  expect(sim.io).toMatchObject({ refusing: false, done: { valid: false }, busy: 0n });
});

/** Bursts of VMs that go to the bus at once: tags and IDs are the same numbers. */
function issue(sim: UnderWay, owners: readonly number[]): void {
  for (const [tag, owner] of owners.entries()) {
    sim.io.wanted = owner;
    expect(sim.io).toMatchObject({ free: true, id: BigInt(tag) });
    Object.assign(sim.io.issued, { valid: true, payload: { client: 1, tag, owner, address: 0x1000 + tag } });
    Object.assign(sim.io.entered, { valid: true, payload: owner });
    sim.step();
  }
  sim.io.issued.valid = false;
  sim.io.entered.valid = false;
}
const endPeriod = (sim: UnderWay): void => {
  sim.io.period = true;
  sim.step();
  sim.io.period = false;
};
const answer = (sim: UnderWay, id: number): void => {
  Object.assign(sim.io.answered, { valid: true, payload: { error: false } });
  Object.assign(sim.io, { asks: true, asked: id });
};
const noAnswer = (sim: UnderWay): void => {
  sim.io.answered.valid = false;
  sim.io.asks = false;
};

describe('memory that does not answer', () => {
  test('what is under way during all of a period is given up, the lowest ID first, one a cycle; what is not stays', () => {
    const sim = bench.simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, 8));
    issue(sim, [1, 2, 1]);
    endPeriod(sim);
    sim.step(20);
    expect(sim.io.done.valid).toBe(false);
    answer(sim, 1);
    sim.step();
    noAnswer(sim);
    Object.assign(sim.io.issued, { valid: true, payload: { client: 2, tag: 77, owner: 3, address: 0x77 } });
    Object.assign(sim.io.entered, { valid: true, payload: 3 });
    sim.step();
    sim.io.issued.valid = false;
    sim.io.entered.valid = false;
    endPeriod(sim);
    for (const tag of [0, 2]) {
      expect(sim.io).toMatchObject({
        done: { valid: true, payload: { client: 1n, tag: BigInt(tag), error: true } },
        fault: { valid: true, payload: { owner: 1n, address: BigInt(0x1000 + tag), cause: 'Stuck' } },
      });
      sim.step();
    }
    // The fourth took the ID that was free again, in the middle of the period.
    expect(sim.io).toMatchObject({ done: { valid: false }, stuck: 0b0010n, busy: 0b1010n });
    endPeriod(sim);
    expect(sim.io).toMatchObject({ done: { valid: true, payload: { tag: 77n } }, fault: { payload: { owner: 3n, cause: 'Stuck' } } });
  });

  test('an answer that comes after all ends nothing, and gives the ID back; then its owner is stuck no longer', () => {
    const sim = bench.simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, 4));
    issue(sim, [2, 2]);
    endPeriod(sim);
    endPeriod(sim);
    sim.step(2);
    expect(sim.io).toMatchObject({ stuck: 0b0100n, busy: 0b0100n, id: 2n });
    for (const id of [1, 0]) {
      answer(sim, id);
      expect(sim.io).toMatchObject({ given_up: true, done: { valid: false }, fault: { valid: false } });
      sim.step();
    }
    noAnswer(sim);
    sim.step();
    expect(sim.io).toMatchObject({ stuck: 0n, busy: 0n, id: 0n, done: { valid: false } });
    // The ID is as good as new.
    issue(sim, [2]);
    answer(sim, 0);
    expect(sim.io).toMatchObject({ given_up: false, done: { valid: true, payload: { tag: 0n, error: false } } });
  });

  test('beats and refusals go before, and an answer in time ends the burst as ever', () => {
    const sim = bench.simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, 4));
    issue(sim, [1, 1, 3]);
    endPeriod(sim);
    endPeriod(sim);
    // A beat that is not the last.
    Object.assign(sim.io, { asks: true, asked: 2 });
    expect(sim.io.done.valid).toBe(false);
    sim.step();
    answer(sim, 0);
    expect(sim.io).toMatchObject({ given_up: false, done: { valid: true, payload: { tag: 0n, error: false } } });
    sim.step();
    noAnswer(sim);
    Object.assign(sim.io.refused, { valid: true, payload: { flight: { client: 0, tag: 9, owner: 2, address: 9 }, cause: 'ReadOnly' } });
    Object.assign(sim.io.entered, { valid: true, payload: 2 });
    expect(sim.io.done.payload.tag).toBe(1n);
    sim.step();
    sim.io.refused.valid = false;
    sim.io.entered.valid = false;
    expect(sim.io).toMatchObject({ done: { payload: { tag: 9n } }, fault: { payload: { cause: 'ReadOnly' } } });
    sim.step();
    expect(sim.io).toMatchObject({ done: { payload: { tag: 2n } }, fault: { payload: { owner: 3n, cause: 'Stuck' } } });
  });

  test.each([[16, 14], [8, 7], [2, 1]])('of %i IDs a VM has %i at most, and the VMM all', (outstanding, most) => {
    const sim = simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, outstanding));
    issue(sim, Array.from({ length: most }, () => 1));
    sim.io.wanted = 1;
    expect(sim.io.free).toBe(false);
    sim.io.wanted = 0;
    expect(sim.io.free).toBe(true);
    sim.io.wanted = 2;
    expect(sim.io.free).toBe(true);
    const vmm = simulate(dmaUnderWay(config({ vms: VMS }), CLIENTS, outstanding));
    issue(vmm, Array.from({ length: outstanding }, () => 0));
    const alone = simulate(dmaUnderWay(config({ vms: 1 }), CLIENTS, outstanding));
    issue(alone, Array.from({ length: outstanding }, () => 1));
  });
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
