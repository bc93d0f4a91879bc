/** `npm run example`: elaborates, simulates and emits the example, and says where everything is. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { elaborate, emit, simulate, streamSource } from '@vtoe/hdl';
import { checksum } from './example.ts';

/** The IPv4 header of RFC 1071's usual worked example; the checksum field is 0. Its checksum is 0xb1e6. */
const HEADER = [0x4500, 0x003c, 0x1c46, 0x4000, 0x4006, 0x0000, 0xac10, 0x0a63, 0xac10, 0x0a0c];
const EXPECTED = 0xb1e6n;

const out = join(process.cwd(), 'out', 'example');
await mkdir(out, { recursive: true });
const show = (file: string) => relative(process.cwd(), join(out, file));

const { files, top } = emit(elaborate(checksum));
for (const [name, text] of files) await writeFile(join(out, name), text);

const sim = simulate(checksum);
const wave = sim.watch(['words_valid', 'words_ready', 'words_payload_data', 'words_payload_last', 'queue.level', 'phase', 'total', 'sum_valid', 'sum_payload']);
sim.start(streamSource(sim.io.words, sim.sampled.words, HEADER.map((data, i) => ({ data, last: i === HEADER.length - 1 }))));
sim.until(() => sim.sampled.sum.valid);
const sum = sim.sampled.sum.payload;
await writeFile(join(out, 'checksum.vcd'), wave.vcd());

console.log(`The Internet checksum of an IPv4 header, ${HEADER.length} words, in ${sim.cycle} cycles of the built-in simulator:\n`);
console.log(wave.text());
console.log(`checksum 0x${sum.toString(16)}, expected 0x${EXPECTED.toString(16)}: ${sum === EXPECTED ? 'ok' : 'WRONG'}\n`);
console.log(`Verilog   ${[...files.keys()].map(show).join(' ')}   (top module ${top})`);
console.log(`waveform  ${show('checksum.vcd')}   (open it with GTKWave)`);
process.exitCode = sum === EXPECTED ? 0 : 1;
