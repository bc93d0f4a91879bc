/**
 * The pipeline in hardware beside the model: steered events of several connections from four sources, and every retired event
 * compared - the whole next record, the actions, and what the ports show.
 *
 * The model takes its step when the pipeline takes the event, so both see the events of a connection in the same order,
 * whatever the arbiter does. Each connection has a clock of its own, and `now` is what it says in the cycle in which the
 * event's step begins.
 */
import type { BuiltinEngine } from '@vtoe/hdl';
import { type PipelineConfig, pipelineLatency, sameConnectionCycles } from '../../../hw/tcp/pipeline.ts';
import { random } from '../../../sim/random.ts';
import type { Actions } from '../../../sim/tcp/actions.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../sim/tcp/constants.ts';
import type { TcpEvent } from '../../../sim/tcp/events.ts';
import { horizon, steered, type SteeredEvent } from '../../../sim/tcp/steered.ts';
import { step as model } from '../../../sim/tcp/step.ts';
import { CLOSED_TCB, STATES, type Tcb } from '../../../sim/tcp/tcb.ts';
import { addresses, COMMANDS, GRANTS, NO_ACTIONS, type PortsShown, readers, SEGMENTS, SOURCES, sourceOf, TIMERS, writers } from './lockstep-ports.ts';
import { Noise } from './step/compare.ts';
import { about, checkNames } from './step/encode.ts';

export interface LockstepOptions {
  readonly seed?: number;
  readonly constants?: Partial<TcpConstants>;
  /** Connections that have events; all by default. */
  readonly connections?: number;
  /** Percent of the cycles in which a source without an event gets one. */
  readonly busyPercent?: number;
  /** Percent of events of the first two connections, beside their share. */
  readonly hotPercent?: number;
  /** Percent of the cycles in which one that is owed takes a verdict or a sent segment. */
  readonly takePercent?: number;
  /** Percent of segments and commands that come with another generation. */
  readonly stalePercent?: number;
  /** Which of the generated events are used; all by default. */
  readonly uses?: (event: TcpEvent) => boolean;
}

interface Slot {
  tcb: Tcb;
  generation: number;
  now: number;
  readonly draw: (tcb: Tcb) => SteeredEvent;
  /** Events that wait in front of the pipeline. */
  waiting: number;
}

interface Waiting {
  readonly slot: number;
  readonly event: TcpEvent;
  readonly now: number;
  readonly stale: boolean;
  readonly since: number;
}

interface UnderWay {
  readonly slot: number;
  readonly source: number;
  readonly event: TcpEvent;
  readonly now: number;
  readonly stale: boolean;
  /** Of the slot, before. */
  readonly generation: number;
  readonly before: Tcb;
  readonly after: Tcb;
  readonly actions: Actions;
  readonly taken: number;
}

/** What a run has seen; each call of `run` adds to it. */
export interface Seen {
  events: number;
  cycles: number;
  stale: number;
  /** Longest wait of a source's head, in cycles. */
  longestWait: number;
  /** Events that waited because their connection was busy. */
  held: number;
  /** By state before x 16 + state after, as the hardware says. */
  readonly transitions: Uint32Array;
  readonly counters: Map<string, number>;
}

export class Lockstep {
  readonly seen: Seen = { events: 0, cycles: 0, stale: 0, longestWait: 0, held: 0, transitions: new Uint32Array(256), counters: new Map() };
  readonly #words: Uint32Array;
  readonly #advance: () => void;
  readonly #options: Required<LockstepOptions>;
  readonly #constants: TcpConstants;
  readonly #noise: Noise;
  readonly #slots: Slot[];
  readonly #queues: Waiting[][] = SOURCES.map(() => []);
  /** Heads whose words lie at the ports. */
  readonly #shown: (Waiting | undefined)[] = SOURCES.map(() => undefined);
  readonly #underWay: UnderWay[] = [];
  readonly #at: ReturnType<typeof addresses>;
  readonly #writers: ReturnType<typeof writers>;
  readonly #readers: ReturnType<typeof readers>;
  readonly #latency: number;
  readonly #toStep: number;
  /** Times of the steps that begin in the cycles to come. */
  readonly #times: (number | undefined)[] = [];
  /** Verdicts and grants that nobody has taken yet. */
  readonly #owed = { verdict: 0, granted: 0 };

  /** @param advance one clock edge; by default the engine's own */
  constructor(engine: BuiltinEngine, config: PipelineConfig, options: LockstepOptions = {}, advance?: () => void) {
    checkNames();
    this.#options = { seed: 1, constants: {}, connections: config.connections, busyPercent: 80, hotPercent: 20, takePercent: 80, stalePercent: 1, uses: () => true, ...options };
    this.#constants = { ...TCP_CONSTANTS, ...this.#options.constants };
    this.#words = new Uint32Array(engine.buffer);
    this.#advance = advance ?? (() => {
      if (engine.run(1) !== 1) throw new Error(engine.failure?.message ?? 'the engine stopped');
    });
    this.#noise = new Noise(this.#options.seed);
    this.#at = addresses(engine);
    this.#writers = writers(engine);
    this.#readers = readers(engine, config);
    this.#latency = pipelineLatency(config);
    this.#toStep = this.#latency - sameConnectionCycles(config) + 1;
    const stream = random(this.#options.seed);
    this.#slots = Array.from({ length: this.#options.connections }, (_, i) => ({
      tcb: CLOSED_TCB, generation: 0, now: 0, draw: steered(stream.fork(i)), waiting: 0,
    }));
    this.#writers.constants.write(this.#words, this.#constants, this.#noise);
    for (let cycles = 0; this.#words[this.#at.ready] === 0; cycles++) {
      if (cycles > config.connections + 8) throw new Error('the pipeline is never ready');
      this.#clock();
    }
  }

  /** Until so many more events have left the pipeline. @returns the first difference, in words */
  run(events: number): string | undefined {
    const end = this.seen.events + events;
    while (this.seen.events < end) {
      const difference = this.cycle();
      if (difference !== undefined) return difference;
    }
    return undefined;
  }

  /** One cycle. */
  cycle(): string | undefined {
    const words = this.#words;
    this.#fill();
    this.#show();
    const time = this.#times[this.seen.cycles % 8];
    words[this.#at.now] = time ?? this.#noise.next();
    words[this.#at.now + 1] = time === undefined ? this.#noise.next() & 0x3ff : time / 2 ** 32;
    this.#times[this.seen.cycles % 8] = undefined;
    this.#take();
    this.#clock();
    const difference = this.#retired();
    this.#entered();
    this.seen.cycles++;
    return difference;
  }

  #percent(percent: number): boolean {
    return this.#noise.next() % 100 < percent;
  }

  /** New events, drawn from the model's records as they are now. */
  #fill(): void {
    const { busyPercent, hotPercent, stalePercent } = this.#options;
    for (let tries = 0; tries < 4; tries++) {
      if (!this.#percent(busyPercent)) continue;
      const index = this.#percent(hotPercent) ? this.#noise.next() & 1 : this.#noise.next() % this.#slots.length;
      const slot = this.#slots[index]!;
      // A second one that waits was drawn without knowing what the first will do: some of them, for the arbiter.
      if (slot.waiting > 1 || (slot.waiting === 1 && !this.#percent(5))) continue;
      const { event, now } = slot.draw(slot.tcb);
      const source = sourceOf(event);
      if (!this.#options.uses(event)) continue;
      if (this.#queues[source]!.length > 4) continue; // forgotten: the generator does not mind
      slot.waiting++;
      this.#queues[source]!.push({ slot: index, event, now, stale: (source === SEGMENTS || source === COMMANDS) && this.#percent(stalePercent), since: this.seen.cycles });
    }
  }

  /** The heads of the queues at the ports. */
  #show(): void {
    const words = this.#words;
    for (let source = 0; source < SOURCES.length; source++) {
      if (this.#shown[source] !== undefined) continue;
      const head = this.#queues[source]!.shift();
      words[this.#at.valid[source]!] = head === undefined ? 0 : 1;
      if (head === undefined) continue;
      this.#shown[source] = { ...head, since: this.seen.cycles };
      const { slot, event, stale } = head;
      words[this.#at.connection[source]!] = slot;
      if (source === SEGMENTS) {
        this.#writers.segment.write(words, event, this.#noise);
        words[this.#at.prepost] = event.kind === 'segment' && event.prepost === false ? 0 : 1;
      } else if (source === TIMERS) this.#writers.timer.write(words, event, this.#noise);
      else if (source === COMMANDS) this.#writers.command.write(words, event, this.#noise);
      if (source === SEGMENTS || source === COMMANDS) {
        // A free slot's life changes while the event waits: then it is stale by itself.
        words[this.#at.generation[source]!] = (this.#slots[slot]!.generation + (stale ? 1 + this.#noise.next() % 0xffff : 0)) & 0xffff;
      }
    }
  }

  #take(): void {
    const words = this.#words;
    for (const name of ['verdict', 'granted'] as const) {
      const take = this.#owed[name] > 0 && this.#percent(this.#options.takePercent);
      words[this.#at.taken[name]] = Number(take);
      if (take) this.#owed[name]--;
    }
  }

  #clock(): void {
    this.#advance();
  }

  /** What the pipeline took in this cycle: the model's turn. */
  #entered(): void {
    const words = this.#words;
    for (let source = 0; source < SOURCES.length; source++) {
      const head = this.#shown[source];
      if (head === undefined) continue;
      const wait = this.seen.cycles - head.since;
      if (words[this.#at.accepted[source]!] === 0) {
        if (wait > this.seen.longestWait) this.seen.longestWait = wait;
        if (wait === 0 && this.#underWay.some(({ slot }) => slot === head.slot)) this.seen.held++;
        continue;
      }
      this.#shown[source] = undefined;
      const slot = this.#slots[head.slot]!;
      slot.waiting--;
      const { event } = head;
      // Drawn before what entered since: a deadline may be armed now that was not.
      slot.now = Math.max(slot.now, Math.min(head.now, horizon(slot.tcb)));
      this.#times[(this.seen.cycles + this.#toStep) % 8] = slot.now;
      const before = slot.tcb;
      const given = words[this.#at.generation[source]!]!;
      const stale = (source === SEGMENTS || source === COMMANDS) && given !== slot.generation;
      const { tcb: after, actions } = stale ? { tcb: before, actions: NO_ACTIONS } : model(before, event, slot.now, this.#constants);
      this.#underWay.push({ slot: head.slot, source, event, now: slot.now, stale, generation: slot.generation, before, after, actions, taken: this.seen.cycles });
      slot.tcb = after;
      if (actions.free) slot.generation = (slot.generation + 1) & 0xffff;
    }
  }

  #retired(): string | undefined {
    const words = this.#words;
    const at = this.#at;
    const head = this.#underWay[0];
    const due = head !== undefined && this.seen.cycles - head.taken === this.#latency;
    if (words[at.retire.valid] !== Number(due)) return `cycle ${this.seen.cycles}: an event leaves the pipeline ${due ? 'too late, or not at all' : 'that was not due'}`;
    if (!due) return undefined;
    this.#underWay.shift();
    const { slot: index, source, event, stale, before, after, actions, generation } = head;
    const { counters } = this.seen;
    const differences: string[] = [];
    const expect = (what: string, got: number, expected: number) => {
      if (got !== expected) differences.push(`${what}: ${expected} expected, ${got} got`);
    };
    const nextGeneration = actions.free ? (generation + 1) & 0xffff : generation;
    expect('connection', words[at.retire.connection]!, index);
    expect('stale', words[at.retire.stale]!, Number(stale));
    if (!stale) {
      about(nextGeneration);
      const next = this.#readers.next.differences(words, after);
      const done = this.#readers.actions.differences(words, actions);
      if (next.length > 0) differences.push(...next.map((text) => `next.${text}`));
      if (done.length > 0) differences.push(...done.map((text) => `actions.${text}`));
      expect('eligible', words[at.retire.eligible]!, Number(after.eligible));
      this.seen.transitions[words[at.retire.stateBefore]! * 16 + words[at.retire.stateAfter]!]!++;
      for (const name of actions.counters) counters.set(name, (counters.get(name) ?? 0) + 1);
    } else this.seen.stale++;
    this.#ports(head, differences, nextGeneration);
    if (source === SEGMENTS) this.#owed.verdict++;
    if (source === GRANTS) this.#owed.granted++;
    this.seen.events++;
    if (differences.length === 0) return undefined;
    about(generation);
    const was = this.#readers.before.differences(words, before).map((text) => `before.${text}`);
    return [`event ${this.seen.events - 1}, cycle ${this.seen.cycles}, seed ${this.#options.seed}, connection ${index}: ${event.kind} in ${before.state}${stale ? ', stale' : ''}, now ${head.now}:`, ...differences, ...was, `event: ${JSON.stringify(event)}`].join('\n  ');
  }

  /** What the module's ports show for it. */
  #ports({ slot, source, stale, actions, generation, before, after }: UnderWay, differences: string[], nextGeneration: number): void {
    const { ports } = this.#readers;
    const shown: PortsShown = { slot, stale, actions, generation, nextGeneration, before, after, source };
    const check = (port: Exclude<keyof typeof ports, 'half_open_ended'>, valid: boolean) => {
      const { valid: at, reader } = ports[port];
      const got = this.#words[at]!;
      if (got !== Number(valid)) differences.push(`${port}.valid: ${Number(valid)} expected, ${got} got`);
      else if (valid) for (const text of reader.differences(this.#words, shown)) differences.push(`${port}.${text}`);
    };
    check('verdict', source === SEGMENTS);
    check('granted', source === GRANTS);
    check('commanded', source === COMMANDS);
    check('reset_due', actions.reset !== undefined);
    check('notified', actions.notify !== 0);
    check('expiring', actions.time_wait !== undefined);
    check('freed', actions.free);
    check('write_back', !stale);
    check('eligible', !stale);
    const ended = !stale && before.passive && before.state === 'SYN_RECEIVED' && after.state !== 'SYN_RECEIVED';
    if (this.#words[ports.half_open_ended]! !== Number(ended)) differences.push(`half_open_ended: ${Number(ended)} expected`);
    differences.push(...this.#readers.counters.differences(this.#words, actions).map((text) => `counters.${text}`));
    const own = this.#at.counters;
    if (this.#words[own.stale_segment] !== Number(stale && source === SEGMENTS)) differences.push('pipeline_counters.stale_segment is wrong');
    if (this.#words[own.stale_command] !== Number(stale && source === COMMANDS)) differences.push('pipeline_counters.stale_command is wrong');
  }
}

/** State changes that the hardware made, and how often. */
export function transitionsOf({ transitions }: Seen): Map<string, number> {
  const found = new Map<string, number>();
  for (const [i, count] of transitions.entries()) if (count > 0) found.set(`${STATES[i >>> 4]} -> ${STATES[i & 15]}`, count);
  return found;
}
