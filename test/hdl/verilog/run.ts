/** Runs emitted text under Icarus with a hand-written bench, for what the engines' bench does not show: start values, `$stop`. */
import type { EmittedDesign } from '@vtoe/hdl/internal/verilog/emit';
import { filesOf } from '../engines/emitted.ts';
import { runTool, type ToolResult, tryTool } from '../engines/tool.ts';
import { inWorkDirectory, writeFiles } from '../engines/work-directory.ts';

/** @param bench text of a module `bench`; macros as `NAME` or `NAME=value` */
export async function runWithIcarus(emitted: EmittedDesign, bench: string, macros: readonly string[] = []): Promise<ToolResult> {
  return inWorkDirectory('bench', async (directory) => {
    const files = filesOf(emitted.files);
    await writeFiles(directory, [...files, { name: 'bench.v', text: bench }]);
    const sources = files.map(({ name }) => name).filter((name) => name.endsWith('.v'));
    await runTool('iverilog', ['-g2005', ...macros.map((macro) => `-D${macro}`), '-o', 'bench.vvp', '-s', 'bench', ...sources, 'bench.v'], directory);
    return tryTool('vvp', ['-N', 'bench.vvp'], directory);
  });
}
