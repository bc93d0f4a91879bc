import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHostMemory, type HostMemory } from '../../../sim/host/host-memory.ts';
import type { OwnerMemory } from '../../../sim/host/owner-memory.ts';
import { ViolationError } from '../../../sim/host/violation.ts';

const BASE = 0x4000_0000;
const SIZE = 4096;
let host: HostMemory;
let vm: OwnerMemory;
beforeEach(() => {
  host = createHostMemory({ vmmBytes: SIZE, vms: [{ bytes: SIZE }, { bytes: SIZE }] });
  [vm] = host.vms as [OwnerMemory];
});

describe('little-endian', () => {
  test('values of 8, 16, 32 and 64 bits', () => {
    vm.write64(BASE + 1, 0x0123_4567_89ab_cdefn);
    expect([...vm.read(BASE + 1, 8)]).toEqual([0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01]);
    expect([vm.read8(BASE + 1), vm.read16(BASE + 1), vm.read32(BASE + 1), vm.read64(BASE + 1)]).toEqual([0xef, 0xcdef, 0x89ab_cdef, 0x0123_4567_89ab_cdefn]);
    vm.write32(BASE + 1, 0xffff_fffe);
    vm.write16(BASE + 5, 0x1234);
    vm.write8(BASE + 7, 0x56);
    expect(vm.read64(BASE + 1)).toBe(0x0156_1234_ffff_fffen);
  });

  test('what is too large is cut off', () => {
    vm.write8(BASE, 0x1ff);
    vm.write16(BASE + 2, -1);
    vm.write64(BASE + 8, 2n ** 64n + 5n);
    expect([vm.read8(BASE), vm.read16(BASE + 2), vm.read64(BASE + 8)]).toEqual([255, 65_535, 5n]);
  });
});

describe('in bulk', () => {
  test('what is written is read, and nothing else changes', () => {
    fc.assert(fc.property(fc.nat(SIZE - 1), fc.uint8Array({ maxLength: 200 }), (at, data) => {
      fc.pre(at + data.length <= SIZE);
      const before = vm.read(BASE, SIZE);
      vm.write(BASE + at, data);
      before.set(data, at);
      expect(Buffer.compare(vm.read(BASE, SIZE), before)).toBe(0);
    }));
  });

  test('fill, and a view that is the memory itself', () => {
    vm.fill(BASE + 10, 3, 0xab);
    const view = vm.view(BASE + 9, 5);
    expect([...view.subarray(1, 4)]).toEqual([0xab, 0xab, 0xab]);
    view[1] = 7;
    expect(vm.read8(BASE + 10)).toBe(7);
  });
});

test('each VM has its own memory under the same addresses', () => {
  vm.write32(BASE, 1);
  host.vms[1]!.write32(BASE, 2);
  expect(vm.read32(BASE)).toBe(1);
  expect(host.vms[1]!.hostAddress(BASE) - vm.hostAddress(BASE)).toBe(SIZE + 4096);
});

describe('an access that leaves the memory', () => {
  const cases: [string, () => unknown, string][] = [
    ['in front', () => vm.read8(BASE - 1), 'software of VM 0 may not read 1 byte at 0x3fffffff: it is outside of its memory'],
    ['behind', () => vm.write8(BASE + SIZE, 1), 'software of VM 0 may not write 1 byte at 0x40001000: it is outside of its memory'],
    ['16 bits over the end', () => vm.read16(BASE + SIZE - 1), 'software of VM 0 may not read 2 bytes at 0x40000fff: it is outside of its memory'],
    ['32 bits over the end', () => vm.write32(BASE + SIZE - 3, 1), 'software of VM 0 may not write 4 bytes at 0x40000ffd: it is outside of its memory'],
    ['64 bits over the end', () => vm.write64(BASE + SIZE - 7, 1n), 'software of VM 0 may not write 8 bytes at 0x40000ff9: it is outside of its memory'],
    ['64 bits over the end, read', () => vm.read64(BASE + SIZE - 7), 'software of VM 0 may not read 8 bytes at 0x40000ff9: it is outside of its memory'],
    ['a copy', () => vm.write(BASE, new Uint8Array(SIZE + 1)), 'software of VM 0 may not write 4097 bytes at 0x40000000: it is outside of its memory'],
    ['a fill', () => vm.fill(BASE + 1, SIZE, 0), 'software of VM 0 may not write 4096 bytes at 0x40000001: it is outside of its memory'],
    ['a view', () => vm.view(BASE + SIZE, 1), 'software of VM 0 may not write 1 byte at 0x40001000: it is outside of its memory'],
    ['a translation', () => vm.hostAddress(0), 'software of VM 0 may not read 1 byte at 0x0: it is outside of its memory'],
    ['no length', () => vm.read(BASE, -1), 'software of VM 0 may not read -1 bytes at 0x40000000: it is outside of its memory'],
    ["a guest's address in the VMM", () => host.vmm.read32(BASE), 'software of the VMM may not read 4 bytes at 0x40000000: it is outside of its memory'],
  ];

  test.each(cases)('%s: throws and is recorded', (_, access, message) => {
    const before = host.bytes.slice();
    expect(access).toThrow(ViolationError);
    expect(access).toThrow(message);
    expect(host.violationCount).toBe(2);
    expect(host.violations[0]).toMatchObject({ who: 'software' });
    expect(Buffer.compare(before, host.bytes)).toBe(0);
  });

  test('an address that is none', () => {
    expect(() => vm.read8(NaN)).toThrow(ViolationError);
    expect(() => vm.read8(BASE + 0.5)).toThrow(ViolationError);
  });
});
