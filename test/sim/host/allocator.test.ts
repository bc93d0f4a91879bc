import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { RED_ZONE_BYTES } from '../../../sim/host/allocator.ts';
import { createHostMemory, type HostMemory } from '../../../sim/host/host-memory.ts';
import type { OwnerMemory } from '../../../sim/host/owner-memory.ts';
import { vmOwner } from '../../../sim/host/violation.ts';

const BASE = 0x4000_0000;
let host: HostMemory;
let vm: OwnerMemory;
beforeEach(() => {
  host = createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 65_536 }] });
  [vm] = host.vms as [OwnerMemory];
});

/** As the device does it. */
const dmaWrite = (address: number, ...values: number[]) => expect(host.dma.write(vmOwner(0), vm.hostAddress(address), Uint8Array.from(values))).toBe('okay');

describe('allocate', () => {
  test('gives zeroed, aligned buffers with a red zone behind each', () => {
    const ring = vm.allocate(100, { alignment: 4096, label: 'ring' });
    const queue = vm.allocate(64);
    expect(ring).toEqual({ address: BASE, bytes: 100, label: 'ring' });
    expect(queue).toEqual({ address: BASE + 192, bytes: 64, label: 'buffer' });
    expect(vm.read(ring.address, 100)).toEqual(new Uint8Array(100));
    expect(vm.allocated).toEqual([ring, queue]);
  });

  test('uses what was freed, zeroed again', () => {
    const first = vm.allocate(1000);
    vm.allocate(10);
    vm.fill(first.address, 1000, 7);
    vm.free(first.address);
    expect(vm.allocate(1000).address).toBe(first.address);
    expect(vm.read(first.address, 1000)).toEqual(new Uint8Array(1000));
  });

  test('can fill the memory up to the red zone', () => {
    expect(vm.allocate(65_536 - RED_ZONE_BYTES).address).toBe(BASE);
    expect(() => vm.allocate(1, { label: 'ring' })).toThrow(new RangeError('VM 0 has no room for 1 byte of ring: 65536 bytes and 1 buffers in them'));
  });

  test.each([
    [() => vm.allocate(0), 'bytes must be a whole number from 1 to 65536, not 0'],
    [() => vm.allocate(65_537), 'bytes must be a whole number from 1 to 65536, not 65537'],
    [() => vm.allocate(1, { alignment: 48 }), 'alignment must be a power of two, not 48'],
    [() => vm.allocate(1, { alignment: 0 }), 'alignment must be a whole number from 1 to 1073741824, not 0'],
  ])('%s is refused', (call, message) => {
    expect(call).toThrow(new RangeError(message));
  });

  test('any sequence: aligned, inside, apart from each other, and no damage of its own', () => {
    const step = fc.oneof(
      fc.record({ bytes: fc.integer({ min: 1, max: 9000 }), log2: fc.integer({ min: 0, max: 13 }) }),
      fc.record({ free: fc.nat(20) }),
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { vms: [memory], damage, leaks } = createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 65_536 }] });
      for (const one of steps) {
        const held = memory!.allocated;
        if ('free' in one) {
          if (held.length > 0) memory!.free(held[one.free % held.length]!.address);
          continue;
        }
        try {
          const { address } = memory!.allocate(one.bytes, { alignment: 2 ** one.log2 });
          expect(address % 2 ** one.log2).toBe(0);
          memory!.fill(address, one.bytes, 0xee);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }
      const held = memory!.allocated;
      for (const [i, { address, bytes }] of held.entries()) {
        expect(address).toBeGreaterThanOrEqual(BASE);
        expect(address + bytes + RED_ZONE_BYTES).toBeLessThanOrEqual(held[i + 1]?.address ?? BASE + 65_536);
        expect(memory!.read(address, bytes).every((byte) => byte === 0xee)).toBe(true);
      }
      expect(damage()).toEqual([]);
      expect(leaks().length).toBe(held.length);
    }));
  });
});

describe('free', () => {
  test('twice', () => {
    const { address } = vm.allocate(64, { label: 'rx ring' });
    vm.free(address);
    expect(() => vm.free(address)).toThrow(new RangeError('rx ring of VM 0 at 0x40000000 was freed already'));
  });

  test('an address inside of a buffer, or of none', () => {
    const { address } = vm.allocate(64);
    expect(() => vm.free(address + 1)).toThrow(new RangeError('VM 0 has no buffer at 0x40000001 that could be freed'));
    expect(() => vm.free(0)).toThrow(new RangeError('VM 0 has no buffer at 0x0 that could be freed'));
  });

  test('what was freed and given out again may be freed again', () => {
    const { address } = vm.allocate(64);
    vm.free(address);
    vm.allocate(64);
    vm.free(address);
    expect(vm.allocated).toEqual([]);
  });
});

describe('damage', () => {
  test('a write past the end of a buffer', () => {
    const { address } = vm.allocate(100, { label: 'ring' });
    vm.allocate(100);
    dmaWrite(address + 99, 1, 2, 3);
    expect(vm.damage()).toEqual(['memory of VM 0 that nobody has was written, 2 bytes from 0x40000064 to 0x40000065: 0 bytes behind the end of ring at 0x40000000']);
  });

  test('a write into a buffer after it was freed', () => {
    vm.allocate(64);
    const { address } = vm.allocate(100, { label: 'tx ring' });
    vm.allocate(64);
    vm.free(address);
    dmaWrite(address + 50, 9);
    expect(vm.damage()).toEqual(['memory of VM 0 that nobody has was written, 1 byte from 0x400000b2 to 0x400000b2: in tx ring at 0x40000080, which was freed']);
  });

  test('a write in front of the first buffer', () => {
    vm.allocate(64);
    vm.allocate(64);
    vm.free(BASE);
    // Where nothing was ever given out, or what was is given out again, only the place is known.
    dmaWrite(BASE + 100, 9);
    expect(vm.damage()).toEqual(['memory of VM 0 that nobody has was written, 1 byte from 0x40000064 to 0x40000064: in front of the first buffer']);
  });

  test('is told by what was there last', () => {
    const { address } = vm.allocate(1000, { label: 'old ring' });
    vm.free(address);
    vm.allocate(100, { label: 'new ring' });
    dmaWrite(address + 100, 9);
    expect(vm.damage()).toEqual(['memory of VM 0 that nobody has was written, 1 byte from 0x40000064 to 0x40000064: 0 bytes behind the end of new ring at 0x40000000']);
  });

  test('is not wiped out by giving the place out again', () => {
    const { address } = vm.allocate(100, { label: 'ring' });
    vm.free(address);
    dmaWrite(address + 7, 9);
    const message = 'memory of VM 0 that nobody has was written, 1 byte from 0x40000007 to 0x40000007: in ring at 0x40000000, which was freed';
    expect(() => vm.allocate(100)).toThrow(new Error(message));
    expect(vm.damage()).toEqual([message]);
  });

  test('none by writing what one has', () => {
    const { address } = vm.allocate(100);
    dmaWrite(address, ...Array.from({ length: 100 }, (_, k) => k));
    expect(vm.damage()).toEqual([]);
  });
});
