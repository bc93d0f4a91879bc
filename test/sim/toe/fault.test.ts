/** A guest that breaks a rule: it is stopped, its page says why, and it and the VMM are interrupted. */
import { elaborate, type Process } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { nativeMachine } from '../../../sim/toe/native.ts';

const BUILD = config({ vms: 2, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const SQ_LOG2 = 5;

test('a doorbell that announces more than the queue has', () => {
  const machine = nativeMachine({ engine: builtinEngine(elaborate(toe(BUILD))), config: BUILD, driver: { sqLog2: SQ_LOG2, cqLog2: 7 } });
  const { bench, registers } = machine;
  const irq = bench.ports.port('irq').offset >> 2;
  const pulses = [0, 0, 0];
  bench.add({ name: 'pulses', step: () => { for (const i of [0, 1, 2]) pulses[i]! += (bench.ports.words[irq]! >> i) & 1; } });
  let isDone = false;
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    const page = registers.page(0);
    yield* page.interrupt_mask.write({ completion: false, fault: true });
    expect(yield* page.status.read()).toMatchObject({ running: true, faulted: false });
    expect(pulses).toEqual([0, 0, 0]);
    yield* page.sq_tail.write(2 ** SQ_LOG2 + 1);
    yield 20;
    expect(yield* page.status.read()).toMatchObject({ running: false, faulted: true });
    expect(yield* page.fault.read()).toEqual({ cause: 3n }); // VM_FAULTS: Doorbell
    yield 20;
    isDone = true;
  })());
  bench.until(() => isDone, 20_000, 'the guest was not stopped');
  bench.close();
  // The VMM, this VM, and not the other.
  expect(pulses).toEqual([1, 1, 0]);
});
