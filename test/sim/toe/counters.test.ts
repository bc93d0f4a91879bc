/** Counters of what frames alone do not cause: accesses to registers that are none, and memory that a VM may not touch. */
import { elaborate, type Process, type Wait } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { toe } from '../../../hw/toe.ts';
import { builtinEngine } from '../../../sim/engine/builtin.ts';
import { isCode } from '../../../sim/guest/errors.ts';
import { setUpVm } from '../../../sim/guest/setup.ts';
import { streamBytes } from '../../../sim/guest/workloads/stream-pattern.ts';
import type { Socket } from '../../../sim/guest/sockets/socket.ts';
import type { Socket as PeerSocket } from '../../../sim/peer/socket.ts';
import { COUNTERS_LATE_CYCLES, nonZero, readCounters } from '../../../sim/toe/counters.ts';
import { nativeMachine, OWN, PEER } from '../../../sim/toe/native.ts';

const BUILD = config({ vms: 1, connections: 16, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, cqEntriesMost: 128, windowsPerVm: 2, addressesPerVm: 2 });
const MEMORY_BYTES = 2 ** 19;
const HALF = MEMORY_BYTES / 2;

test('holes, payload that cannot be written, payload that cannot be read', () => {
  const machine = nativeMachine({
    engine: builtinEngine(elaborate(toe(BUILD))), config: BUILD, memoryBytes: MEMORY_BYTES, setup: { tcp: { delayed_ack: 0 } },
    driver: { sqLog2: 5, cqLog2: 7, rxBytes: 8192, txBytes: 8192, keepRings: 0 }, peer: { tcp: { delayedAckNs: 1000 } },
  });
  const { bench, driver, host, master, peer, registers } = machine;
  const own = host.vms[0]!;
  const { guestBase, hostBase } = own.region;
  let other: PeerSocket | undefined;
  let [isDone, received] = [false, 0];
  peer.listen(7, (accepted) => {
    other = accepted;
    return { onReadable: () => { received += accepted.read().length; } };
  });
  /** Queues lie in the first half, rings in the second one, whose window is changed. */
  function* secondHalf(may: 'write' | 'read' | 'nothing'): Generator<Wait, void, void> {
    const [first, second] = [0, HALF].map((at) => ({ guest: BigInt(guestBase + at), host: BigInt(hostBase + at), bytes: HALF, writable: true }));
    yield* setUpVm(registers, BUILD, { vm: 0, addresses: [{ ...OWN, prefixBits: 24 }], windows: may === 'nothing' ? [first!] : [first!, { ...second!, writable: may === 'write' }] });
    yield 20;
  }
  /** Those that must have counted since reset, and no others. */
  const all: Record<string, number> = {};
  function* expectCounted(more: Record<string, number>): Generator<Wait, void, void> {
    Object.assign(all, more);
    yield COUNTERS_LATE_CYCLES;
    expect(nonZero(yield* readCounters(registers))).toEqual(all);
  }
  bench.reset();
  bench.start('test', (function* (): Process {
    yield* machine.start();
    for (const step of [65_536, 4096]) while (own.allocate(step, { alignment: 4096 }).address + 2 * step <= guestBase + HALF);
    /** A connection over which bytes have gone both ways. */
    function* connected(): Generator<Wait, Socket, void> {
      yield* secondHalf('write');
      [other, received] = [undefined, 0];
      const socket = driver.socket();
      yield* socket.connect({ address: PEER.address, port: 7 });
      yield () => other !== undefined;
      yield* socket.send(streamBytes(1, 0, 100));
      other!.send(streamBytes(2, 0, 100));
      expect(yield* socket.recv(100, { waitall: true })).toEqual(streamBytes(2, 0, 100));
      yield () => received === 100;
      return socket;
    }
    const first = yield* connected();
    yield* expectCounted({});

    const hole = registers.page(0).version.address + BUILD.pageStrideBytes - 16;
    yield* master.read(hole);
    yield* master.read(hole);
    yield* master.write(hole, 1);
    yield* expectCounted({ register_read_fault: 2, register_write_fault: 1 });

    yield* secondHalf('nothing');
    yield* first.send(streamBytes(1, 100, 50));
    let ended: unknown;
    try {
      yield* first.recv(1000);
    } catch (error) {
      ended = error;
    }
    expect(isCode(ended, 'EIO')).toBe(true);
    yield 2000;
    // The RST lies behind the segment that was not sent: the peer asks back (RFC 5961, 3.2), and that finds no connection any more.
    yield* expectCounted({ send_fault: 1, dma_read_fault: 1, flow_reset: 1 });

    yield* connected();
    yield* secondHalf('read');
    other!.send(streamBytes(2, 100, 50));
    yield 2000;
    yield* expectCounted({ place_fault: 1, dma_write_fault: 1 });
    expect(yield* registers.page(0).status.read()).toMatchObject({ faulted: true });
    isDone = true;
  })());
  bench.until(() => isDone, 200_000, 'the test did not end');
  bench.close();
});
