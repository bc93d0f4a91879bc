/** Runs a native tool; one that is missing, too old or fails is said in one sentence. */
import { execFile } from 'node:child_process';

/** What a {@link MissingToolError} says beside what is the matter. */
export interface MissingToolWords {
  /** Who needs it, if not just the command: `the Verilator engine`. */
  readonly who?: string;
  /** What is needed, `it` by default: `5.006 or newer`. */
  readonly need?: string;
  /** Where the package is new enough. */
  readonly where?: string;
}

/** Something that has to be installed first. */
export class MissingToolError extends Error {
  override readonly name = 'MissingToolError';

  /** @param what is the matter: `g++ is not installed` */
  constructor(what: string, packages: string, { who, need = 'it', where = '' }: MissingToolWords = {}) {
    super(`${what}${who === undefined ? '' : `: ${who} needs ${need}`}; install it with \`sudo apt-get install ${packages}\`${where}`);
  }
}

/** The Debian package that brings a tool, where it has another name. */
const PACKAGES: Readonly<Record<string, string>> = { vvp: 'iverilog', fst2vcd: 'gtkwave', vcd2fst: 'gtkwave', capinfos: 'tshark' };

export function notInstalled(tool: string, words: Pick<MissingToolWords, 'who'> = {}): MissingToolError {
  return new MissingToolError(`${tool} is not installed`, PACKAGES[tool] ?? tool, words);
}

/** The tool ran and failed; `output` is all that it said, the message what matters of it. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly output: string;

  /** @param how it ended: `ended with status 1` */
  constructor(tool: string, how: string, output: string) {
    super(`${tool} ${how}: ${firstComplaint(output)}`);
    this.output = output;
  }
}

export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  /** Where it runs. */
  readonly directory?: string;
  /** Who needs it, for the sentence that it is missing. */
  readonly who?: string;
}

/** Whatever its exit status. @throws MissingToolError; ToolError if it was ended by a signal */
export function tryTool(tool: string, args: readonly string[], { directory, who }: ToolOptions = {}): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    execFile(tool, args, { cwd: directory, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error === null) resolve({ status: 0, stdout, stderr });
      else if (error.code === 'ENOENT') reject(notInstalled(tool, who === undefined ? {} : { who }));
      else if (typeof error.code === 'number') resolve({ status: error.code, stdout, stderr });
      else reject(new ToolError(tool, `ended by ${error.signal ?? error.message}`, `${stderr}${stdout}`));
    });
  });
}

/** Returns standard output. @throws MissingToolError, ToolError */
export async function runTool(tool: string, args: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await tryTool(tool, args, options);
  if (status !== 0) throw new ToolError(tool, `ended with status ${status}`, `${stderr}${stdout}`);
  return stdout;
}

/** The line that matters, of what may be hundreds. */
function firstComplaint(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'it said nothing';
}
