/** `npm start`: builds a TOE, runs `toe-bulk` on it with the built-in engine, and says what came of it and where everything is. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Design, emit } from '@vtoe/hdl';
import { builtinEngine } from '../sim/engine/builtin.ts';
import type { Engine } from '../sim/engine/engine.ts';
import { createPcapng } from '../sim/link/pcapng.ts';
import { figuresText, tableText } from '../sim/scenarios/report.ts';
import { toeBulk } from '../sim/scenarios/toe-bulk.ts';
import { saveFile } from './save-file.ts';
import { terminal } from './terminal.ts';

const SEED = 1;
/** The Verilog is to be hardware. */
const SETTINGS = ['bytes=200000', 'short=64', 'simulationPorts=false'];
/** Of the waveform: the last ones. */
const WAVE_CYCLES = 4000;
/** Blocks that the save file shows. */
const WAVE_BLOCKS = ['rx', 'front', 'listening', 'scheduler', 'tcp', 'sending', 'wireOut', 'irqs'];
/** Recording slows the run, so that it begins when this share of the bytes has come. */
const WAVE_FROM = 0.97;

const out = join(process.cwd(), 'out');
const path = (...parts: readonly string[]): string => relative(process.cwd(), join(out, ...parts));
await mkdir(join(out, 'verilog'), { recursive: true });
const [pcap, retireLog, wave, save] = [path('toe.pcapng'), path('retire.jsonl'), path('toe.vcd'), path('toe.gtkw')];

const { status, print, complain } = terminal();
let design: Design | undefined;
let engine: Engine | undefined;
let isTraced = false;
const capture = createPcapng(pcap, { application: 'vtoe', comments: ['npm start'] });
status('builds the TOE');
try {
  const { problems, figures, tables = [] } = await toeBulk.run({
    seed: SEED, skip: false, capture,
    openEngine: async (built) => {
      design = built;
      engine = builtinEngine(built, { seed: SEED });
      return engine;
    },
    progress: (what, done, of) => {
      status(`${what}: ${done} of ${of}`);
      if (isTraced || done < WAVE_FROM * of) return;
      isTraced = true;
      engine!.trace({ file: wave, cycles: WAVE_CYCLES });
    },
    interim: () => {},
  }, [...SETTINGS, `retireLog=${retireLog}`]);
  const { cycle } = engine!;
  status('writes the Verilog');
  const { files, top } = emit(design!);
  for (const [name, text] of files) await writeFile(path('verilog', name), text);
  status('writes the waveform');
  engine!.close();
  await writeFile(save, saveFile({ wave: 'toe.vcd', vcd: await readFile(wave, 'utf8'), blocks: WAVE_BLOCKS }));
  status('');
  print(`A TOE and a peer on a 10 Gbit/s link that loses and reorders frames: ${problems.length === 0 ? 'ok' : 'WRONG'}\n`);
  print(figuresText([...figures, { key: 'cycles', label: 'clock cycles', value: cycle }]));
  for (const table of tables) print(`\n${tableText(table)}`);
  print(`\nVerilog     ${path('verilog', '*.v')}   (top module ${top})`);
  print(`frames      ${pcap}   (open it with Wireshark)`);
  print(`retire log  ${retireLog}   (a line of JSON for each event of the TCP pipeline)`);
  print(`waveform    ${wave}   (its last ${WAVE_CYCLES.toLocaleString('en-US')} cycles: gtkwave ${save})`);
  for (const problem of problems) complain(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  capture.close();
}
