/** What connections and listeners use of the driver. */
import type { ErrorName } from '../errors.ts';
import type { Answered } from '../queues/command-ids.ts';
import type { Command, Outbox } from '../queues/outbox.ts';
import type { RingPool } from '../ring.ts';
import type { Connection } from './connection.ts';
import type { Ports } from './ports.ts';
import type { ReceivePolicy } from './receive-policy.ts';

export interface DriverCore {
  readonly rings: RingPool;
  readonly outbox: Outbox;
  readonly ports: Ports;
  readonly policy: ReceivePolicy;
  readonly counters: DriverCounters;
  /** Why nothing works any more. */
  readonly failure: ErrorName | undefined;
  /** Adds a command that is always answered, if it is written; the id is free again with the answer. */
  command(make: (id: number) => Command, answered: Answered): void;
  /** Adds a command whose id stays until `closeId`: it comes back with later entries too. */
  openId(answered: Answered): number;
  closeId(id: number): void;
  /** From now on events of its handle are its. */
  started(connection: Connection): void;
  /** Its handle is no longer valid. */
  ended(connection: Connection): void;
  /** The engine has room for one ACCEPT more. */
  postEnded(): void;
  /** A CONNECT is under way, or was answered: events may come before the answer. */
  connecting(by: 1 | -1): void;
}

export interface DriverCounters {
  /** Of the interrupt line. */
  interrupts: number;
  /** Rounds of polling, and those that ended with the budget. */
  polls: number;
  budgetsSpent: number;
  /** Completion entries, and of these answers. */
  entries: number;
  answers: number;
  /** SEND and RECEIVE that met a connection that had just ended. */
  tooLate: number;
  /** Commands that were refused for want of resources or because of an address. */
  refused: number;
  /** Connections that were opened, accepted, and ended. */
  connects: number;
  accepts: number;
  ended: number;
}
