import { expect, test } from 'vitest';
import { layout, type LayoutOptions } from '../../../sim/host/layout.ts';

test('guard, VMM, guard, VM 0, guard, VM 1, guard', () => {
  const where = layout({ vmmBytes: 8192, vms: [{ bytes: 4096 }, { bytes: 12_288, guestBase: 0 }], guardBytes: 4096 });
  expect(where.guards).toEqual([
    { name: 'in front of the VMM', offset: 0, bytes: 4096 },
    { name: 'between the VMM and VM 0', offset: 12_288, bytes: 4096 },
    { name: 'between VM 0 and VM 1', offset: 20_480, bytes: 4096 },
    { name: 'behind VM 1', offset: 36_864, bytes: 4096 },
  ]);
  expect(where.regions).toEqual([
    { owner: 0, offset: 4096, bytes: 8192, hostBase: 0x1_0000_1000, guestBase: 0x1_0000_1000 },
    { owner: 1, offset: 16_384, bytes: 4096, hostBase: 0x1_0000_4000, guestBase: 0x4000_0000 },
    { owner: 2, offset: 24_576, bytes: 12_288, hostBase: 0x1_0000_6000, guestBase: 0 },
  ]);
  expect(where).toMatchObject({ hostBase: 0x1_0000_0000, bytes: 40_960 });
});

test('a machine without VMs', () => {
  expect(layout({ vmmBytes: 4096, vms: [], hostBase: 0 }).guards.map(({ name }) => name)).toEqual(['in front of the VMM', 'behind the VMM']);
});

const good: LayoutOptions = { vmmBytes: 4096, vms: [{ bytes: 4096 }] };

test.each<[unknown, string]>([
  [{ vmmBytes: 0 }, 'vmmBytes must be a multiple of 4096 from 4096 to 4294967296, not 0'],
  [{ vmmBytes: '4096' }, 'vmmBytes must be a multiple of 4096 from 4096 to 4294967296, not "4096"'],
  [{ vms: [{ bytes: 4096 }, { bytes: 5000 }] }, 'vms[1].bytes must be a multiple of 4096 from 4096 to 4294967296, not 5000'],
  [{ vms: [{ bytes: 4096, guestBase: 100 }] }, 'vms[0].guestBase must be a multiple of 4096 from 0 to 281474976710656, not 100'],
  [{ vms: Array.from({ length: 128 }, () => ({ bytes: 4096 })) }, 'vms.length must be a whole number from 0 to 127, not 128'],
  [{ guardBytes: 64 }, 'guardBytes must be a multiple of 4096 from 4096 to 4294967296, not 64'],
  [{ hostBase: -4096 }, 'hostBase must be a multiple of 4096 from 0 to 281474976710656, not -4096'],
  [{ vmmBytes: 2 ** 31, vms: [{ bytes: 2 ** 31 }] }, 'the memory of all together must be a whole number from 0 to 4294967296, not 4294979584'],
])('%j is refused', (options, message) => {
  expect(() => layout({ ...good, ...(options as Partial<LayoutOptions>) })).toThrow(new RangeError(message));
});
