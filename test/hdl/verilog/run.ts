/** Runs emitted text under Icarus with a hand-written bench, for what the engines' bench does not show: start values, `$stop`. */
import type { EmittedDesign } from '@vtoe/hdl/internal/verilog/emit';
import { filesOf } from '../engines/emitted.ts';
import { runTool, tryTool } from '../../../sim/native-tool.ts';
import { inWorkDirectory, writeFiles } from '../engines/work-directory.ts';

export interface BenchResult {
  readonly status: number;
  /** All that was printed. */
  readonly output: string;
}

/** @param bench text of a module `bench`; macros as `NAME` or `NAME=value` */
export async function runWithIcarus(emitted: EmittedDesign, bench: string, macros: readonly string[] = []): Promise<BenchResult> {
  return inWorkDirectory('bench', async (directory) => {
    const files = filesOf(emitted.files);
    await writeFiles(directory, [...files, { name: 'bench.v', text: bench }]);
    const sources = files.map(({ name }) => name).filter((name) => name.endsWith('.v'));
    await runTool('iverilog', ['-g2005', ...macros.map((macro) => `-D${macro}`), '-o', 'bench.vvp', '-s', 'bench', ...sources, 'bench.v'], { directory });
    const { status, stdout, stderr } = await tryTool('vvp', ['-N', 'bench.vvp'], { directory });
    return { status, output: `${stdout}${stderr}` };
  });
}
