import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readPort, writePort } from '../../../../sim/engine/ports.ts';
import type { Engine } from '../../../../sim/engine/engine.ts';
import { cacheDirectory, cleanCache, hashOf, prune } from '../../../../sim/engine/verilator/cache.ts';
import type { Progress } from '../../../../sim/engine/verilator/progress.ts';
import { buildVerilator, emitForModel, verilatorEngine } from '../../../../sim/engine/verilator/verilator.ts';
import { BUILD_MILLISECONDS, design } from '../subject.ts';
import { tiny } from '../tiny.ts';
import { vcdValues } from '../waves.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-verilator-test-'));
const cache = join(folder, 'cache');
const { PATH, XDG_CACHE_HOME } = process.env;

beforeAll(async () => {
  // The runtime is compiled once for all tests, not once more for this cache.
  await buildVerilator(tiny);
  await buildVerilator(design);
  mkdirSync(cache);
  for (const name of readdirSync(cacheDirectory()).filter((name) => /^runtime-[0-9a-f]+$/.test(name))) cpSync(join(cacheDirectory(), name), join(cache, name), { recursive: true });
}, BUILD_MILLISECONDS);
afterEach(() => {
  process.env['PATH'] = PATH;
  if (XDG_CACHE_HOME === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME;
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Counts up to `cycles`. */
function counted(engine: Engine, cycles: number): bigint {
  writePort(engine.ports, engine.ports.port('up'), 1n);
  engine.run(cycles);
  return readPort(engine.ports, engine.ports.port('count'));
}

test('what was compiled is found again; what is broken is compiled again; a size bound holds', async () => {
  const steps: Progress[] = [];
  const options = { cache, onProgress: (progress: Progress): void => { steps.push(progress); } };
  expect(counted(await verilatorEngine(tiny, options), 8)).toBe(7n);
  const built = steps.length;
  expect(steps[0]).toEqual({ what: 'compiling tiny (fast)', done: 1, of: 4 });
  expect(steps.at(-1)).toEqual({ what: 'compiling tiny (fast)', done: 4, of: 4 });

  expect(counted(await verilatorEngine(tiny, options), 8)).toBe(7n);
  expect(steps).toHaveLength(built);

  const [entry] = readdirSync(cache).filter((name) => name.startsWith('tiny-fast-'));
  const library = join(cache, entry!, 'model.node');
  const whole = readFileSync(library);
  // Not in place: this process runs it.
  rmSync(library);
  writeFileSync(library, whole.subarray(0, 5000));
  await buildVerilator(tiny, options);
  expect(steps).toHaveLength(2 * built);
  expect(statSync(library).size).toBe(whole.length);
  // Nothing is left of the building.
  expect(readdirSync(cache).filter((name) => !/^(runtime|tiny-fast)-[0-9a-f]{32}$/.test(name))).toEqual([]);

  // The oldest go first.
  const runtimes = readdirSync(cache).filter((name) => name.startsWith('runtime-'));
  for (const runtime of runtimes) utimesSync(join(cache, runtime, 'files.json'), new Date(0), new Date(0));
  await prune(cache, whole.length + 10_000);
  expect(readdirSync(cache)).toEqual([entry]);
  await cleanCache(cache);
  expect(() => readdirSync(cache)).toThrow('ENOENT');
}, BUILD_MILLISECONDS);

test('the cache is the user\'s, and never the checkout', () => {
  process.env['XDG_CACHE_HOME'] = '/somewhere';
  expect(cacheDirectory()).toBe('/somewhere/vtoe');
  delete process.env['XDG_CACHE_HOME'];
  expect(cacheDirectory().startsWith(tmpdir())).toBe(true);
});

test('a key depends on where one part ends and the next begins', () => {
  expect(hashOf(['ab', 'c'])).not.toBe(hashOf(['a', 'bc']));
  expect(hashOf(['ab', 'c'])).toBe(hashOf(['ab', 'c']));
});

test('models and libraries live side by side in one process, and in threads', async () => {
  const [first, other] = [await buildVerilator(tiny), await buildVerilator(design)];
  const [a, b, c] = [first.create(), first.create(), other.create()];
  c.run(3);
  expect([counted(a, 4), counted(b, 9), counted(a, 2)]).toEqual([3n, 8n, 5n]);
  expect(c.cycle).toBe(3);
  c.close();
  expect(counted(b, 1)).toBe(9n);
  const { file } = await buildVerilator(tiny);
  const answer = await new Promise((resolve, reject) => {
    const worker = new Worker(`
      const { parentPort, workerData } = require('node:worker_threads');
      const ports = new ArrayBuffer(4096);
      const model = require(workerData).create(ports, 1);
      parentPort.postMessage([model.run(5, -1), Number(new BigUint64Array(ports)[0])]);
    `, { eval: true, workerData: file });
    worker.on('message', resolve).on('error', reject);
  });
  expect(answer).toEqual([5, 5]);
  expect(counted(a, 1)).toBe(6n);
});

test('models end in any order', async () => {
  const build = await buildVerilator(design);
  const models = Array.from({ length: 6 }, () => build.create());
  for (const model of models) model.run(5);
  // The last one that ran on this thread goes first: nothing of it may be asked for afterwards.
  for (const model of models.toReversed()) model.close();
  const again = build.create();
  expect(again.run(3)).toBe(3);
});

test('VCD is a build of its own', async () => {
  const file = join(folder, 'tiny.vcd');
  const engine = await verilatorEngine(tiny, { waves: 'vcd' });
  expect(() => engine.trace({ file: join(folder, 'tiny.fst') })).toThrow('this Verilator model writes .vcd files and cannot write');
  engine.trace({ file });
  counted(engine, 5);
  engine.close();
  const wave = vcdValues(readFileSync(file, 'utf8'));
  expect([0, 10, 20, 30, 40].map((time) => wave.at('top.tiny.count', time))).toEqual([0n, 1n, 2n, 3n, 4n]);
  expect([0, 5, 10, 15].map((time) => wave.at('top.tiny.clk', time))).toEqual([1n, 0n, 1n, 0n]);
}, BUILD_MILLISECONDS);

test('Verilog that Verilator refuses is said in one line', async () => {
  const emitted = emitForModel(tiny);
  const files = new Map([...emitted.files].map(([name, text]) => [name, text.replace('endmodule', 'wire x = nothing;\nendmodule')]));
  await expect(verilatorEngine(tiny, { verilog: { ...emitted, files } })).rejects.toThrow(/^verilator ended with status 1: %Error: tiny\.v:\d+:\d+: .*nothing.*$/);
});

describe('tools', () => {
  /** A folder to be PATH, with these scripts in it and links to these tools. */
  function path(name: string, scripts: Readonly<Record<string, string>>, links: readonly string[]): string {
    const directory = join(folder, name);
    mkdirSync(directory);
    for (const [tool, script] of Object.entries(scripts)) {
      writeFileSync(join(directory, tool), `#!/bin/sh\n${script}\n`);
      chmodSync(join(directory, tool), 0o755);
    }
    for (const tool of links) symlinkSync(PATH!.split(':').map((folder) => join(folder, tool)).find((file) => statSync(file, { throwIfNoEntry: false }) !== undefined)!, join(directory, tool));
    return directory;
  }

  test('without Verilator', async () => {
    process.env['PATH'] = path('no-verilator', {}, ['g++']);
    await expect(verilatorEngine(tiny)).rejects.toThrow(/^verilator is not installed: the Verilator engine needs it; install it with `sudo apt-get install verilator`$/);
  });

  test('with an old Verilator', async () => {
    process.env['PATH'] = path('old-verilator', { verilator: 'echo "Verilator 4.038 2020-07-11 rev v4.036-114-g0cd4a57ad"' }, ['g++']);
    await expect(verilatorEngine(tiny)).rejects.toThrow(
      /^Verilator 4\.038 is too old: the Verilator engine needs 5\.006 or newer; install it with `sudo apt-get install verilator` \(Debian 12, Ubuntu 24\.04 or newer\)$/,
    );
  });

  test('with something else of that name', async () => {
    process.env['PATH'] = path('strange-verilator', { verilator: 'echo hello' }, ['g++']);
    await expect(verilatorEngine(tiny)).rejects.toThrow(/^verilator says it is "hello": the Verilator engine needs 5\.006 or newer; install it with/);
  });

  test('without g++', async () => {
    process.env['PATH'] = path('no-compiler', { verilator: 'echo "Verilator 5.006 2023-01-22"' }, []);
    await expect(verilatorEngine(tiny)).rejects.toThrow(/^g\+\+ is not installed: the Verilator engine needs it; install it with `sudo apt-get install g\+\+`$/);
  });

  test('without the headers of zlib, where FST is wanted', async () => {
    process.env['PATH'] = `${path('no-zlib', { 'g++': 'case "$*" in *zlib.h*) exit 1 ;; *) exec /usr/bin/g++ "$@" ;; esac' }, [])}:${PATH}`;
    await expect(verilatorEngine(tiny, { waves: 'fst', cache: join(folder, 'empty') })).rejects.toThrow(/^zlib\.h is not installed: the Verilator engine needs it for FST waveforms; install it with `sudo apt-get install zlib1g-dev`$/);
  });
});
