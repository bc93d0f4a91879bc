/**
 * Runs a test bench in a process of its own. Whatever becomes of it - a crash of native code, Ctrl-C, an exception -
 * what it said until then is here, and the report is written.
 */
import { spawn } from 'node:child_process';
import { rename, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ChildLine, ChildRequest } from './child-protocol.ts';
import { compiledModule } from './compiled-module.ts';

export interface ChildOptions {
  /** What the bench gets as `input`: plain JSON. */
  readonly input?: unknown;
  /** Called with each message as it comes. */
  readonly onMessage?: (message: unknown) => void;
  /** Where the outcome is written to, as JSON. */
  readonly report?: string;
  /** From an interrupt to the end by force, 10,000 by default. */
  readonly graceMilliseconds?: number;
}

export interface ChildOutcome {
  readonly status: 'done' | 'failed' | 'interrupted' | 'crashed';
  /** For the process that asked: 0 if it is done, else 1. */
  readonly exitCode: 0 | 1;
  /** Why it is not done: one sentence. */
  readonly sentence?: string;
  /** All that the bench said. */
  readonly messages: readonly unknown[];
  /** What the bench returned. */
  readonly result?: unknown;
}

const GRACE_MILLISECONDS = 10_000;

/** Everything that the bench prints goes to standard error: standard output is the parent's. */
const STDIO = ['pipe', 2, 2, 'pipe'] as const;

/**
 * @param module URL of a compiled module; its default export is a `ChildMain`. While it runs, SIGINT and SIGTERM end
 * the bench in order: its engines are closed, so their waveforms are whole. A second one ends it at once.
 */
export async function runInChild(module: string | URL, options: ChildOptions = {}): Promise<ChildOutcome> {
  const outcome = await run(String(module), options);
  if (options.report !== undefined) {
    // Nobody finds half of it.
    const fresh = `${options.report}.${process.pid}`;
    await writeFile(fresh, `${JSON.stringify({ module: String(module), input: options.input, ...outcome }, undefined, 2)}\n`);
    await rename(fresh, options.report);
  }
  return outcome;
}

function run(module: string, { input, onMessage = () => {}, graceMilliseconds = GRACE_MILLISECONDS }: ChildOptions): Promise<ChildOutcome> {
  return new Promise((resolve, reject) => {
    const messages: unknown[] = [];
    let end: Exclude<ChildLine, { readonly kind: 'message' }> | undefined;
    let timer: NodeJS.Timeout | undefined;
    const child = spawn(process.execPath, ['--enable-source-maps', fileURLToPath(compiledModule(import.meta.url, './child-main.ts'))], { stdio: [...STDIO] });
    const request: ChildRequest = { module, input };
    const stdin = child.stdin!;
    // A child that is gone cannot be told anything.
    stdin.on('error', () => {});
    stdin.write(`${JSON.stringify(request)}\n`);

    const interrupt = (): void => {
      if (timer !== undefined) {
        child.kill('SIGKILL');
        return;
      }
      stdin.write('interrupt\n');
      timer = setTimeout(() => child.kill('SIGKILL'), graceMilliseconds);
    };
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', interrupt);
    const release = (): void => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
      clearTimeout(timer);
    };

    createInterface({ input: child.stdio[3] as Readable }).on('line', (text) => {
      const line = JSON.parse(text) as ChildLine;
      if (line.kind !== 'message') {
        end = line;
        return;
      }
      messages.push(line.message);
      onMessage(line.message);
    });
    child.on('error', (error) => {
      release();
      reject(error);
    });
    child.on('close', (code, signal) => {
      release();
      if (end?.kind === 'result') resolve({ status: 'done', exitCode: 0, messages, result: end.result });
      else if (end !== undefined) resolve({ status: end.isInterrupt ? 'interrupted' : 'failed', exitCode: 1, sentence: end.sentence, messages });
      else if (timer !== undefined) resolve({ status: 'interrupted', exitCode: 1, sentence: 'the simulation was interrupted and had to be ended by force; its waveforms may be cut short', messages });
      else resolve({ status: 'crashed', exitCode: 1, sentence: `the simulation crashed: its process ended by ${signal ?? `itself, with status ${code}`}; what it reported until then is kept`, messages });
    });
  });
}
