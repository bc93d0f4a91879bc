import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { vtoe } from '../../bin/vtoe.ts';
import { FIGURES } from '../../sim/bench/index.ts';
import { SCENARIOS } from '../../sim/scenarios/index.ts';
import { readPcapng } from '../sim/link/pcapng-reader.ts';
import { vcdValues } from '../sim/engine/waves.ts';

const COMMAND = fileURLToPath(new URL('../../bin/vtoe.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'vtoe-command-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** In this process; the run itself is in a child all the same. */
async function here(...args: string[]) {
  const [out, errors, states]: string[][] = [[], [], []];
  const status = await vtoe(args, { print: (text) => out!.push(text), complain: (text) => errors!.push(text), status: (text) => states!.push(text) });
  return { status, out: out!.join('\n'), errors: errors!, states: states! };
}

interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly errors: string;
}

/** As a process, in a group of its own, as a terminal makes one; `onStart` gets its number. */
function command(args: readonly string[], onStart: (pid: number) => void = () => {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, ...args], { detached: true });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (data) => { out += data; });
    child.stderr.on('data', (data) => { errors += data; });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, out, errors }));
    onStart(child.pid!);
  });
}

/** Calls back once the file is larger than that: the run is under way. */
function whenLarger(file: string, bytes: number, then: () => void): void {
  const timer = setInterval(() => {
    let size = 0;
    try {
      size = readFileSync(file).length;
    } catch {
      // Not there yet.
    }
    if (size <= bytes) return;
    clearInterval(timer);
    then();
  }, 50);
}

describe('vtoe list', () => {
  test('has a line for each scenario', async () => {
    const { status, out } = await here('list');
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => line.split(' ')[0])).toEqual(SCENARIOS.map(({ name }) => name));
  });

  test('tells the parameters of one', async () => {
    const { out } = await here('list', 'packet-fifo');
    expect(out).toContain('width=64          bits of a beat: 64, 128, 256 or 512\n');
  });

  test('gives everything as JSON', async () => {
    const listed = JSON.parse((await here('list', '--json')).out) as { name: string; parameters: { key: string }[] }[];
    expect(listed.map(({ name, parameters }) => [name, parameters.map(({ key }) => key)])).toEqual(SCENARIOS.map(({ name, parameters }) => [name, Object.keys(parameters)]));
  });
});

describe('vtoe run', () => {
  test('prints a table, and shows how far it is', async () => {
    const { status, out, errors, states } = await here('run', 'packet-fifo', '--seed', '7', '--set', 'frames=300', '--set', 'pause=0');
    expect(out).toMatch(/^packet-fifo, builtin engine, seed 7: passed\n\nframes sent +300\n/);
    expect(out).toMatch(/\ndelivered, every byte compared +29\d\n/);
    expect([status, errors]).toEqual([0, []]);
    expect(states[0]).toMatch(/^frames: \d+ of 300$/);
    expect(states.at(-1)).toBe('');
  });

  test('prints nothing but JSON on standard output, the same for the same seed', async () => {
    const run = () => command(['run', 'axi-slices', '--json', '--set', 'bursts=50', '--set', 'beats=8']);
    const [first, second] = await Promise.all([run(), run()]);
    expect([first.status, first.errors]).toEqual([0, '']);
    const outcome = JSON.parse(first.out) as Record<string, unknown>;
    expect(outcome).toMatchObject({ scenario: 'axi-slices', engine: 'builtin', seed: 1, status: 'passed', problems: [], parameters: { bursts: 50, beats: 8, width: 128 }, figures: { bytes: 6400, writes: 50 } });
    const { wallSeconds: _, ...same } = JSON.parse(second.out) as Record<string, unknown>;
    expect(outcome).toMatchObject(same);
  });

  // The whole TOE is minutes of a compiler's work: four on a core, for the two models of both scenarios.
  test.each(SCENARIOS.map(({ name }) => name).filter((name) => process.env['VTOE_LONG'] === '1' || !name.startsWith('toe-')))('%s gives the same figures on every engine', async (name) => {
    const short = { 'packet-fifo': 'frames=100', 'axi-slices': 'bursts=30', 'register-bank': 'accesses=200', 'tcp-buffer': 'bytes=5000', 'toe-echo': 'clients=20', 'toe-bulk': 'bytes=100000' }[name]!;
    const outcomes = [];
    for (const engine of ['builtin', 'verilator', 'lockstep']) {
      const { status, out, errors } = await here('run', name, '--engine', engine, '--set', short, '--json');
      expect([status, errors]).toEqual([0, []]);
      outcomes.push(JSON.parse(out) as { cycles: number; figures: object; neverToggled?: string[] });
    }
    const [builtin, verilator, lockstep] = outcomes;
    expect([verilator!.cycles, verilator!.figures]).toEqual([builtin!.cycles, builtin!.figures]);
    expect([lockstep!.cycles, lockstep!.figures]).toEqual([builtin!.cycles, builtin!.figures]);
    expect(lockstep!.neverToggled).toEqual({ 'packet-fifo': expect.arrayContaining(['s_axis_rx_tready', 'm_axis_tuser']), 'axi-slices': expect.arrayContaining(['m_axi_awlock', 'm_axi_bready']), 'register-bank': expect.any(Array), 'tcp-buffer': expect.arrayContaining(['s_axis_rx_tready', 'm_axis_tuser']), 'toe-echo': expect.any(Array), 'toe-bulk': expect.any(Array) }[name]);
  }, 1_800_000);

  test('writes the files that are asked for', async () => {
    const [wave, pcap] = [join(folder, 'run.vcd'), join(folder, 'run.pcapng')];
    const { status, out } = await here('run', 'packet-fifo', '--set', 'frames=20', '--set', 'loss=0', '--wave', wave, '--pcap', pcap);
    expect(status).toBe(0);
    expect(out).toContain(`waveform  ${wave}\n\ncapture  ${pcap}`);
    expect(vcdValues(readFileSync(wave, 'utf8')).signals).toContain('mac_buffer_w64_d512_p64.s_axis_rx_tdata');
    expect(readPcapng(readFileSync(pcap)).filter(({ type }) => type === 'packet').length).toBeGreaterThan(50);
  });

  test('Ctrl-C leaves whole files, the figures so far, and status 1', async () => {
    const [wave, pcap] = [join(folder, 'cut.vcd'), join(folder, 'cut.pcapng')];
    const { status, out, errors } = await command(['run', 'packet-fifo', '--json', '--set', 'frames=10000000', '--wave', wave, '--pcap', pcap], (pid) => {
      whenLarger(pcap, 300_000, () => process.kill(-pid, 'SIGINT'));
    });
    const cycle = Number(/^the simulation was interrupted in cycle (\d+)\n$/.exec(errors)?.[1]);
    expect(status).toBe(1);
    const outcome = JSON.parse(out) as { status: string; figures: Record<string, number> };
    expect(outcome.status).toBe('interrupted');
    expect(outcome.figures['framesDelivered']).toBeGreaterThan(50);
    expect(vcdValues(readFileSync(wave, 'utf8')).times[1]).toBe(10 * cycle);
    expect(readPcapng(readFileSync(pcap)).length).toBeGreaterThan(200);
  });

  test('a crash of the process that simulates leaves the report and status 1', async () => {
    const pcap = join(folder, 'crash.pcapng');
    const { status, out, errors } = await command(['run', 'packet-fifo', '--json', '--set', 'frames=10000000', '--pcap', pcap], (pid) => {
      // As bad as native code can do.
      whenLarger(pcap, 300_000, () => process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()), 'SIGSEGV'));
    });
    const sentence = 'the simulation crashed: its process ended by SIGSEGV; what it reported until then is kept';
    expect([status, errors]).toEqual([1, `${sentence}\n`]);
    const outcome = JSON.parse(out) as { status: string; problems: string[]; figures: Record<string, number> };
    expect([outcome.status, outcome.problems]).toEqual(['crashed', [sentence]]);
    expect(outcome.figures['framesDelivered']).toBeGreaterThan(50);
    // What was written of the capture are whole packets.
    expect(readPcapng(readFileSync(pcap)).length).toBeGreaterThan(200);
  });
});

describe('what makes no sense is one sentence, and status 2', () => {
  test.each([
    [[], 'vtoe needs a command, one of run, list, bench; vtoe --help says more.'],
    [['rum'], "unknown command 'rum' (Did you mean run?)."],
    [['run'], "missing required argument 'scenario'."],
    [['run', 'packet-fifo', 'more'], "too many arguments for 'run'. Expected 1 argument but got 2."],
    [['run', 'packet-fifo', '--fast'], "unknown option '--fast'."],
    [['run', 'paket-fifo'], 'there is no scenario paket-fifo (did you mean packet-fifo?); there are packet-fifo, axi-slices, register-bank, tcp-buffer, toe-echo, toe-bulk.'],
    [['bench', '--only', 'tx_goodput,goodput'], `--only takes ${Object.keys(FIGURES).join(', ')}, separated by commas, not goodput.`],
    [['list', 'none'], 'there is no scenario none; there are packet-fifo, axi-slices, register-bank, tcp-buffer, toe-echo, toe-bulk.'],
    [['run', 'packet-fifo', '--engine', 'icarus'], 'there is no engine icarus: it is one of builtin, verilator, lockstep.'],
    [['run', 'packet-fifo', '--seed', '-1'], '--seed takes a whole number of at least 0, not -1.'],
    [['run', 'packet-fifo', '--set', 'frames=-3'], 'frames must be a whole number from 1 to 10000000, not -3.'],
    [['run', 'packet-fifo', '--set', 'frame=3'], 'packet-fifo has no parameter frame (did you mean frames?); its parameters are frames, least, most, rate, clock, width, depth, packets, pause, loss, corruption, duplication, reorder.'],
    [['run', 'packet-fifo', '--wave', 'a.fst'], 'the builtin engine writes .vcd files, and a.fst is not one.'],
    [['run', 'packet-fifo', '--engine', 'verilator', '--wave', 'a.txt'], 'the verilator engine writes .fst and .vcd files, and a.txt is neither.'],
    [['run', 'register-bank', '--pcap', 'a.pcapng'], 'register-bank has no frames that a.pcapng could capture.'],
    [['run', 'packet-fifo', '--wave', join(folder, 'none', 'a.vcd')], `${join(folder, 'none', 'a.vcd')} cannot be written: there is no folder ${join(folder, 'none')}.`],
    [['run', 'packet-fifo', '--pcap', folder], `${folder} cannot be written: it is a folder.`],
  ])('%j', async (args, sentence) => {
    expect(await here(...args)).toEqual({ status: 2, out: '', errors: [sentence], states: [] });
  });

  test('also of the process', async () => {
    expect(await command(['run', 'nothing'])).toEqual({ status: 2, out: '', errors: 'there is no scenario nothing; there are packet-fifo, axi-slices, register-bank, tcp-buffer, toe-echo, toe-bulk.\n' });
  });
});

describe('without its tools', () => {
  const PATH = process.env['PATH'];
  afterEach(() => { process.env['PATH'] = PATH; });

  const onPath = (name: string, script?: string): void => {
    const directory = join(folder, name);
    mkdirSync(directory);
    if (script !== undefined) writeFileSync(join(directory, 'verilator'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    process.env['PATH'] = `${directory}:/bin/does-not-exist`;
  };

  test.each(['verilator', 'lockstep'])('%s says that there is no Verilator', async (engine) => {
    onPath(`none-${engine}`);
    expect(await here('run', 'packet-fifo', '--engine', engine)).toMatchObject({ status: 2, out: '', errors: ['verilator is not installed: the Verilator engine needs it; install it with `sudo apt-get install verilator`'] });
  });

  test('says that Verilator is too old', async () => {
    onPath('old', 'echo "Verilator 4.038 2020-07-11"');
    const directory = join(folder, 'old');
    writeFileSync(join(directory, 'g++'), '#!/bin/sh\necho 12\n', { mode: 0o755 });
    expect(await here('run', 'packet-fifo', '--engine', 'verilator')).toMatchObject({
      status: 2, errors: ['Verilator 4.038 is too old: the Verilator engine needs 5.006 or newer; install it with `sudo apt-get install verilator` (Debian 12, Ubuntu 24.04 or newer)'],
    });
  });

  test('the built-in engine needs none', async () => {
    onPath('nothing');
    expect((await here('run', 'axi-slices', '--set', 'bursts=10')).status).toBe(0);
  });
});

describe('--help', () => {
  test.each([[['--help'], 'Usage: vtoe [options] [command]'], [['run', '--help'], 'Usage: vtoe run [options] <scenario>'], [['list', '--help'], 'Usage: vtoe list [options] [scenario]']])('%j', async (args, usage) => {
    const { status, out, errors } = await here(...args);
    expect([status, errors, out.split('\n')[0]]).toEqual([0, [], usage]);
  });
});

test('npx finds it in a checkout', () => {
  const { bin } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { bin: Record<string, string> };
  expect(fileURLToPath(new URL(`../../${bin['vtoe']}`, import.meta.url))).toBe(COMMAND);
  expect(readdirSync(new URL('../../bin', import.meta.url))).toContain('vtoe.mjs');
});
