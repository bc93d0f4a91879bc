/**
 * The register map as data: page 0 is the VMM's, page 1 + v is VM v's. RTL, driver, C header and reference follow from it.
 *
 * A hole inside of a page reads 0, ignores writes and is counted: an error answer to a guest's store can take an Arm host
 * down. Beyond the map the answer is SLVERR.
 */
import { group, registers } from '@vtoe/hdl/lib';
import { type Config, ConfigError, derived } from './config.ts';
import { vmPage } from './registers/vm-page.ts';
import { vmmGroups, vmmPage, vmmPageBytes } from './registers/vmm-page.ts';

export { INTERFACE_MAJOR, INTERFACE_MINOR, QUEUE_LEAST_LOG2, VM_FAULTS } from './registers/vm-page.ts';

export { type CounterName, COUNTERS } from './registers/counters.ts';

export { RING_CAUSES } from './net/vmm-ring.ts';
/** What `infrastructure_rate` says. */
export { infrastructureRate } from './net/egress.ts';

export type RegisterMap = ReturnType<typeof registerMap>;

/** @throws ConfigError if the VMM's page does not hold what there is of each VM */
export function registerMap(config: Config) {
  const { vms, pageStrideBytes } = config;
  const needed = vmmPageBytes(config);
  if (needed > pageStrideBytes) {
    throw new ConfigError([`pageStrideBytes must be at least ${needed}, room in the VMM's page for what there is of each of ${vms} VMs, not ${pageStrideBytes}`]);
  }
  return registers({
    name: 'vtoe',
    doc: 'The registers of vtoe: a page for the VMM, then a page for each VM.',
    registers: {
      ...vmmPage(config),
      ...vmmGroups(config),
      page: group('The page of a VM.', vmPage(config), { count: vms, stride: pageStrideBytes, offset: pageStrideBytes }),
    },
    size: (vms + 1) * pageStrideBytes,
    addressWidth: derived(config).axilAddressBits,
    answers: { hole: 'OKAY', beyond: 'SLVERR', misaligned: 'SLVERR', readOnly: 'OKAY' },
  });
}
