/**
 * Commands on their way to the submission queue, in order. They wait here until somebody flushes, and longer if the queue is
 * full: what waits is written with the newest positions, so that many sends become one SEND.
 */
import { QUEUE_ENTRY_BYTES } from '../../../hw/protocol/index.ts';
import type { SubmissionQueue } from './submission-queue.ts';

export interface Command {
  /** Writes the entry; false if it is not wanted any more. */
  write(bytes: Uint8Array, at: number, signal: boolean): boolean;
}

export class Outbox {
  readonly #queue: SubmissionQueue;
  readonly #commands: Command[] = [];
  #first = 0;
  commands = 0;
  /** How often commands found no place. */
  full = 0;

  constructor(queue: SubmissionQueue) {
    this.#queue = queue;
  }

  get length(): number {
    return this.#commands.length - this.#first;
  }

  add(command: Command): void {
    this.#commands.push(command);
  }

  /** Moves as many as there is room for. */
  flush(): void {
    while (this.length > 0) {
      const { room } = this.#queue;
      if (room === 0) {
        this.full += 1;
        break;
      }
      // SEND and RECEIVE answer nothing, and without an answer nobody would learn that there is room again.
      const signal = room === 1;
      const command = this.#commands[this.#first]!;
      this.#first += 1;
      const entry = new Uint8Array(QUEUE_ENTRY_BYTES);
      if (!command.write(entry, 0, signal)) continue;
      this.#queue.push((bytes, at) => bytes.set(entry, at));
      this.commands += 1;
    }
    if (this.#first > 1024 || this.length === 0) {
      this.#commands.splice(0, this.#first);
      this.#first = 0;
    }
  }
}
