/** Runs a native tool; one that is missing, too old or fails is said in one sentence. */
import { execFile } from 'node:child_process';

/** Something that has to be installed first. */
export class MissingToolError extends Error {
  override readonly name = 'MissingToolError';

  /**
   * @param what is the matter: `g++ is not installed`
   * @param need what the engine needs: `it`
   * @param where the package is new enough
   */
  constructor(what: string, need: string, packages: string, where = '') {
    super(`${what}: the Verilator engine needs ${need}; install it with \`sudo apt-get install ${packages}\`${where}`);
  }
}

/** The tool ran and failed; `output` is what it said. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly output: string;

  constructor(tool: string, status: string, output: string) {
    super(`${tool} ended with ${status}: ${firstComplaint(output)}`);
    this.output = output;
  }
}

/** The Debian package that brings each tool. */
const PACKAGES: Readonly<Record<string, string>> = { 'verilator': 'verilator', 'g++': 'g++' };

/** Returns standard output. @throws MissingToolError, ToolError */
export function runTool(tool: string, args: readonly string[], directory?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(tool, args, { cwd: directory, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (error.code === 'ENOENT') reject(new MissingToolError(`${tool} is not installed`, 'it', PACKAGES[tool] ?? tool));
      else reject(new ToolError(tool, typeof error.code === 'number' ? `status ${error.code}` : String(error.signal ?? error.message), `${stderr}${stdout}`));
    });
  });
}

/** The line that matters, of what may be hundreds. */
function firstComplaint(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error/i.test(line)) ?? lines[0] ?? 'it said nothing';
}
