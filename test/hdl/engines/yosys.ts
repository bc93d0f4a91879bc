/** Yosys in this process (WebAssembly from npm), for checks of many designs in one start. */
import type { EmittedDesign } from '@vtoe/hdl';
import { filesOf } from './emitted.ts';
import type { SourceFile } from './subject.ts';

/** A folder of the virtual file system. */
interface Tree {
  [name: string]: Tree | string | Uint8Array;
}

export interface YosysResult {
  readonly ok: boolean;
  readonly output: string;
  readonly files: Tree;
}

/** Runs a script on files. */
export async function runYosys(script: string, files: readonly SourceFile[]): Promise<YosysResult> {
  const { runYosys: run, Exit } = await import('@yowasp/yosys');
  const decoder = new TextDecoder();
  let output = '';
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes !== null) output += decoder.decode(bytes, { stream: true });
  };
  const input: Tree = Object.fromEntries([...files, { name: 'script.ys', text: script }].map(({ name, text }) => [name, text]));
  try {
    const result = await run(['-q', 'script.ys'], input, { stdout: collect, stderr: collect });
    return { ok: true, output, files: (result ?? {}) as Tree };
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    return { ok: false, output, files: (error.files ?? {}) as Tree };
  }
}

/** `check -assert` on each design after `proc` and `opt_clean`; also warnings count. Stops at the first that fails. */
export async function yosysCheck(designs: readonly EmittedDesign[]): Promise<string[]> {
  if (designs.length === 0) return [];
  const files: SourceFile[] = [];
  const script = designs.flatMap((design, i) => {
    const own = filesOf(design.files).map(({ name, text }) => ({ name: `d${i}_${name}`, text: readsFrom(text, `d${i}_`) }));
    files.push(...own);
    const sources = own.map(({ name }) => name).filter((name) => name.endsWith('.v'));
    return ['design -reset', `log -stderr design ${design.top}`, `read_verilog ${sources.join(' ')}`, `hierarchy -check -top ${design.top}`, 'proc', 'check -assert'];
  });
  const { ok, output } = await runYosys(`${script.join('\n')}\n`, files);
  const noise = /^(design \w+)?$/;
  const lines = output.split('\n').filter((line) => !noise.test(line.trim()));
  return ok && lines.length === 0 ? [] : [`yosys: ${output.trim()}`];
}

/** Data files are named with their design, too. */
function readsFrom(text: string, prefix: string): string {
  return text.replace(/\$readmemh\("/g, `$readmemh("${prefix}`);
}
