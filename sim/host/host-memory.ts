/**
 * The memory of a host machine: one array, with a region for the VMM and one for each VM, guard areas around them, and
 * a port for the device. Guests and the VMM see it through their `OwnerMemory`, the AXI memory through `dma`.
 */
import { byteCount, hexadecimal } from './wording.ts';
import { type DmaPort, dmaPort } from './dma.ts';
import { layout, type Layout, type LayoutOptions } from './layout.ts';
import { type OwnerMemory, ownerMemory } from './owner-memory.ts';
import { fillPattern, findDamage } from './pattern.ts';
import { type Owner, ownerName, type Violation, ViolationLog } from './violation.ts';

export interface HostMemoryOptions extends LayoutOptions {
  /** How many violations are kept; all are counted. Default 1,000. */
  readonly keepViolations?: number;
}

export interface HostMemory {
  readonly layout: Layout;
  /** All of it, from `layout.hostBase` on: unchecked, so for who looks at memory from outside of the simulation. */
  readonly bytes: Uint8Array;
  readonly vmm: OwnerMemory;
  readonly vms: readonly OwnerMemory[];
  readonly dma: DmaPort;
  /** The first ones. */
  readonly violations: readonly Violation[];
  readonly violationCount: number;
  /** By owner: 0 the VMM, 1 + v VM v. @throws RangeError if there is none */
  of(owner: Owner): OwnerMemory;
  /** A sentence for each guard area, red zone or freed buffer that was written. */
  damage(): string[];
  /** A sentence for each buffer that was not freed. */
  leaks(): string[];
}

/** @throws RangeError if an option makes no sense */
export function createHostMemory(options: HostMemoryOptions): HostMemory {
  const where = layout(options);
  const memory = new Uint8Array(where.bytes);
  fillPattern(memory, 0, memory.length);
  const log = new ViolationLog(options.keepViolations ?? 1000);
  const owners = where.regions.map((region) => ownerMemory(memory, region, log));
  return {
    layout: where,
    bytes: memory,
    vmm: owners[0]!,
    vms: owners.slice(1),
    dma: dmaPort(memory, where, log),
    violations: log.kept,
    get violationCount() { return log.count; },
    of: (owner) => {
      const found = owners[owner];
      if (found === undefined) throw new RangeError(`owner must be a whole number from 0 to ${owners.length - 1}, not ${owner}`);
      return found;
    },
    damage: () => [
      ...where.guards.flatMap(({ name, offset, bytes }) => {
        const damage = findDamage(memory, offset, offset + bytes);
        if (damage === undefined) return [];
        const [first, last] = [damage.first, damage.last].map((at) => hexadecimal(where.hostBase + at));
        return [`the guard ${name} was written, ${byteCount(damage.bytes)} from ${first} to ${last}`];
      }),
      ...owners.flatMap((owner) => owner.damage()),
    ],
    leaks: () => owners.flatMap(({ region, allocated }) => allocated.map(({ label, address, bytes }) => `${label} of ${ownerName(region.owner)} at ${hexadecimal(address)}, ${byteCount(bytes)}, was not freed`)),
  };
}
