/** The tools that judge emitted text: Verilator's lint, Icarus' parser, yosys' checks and inference. */
import { runYosys } from '@yowasp/yosys';
import type { EmittedDesign } from '@vtoe/hdl/internal/verilog/emit';
import { runTool, tryTool } from '../engines/tool.ts';
import { inWorkDirectory, writeFiles } from '../engines/work-directory.ts';

/** Macros under which the text must be clean; the empty list is what synthesis sees. */
export const MACROS: readonly (readonly string[])[] = [[], ['VTOE_RANDOM_INIT'], ['VTOE_ASSERT'], ['VTOE_ASSERT', 'VTOE_RANDOM_INIT']];

function files(emitted: EmittedDesign): { readonly name: string; readonly text: string }[] {
  return [...emitted.files].map(([name, text]) => ({ name, text }));
}

function verilog(emitted: EmittedDesign): string[] {
  return [...emitted.files.keys()].filter((name) => name.endsWith('.v'));
}

/** Complaints of `verilator --lint-only -Wall`, a file for each module as the style warnings want it; empty if clean. */
export async function verilatorComplaints(emitted: EmittedDesign, macros: readonly (readonly string[])[] = MACROS): Promise<string[]> {
  return inWorkDirectory('lint', async (directory) => {
    await writeFiles(directory, files(emitted));
    const complaints: string[] = [];
    for (const defined of macros) {
      const { status, output } = await tryTool('verilator', ['--lint-only', '-Wall', ...defined.map((name) => `+define+${name}`), '-y', '.', '--top-module', emitted.top, `${emitted.top}.v`], directory);
      if (status !== 0 || output.trim() !== '') complaints.push(`${emitted.top} [${defined.join(' ')}]: ${output}`);
    }
    return complaints;
  });
}

/** Complaints of `iverilog -g2005 -Wall`, less the one that every sensitivity list of a memory gets. */
export async function icarusComplaints(emitted: EmittedDesign, macros: readonly (readonly string[])[] = MACROS): Promise<string[]> {
  return inWorkDirectory('icarus-lint', async (directory) => {
    await writeFiles(directory, files(emitted));
    const complaints: string[] = [];
    for (const defined of macros) {
      const { status, output } = await tryTool('iverilog', ['-g2005', '-Wall', '-Wno-timescale', ...defined.map((name) => `-D${name}`), '-o', 'lint.vvp', '-s', emitted.top, ...verilog(emitted)], directory);
      if (status !== 0 || output.trim() !== '') complaints.push(`${emitted.top} [${defined.join(' ')}]: ${output}`);
    }
    return complaints;
  });
}

/** Runs the text under Icarus with `bench` as top; its output. */
export async function simulateWithIcarus(emitted: EmittedDesign, bench: string, macros: readonly string[] = []): Promise<{ readonly status: number; readonly output: string }> {
  return inWorkDirectory('icarus-run', async (directory) => {
    await writeFiles(directory, [...files(emitted), { name: 'bench.v', text: bench }]);
    await runTool('iverilog', ['-g2005', ...macros.map((name) => `-D${name}`), '-o', 'bench.vvp', '-s', 'bench', ...verilog(emitted), 'bench.v'], directory);
    return tryTool('vvp', ['-N', 'bench.vvp'], directory);
  });
}

export interface YosysResult {
  readonly ok: boolean;
  readonly output: string;
}

/** A yosys script over the files of several designs, in process. */
export async function yosys(script: string, designs: readonly EmittedDesign[]): Promise<YosysResult> {
  const tree: Record<string, string> = {};
  for (const emitted of designs) for (const [name, text] of emitted.files) tree[name] = text;
  const decoder = new TextDecoder();
  let output = '';
  const sink = (bytes: Uint8Array | null): void => {
    if (bytes !== null) output += decoder.decode(bytes);
  };
  try {
    await runYosys(['-p', script], tree, { stdout: sink, stderr: sink });
    return { ok: true, output };
  } catch (error) {
    return { ok: false, output: `${output}\n${String(error)}` };
  }
}

/** What `check -assert` and the readers say against any of the designs, in one run; empty if nothing. */
export async function yosysComplaints(designs: readonly EmittedDesign[]): Promise<string[]> {
  const script = designs.map((emitted) => `
    read_verilog ${verilog(emitted).join(' ')}; hierarchy -check -top ${emitted.top}; proc; check -assert; design -reset`).join('\n');
  const { ok, output } = await yosys(script, designs);
  const warnings = output.split('\n').filter((line) => /^Warning|ERROR|found and reported [1-9]/.test(line) && !line.includes('Replacing memory'));
  return ok ? warnings : [...warnings, output.slice(-500)];
}
