import { expect, test } from 'vitest';
import { DECERR, OKAY, SLVERR } from '../../../sim/bus/axi-response.ts';
import type { AxiAccess } from '../../../sim/bus/axi-store.ts';
import { hostStore } from '../../../sim/host/axi-store.ts';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { violationText } from '../../../sim/host/violation.ts';

const access = (user: number, id = 0): AxiAccess => ({ id, user, prot: 0, cache: 0, number: 0 });

test('an access is made in the name of its AxUSER, and answered with the codes of AXI', () => {
  const host = createHostMemory({ vmmBytes: 4096, vms: [{ bytes: 4096 }, { bytes: 4096 }] });
  const store = hostStore(host.dma);
  const base = host.vms[1]!.region.hostBase;
  const data = Uint8Array.of(9, 1, 2, 3, 9);
  const into = new Uint8Array(5);
  expect(store.write(access(2), base + 10, 3, data, 1)).toBe(OKAY);
  expect(store.read(access(2), base + 10, 3, into, 2)).toBe(OKAY);
  expect([...into]).toEqual([0, 0, 1, 2, 3]);
  expect(host.violationCount).toBe(0);

  expect(store.write(access(1, 5), base, 3, data, 0)).toBe(SLVERR);
  expect(store.read(access(0, 15), base, 1, into, 0)).toBe(SLVERR);
  expect(store.read(access(1, 200), 0, 4, into, 0)).toBe(DECERR);
  expect(host.violations.map(violationText)).toEqual([
    `dma id 5 of VM 0 may not write 3 bytes at 0x${base.toString(16)}: no window of VM 0 allows it`,
    `dma id 15 of the VMM may not read 1 byte at 0x${base.toString(16)}: no window of the VMM allows it`,
    'dma id 200 of VM 0 may not read 4 bytes at 0x0: there is no memory',
  ]);
});
