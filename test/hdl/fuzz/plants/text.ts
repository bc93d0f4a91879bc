/** Faults of an emitter: Verilog that looks right and is not. Native engines run it, the built-in engine the design. */
import type { Plant } from './plant.ts';

function text(name: string, description: string, verilog: (text: string) => string): Plant {
  return { name, description, verilog };
}

export const TEXT: readonly Plant[] = [
  text('dropped-parentheses', 'a - (b - c) is emitted as a - b - c', (verilog) => (
    verilog.replace(/ - \(((?:[\w']+(?:\[[\d:]+\])?)(?: [-+] [\w']+(?:\[[\d:]+\])?)+)\)/g, ' - $1'))),
  text('blocking-assignment', 'registers are assigned with = instead of <=', (verilog) => verilog.replace(/^(\s*(?:[\w']+: )?(?:if \(.*\) )?[\w[\]:]+) <= /gm, '$1 = ')),
  text('signed-missing', '$signed is left out', (verilog) => verilog.replaceAll('$signed(', '(')),
  text('arithmetic-shift', '>>> is emitted as >>', (verilog) => verilog.replaceAll('>>>', '>>')),
  text('constant-width', 'constants of 9 bits and more are emitted one bit too narrow', (verilog) => (
    verilog.replace(/\b(\d+)'([dh])(?!\w*start_)/g, (all, width: string, base: string) => (Number(width) >= 9 && Number(width) !== 32 ? `${Number(width) - 1}'${base}` : all)))),
  text('asynchronous-reset', 'reset acts at once instead of at the clock edge', (verilog) => (
    verilog.replace(/always @\(posedge clk\) begin(\s+)if \(rst\)/g, 'always @(posedge clk or posedge rst) begin$1if (rst)'))),
  text('unsigned-extension', 'sign extension by replication takes the bit below the sign', (verilog) => (
    verilog.replace(/\{(\d+)\{(\w+)\[(\d+)\]\}\}, \2\}/g, (all, count: string, name: string, sign: string) => (Number(sign) > 0 ? `{${count}{${name}[${Number(sign) - 1}]}}, ${name}}` : all)))),
  text('conditional-swapped', 'the values of ?: are swapped where both are plain names', (verilog) => verilog.replace(/\? (\w+) : (\w+)\b(?! \?)/g, '? $2 : $1')),
];
