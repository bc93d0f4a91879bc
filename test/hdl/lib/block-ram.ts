/** Which block RAMs a synthesizer makes of a module. */
import { elaborate, emit, type ModuleDefinition, type PortRecord } from '@vtoe/hdl';
import { filesOf } from '../engines/emitted.ts';
import { runYosys } from '../engines/yosys.ts';

/** Counts of Xilinx' block RAMs by kind, as yosys infers them. @throws Error if yosys does, or leaves a memory unmapped */
export async function blockRams<P extends PortRecord>(definition: ModuleDefinition<P>): Promise<Record<string, number>> {
  const sources = filesOf(emit(elaborate(definition)).files);
  const names = sources.map(({ name }) => name).filter((name) => name.endsWith('.v')).join(' ');
  const script = `read_verilog ${names}\nsynth_xilinx -flatten -run begin:map_ffram\nselect -assert-none t:$mem_v2\ntee -q -o cells stat\n`;
  const { ok, output, files } = await runYosys(script, sources);
  const cells = files['cells'];
  if (!ok || !(cells instanceof Uint8Array || typeof cells === 'string')) throw new Error(`yosys: ${output}`);
  const text = typeof cells === 'string' ? cells : new TextDecoder().decode(cells);
  return Object.fromEntries([...text.matchAll(/^\s*(?:(RAMB\w+)\s+(\d+)|(\d+)\s+(RAMB\w+))\s*$/gm)].map(([, name, count, before, after]) => [name ?? after!, Number(count ?? before)]));
}
