/** Verilog as a synthesizer reads it: without what stands under `ifdef. */
import { elaborate, emit, type ModuleDefinition, type PortRecord } from '@vtoe/hdl';

export function synthesizable<P extends PortRecord>(definition: ModuleDefinition<P>): string {
  let depth = 0;
  return emit(elaborate(definition)).text.split('\n').filter((line) => {
    if (/^`ifn?def/.test(line)) depth += 1;
    const outside = depth === 0;
    if (line.startsWith('`endif')) depth -= 1;
    return outside;
  }).join('\n');
}
