import { fileURLToPath } from 'node:url';

/**
 * Where in the user's source something was said.
 *
 * Capturing a stack costs about 10 us, formatting one ten times that (source maps); so it is captured at
 * declarations and statements and formatted only for an error or the emitter.
 */
export class Locator {
  readonly #stack: { stack?: string };
  readonly #skipped: readonly string[];
  #place: Place | undefined;

  private constructor(stack: { stack?: string }, skipped: readonly string[]) {
    this.#stack = stack;
    this.#skipped = skipped;
  }

  /** Captures the caller's stack; frames of the language itself are skipped when it is formatted. */
  static here(): Locator {
    return Locator.#capture(LANGUAGE, FRAMES);
  }

  /** As {@link here}, for an error: it may come from deep below the call, in a nested literal for instance. */
  static ofMistake(): Locator {
    return Locator.#capture(LANGUAGE, DEEP);
  }

  /** As {@link here}, for a block of the library that was called wrongly: its own frames are skipped too. */
  static ofCaller(): Locator {
    return Locator.#capture(PACKAGE, DEEP);
  }

  /**
   * As {@link here}, for the library's construct in `lib/<file>*.ts` that is used inside of modules, the library's own
   * among them: whoever uses it is the user.
   */
  static beyond(file: string): Locator {
    return Locator.#capture([...LANGUAGE, ...PACKAGE.map((root) => `${root}lib/${file}`)], FRAMES);
  }

  static #capture(skipped: readonly string[], frames: number): Locator {
    const holder: { stack?: string } = {};
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = frames;
    Error.captureStackTrace(holder, Locator.#capture);
    Error.stackTraceLimit = limit;
    return new Locator(holder, skipped);
  }

  get place(): Place {
    return (this.#place ??= userPlace(this.#stack.stack ?? '', this.#skipped));
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

/** Deep enough for the language's own frames above the user's: each costs time and memory. */
const FRAMES = 12;
const DEEP = 1000;

/** This package, as source and as compiled (source maps show the former); its library (`lib`) counts as a user of the language. */
const OWN = fileURLToPath(new URL('../..', import.meta.url));
const LANGUAGE = ['src', 'dist'].flatMap((root) => ['lang', 'ir', 'check', 'verilog', 'sim'].map((folder) => `${OWN}${root}/${folder}/`));
const PACKAGE = ['src', 'dist'].map((root) => `${OWN}${root}/`);

function userPlace(stack: string, skipped: readonly string[]): Place {
  for (const line of stack.split('\n')) {
    const match = /^at (?:[^/]* \()?(?:async )?(file:\/\/)?((?:\/|[A-Za-z]:)[^<>]*):(\d+):(\d+)\)?$/.exec(line.trim());
    if (match === null) continue;
    const [, scheme, path, row, column] = match as unknown as [string, string | undefined, string, string, string];
    // In a URL a blank is %20.
    const file = scheme === undefined ? path : fileURLToPath(scheme + path);
    if (skipped.some((folder) => file.startsWith(folder)) || file.includes('/node:')) continue;
    return { file, line: Number(row), column: Number(column) };
  }
  return { file: '', line: 0, column: 0 };
}
