/** A guest that breaks a rule: it is stopped, its page says why, and it and the VMM are interrupted. */
import { elaborate, type Process, type Wait } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { VM_FAULTS } from '../../../hw/registers.ts';
import { toe } from '../../../hw/toe.ts';
import type { AxiFault } from '../../../sim/bus/axi-memory.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { windowOf } from '../../../sim/guest/setup.ts';
import type { Socket } from '../../../sim/peer/socket.ts';
import { type Native, nativeMachine, PEER } from '../../../sim/toe/native.ts';

const BUILD = config({ vms: 2, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const DESIGN = elaborate(toe(BUILD));
const SQ_LOG2 = 5;
const DRIVER = { sqLog2: SQ_LOG2, cqLog2: 7 };
const CAUSES = Object.keys(VM_FAULTS);

/** Interrupts of the VMM, of VM 0 and of VM 1. */
function pulsesOf({ bench }: Native): number[] {
  const irq = bench.ports.port('irq').offset >> 2;
  const pulses = [0, 0, 0];
  bench.add({ name: 'pulses', step: () => { for (const i of [0, 1, 2]) pulses[i]! += (bench.ports.words[irq]! >> i) & 1; } });
  return pulses;
}

test('a doorbell that announces more than the queue has', () => {
  const machine = nativeMachine({ engine: builtinEngine(DESIGN), config: BUILD, driver: DRIVER });
  const { bench, registers } = machine;
  const pulses = pulsesOf(machine);
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
    expect(yield* page.fault.read()).toEqual({ cause: BigInt(CAUSES.indexOf('Doorbell')) });
    yield 20;
    isDone = true;
  })());
  bench.until(() => isDone, 20_000, 'the guest was not stopped');
  bench.close();
  // The VMM, this VM, and not the other.
  expect(pulses).toEqual([1, 1, 0]);
});

describe('payload that cannot be placed: its VM is stopped where it should have gone, and its connection is reset', () => {
  const RING_BYTES = 4096;
  interface Ring {
    /** Guest-physical, and as host memory has it. */
    readonly guest: number;
    readonly host: number;
  }

  /** Connects to the peer, which sends as soon as `spoil` has done its work; `end` looks at what became of it. */
  function run(faults: readonly AxiFault[], spoil: (machine: Native, ring: Ring) => Generator<Wait, void, void>): Ring {
    const machine = nativeMachine({
      engine: builtinEngine(DESIGN), config: BUILD, driver: { ...DRIVER, rxBytes: RING_BYTES, txBytes: RING_BYTES }, memory: { write: { faults } },
    });
    const { bench, driver, registers, host, peer } = machine;
    const own = host.vms[0]!;
    const pulses = pulsesOf(machine);
    const peers: { socket?: Socket; error?: string | undefined } = {};
    let ring: Ring | undefined;
    let isDone = false;
    peer.listen(80, (socket) => {
      peers.socket = socket;
      return { onClose: (error) => { peers.error = error; } };
    });
    bench.reset();
    bench.start('test', (function* (): Process {
      yield* machine.start();
      const socket = driver.socket();
      yield* socket.connect({ address: PEER.address, port: 80 });
      const { address } = own.allocated.find(({ label }) => label === `ring of ${RING_BYTES} bytes`)!;
      ring = { guest: address, host: own.region.hostBase + address - own.region.guestBase };
      yield* spoil(machine, ring);
      // Its end of the connection begins when the last ACK of the handshake has come.
      yield () => peers.socket !== undefined;
      pulses.fill(0);
      peers.socket!.send(new Uint8Array(100));
      yield () => peers.error !== undefined;
      expect(peers.error).toBe('ECONNRESET');
      const page = registers.page(0);
      expect(yield* page.status.read()).toMatchObject({ running: false, faulted: true });
      expect(yield* page.fault.read()).toEqual({ cause: BigInt(CAUSES.indexOf('Placement')) });
      expect(yield* page.fault_address.read()).toBe(BigInt(address));
      expect(driver.fault).toEqual({ cause: 'Placement', address: BigInt(address) });
      expect(yield* registers.page(1).status.read()).toMatchObject({ faulted: false });
      isDone = true;
    })());
    bench.until(() => isDone, 100_000, 'the guest was not stopped');
    bench.close();
    expect(pulses).toEqual([1, 1, 0]);
    return ring!;
  }

  test('refused by the windows; answered with an error', () => {
    const { host } = run([], function* ({ registers, host }, { guest }) {
      // Queues lie before the rings.
      const window = windowOf(host.vms[0]!);
      yield* registers.window(0).limit.write(BigInt(guest) - window.guest);
      yield* registers.window(0).apply.write({ valid: true, writable: true });
    });
    run([{ response: 'SLVERR', from: host, to: host + RING_BYTES }], function* () {});
  });
});
