/**
 * Where in the user's source something was said.
 *
 * Capturing a stack costs about 10 us, formatting one ten times that (source maps); so it is captured at
 * declarations and statements and formatted only for an error or the emitter.
 */
export class Locator {
  readonly #stack: { stack?: string };
  #place: Place | undefined;

  private constructor(stack: { stack?: string }) {
    this.#stack = stack;
  }

  /** Captures the caller's stack; frames of the language itself are skipped when it is formatted. */
  static here(): Locator {
    const holder: { stack?: string } = {};
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = FRAMES;
    Error.captureStackTrace(holder, Locator.here);
    Error.stackTraceLimit = limit;
    return new Locator(holder);
  }

  get place(): Place {
    return (this.#place ??= userPlace(this.#stack.stack ?? ''));
  }

  /** `file.ts:12`, the file by its last two path parts: stable from machine to machine. */
  toString(): string {
    const { file, line } = this.place;
    if (file === '') return 'unknown place';
    return `${file.split('/').slice(-2).join('/')}:${line}`;
  }
}

export interface Place {
  /** Absolute path or empty if nothing of the stack is the user's. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Deep enough for the language's own frames above the user's. */
const FRAMES = 24;

/** This package, as source and as compiled (source maps show the former); its library (`lib`) counts as a user of the language. */
const OWN = new URL('../..', import.meta.url).pathname;
const INTERNAL = ['src', 'dist'].flatMap((root) => ['lang', 'ir', 'check', 'verilog', 'sim'].map((folder) => `${OWN}${root}/${folder}/`));

function userPlace(stack: string): Place {
  for (const line of stack.split('\n')) {
    const match = /(?:\(|at )(?:async )?(?:file:\/\/)?(\/[^()]*?|[A-Za-z]:[^()]*?):(\d+):(\d+)\)?$/.exec(line.trim());
    if (match === null) continue;
    const [, file, row, column] = match as unknown as [string, string, string, string];
    if (INTERNAL.some((folder) => file.startsWith(folder)) || file.includes('/node:')) continue;
    return { file, line: Number(row), column: Number(column) };
  }
  return { file: '', line: 0, column: 0 };
}
