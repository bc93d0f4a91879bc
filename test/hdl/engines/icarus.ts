/** Icarus Verilog: four-state, event driven, slow to run and quick to compile. */
import { batched, type NativeEngine } from './batch.ts';
import { benchFiles, longest, RANDOM_SEED, readOutcomes, verilogNames } from './bench.ts';
import { runTool, ToolError } from '../../../sim/native-tool.ts';
import { inWorkDirectory, writeFiles } from './work-directory.ts';
import type { Subject } from './subject.ts';

export const icarus: NativeEngine = batched((subjects, keep) => inWorkDirectory('icarus', async (directory) => {
  await writeFiles(directory, [...benchFiles(subjects), { name: 'driver.v', text: driver(subjects) }]);
  const defines = ['-DVTOE_RANDOM_INIT', `-DVTOE_RANDOM_SEED=${RANDOM_SEED}`];
  await runTool('iverilog', ['-g2005', ...defines, '-o', 'bench.vvp', '-s', 'driver', ...verilogNames(subjects), 'driver.v'], { directory });
  const said = await runTool('vvp', ['-n', 'bench.vvp'], { directory });
  if (said.trim() !== '') throw new ToolError('vvp', 'said what nobody asked for', said);
  return readOutcomes(directory, subjects);
}, keep));

function driver(subjects: readonly Subject[]): string {
  return `module driver;
  reg clk = 0, sample = 0;
  bench b (.clk(clk), .sample(sample));
  initial begin
    repeat (${longest(subjects)}) begin
      #1 sample = 1;
      #1 clk = 1;
      #1 begin
        sample = 0;
        clk = 0;
      end
    end
    $finish(0);
  end
endmodule
`;
}
