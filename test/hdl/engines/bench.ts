/**
 * The Verilog test bench of a batch: all designs side by side, each reading its stimulus from a file and writing its
 * sampled outputs to a file.
 *
 * The same text runs under Icarus and under Verilator; only who moves `clk` and `sample` differs. In a cycle first
 * `sample` rises (outputs are written), then `clk`, then both fall. Inputs come from a register that `clk` loads: so
 * Verilator has no combinational paths from the bench's inputs and translates the designs' logic once less.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hexDigits, type Outcome, type Port, type SourceFile, type Stimulus, type Subject } from './subject.ts';

/** Start of state that reset does not touch: the same in all engines, see the emitter's `VTOE_RANDOM_INIT`. */
export const RANDOM_SEED = 1;

export function longest(subjects: readonly Subject[]): number {
  return Math.max(0, ...subjects.map((subject) => subject.stimulus.cycles.length));
}

/** Everything that goes into the work directory. */
export function benchFiles(subjects: readonly Subject[]): SourceFile[] {
  const files = new Map<string, SourceFile>();
  for (const subject of subjects) {
    for (const file of subject.files) {
      const other = files.get(file.name);
      if (other !== undefined && other.text !== file.text) {
        throw new Error(`two designs of one batch have different files named ${file.name}`);
      }
      files.set(file.name, file);
    }
  }
  subjects.forEach((subject, i) => {
    files.set(stimulusName(i), { name: stimulusName(i), text: stimulusText(subject.inputs, subject.stimulus) });
  });
  files.set('bench.v', { name: 'bench.v', text: benchText(subjects) });
  return [...files.values()];
}

/** Names of the Verilog files in compile order. */
export function verilogNames(subjects: readonly Subject[]): string[] {
  const names = new Set(subjects.flatMap((subject) => subject.files.map((file) => file.name)));
  return [...[...names].filter((name) => name.endsWith('.v')), 'bench.v'];
}

export function benchText(subjects: readonly Subject[]): string {
  const bodies = subjects.map((subject, i) => subjectText(subject, i));
  const instances = subjects.map((_, i) => `  subject_${i} s${i} (.clk(clk), .sample(sample));`);
  return `${bodies.join('\n')}
module bench(input clk, input sample);
${instances.join('\n')}
endmodule
`;
}

function subjectText(subject: Subject, index: number): string {
  const { inputs, outputs, stimulus: { cycles } } = subject;
  const width = 1 + inputs.reduce((sum, port) => sum + port.width, 0);
  const nets = inputs.map((port, i) => `  wire [${port.width - 1}:0] in_${i};`);
  const outs = outputs.map((port, i) => `  wire [${port.width - 1}:0] out_${i};`);
  const ports = [
    '.clk(clk)', '.rst(reset)',
    ...inputs.map((port, i) => `.${port.name}(in_${i})`), ...outputs.map((port, i) => `.${port.name}(out_${i})`),
  ];
  const format = outputs.map(() => '%h').join(' ');
  return `module subject_${index}(input clk, input sample);
  reg [${width - 1}:0] stimulus [0:${Math.max(1, cycles.length) - 1}];
  reg [${width - 1}:0] now;
  reg [31:0] cycle;
  integer file;
  initial begin
    $readmemh("${stimulusName(index)}", stimulus);
    // With a mode it is a file descriptor; without, one of 30 multi-channel bits.
    file = $fopen("${sampledName(index)}", "w");
    cycle = 0;
    now = stimulus[0];
  end
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (cycle + 1 < ${cycles.length}) now <= stimulus[cycle + 1];
  end
  wire reset;
${[...nets, ...outs].join('\n')}
  assign {${['reset', ...inputs.map((_, i) => `in_${i}`)].join(', ')}} = now;
  ${subject.top} dut (${ports.join(', ')});
  always @(posedge sample)
    if (cycle < ${cycles.length}) $fwrite(file, "${format}\\n"${outputs.map((_, i) => `, out_${i}`).join('')});
endmodule
`;
}

function stimulusName(index: number): string {
  return `subject_${index}.stimulus`;
}

function sampledName(index: number): string {
  return `subject_${index}.sampled`;
}

function stimulusText(inputs: readonly Port[], stimulus: Stimulus): string {
  const width = 1 + inputs.reduce((sum, port) => sum + port.width, 0);
  return stimulus.cycles
    .map((cycle) => {
      let word = cycle.reset ? 1n : 0n;
      inputs.forEach((port, i) => { word = (word << BigInt(port.width)) | (cycle.inputs[i] ?? 0n); });
      return `${word.toString(16).padStart(hexDigits(width), '0')}\n`;
    })
    .join('');
}

export async function readOutcomes(directory: string, subjects: readonly Subject[]): Promise<Outcome[]> {
  return Promise.all(subjects.map(async ({ outputs }, i) => {
    const text = await readFile(join(directory, sampledName(i)), 'utf8');
    return { rows: text.split('\n').slice(0, -1).map((line) => rowOfText(outputs, line)) };
  }));
}

/** Verilator 5.006 prints a constant of its own making (`~a ^ a` of one bit) with 32 bits: zeros beyond the port's width. */
export function rowOfText(outputs: readonly Port[], line: string): string {
  return line.split(' ').map((field, i) => {
    const excess = field.length - hexDigits(outputs[i]?.width ?? 0);
    return excess > 0 && /^0+$/.test(field.slice(0, excess)) ? field.slice(excess) : field;
  }).join(' ');
}
