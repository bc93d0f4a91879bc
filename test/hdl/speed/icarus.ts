/** Icarus Verilog as a contender: the recording in a Verilog memory, commands from standard input. */
import { RANDOM_SEED } from '../engines/bench.ts';
import type { Port, SourceFile } from '../engines/subject.ts';
import { runTool } from '../../../sim/native-tool.ts';
import { writeFiles } from '../engines/work-directory.ts';
import { type Contender, RESET_CYCLES } from './contender.ts';
import { HASH_VERILOG } from './hash.ts';
import { LineProcess } from './line-process.ts';
import { hexText, type Recording } from './recording.ts';

const RECORDING = 'recording.hex';
const PROGRAM = 'model.vvp';

export async function buildIcarus(directory: string, top: string, files: readonly SourceFile[], outputs: readonly Port[], recording: Recording): Promise<void> {
  await writeFiles(directory, [{ name: 'driver.v', text: driver(top, outputs, recording) }, { name: RECORDING, text: hexText(recording) }]);
  await runTool('iverilog', [
    '-g2005', '-DVTOE_RANDOM_INIT', `-DVTOE_RANDOM_SEED=${RANDOM_SEED}`, '-o', PROGRAM, '-s', 'driver', ...files.map(({ name }) => name), 'driver.v',
  ], { directory });
}

/** It cannot read a clock of the host: its time is what passes until it answers. */
export function icarusContender(directory: string): Contender {
  const process = new LineProcess('vvp', ['-n', PROGRAM], directory);
  return {
    name: 'Icarus',
    run: async (cycles) => {
      const start = performance.now();
      await process.ask(`run ${cycles}`);
      return (performance.now() - start) / 1000;
    },
    fold: async (cycles) => {
      const hash = await process.ask(`fold ${cycles}`);
      if (!/^[0-9a-f]{16}$/.test(hash)) throw new Error(`Icarus has unknown bits in its outputs: their hash is ${hash}`);
      return BigInt(`0x${hash}`);
    },
    close: () => process.close(),
  };
}

function driver(top: string, outputs: readonly Port[], { ports, rows, rowBytes }: Recording): string {
  const limbs = outputs.flatMap(({ name, width }) => Array.from({ length: Math.ceil(width / 64) }, (_, k) =>
    (width <= 64 ? name : `${name}[${Math.min(64 * k + 63, width - 1)}:${64 * k}]`)));
  return `module driver;
${HASH_VERILOG}
  reg clk, rst;
  reg [${8 * rowBytes - 1}:0] recording [0:${rows - 1}];
  reg [${8 * rowBytes - 1}:0] now;
${outputs.map(({ name, width }) => `  wire [${width - 1}:0] ${name};`).join('\n')}
  ${top} dut (
    .clk(clk), .rst(rst),
${[...ports.map(({ name, width, offset }) => `    .${name}(now[${8 * offset + width - 1}:${8 * offset}])`), ...outputs.map(({ name }) => `    .${name}(${name})`)].join(',\n')}
  );

  integer at, cycles, stdin;
  reg [63:0] hash;
  reg [31:0] command;

  task next_row;
    begin
      now = recording[at];
      at = at == ${rows - 1} ? 0 : at + 1;
    end
  endtask

  task edges;
    begin
      #1 clk = 1;
      #1 clk = 0;
    end
  endtask

  initial begin
    $readmemh("${RECORDING}", recording);
    stdin = 32'h8000_0000;
    at = 0;
    clk = 0;
    rst = 1;
    now = recording[0];
    repeat (${RESET_CYCLES}) edges;
    rst = 0;
    while ($fscanf(stdin, "%s %d", command, cycles) == 2) begin
      if (command == "fold") begin
        hash = HASH_START;
        repeat (cycles) begin
          next_row;
          // Outputs are sampled before the edge, with the inputs of the cycle applied.
          #1;
${limbs.map((limb) => `          hash = fold_limb(hash, ${limb});`).join('\n')}
          edges;
        end
        $display("%h", hash);
      end else begin
        repeat (cycles) begin
          next_row;
          edges;
        end
        $display("done");
      end
      $fflush;
    end
    $finish(0);
  end
endmodule
`;
}
