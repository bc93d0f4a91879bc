/** Runs a native tool; a missing one is one sentence that says how to get it. */
import { execFile } from 'node:child_process';

/** The Debian package that brings each tool. */
const PACKAGES: Readonly<Record<string, string>> = {
  'iverilog': 'iverilog',
  'vvp': 'iverilog',
  'verilator': 'verilator',
  'g++': 'g++',
};

export class MissingToolError extends Error {
  constructor(tool: string) {
    super(`${tool} is not installed; install it with: sudo apt-get install ${PACKAGES[tool] ?? tool}`);
    this.name = 'MissingToolError';
  }
}

/** The tool ran and failed; `output` is what it said. */
export class ToolError extends Error {
  readonly output: string;

  constructor(command: string, status: string, output: string) {
    super(`${command}: ${status}\n${output}`);
    this.name = 'ToolError';
    this.output = output;
  }
}

export interface ToolResult {
  readonly status: number;
  readonly output: string;
}

/** Standard output and error together, in that order, and the exit status. Throws only if the tool could not run to an end. */
export function tryTool(tool: string, args: readonly string[], directory: string): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    execFile(tool, args, { cwd: directory, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      if (error === null) resolve({ status: 0, output });
      else if (error.code === 'ENOENT') reject(new MissingToolError(tool));
      else if (typeof error.code === 'number') resolve({ status: error.code, output });
      else reject(new ToolError(tool, error.signal === null || error.signal === undefined ? error.message : `ended by ${error.signal}`, output));
    });
  });
}

export async function runTool(tool: string, args: readonly string[], directory: string): Promise<string> {
  const { status, output } = await tryTool(tool, args, directory);
  if (status !== 0) throw new ToolError(`${tool} ${args.join(' ')}`, `exit status ${status}`, output);
  return output;
}
