/**
 * The step in hardware against the model, event by event, with no memory and no cut between them: every event starts from the
 * model's record, so that one difference is one difference.
 */
import { Bool, type BuiltinEngine, createEngine, type Data, elaborate, In, module, Out } from '@vtoe/hdl';
import { Actions as ActionsShape } from '../../../../hw/tcp/actions.ts';
import { Constants as ConstantsShape } from '../../../../hw/tcp/constants.ts';
import { Event as EventShape } from '../../../../hw/tcp/event.ts';
import { step } from '../../../../hw/tcp/step/step.ts';
import { Now, Tcb as TcbShape } from '../../../../hw/tcp/tcb.ts';
import { type Random, random } from '../../../../sim/random.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../../sim/tcp/constants.ts';
import type { TcpEvent } from '../../../../sim/tcp/events.ts';
import { steered, type SteeredEvent } from '../../../../sim/tcp/steered.ts';
import { step as model, update as modelUpdate } from '../../../../sim/tcp/step.ts';
import { CLOSED_TCB, type Tcb } from '../../../../sim/tcp/tcb.ts';
import { about, ACTIONS, checkNames, CONSTANTS, EVENT, RECORD } from './encode.ts';
import { type Getter, inputWords, leavesOf, masksOf, sampledWords, type ShapeLeaf } from './leaves.ts';

/** A new one at each call: a fault that is planted in one is in no other. */
export const stepUnderTest = () => module('step_under_test', {}, {
  tcb: In(TcbShape), event: In(EventShape), now: In(Now), constants: In(ConstantsShape),
  next: Out(TcbShape), done: Out(ActionsShape), record: Out(TcbShape), actions: Out(ActionsShape), eligible: Out(Bool),
}, (io) => {
  const p = step({ tcb: io.tcb, event: io.event, now: io.now, constants: io.constants }, {});
  const { next, done, record, actions, eligible } = p.out;
  io.next.set(next);
  io.done.set(done);
  io.record.set(record);
  io.actions.set(actions);
  io.eligible.set(eligible);
  return { p };
});

export interface CompareOptions {
  readonly events: number;
  readonly seed?: number;
  readonly constants?: Partial<TcpConstants>;
  /** Compare events of these kinds alone; all by default. */
  readonly kinds?: readonly TcpEvent['kind'][];
  /** `update`: what stage `update` gives, against the model before its `settle`. */
  readonly mode?: 'step' | 'update';
  /** Where events come from: `steered` by default. */
  readonly source?: (random: Random) => (tcb: Tcb) => SteeredEvent;
  /** Changes the record between two events, into one that could be. */
  readonly between?: (tcb: Tcb, random: Random) => Tcb;
  /** Leaves that are not compared, `retransmit_deadline_at` or `actions.send_ack` for instance. */
  readonly ignore?: readonly string[];
}

export interface Compared {
  /** Events that were compared. */
  readonly events: number;
  /** The first difference, in words. */
  readonly difference: string | undefined;
  /** State before > state after, and how often. */
  readonly transitions: ReadonlyMap<string, number>;
}

/** What `settle` is for: not compared before it. */
const SETTLED = ['retransmit_deadline_armed', 'retransmit_deadline_at', 'user_deadline_armed', 'user_deadline_at', 'generation', 'actions.has_notify', 'actions.notify_rx_filled', 'actions.notify_tx_freed'];

/** A running engine; one comparison after the other. */
export class StepComparison {
  readonly #engine: BuiltinEngine;
  readonly #words: Uint32Array;

  constructor(engine: BuiltinEngine = createEngine(elaborate(stepUnderTest()), { gating: 'never' })) {
    checkNames();
    this.#engine = engine;
    this.#words = new Uint32Array(engine.buffer);
  }

  run({ events, seed = 1, constants = {}, kinds, mode = 'step', source = steered, between = (tcb) => tcb, ignore = [] }: CompareOptions): Compared {
    const c = { ...TCP_CONSTANTS, ...constants };
    const engine = this.#engine;
    const words = this.#words;
    const noise = new Noise(seed);
    const record = new Writer(engine, 'tcb', TcbShape, RECORD);
    const input = new Writer(engine, 'event', EventShape, EVENT);
    new Writer(engine, 'constants', ConstantsShape, CONSTANTS).write(words, c, noise);
    const now = engine.input('now').offset >>> 2;
    const ignored = mode === 'update' ? [...ignore, ...SETTLED] : ignore;
    const [nextPort, actionsPort] = mode === 'update' ? ['next', 'done'] : ['record', 'actions'];
    const next = new Reader(engine, nextPort!, TcbShape, RECORD, (name) => !ignored.includes(name));
    const actions = new Reader(engine, actionsPort!, ActionsShape, ACTIONS, (name) => !ignored.includes(`actions.${name}`));
    const eligible = engine.output('eligible').sampledOffset >>> 2;

    const draw = source(random(seed).fork('events'));
    const meanwhile = random(seed).fork('between');
    const transitions = new Map<string, number>();
    let tcb = CLOSED_TCB;
    let compared = 0;
    for (let i = 0; i < events; i++) {
      const before = between(tcb, meanwhile);
      const { event, now: time } = draw(before);
      const stepped = model(before, event, time, c);
      tcb = stepped.tcb;
      if (kinds !== undefined && !kinds.includes(event.kind)) continue;
      compared++;
      const generation = noise.next() & 0xffff;
      about(generation);
      record.write(words, before, noise);
      input.write(words, event, noise);
      words[now] = time;
      words[now + 1] = time / 2 ** 32;
      engine.run(1);
      const key = `${before.state} -> ${tcb.state}`;
      transitions.set(key, (transitions.get(key) ?? 0) + 1);

      const expected = mode === 'step' ? stepped : half(before, event, time, c);
      about(stepped.actions.free ? (generation + 1) & 0xffff : generation);
      const differences = mode === 'update' && expected.actions.free ? [] : next.differences(words, expected.tcb);
      differences.push(...actions.differences(words, expected.actions).map((text) => `actions.${text}`));
      if (mode === 'step' && !ignored.includes('eligible') && words[eligible] !== Number(tcb.eligible)) differences.push(`eligible: ${Number(tcb.eligible)} expected, ${words[eligible]} got`);
      if (differences.length > 0) {
        return { events: compared, transitions, difference: [`event ${i}, seed ${seed}, ${event.kind} in ${before.state}, now ${time}:`, ...differences, `event: ${text(event)}`, `before, where it is not as in a free slot: ${text(unlike(before, CLOSED_TCB))}`, `counters: ${stepped.actions.counters.join(' ')}`].join('\n  ') };
      }
    }
    return { events: compared, difference: undefined, transitions };
  }
}

function half(before: Tcb, event: TcpEvent, now: number, c: TcpConstants) {
  const { t, out } = modelUpdate(before, event, now, c);
  return { tcb: t, actions: out };
}

function unlike(tcb: Tcb, other: Tcb): object {
  return Object.fromEntries(Object.entries(tcb).filter(([name, value]) => value !== other[name as keyof Tcb]));
}

function text(value: object): string {
  return JSON.stringify(value, (_, v: unknown) => (v === Infinity ? 'never' : v));
}

/** Random bits for what must not matter: xorshift32, fast. */
export class Noise {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 0x9e37_79b9 + 1) | 0 || 1;
  }

  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
}

/** Writes a value of the model to ports. */
export class Writer<M> {
  readonly #at: Uint32Array;
  readonly #masks: Uint32Array;
  readonly #getters: readonly Getter<M>[];

  constructor(engine: BuiltinEngine, port: string, shape: Data, getters: readonly Getter<M>[]) {
    this.#at = inputWords(engine, port, shape);
    this.#masks = masksOf(shape);
    this.#getters = getters;
  }

  write(words: Uint32Array, from: M, noise: Noise): void {
    for (let i = 0; i < this.#at.length; i++) {
      const value = this.#getters[i]!(from);
      words[this.#at[i]!] = (value < 0 ? noise.next() : value) & this.#masks[i]!;
    }
  }
}

/** Compares what ports were at the last edge with a value of the model. */
export class Reader<M> {
  readonly #leaves: readonly ShapeLeaf[];
  readonly #at: Uint32Array;
  readonly #masks: Uint32Array;
  readonly #getters: readonly Getter<M>[];

  constructor(engine: BuiltinEngine, port: string, shape: Data, getters: readonly Getter<M>[], counts: (name: string) => boolean = () => true) {
    const all = leavesOf(shape);
    const chosen = all.map(({ name }, i) => [name, i] as const).filter(([name]) => counts(name)).map(([, i]) => i);
    const [at, masks] = [sampledWords(engine, port, shape), masksOf(shape)];
    this.#leaves = chosen.map((i) => all[i]!);
    this.#at = Uint32Array.from(chosen, (i) => at[i]!);
    this.#masks = Uint32Array.from(chosen, (i) => masks[i]!);
    this.#getters = chosen.map((i) => getters[i]!);
  }

  /** Each leaf that differs, in words. */
  differences(words: Uint32Array, model: M): string[] {
    let found: string[] | undefined;
    for (let i = 0; i < this.#at.length; i++) {
      const value = this.#getters[i]!(model);
      if (value < 0) continue;
      const expected = (value & this.#masks[i]!) >>> 0;
      const got = words[this.#at[i]!]!;
      if (expected !== got) {
        const { name, labels } = this.#leaves[i]!;
        (found ??= []).push(`${name}: ${labels?.[expected] ?? expected} expected, ${labels?.[got] ?? got} got`);
      }
    }
    return found ?? [];
  }
}
