/** A guest that breaks a rule: it is stopped, its page says why, and it and the VMM are interrupted. */
import { elaborate, type Process, type Wait } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config, derived } from '../../../hw/config.ts';
import { VM_FAULTS } from '../../../hw/registers.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { windowOf } from '../../../sim/guest/setup.ts';
import type { Socket } from '../../../sim/peer/socket.ts';
import { type Native, nativeMachine, type NativeOptions, PEER } from '../../../sim/toe/native.ts';

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

const RING_BYTES = 4096;

interface Ring {
  /** Guest-physical, and as host memory has it. */
  readonly guest: number;
  readonly host: number;
}

interface Case {
  readonly memory?: NativeOptions['memory'];
  readonly setup?: NativeOptions['setup'];
  /** After the connection stands, before anybody sends. */
  spoil?(machine: Native, rings: readonly Ring[]): Generator<Wait, void, void>;
  /** Why the VM is to be stopped, and in which ring: 0 the receive ring, 1 the transmit ring. */
  readonly cause: keyof typeof VM_FAULTS;
  readonly at: 0 | 1;
}

const placeOf = ({ host }: Ring) => ({ from: host, to: host + RING_BYTES });

/** The VM may no longer touch its rings. Queues lie before them. */
function* closeWindow({ registers, host }: Native, [rx]: readonly Ring[]): Generator<Wait, void, void> {
  yield* registers.window(0).limit.write(BigInt(rx!.guest) - windowOf(host.vms[0]!).guest);
  yield* registers.window(0).apply.write({ valid: true, writable: true });
}

/** A connection to the peer, and payload both ways: the VM is stopped, the peer hears of it. @returns where its rings were */
function stopped({ memory = {}, setup = {}, spoil, cause, at }: Case): readonly Ring[] {
  const machine = nativeMachine({ engine: builtinEngine(DESIGN), config: BUILD, driver: { ...DRIVER, rxBytes: RING_BYTES, txBytes: RING_BYTES }, memory, setup });
  const { bench, driver, registers, host, peer } = machine;
  const own = host.vms[0]!;
  const pulses = pulsesOf(machine);
  const peers: { socket?: Socket; error?: string | undefined } = {};
  let rings: readonly Ring[] = [];
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
    rings = own.allocated.filter(({ label }) => label === `ring of ${RING_BYTES} bytes`).map(({ address }) => ({ guest: address, host: own.region.hostBase + address - own.region.guestBase }));
    if (spoil !== undefined) yield* spoil(machine, rings);
    // Its end of the connection begins when the last ACK of the handshake has come.
    yield () => peers.socket !== undefined;
    pulses.fill(0);
    if (at === 0) peers.socket!.send(new Uint8Array(100));
    else yield* socket.send(new Uint8Array(100));
    yield () => peers.error !== undefined && driver.fault !== undefined;
    expect(peers.error).toBe('ECONNRESET');
    const page = registers.page(0);
    expect(yield* page.status.read()).toMatchObject({ faulted: true });
    expect(yield* page.fault.read()).toEqual({ cause: BigInt(CAUSES.indexOf(cause)) });
    const address = BigInt(rings[at]!.guest);
    expect(yield* page.fault_address.read()).toBe(address);
    expect(driver.fault).toEqual({ cause, address });
    // Until memory has answered it runs on.
    expect(yield* page.status.read()).toMatchObject({ running: cause === 'Stuck' });
    expect(yield* registers.page(1).status.read()).toMatchObject({ faulted: false });
    isDone = true;
  })());
  bench.until(() => isDone, 200_000, 'the guest was not stopped');
  bench.close();
  // The VMM, this VM, and not the other.
  expect(pulses).toEqual([1, 1, 0]);
  return rings;
}

test('payload that cannot be placed, refused by the windows or answered with an error: its VM is stopped where it should have gone, and its connection is reset', () => {
  const [ring] = stopped({ cause: 'Placement', at: 0, spoil: closeWindow });
  stopped({ cause: 'Placement', at: 0, memory: { write: { faults: [{ response: 'SLVERR', ...placeOf(ring!) }] } } });
});

test('memory that never answers, of a read or of a write: its VM is stopped, and its RST is not held up', () => {
  // Ticks of 10,000 cycles.
  const setup = { clockIncrement: 16 * derived(BUILD).clockIncrement };
  const spoil = function* ({ registers }: Native): Generator<Wait, void, void> { yield* registers.dma_timeout.write(1); };
  const rings = stopped({ cause: 'Placement', at: 0, spoil: closeWindow });
  stopped({ cause: 'Stuck', at: 1, setup, spoil, memory: { reorder: true, read: { silentAt: [placeOf(rings[1]!)] } } });
  stopped({ cause: 'Stuck', at: 0, setup, spoil, memory: { reorder: true, write: { silentAt: [placeOf(rings[0]!)] } } });
});
