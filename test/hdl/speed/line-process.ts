/** A child process that answers every line with a line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { notInstalled, ToolError } from '../../../sim/native-tool.ts';

export class LineProcess {
  readonly #command: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<void>;
  #waiting: { readonly resolve: (line: string) => void; readonly reject: (reason: Error) => void } | undefined;
  #failure: Error | undefined;
  #complaints = '';

  constructor(command: string, args: readonly string[], directory: string) {
    this.#command = command;
    this.#child = spawn(command, args, { cwd: directory });
    this.#child.stderr.on('data', (data: Buffer) => { this.#complaints += data.toString(); });
    // Writing to a process that has died is an error of its own, which says less than the process's end.
    this.#child.stdin.on('error', () => {});
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#waiting?.resolve(line);
      this.#waiting = undefined;
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on('error', (error: NodeJS.ErrnoException) => {
        this.#fail(error.code === 'ENOENT' ? notInstalled(command) : error);
        resolve();
      });
      this.#child.on('close', (status, signal) => {
        this.#fail(new ToolError(this.#command, signal === null ? `ended with status ${status}` : `ended by ${signal}`, this.#complaints));
        resolve();
      });
    });
  }

  /** One at a time. */
  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      this.#waiting = { resolve, reject };
      this.#child.stdin.write(`${line}\n`);
    });
  }

  /** Ends its input, which ends it. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
  }
}
