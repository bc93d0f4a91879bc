import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { VMM, vmOwner } from '../../../sim/host/violation.ts';

const machine = () => createHostMemory({ vmmBytes: 8192, vms: [{ bytes: 4096 }, { bytes: 4096 }] });

test('owners are 0 for the VMM and 1 + v for VM v', () => {
  const host = machine();
  expect(host.of(VMM)).toBe(host.vmm);
  expect(host.of(vmOwner(1))).toBe(host.vms[1]);
  expect(() => host.of(3)).toThrow(new RangeError('owner must be a whole number from 0 to 2, not 3'));
});

describe('damage', () => {
  test('none in a machine that was used as it should', () => {
    const host = machine();
    for (const owner of [0, 1, 2]) {
      const memory = host.of(owner);
      const { address } = memory.allocate(1000);
      memory.fill(address, 1000, 1);
      host.dma.write(owner, memory.hostAddress(address), new Uint8Array(1000).fill(2));
      memory.free(address);
    }
    expect([host.damage(), host.leaks(), host.violationCount]).toEqual([[], [], 0]);
  });

  test.each([0, 1, 2, 3])('in guard %i, at its first and its last byte', (index) => {
    for (const at of ['first', 'last'] as const) {
      const host = machine();
      const guard = host.layout.guards[index]!;
      const offset = at === 'first' ? guard.offset : guard.offset + guard.bytes - 1;
      host.bytes[offset]! ^= 1;
      const address = (host.layout.hostBase + offset).toString(16);
      expect(host.damage()).toEqual([`the guard ${guard.name} was written, 1 byte from 0x${address} to 0x${address}`]);
    }
  });

  test('over the end of a VM into the guard, by whoever goes round the checks', () => {
    const host = machine();
    const { offset, bytes } = host.vms[0]!.region;
    const buffer = host.vms[0]!.allocate(4032);
    host.bytes.fill(0, offset + buffer.bytes, offset + bytes + 16);
    expect(host.damage()).toEqual([
      'the guard between VM 0 and VM 1 was written, 16 bytes from 0x100005000 to 0x10000500f',
      'memory of VM 0 that nobody has was written, 64 bytes from 0x40000fc0 to 0x40000fff: 0 bytes behind the end of buffer at 0x40000000',
    ]);
  });

  test('of all owners is reported', () => {
    const host = machine();
    for (const owner of [0, 1, 2]) host.bytes[host.layout.regions[owner]!.offset + 100]! ^= 0xff;
    expect(host.damage()).toEqual([
      'memory of the VMM that nobody has was written, 1 byte from 0x100001064 to 0x100001064: in front of the first buffer',
      'memory of VM 0 that nobody has was written, 1 byte from 0x40000064 to 0x40000064: in front of the first buffer',
      'memory of VM 1 that nobody has was written, 1 byte from 0x40000064 to 0x40000064: in front of the first buffer',
    ]);
  });
});

test('leaks: what was not freed, of all owners', () => {
  const host = machine();
  host.vmm.allocate(64, { label: 'punt ring' });
  const freed = host.vms[0]!.allocate(64);
  host.vms[1]!.allocate(128, { label: 'SQ', alignment: 1024 });
  host.vms[0]!.free(freed.address);
  expect(host.leaks()).toEqual(['punt ring of the VMM at 0x100001000, 64 bytes, was not freed', 'SQ of VM 1 at 0x40000000, 128 bytes, was not freed']);
});

test('models of guests and peers may use it: it imports no engine and nothing of the design', () => {
  const root = join(import.meta.dirname, '..', '..', '..', 'sim');
  const files = ['host', 'link'].flatMap((room) => readdirSync(join(root, room)).map((file) => join(room, file)));
  expect(files.length).toBeGreaterThan(15);
  for (const file of [...files, 'copy-bytes.ts', 'options.ts', 'bus/axi-store.ts', 'bus/axi-response.ts']) {
    const imports = [...readFileSync(join(root, file), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => match[1]!);
    expect(imports.filter((name) => !/^(\.\/|node:|\.\.\/(random|options)\.ts$|\.\.\/copy-bytes\.ts$|\.\.\/bus\/axi-(store|response)\.ts$|@vtoe\/hdl\/internal\/check\/describe$)/.test(name))).toEqual([]);
  }
});
