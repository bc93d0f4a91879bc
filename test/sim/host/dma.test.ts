import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createHostMemory, type HostMemory } from '../../../sim/host/host-memory.ts';
import { violationText, VMM, vmOwner } from '../../../sim/host/violation.ts';

let host: HostMemory;
let vm0: number;
let vm1: number;
beforeEach(() => {
  host = createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 8192 }, { bytes: 4096 }] });
  vm0 = host.layout.regions[1]!.hostBase;
  vm1 = host.layout.regions[2]!.hostBase;
});

const bytes = (...values: number[]) => Uint8Array.from(values);
const last = () => violationText(host.violations.at(-1)!);

describe('in a window', () => {
  test('what is written is read, by the device and by the guest', () => {
    expect(host.dma.write(vmOwner(0), vm0 + 100, bytes(1, 2, 3))).toBe('okay');
    expect(host.dma.read(vmOwner(0), BigInt(vm0) + 100n, 3)).toEqual({ response: 'okay', bytes: bytes(1, 2, 3) });
    expect(host.vms[0]!.read(0x4000_0064, 3)).toEqual(bytes(1, 2, 3));
    expect(host.violationCount).toBe(0);
  });

  test('from its first byte to its last', () => {
    expect(host.dma.write(vmOwner(0), vm0, new Uint8Array(8192))).toBe('okay');
    expect(host.dma.read(vmOwner(0), vm0 + 8191, 1).response).toBe('okay');
  });

  test('a read is a copy', () => {
    host.dma.write(vmOwner(0), vm0, bytes(1));
    const { bytes: read } = host.dma.read(vmOwner(0), vm0, 1);
    host.dma.write(vmOwner(0), vm0, bytes(2));
    expect(read).toEqual(bytes(1));
  });

  test.each([1, 64, 65, 500])('%i bytes from a place in a buffer, and back to another', (length) => {
    const from = Uint8Array.from({ length: 600 }, (_, i) => i * 7);
    const into = new Uint8Array(600);
    expect(host.dma.writeFrom(vmOwner(0), vm0 + 9, length, from, 50)).toBe('okay');
    expect(host.dma.readInto(vmOwner(0), vm0 + 9, length, into, 30)).toBe('okay');
    expect([...into]).toEqual([...new Uint8Array(30), ...from.subarray(50, 50 + length), ...new Uint8Array(570 - length)]);
    expect(host.dma.readInto(vmOwner(1), vm0, 8, into, 0)).toBe('slverr');
    expect(into[0]).toBe(0);
  });

  test('of the VMM', () => {
    expect(host.dma.write(VMM, host.layout.regions[0]!.hostBase, bytes(5))).toBe('okay');
    expect(host.vmm.read8(host.vmm.region.guestBase)).toBe(5);
  });
});

describe('strobes', () => {
  test('bytes without one keep what they were', () => {
    host.dma.write(vmOwner(0), vm0, bytes(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
    expect(host.dma.write(vmOwner(0), vm0, new Uint8Array(10), bytes(0b1010_0110, 0b10))).toBe('okay');
    expect(host.dma.read(vmOwner(0), vm0, 10).bytes).toEqual(bytes(1, 0, 0, 4, 5, 0, 7, 0, 9, 0));
  });

  test('as a write of each byte that has one', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(8000), (data, strobes, at) => {
      const before = host.dma.read(vmOwner(0), vm0, 8192).bytes;
      host.dma.write(vmOwner(0), vm0 + at, data, strobes);
      for (const [k, byte] of data.entries()) if ((strobes[k >> 3]! >> (k & 7) & 1) === 1) before[at + k] = byte;
      expect(Buffer.compare(host.dma.read(vmOwner(0), vm0, 8192).bytes, before)).toBe(0);
    }));
    expect(host.violationCount).toBe(0);
  });

  test('bytes without one may lie outside of the window, bytes with one may not', () => {
    expect(host.dma.write(vmOwner(0), vm0 - 2, bytes(1, 2, 3, 4), bytes(0b0100))).toBe('okay');
    expect(host.dma.write(vmOwner(0), vm0 + 8190, bytes(1, 2, 3, 4), bytes(0b0011))).toBe('okay');
    expect(host.dma.write(vmOwner(0), BigInt(vm0) + 8190n, bytes(1, 2, 3, 4), bytes(0b0101))).toBe('decerr');
    expect(last()).toBe(`dma of VM 0 may not write 3 bytes at 0x${(vm0 + 8190).toString(16)}: there is no memory`);
    expect(host.dma.write(vmOwner(0), 0, bytes(1, 2), bytes(0))).toBe('okay');
    expect(host.damage()).toEqual(['memory of VM 0 that nobody has was written, 3 bytes from 0x40000000 to 0x40001fff: in front of the first buffer']);
  });

  test('too few', () => {
    expect(() => host.dma.write(vmOwner(0), vm0, new Uint8Array(9), bytes(255))).toThrow(new RangeError('strobes must have a bit for each of the 9 bytes, not 8 bits'));
  });
});

describe('refused', () => {
  test("another VM's memory: SLVERR, recorded with VM, address, length and who, and nothing is changed", () => {
    const before = host.bytes.slice();
    expect(host.dma.write(vmOwner(0), vm1 + 16, bytes(1, 2, 3, 4))).toBe('slverr');
    expect(host.dma.read(vmOwner(0), vm1, 8, 'rx dma')).toEqual({ response: 'slverr', bytes: new Uint8Array(8) });
    expect(host.violations).toEqual([
      { owner: 1, who: 'dma', access: 'write', address: BigInt(vm1 + 16), length: 4, reason: 'no window of VM 0 allows it' },
      { owner: 1, who: 'rx dma', access: 'read', address: BigInt(vm1), length: 8, reason: 'no window of VM 0 allows it' },
    ]);
    expect(last()).toBe(`rx dma of VM 0 may not read 8 bytes at 0x${vm1.toString(16)}: no window of VM 0 allows it`);
    expect(Buffer.compare(before, host.bytes)).toBe(0);
  });

  test('the VMM has no window into its guests by itself', () => {
    expect(host.dma.read(VMM, vm0, 1).response).toBe('slverr');
    expect(last()).toBe(`dma of the VMM may not read 1 byte at 0x${vm0.toString(16)}: no window of the VMM allows it`);
  });

  test.each([
    ['in front of all memory', () => 0],
    ['below the array', () => host.layout.hostBase - 1],
    ['in a guard', () => vm1 - 8],
    ['behind all memory', () => host.layout.hostBase + host.layout.bytes],
    ['at the end of the address space', () => 2n ** 64n - 8n],
    ['where a number would be rounded', () => 2n ** 53n + 1n],
  ])('%s: DECERR, and the address is recorded as it is', (_, address) => {
    const at = address();
    expect(host.dma.read(vmOwner(1), at, 8).response).toBe('decerr');
    expect(host.dma.write(vmOwner(1), at, new Uint8Array(8))).toBe('decerr');
    expect(host.violations.map((violation) => violation.address)).toEqual([BigInt(at), BigInt(at)]);
  });

  test('an access that leaves the window halfway is refused whole', () => {
    expect(host.dma.write(vmOwner(0), vm0 + 8190, bytes(1, 2, 3))).toBe('decerr');
    expect(host.damage()).toEqual([]);
  });

  test('an owner that there is not', () => {
    expect(host.dma.read(9, vm0, 1).response).toBe('slverr');
    expect(last()).toBe(`dma of VM 8 may not read 1 byte at 0x${vm0.toString(16)}: there is no such owner`);
  });

  test('a flood is counted, its beginning is kept', () => {
    host = createHostMemory({ vmmBytes: 4096, vms: [], keepViolations: 3 });
    for (let n = 0; n < 10; n += 1) host.dma.read(VMM, n, 1);
    expect([host.violationCount, host.violations.map(({ address }) => address)]).toEqual([10, [0n, 1n, 2n]]);
  });
});

describe('windows', () => {
  test('may be smaller than the memory, and for one direction', () => {
    host.dma.setWindows(vmOwner(0), [{ base: vm0, bytes: 100, read: true, write: false }, { base: vm0 + 4096, bytes: 100, read: false, write: true }]);
    const tried = (offset: number) => [host.dma.read(vmOwner(0), vm0 + offset, 4).response, host.dma.write(vmOwner(0), vm0 + offset, bytes(1, 2, 3, 4))];
    expect([0, 96, 97, 4096].map(tried)).toEqual([['okay', 'slverr'], ['okay', 'slverr'], ['slverr', 'slverr'], ['slverr', 'okay']]);
  });

  test("may open another's memory: a shadow queue in the VMM's", () => {
    const base = host.vmm.region.hostBase;
    host.dma.setWindows(vmOwner(1), [{ base, bytes: 64, read: true, write: true }]);
    expect(host.dma.write(vmOwner(1), base, bytes(1))).toBe('okay');
    expect(host.dma.write(vmOwner(1), vm1, bytes(1))).toBe('slverr');
    expect(host.dma.write(vmOwner(0), base, bytes(1))).toBe('slverr');
    expect(host.dma.windows(vmOwner(1)).length).toBe(1);
  });

  test('none: nothing is allowed', () => {
    host.dma.setWindows(vmOwner(0), []);
    expect(host.dma.read(vmOwner(0), vm0, 1).response).toBe('slverr');
  });

  test('an access that spans two is refused', () => {
    host.dma.setWindows(vmOwner(0), [{ base: vm0, bytes: 4096, read: true, write: true }, { base: vm0 + 4096, bytes: 4096, read: true, write: true }]);
    expect(host.dma.read(vmOwner(0), vm0 + 4095, 2).response).toBe('slverr');
  });

  test('that lie in no memory, or in that of two owners, are refused', () => {
    const set = (base: number, length: number) => () => host.dma.setWindows(vmOwner(0), [{ base, bytes: length, read: true, write: true }]);
    const message = (base: number, length: number) => new RangeError(`windows[0] of VM 0, 0x${base.toString(16)} and ${length} bytes, must lie in the memory of one owner`);
    expect(set(0, 100)).toThrow(message(0, 100));
    expect(set(vm0, 8193)).toThrow(message(vm0, 8193));
    expect(set(vm0, 0)).toThrow(new RangeError('windows[0].bytes must be a whole number from 1 to 4294967296, not 0'));
    expect(() => host.dma.setWindows(3, [])).toThrow(new RangeError('owner must be a whole number from 0 to 2, not 3'));
    expect(host.dma.read(vmOwner(0), vm0, 8192).response).toBe('okay');
  });
});
