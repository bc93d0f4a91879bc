/** A pipeline around the transmit scheduler, and what the scheduler should do as lists: who waits, in which order. */
import type { ModuleDefinition, Simulation } from '@vtoe/hdl';
import { expect } from 'vitest';
import type { txScheduler } from '../../../hw/tcp/tx-scheduler.ts';

type Ports = ReturnType<typeof txScheduler> extends ModuleDefinition<infer P> ? P : never;

export interface Granted { readonly connection: number; readonly vm: number; readonly cycle: number }

export class GrantPipeline {
  readonly sim: Simulation<Ports>;
  readonly vmOf: (connection: number) => number;
  /** Segments that a connection has to send; eligible while there are any. */
  readonly work: number[];
  readonly grants: Granted[] = [];
  readonly underWay: { connection: number; at: number }[] = [];
  /** What is waiting, by VM, oldest first, as the reports up to the last cycle say. */
  readonly waiting: number[][];
  /** Granted and not reported yet. */
  readonly busy = new Set<number>();
  latency = 6;
  credits = Infinity;
  /** Grants that the transmit path holds, given back some cycles later. */
  readonly holding: number[] = [];
  holds = 0;
  #reported: { connection: number; eligible: boolean; grant: boolean } | undefined;
  /** The heads of all lists when a grant was made, to be compared when it is seen. */
  #heads: (number | undefined)[] | undefined;

  constructor(sim: Simulation<Ports>, connections: number, vms: number, vmOf = (connection: number) => connection % vms) {
    this.sim = sim;
    this.vmOf = vmOf;
    this.work = Array.from({ length: connections }, () => 0);
    this.waiting = Array.from({ length: vms }, () => []);
    sim.io.grant.ready = true;
    sim.io.credit = true;
    sim.until(() => sim.io.ready, connections + 2);
  }

  /** A cycle; `change` is a step that changes what a connection has to send, left out while a grant's step is written. */
  cycle(change?: { connection: number; work: number }, ready = true): boolean {
    const { sim } = this;
    this.#see();
    this.#settle();
    const ending = this.underWay.find(({ at }) => at <= sim.cycle);
    if (ending !== undefined) this.underWay.splice(this.underWay.indexOf(ending), 1);
    const done = ending === undefined && change !== undefined;
    if (done) this.work[change.connection] = change.work;
    const connection = ending?.connection ?? change?.connection;
    if (ending !== undefined && this.work[ending.connection]! > 0) this.work[ending.connection]! -= 1;
    if (connection === undefined) {
      sim.io.write_back.valid = false;
      this.#reported = undefined;
    } else {
      const eligible = this.work[connection]! > 0;
      this.#reported = { connection, eligible, grant: ending !== undefined };
      Object.assign(sim.io.write_back, { valid: true, payload: { connection, vm: this.vmOf(connection), eligible, grant: ending !== undefined } });
    }
    while (this.holding.length > 0 && this.holding[0]! <= sim.cycle) {
      this.holding.shift();
      this.credits += 1;
    }
    sim.io.credit = this.credits > 0;
    sim.io.grant.ready = ready;
    const { grant, take_credit } = sim.io;
    if (take_credit) {
      holds(this.credits > 0, 'there is a credit');
      this.credits -= 1;
      this.#heads = this.waiting.map(([first]) => first);
      if (this.holds > 0) this.holding.push(sim.cycle + this.holds);
    }
    const taken = grant.valid && ready ? Number(grant.payload.connection) : undefined;
    sim.step();
    if (taken !== undefined) this.underWay.push({ connection: taken, at: sim.cycle + this.latency });
    return done;
  }

  /** The grant that was made in the cycle before: of the connection that had waited longest in its VM. */
  #see(): void {
    if (this.#heads === undefined) return;
    const { grant } = this.sim.io;
    const [connection, vm] = [Number(grant.payload.connection), Number(grant.payload.vm)];
    holds(grant.valid, 'a grant that was made is shown');
    holds(this.#heads[vm] === connection, `connection ${connection} is the oldest of VM ${vm}, not ${this.#heads[vm]}`);
    this.waiting[vm]!.shift();
    this.busy.add(connection);
    this.grants.push({ connection, vm, cycle: this.sim.cycle });
    this.#heads = undefined;
  }

  /** The report of the cycle before. */
  #settle(): void {
    if (this.#reported === undefined) return;
    const { connection, eligible, grant } = this.#reported;
    const list = this.waiting[this.vmOf(connection)]!;
    if (grant) this.busy.delete(connection);
    if (eligible && !this.busy.has(connection) && !list.includes(connection)) list.push(connection);
    if (!eligible && list.includes(connection)) list.splice(list.indexOf(connection), 1);
  }

  /** Until nothing waits and nothing is under way. */
  drain(most: number): void {
    this.cycle();
    for (let i = 0; i < most && !(this.sim.io.idle && this.underWay.length === 0 && !this.sim.io.write_back.valid); i++) this.cycle();
    holds(this.sim.io.idle, 'it comes to rest');
    holds(this.work.every((left) => left === 0), 'no connection was forgotten');
    holds(this.waiting.every((list) => list.length === 0) && this.busy.size === 0, 'nobody waits');
  }
}

function holds(condition: boolean, what: string): void {
  expect({ [what]: condition }).toEqual({ [what]: true });
}
