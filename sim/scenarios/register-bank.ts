/**
 * Software works at a register bank over AXI4-Lite: words, parts of words, doorbells, counters, interrupts, and addresses
 * that there are none of. Each answer and every bit that is read is compared with a model of the bank.
 */
import { elaborate, type Process } from '@vtoe/hdl';
import { AxiLiteMaster } from '../bus/axi-lite-master.ts';
import { readPort } from '../engine/ports.ts';
import { TestBench } from '../engine/test-bench.ts';
import { random } from '../random.ts';
import { doorbellBank, doorbells, PAGES } from './designs/doorbell-bank.ts';
import { doorbellModel } from './doorbell-model.ts';
import { whole } from './parameter.ts';
import type { Figure } from './report.ts';
import { runToEnd } from './run-to-end.ts';
import { scenario } from './scenario.ts';

/** Software takes 20,000 cycles to an access at most, an answer is taken within some hundreds. */
const PATIENCE_CYCLES = 50_000;
const MOST_PROBLEMS = 10;

export const registerBank = scenario({
  name: 'register-bank',
  summary: 'software on an AXI4-Lite bus rings doorbells, reads counters and goes astray in a register bank',
  hasFrames: false,
  parameters: {
    accesses: whole('accesses', { default: 5000, least: 1, most: 10_000_000 }),
    astray: whole('of these to where there is nothing, in per cent', { default: 5, least: 0, most: 100 }),
    readCost: whole('cycles of software around a read', { default: 20, least: 0, most: 10_000 }),
    writeCost: whole('cycles of software around a write', { default: 2, least: 0, most: 10_000 }),
    pause: whole('cycles in which software does not take an answer, in per cent', { default: 20, least: 0, most: 99 }),
  },
  run: async (run, { accesses, astray, readCost, writeCost, pause }) => {
    const bench = new TestBench(await run.openEngine(elaborate(doorbells)));
    const { ports } = bench;
    const pattern = pause === 0 ? 'never' : { percent: pause };
    const master = bench.add(new AxiLiteMaster(ports, {
      prefix: 's_axil_', readCost: { before: readCost }, writeCost: { before: writeCost }, pauses: { b: pattern, r: pattern }, seed: run.seed,
    }));
    const model = doorbellModel(random(run.seed).fork('bank'), { pages: PAGES, layout: doorbellBank.layout, astray: astray / 100 });
    const problems: string[] = [];
    let [done, start] = [0, 0];

    const software = function* (): Process {
      for (; done < accesses; done += 1) {
        const access = model.next();
        const where = `access ${done}, ${access.kind} of 0x${access.address.toString(16)}`;
        const expected = access.isHole ? 'SLVERR' : 'OKAY';
        if (access.kind === 'write') {
          const response = yield* master.tryWrite(access.address, access.value, access.strobes);
          if (response !== expected) problems.push(`${where}: answered ${response}, not ${expected}`);
        } else {
          const { value, response } = yield* master.tryRead(access.address);
          if (response !== expected) problems.push(`${where}: answered ${response}, not ${expected}`);
          if (value !== access.value) problems.push(`${where}: 0x${value.toString(16)}, not 0x${access.value.toString(16)}`);
        }
        if (problems.length > MOST_PROBLEMS) return;
      }
    };
    const { counters } = master;
    const figures = (): Figure[] => [
      { key: 'reads', label: 'reads, every bit compared', value: counters.reads },
      { key: 'writes', label: 'writes', value: counters.writes },
      { key: 'refused', label: 'accesses that were refused, as they should', value: counters.errors },
      { key: 'rings', label: 'doorbells rung', value: model.rings() },
      { key: 'cyclesPerAccess', label: 'cycles per access', value: done === 0 ? 0 : (bench.cycle - start) / done },
    ];
    bench.reset();
    start = bench.cycle;
    bench.start('software', software());
    runToEnd(bench, {
      isOver: () => done === accesses || problems.length > MOST_PROBLEMS,
      moved: () => done,
      patienceCycles: PATIENCE_CYCLES,
      look: () => {
        run.progress('accesses', done, accesses);
        run.interim(figures());
      },
    });
    if (done < accesses && problems.length === 0) problems.push(`only ${done} of ${accesses} accesses came to an end`);
    const weight = readPort(ports, ports.port('weight'));
    if (weight !== BigInt(model.weight())) problems.push(`hardware sees a weight of ${weight}, not ${model.weight()}`);
    if (counters.errors !== model.holes()) problems.push(`${counters.errors} accesses were refused, not ${model.holes()}`);
    return { problems, figures: figures() };
  },
});
