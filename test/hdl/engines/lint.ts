/** Emitted Verilog must be clean for three tools without a single pragma. */
import { type Design, emit, type EmittedDesign } from '@vtoe/hdl';
import { availableParallelism } from 'node:os';
import { filesOf } from './emitted.ts';
import { tryTool } from '../../../sim/native-tool.ts';
import { inWorkDirectory, writeFiles } from './work-directory.ts';
import { yosysCheck } from './yosys.ts';

export interface LintOptions {
  /** Macros that are defined: the text under `` `ifdef`` must be clean too. */
  readonly defines?: readonly string[];
  readonly yosys?: boolean;
}

/** What `verilator --lint-only -Wall`, `iverilog -g2005 -Wall` and `yosys check` say: nothing, if all is well. */
export async function lint(designs: readonly Design[], options: LintOptions = {}): Promise<string[]> {
  return lintText(designs.map((design) => emit(design)), options);
}

export async function lintText(designs: readonly EmittedDesign[], { defines = [], yosys = true }: LintOptions = {}): Promise<string[]> {
  const complaints = await inParallel(designs, (design) => inWorkDirectory('lint', (directory) => lintOne(design, directory, defines)));
  const checked = yosys && complaints.every((list) => list.length === 0) ? await yosysCheck(designs) : [];
  return [...complaints.flat(), ...checked];
}

async function lintOne({ files, top }: EmittedDesign, directory: string, defines: readonly string[]): Promise<string[]> {
  const sources = filesOf(files);
  await writeFiles(directory, sources);
  const names = sources.map(({ name }) => name).filter((name) => name.endsWith('.v'));
  const macros = defines.map((macro) => `-D${macro}`);
  const runs = [
    ['verilator', ['--lint-only', '-Wall', '--no-timing', '--top-module', top, ...macros, ...names]],
    ['iverilog', ['-g2005', '-Wall', '-t', 'null', '-s', top, ...macros, ...names]],
  ] as const;
  const complaints: string[] = [];
  for (const [tool, args] of runs) {
    const { status, stdout, stderr } = await tryTool(tool, args, { directory });
    const output = `${stdout}${stderr}`.trim();
    if (status !== 0 || output !== '') complaints.push(`${top}: ${tool} (status ${status}): ${output}`);
  }
  return complaints;
}

async function inParallel<T, R>(list: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(list.length, availableParallelism()) }, worker));
  return results;
}
