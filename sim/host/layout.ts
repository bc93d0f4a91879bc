/**
 * Where each owner's memory lies in the host's.
 *
 * ```text
 * hostBase
 * | guard | VMM | guard | VM 0 | guard | VM 1 | ... | guard |
 * ```
 */
import { wholeNumber } from '../options.ts';
import { type Owner, ownerName } from './violation.ts';

export interface Region {
  readonly owner: Owner;
  /** Host-physical: what is on the bus. */
  readonly hostBase: number;
  /** Guest-physical: what its software sees. Of the VMM: the same as `hostBase`. */
  readonly guestBase: number;
  readonly bytes: number;
  /** In the host's array. */
  readonly offset: number;
}

export interface Guard {
  /** Whose memory it follows and precedes: `in front of the VMM`, `between the VMM and VM 0`, `behind VM 3`. */
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface VmMemory {
  /** A multiple of 4,096. */
  readonly bytes: number;
  /** Where the guest sees its memory begin; default 0x4000_0000, as on Arm virtual machines. All VMs may have the same. */
  readonly guestBase?: number;
}

export interface LayoutOptions {
  readonly vmmBytes: number;
  readonly vms: readonly VmMemory[];
  /** Of each guard area; a multiple of 4,096; default 4,096. */
  readonly guardBytes?: number;
  /** Where the array begins in the host's address space; default 4 GiB: an address that lost its upper half hits nothing. */
  readonly hostBase?: number;
}

export interface Layout {
  readonly hostBase: number;
  readonly bytes: number;
  /** By owner. */
  readonly regions: readonly Region[];
  readonly guards: readonly Guard[];
}

const PAGE = 4096;
/** As many VMs as awuser of 7 bits has numbers for, besides the VMM. */
const MAXIMUM_VMS = 127;
const DEFAULT_GUEST_BASE = 0x4000_0000;
const DEFAULT_HOST_BASE = 0x1_0000_0000;
const MAXIMUM_BASE = 2 ** 48;
const MAXIMUM_BYTES = 2 ** 32;

/** @throws RangeError if an option makes no sense */
export function layout({ vmmBytes, vms, guardBytes = PAGE, hostBase = DEFAULT_HOST_BASE }: LayoutOptions): Layout {
  wholeNumber('vms.length', vms.length, 0, MAXIMUM_VMS);
  const guard = wholeNumber('guardBytes', guardBytes, PAGE, MAXIMUM_BYTES, { multipleOf: PAGE });
  const base = wholeNumber('hostBase', hostBase, 0, MAXIMUM_BASE, { multipleOf: PAGE });
  const sizes = [wholeNumber('vmmBytes', vmmBytes, PAGE, MAXIMUM_BYTES, { multipleOf: PAGE }), ...vms.map(({ bytes }, v) => wholeNumber(`vms[${v}].bytes`, bytes, PAGE, MAXIMUM_BYTES, { multipleOf: PAGE }))];
  const regions: Region[] = [];
  const guards: Guard[] = [];
  let offset = 0;
  for (const [owner, bytes] of sizes.entries()) {
    const name = owner === 0 ? 'in front of the VMM' : `between ${ownerName(owner - 1)} and ${ownerName(owner)}`;
    guards.push({ name, offset, bytes: guard });
    offset += guard;
    const guestBase = owner === 0 ? base + offset : wholeNumber(`vms[${owner - 1}].guestBase`, vms[owner - 1]!.guestBase ?? DEFAULT_GUEST_BASE, 0, MAXIMUM_BASE, { multipleOf: PAGE });
    regions.push({ owner, hostBase: base + offset, guestBase, bytes, offset });
    offset += bytes;
  }
  guards.push({ name: `behind ${ownerName(sizes.length - 1)}`, offset, bytes: guard });
  const bytes = wholeNumber('the memory of all together', offset + guard, 0, MAXIMUM_BYTES);
  return { hostBase: base, bytes, regions, guards };
}
