/**
 * What bus models cost in a simulated cycle. Entry: `node --enable-source-maps dist/test/sim/bus/cost.js`.
 *
 * One design, `traffic_top`, with more and more of its buses attended to, each as busy as it can be. Processor time, the least of
 * rounds of 131,072 cycles in processes of their own, the engines in turn: what else the machine does only adds to it, and how V8
 * happened to compile the models, which makes a factor of two, stays for as long as a process lives.
 */
import { execFileSync } from 'node:child_process';
import { elaborate, type Process } from '@vtoe/hdl';
import { AxiLiteMaster } from '../../../sim/bus/axi-lite-master.ts';
import { AxiMemory } from '../../../sim/bus/axi-memory.ts';
import { AxiStreamSink, AxiStreamSource } from '../../../sim/bus/axi-stream.ts';
import type { Engine } from '../../../sim/engine/engine.ts';
import { openEngine } from '../../../sim/engine/open.ts';
import { TestBench } from '../../../sim/engine/test-bench.ts';
import { trafficTop } from './traffic-top.ts';

type Model = 'source' | 'sink' | 'memory' | 'registers' | 'rare registers' | 'waiting' | 'idle' | 'idle process';

/** Both run what is behind one interface. */
const ENGINES = ['builtin', 'verilator'] as const;

/** Nanoseconds of a simulated cycle. */
export interface Cost {
  readonly all: number;
  /** The engine alone, with the same inputs out of a recording, the copy of which is in it. */
  readonly engine: number;
  /** The rest: models and bench. */
  readonly rest: number;
}

const SETUPS: Readonly<Record<string, readonly Model[]>> = {
  'a bench with nothing to do': ['idle'],
  'a process that waits for each cycle': ['idle process'],
  'all four models, nothing on the buses': ['waiting'],
  'stream source, a beat in each cycle': ['source'],
  'source and sink': ['source', 'sink'],
  'memory, a beat read and a beat written in each cycle': ['memory'],
  'register accesses, one after the other (each takes 4 cycles)': ['registers'],
  'source, sink, memory, a register access every 100 cycles': ['source', 'sink', 'memory', 'rare registers'],
  'source, sink, memory, register accesses one after the other': ['source', 'sink', 'memory', 'registers'],
};

/** A bench on `trafficTop` that is at work. */
function busyBench(models: readonly Model[], engine: Engine): TestBench {
  const bench = new TestBench(engine);
  const { ports } = bench;
  for (const model of models) {
    switch (model) {
      case 'source': {
        const source = bench.add(new AxiStreamSource(ports, { prefix: 's_axis_rx_' }));
        const frame = Uint8Array.from({ length: 1500 }, (_, i) => i);
        const sent = (): void => source.send(frame, { sent });
        source.send(frame, { sent });
        source.send(frame, { sent });
        break;
      }
      case 'sink': {
        bench.add(new AxiStreamSink(ports, { prefix: 'm_axis_tx_', onFrame: () => {} }));
        break;
      }
      case 'memory': {
        bench.add(new AxiMemory(ports, { prefix: 'm_axi_', store: new Uint8Array(1 << 20), read: { latency: 20 }, write: { latency: 10 } }));
        break;
      }
      case 'registers':
      case 'rare registers': {
        const master = bench.add(new AxiLiteMaster(ports, { prefix: 's_axil_', ...(model === 'registers' ? {} : { readCost: { before: 96 }, writeCost: { before: 96 } }) }));
        bench.start('software', software(master));
        break;
      }
      case 'waiting':
        bench.add(new AxiStreamSource(ports, { prefix: 's_axis_rx_' }));
        bench.add(new AxiStreamSink(ports, { prefix: 'm_axis_tx_' }));
        bench.add(new AxiMemory(ports, { prefix: 'm_axi_', store: new Uint8Array(1 << 20) }));
        bench.add(new AxiLiteMaster(ports, { prefix: 's_axil_' }));
        break;
      case 'idle':
        bench.add({ name: 'idle', step: () => {} });
        break;
      case 'idle process':
        bench.start('idle', idle());
    }
  }
  bench.reset();
  // A master may offer from the second cycle after reset on.
  bench.run(1);
  if (models.includes('memory')) ports.words[ports.port('enable').offset >> 2] = 1;
  if (!models.includes('sink')) ports.words[ports.port('m_axis_tx_tready').offset >> 2] = 1;
  return bench;
}

function* software(master: AxiLiteMaster): Process {
  // Out of reset first.
  yield 10;
  for (let value = 0; ; value = (value + 1) >>> 0) {
    yield* master.write(0, value);
    const read = yield* master.read(0);
    if (read !== value) throw new Error(`wrote ${value} and read ${read}`);
  }
}

function* idle(): Process {
  for (;;) yield;
}

/** Cycles of the recording that the engine alone is measured with. */
const RECORDED = 8192;

/** Inputs of each of the cycles that follow, and a function that runs them anew from where they began. */
function record(bench: TestBench): () => void {
  const { engine } = bench;
  const { ports } = engine;
  const inputs = ports.all.filter(({ direction }) => direction === 'in');
  const from = Math.min(...inputs.map(({ offset }) => offset)), to = Math.max(...inputs.map(({ offset, width }) => offset + 8 * Math.ceil(width / 64)));
  const rows = Array.from({ length: RECORDED }, () => {
    const row = ports.bytes.slice(from, to);
    bench.run(1);
    return row;
  });
  return () => {
    for (const row of rows) {
      ports.bytes.set(row, from);
      engine.run(1);
    }
  };
}

/** Least processor time of a cycle in `rounds`, of which the first two are for the compiler. */
function timed(rounds: number, cycles: number, work: () => void): number {
  let least = Infinity;
  for (let round = -2; round < rounds; round += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) least = Math.min(least, ((user + system) * 1000) / cycles);
  }
  return least;
}

const PROCESSES = 5;
const ROUNDS = 6;

/** Each engine's least cost, of processes in turn. */
function leastOf(setup: string, widths: readonly number[]): Cost[] {
  const runs = Array.from({ length: PROCESSES }, () =>
    ENGINES.map((name) => JSON.parse(execFileSync(process.execPath, [process.argv[1]!, setup, ...widths.map(String), name], { encoding: 'utf8' })) as Cost));
  return ENGINES.map((_, i) => {
    const least = (which: 'all' | 'engine') => Math.min(...runs.map((costs) => costs[i]![which]));
    const [all, engine] = [least('all'), least('engine')];
    return { all, engine, rest: all - engine };
  });
}

/** One set-up, which should have the process for itself: V8 compiles for what it has seen. */
async function measure(setup: string, rounds: number, [stream, data]: readonly [number, number], engineName: string): Promise<Cost> {
  const bench = busyBench(SETUPS[setup]!, await openEngine(engineName, elaborate(trafficTop(stream, data)), { assertions: false }));
  const cycles = 16 * RECORDED;
  const all = timed(rounds, cycles, () => bench.run(cycles));
  const replay = record(bench);
  const engine = timed(rounds, cycles, () => {
    for (let i = 0; i < 16; i += 1) replay();
  });
  bench.close();
  return { all, engine, rest: all - engine };
}

async function main(): Promise<void> {
  const [setup, stream, data, engine] = process.argv.slice(2);
  if (setup !== undefined && setup in SETUPS) {
    console.log(JSON.stringify(await measure(setup, ROUNDS, [Number(stream), Number(data)], engine!)));
    return;
  }
  for (const widths of [[64, 128], [512, 512]]) {
    console.log(`\nstream ${widths[0]} bits, memory ${widths[1]} bits\n`);
    console.log('| set-up | built-in: all | engine alone | models and bench | Verilator: all | engine alone | models and bench | speed by Verilator\'s |');
    console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
    for (const one of Object.keys(SETUPS)) {
      const costs = leastOf(one, widths);
      const cells = costs.flatMap(({ all, engine: alone, rest }) => [all, alone, rest].map((ns) => ns.toFixed(0)));
      console.log(`| ${one} | ${cells.join(' | ')} | ${(costs[1]!.all / costs[0]!.all).toFixed(2)} |`);
    }
  }
}

if (process.argv[1]?.endsWith('cost.js') === true) await main();
