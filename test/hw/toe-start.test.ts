/**
 * Memories and registers without reset begin with anything, and simulation stops at an index of no element: a TOE whose VMs are
 * no power of two must start and take commands whatever they begin with.
 */
import { elaborate, type Process } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../hw/config.ts';
import { toe } from '../../hw/toe.ts';
import { builtinEngine } from '../../sim/engine/builtin.ts';
import { nativeMachine } from '../../sim/toe/native.ts';

const SEEDS = Array.from({ length: process.env['VTOE_LONG'] === '1' ? 64 : 6 }, (_, i) => i + 1);

describe.each([1, 3, 5])('%i VMs', (vms) => {
  const build = config({ vms, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
  const design = elaborate(toe(build));

  test.each(SEEDS)('seed %i', (seed) => {
    const machine = nativeMachine({ engine: builtinEngine(design, { seed }), config: build, seed, driver: { sqLog2: 5, cqLog2: 7 } });
    const { bench, driver, registers } = machine;
    let isDone = false;
    bench.reset();
    bench.start('test', (function* (): Process {
      yield* machine.start();
      const listener = driver.socket();
      listener.bind({ address: 0, port: 80 });
      yield* listener.listen(2);
      // Every page answers, that of the last VM too.
      for (let v = 0; v < vms; v++) {
        const page = registers.page(v);
        expect(yield* page.status.read()).toMatchObject({ ready: true, running: v === 0, faulted: false });
        yield* page.sq_base.write(BigInt(0x1000 * (v + 1)));
        expect(yield* page.sq_base.read()).toBe(BigInt(0x1000 * (v + 1)));
        yield* page.sq_head.read();
        yield* page.fault_address.read();
        yield* page.commands.read();
      }
      // VMs that are not enabled ring, too: nothing happens.
      for (let v = 1; v < vms; v++) {
        yield* registers.page(v).sq_tail.write(3);
        yield* registers.page(v).cq_head.write(5);
        expect(yield* registers.page(v).status.read()).toMatchObject({ running: false, faulted: false });
      }
      isDone = true;
    })());
    bench.until(() => isDone, 20_000, 'the engine did not take its commands');
    bench.close();
  });
});
