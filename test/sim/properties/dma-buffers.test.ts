/** Bursts in buffers and beside them. */
import { expect, test } from 'vitest';
import { createHostMemory } from '../../../sim/host/host-memory.ts';
import { DmaBuffers } from '../../../sim/properties/dma-buffers.ts';
import { fakePorts } from './fake-ports.ts';

const channel = (name: 'aw' | 'ar') => ({ [`m_axi_${name}valid`]: ['out', 1], [`m_axi_${name}ready`]: ['in', 1], [`m_axi_${name}addr`]: ['out', 64], [`m_axi_${name}len`]: ['out', 8], [`m_axi_${name}size`]: ['out', 3], [`m_axi_${name}user`]: ['out', 7] }) as const;

function subject() {
  const { ports, set } = fakePorts({ ...channel('aw'), ...channel('ar') });
  const { vmm, vms } = createHostMemory({ vmmBytes: 1 << 16, vms: [{ bytes: 1 << 16 }, { bytes: 1 << 16 }] });
  const problems: string[] = [];
  const property = new DmaBuffers(ports, 'm_axi_', [vmm, ...vms], (problem) => problems.push(problem));
  /** A burst of beats of 16 bytes. */
  const burst = (name: 'aw' | 'ar', user: number, guest: number, beats: number): string[] => {
    const memory = vms[0]!;
    set({ [`m_axi_${name}valid`]: 1, [`m_axi_${name}ready`]: 1, [`m_axi_${name}addr`]: memory.hostAddress(guest), [`m_axi_${name}len`]: beats - 1, [`m_axi_${name}size`]: 4, [`m_axi_${name}user`]: user });
    property.step();
    set({ [`m_axi_${name}valid`]: 0 });
    return problems.splice(0);
  };
  return { property, burst, set, own: vms[0]! };
}

test('in its owner\'s ring and queues, as far as they go', () => {
  const { property, burst, own } = subject();
  const [ring, sq, cq] = ['ring of 4096 bytes', 'submission queue', 'completion queue'].map((label) => own.allocate(4096, { alignment: 4096, label }).address) as [number, number, number];
  for (const name of ['aw', 'ar'] as const) expect(burst(name, 1, ring, 128)).toEqual([]);
  // Not aligned: the first beat is shorter.
  expect(burst('aw', 1, ring + 4096 - 19, 2)).toEqual([]);
  expect(burst('ar', 1, sq + 2048, 128)).toEqual([]);
  expect(burst('aw', 1, cq + 4064, 2)).toEqual([]);
  expect(property.checked).toBe(5);
});

test('no handshake is no burst', () => {
  const { property, set } = subject();
  set({ m_axi_awvalid: 1 });
  property.step();
  set({ m_axi_awvalid: 0, m_axi_awready: 1 });
  property.step();
  expect(property.checked).toBe(0);
});

test('whatever else is told', () => {
  const { burst, own } = subject();
  const [ring, sq, cq] = ['ring of 4096 bytes', 'submission queue', 'completion queue'].map((label) => own.allocate(4096, { alignment: 4096, label }).address) as [number, number, number];
  expect(burst('ar', 1, ring + 4080, 2)).toEqual([expect.stringMatching(/^the TOE reads 32 bytes at 0x[0-9a-f]+ in the name of VM 0: beyond the end of its ring of 4096 bytes$/)]);
  expect(burst('aw', 1, sq, 1)).toEqual([expect.stringMatching(/^the TOE writes 16 bytes at 0x[0-9a-f]+ in the name of VM 0, which is its submission queue$/)]);
  expect(burst('ar', 1, cq, 1)).toEqual([expect.stringMatching(/, which is its completion queue$/)]);
  expect(burst('aw', 2, ring, 1)).toEqual([expect.stringMatching(/in the name of VM 1: it has no buffer there$/)]);
  expect(burst('aw', 0, ring, 1)).toEqual([expect.stringMatching(/in the name of the VMM: it has no buffer there$/)]);
  expect(burst('aw', 3, ring, 1)).toEqual([expect.stringMatching(/in the name of VM 2, whom nobody serves$/)]);
  own.free(ring);
  expect(burst('aw', 1, ring, 1)).toEqual([expect.stringMatching(/in the name of VM 0: it has no buffer there$/)]);
});
