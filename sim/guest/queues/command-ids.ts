/** Who waits for which answer: command ids, 16 bits, given out again only when nothing can come for them any more. */
import { DriverError } from '../errors.ts';
import type { Completion } from './completion-queue.ts';

/** Of commands that answer only when refused: SEND, RECEIVE and NOP. Their answer names the connection. */
export const SILENT_ID = 0;

export type Answered = (entry: Completion) => void;

export class CommandIds {
  readonly #waiting = new Map<number, Answered>();
  /** Longest unused first, so that a stray answer meets nobody. */
  readonly #free: number[] = [];
  #next = SILENT_ID + 1;

  get waiting(): number {
    return this.#waiting.size;
  }

  /** @returns the id. Until `close` each answer goes to `answered`. */
  open(answered: Answered): number {
    const id = this.#next <= 0xffff ? this.#next : this.#free.shift();
    if (id === undefined) throw new DriverError('all 65,535 command ids are in use');
    if (id === this.#next) this.#next += 1;
    this.#waiting.set(id, answered);
    return id;
  }

  close(id: number): void {
    this.#waiting.delete(id);
    this.#free.push(id);
  }

  answer(entry: Completion): void {
    const answered = this.#waiting.get(entry.command_id);
    if (answered === undefined) throw new DriverError(`the engine answered command ${entry.command_id}, which nobody gave`);
    answered(entry);
  }
}
