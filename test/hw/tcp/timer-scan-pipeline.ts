/** A pipeline around the timer scan: writes records back, takes events, and looks whether each comes in time. */
import type { ModuleDefinition, Simulation } from '@vtoe/hdl';
import { expect } from 'vitest';
import type { timerScan } from '../../../hw/tcp/timer-scan.ts';

export const TIMERS = ['Retransmit', 'DelayedAck', 'Keepalive', 'User'] as const;
export type Timer = (typeof TIMERS)[number];
export type Deadlines = Record<Timer, number | undefined>;
export const NONE: Deadlines = { Retransmit: undefined, DelayedAck: undefined, Keepalive: undefined, User: undefined };
export const TICK = 1024;
export const isSlow = (timer: Timer) => timer === 'Keepalive' || timer === 'User';

type Ports = ReturnType<typeof timerScan> extends ModuleDefinition<infer P> ? P : never;

/** The deadlines of a record as the pipeline writes it; times in µs, those of the slow clock multiples of a tick. */
const record = (d: Deadlines) => {
  const fine = (at: number | undefined) => ({ armed: at !== undefined, at: (at ?? 0x5555_5555) % 2 ** 32 });
  const slow = (at: number | undefined) => ({ armed: at !== undefined, at: Math.floor((at ?? 0) / TICK) % 2 ** 24 });
  return { retransmit_deadline: fine(d.Retransmit), delayed_ack_deadline: fine(d.DelayedAck), keepalive_deadline: slow(d.Keepalive), user_deadline: slow(d.User) };
};

interface Given { readonly connection: number; readonly timer: Timer; readonly now: number }

/** A pipeline around the scan: writes records back, takes events, answers each `latency` cycles later. */
export class Pipeline {
  readonly sim: Simulation<Ports>;
  readonly connections: number;
  readonly deadlines: Deadlines[];
  readonly events: Given[] = [];
  /** Under way, with the cycle of their write-back. */
  readonly underWay: { connection: number; timer: Timer; at: number }[] = [];
  now: number;
  latency = 6;
  /** As `underWay`. */
  places = 8;
  /** Cycles for which a connection has been waiting for its event; back-pressure does not count. */
  readonly waited: number[];
  longest = 0;
  stale = 0;
  /** Deadlines after a timer's step; by default it is stopped. */
  after: (connection: number, timer: Timer) => number | undefined = () => undefined;

  constructor(sim: Simulation<Ports>, connections: number, now: number) {
    this.sim = sim;
    this.connections = connections;
    this.now = now;
    this.deadlines = Array.from({ length: connections }, () => NONE);
    this.waited = Array.from({ length: connections }, () => 0);
    sim.io.now = now;
    sim.io.event.ready = true;
    sim.until(() => sim.io.ready, connections + 2);
  }

  /** A cycle; `write` is a step of another kind, left out while a timer's step is written. Returns whether it was done. */
  cycle(write?: { connection: number; deadlines: Deadlines }, elapsed = 0, ready = true): boolean {
    const { sim } = this;
    const places = this.underWay.length;
    const ending = this.underWay.find(({ at }) => at <= sim.cycle);
    const free = ending === undefined && write !== undefined;
    if (ending !== undefined) {
      const { connection, timer } = ending;
      this.underWay.splice(this.underWay.indexOf(ending), 1);
      const due = this.deadlines[connection]![timer];
      if (due === undefined || due > this.now) this.stale += 1;
      else this.deadlines[connection] = { ...this.deadlines[connection]!, [timer]: this.after(connection, timer) };
      Object.assign(sim.io.write_back, { valid: true, payload: { connection, deadlines: record(this.deadlines[connection]!), timer: true } });
    } else if (free) {
      this.deadlines[write.connection] = write.deadlines;
      Object.assign(sim.io.write_back, { valid: true, payload: { connection: write.connection, deadlines: record(write.deadlines), timer: false } });
    } else sim.io.write_back.valid = false;
    sim.io.now = this.now;
    sim.io.event.ready = ready;
    const { event, idle, next_deadline } = sim.io;
    const stopped = (event.valid && !ready) || places + Number(event.valid) >= this.places;
    const shown = event.valid ? Number(event.payload.connection) : undefined;
    const [taken, timer] = [event.valid && ready, event.payload.timer as Timer];
    if (idle) {
      const earliest = Math.min(...this.deadlines.flatMap((d) => TIMERS.map((t) => d[t] ?? Infinity)));
      if (earliest < Infinity) {
        holds(next_deadline.valid, 'idle with a deadline armed, there is a next one');
        holds(Number(next_deadline.payload) <= earliest, 'the next deadline is not later than the earliest');
      }
      if (next_deadline.valid) holds(Number(next_deadline.payload) > this.now, 'idle, the next deadline is to come');
    }
    sim.step();
    if (taken) {
      const connection = shown!;
      holds(!this.underWay.some((other) => other.connection === connection), 'one event of a connection at a time');
      this.underWay.push({ connection, timer, at: sim.cycle + this.latency });
      this.events.push({ connection, timer, now: this.now });
    }
    for (let c = 0; c < this.connections; c++) {
      const expired = TIMERS.some((t) => (this.deadlines[c]![t] ?? Infinity) <= this.now);
      if (!expired || c === shown || this.underWay.some(({ connection }) => connection === c)) this.waited[c] = 0;
      else if (!stopped) this.longest = Math.max(this.longest, ++this.waited[c]!);
    }
    this.now += elapsed;
    return free;
  }

  run(cycles: number, elapsed = 0): void {
    for (let i = 0; i < cycles; i++) this.cycle(undefined, elapsed);
  }

  /** Until all is quiet. */
  settle(): void {
    for (let i = 0; i < 40 * this.connections && !(this.sim.io.idle && !this.sim.io.write_back.valid); i++) this.cycle();
    holds(this.sim.io.idle, 'it comes to rest');
  }
}

function holds(condition: boolean, what: string): void {
  expect({ [what]: condition }).toEqual({ [what]: true });
}
