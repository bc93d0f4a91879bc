/**
 * A VM's page: what its guest sees of the engine, and nothing of anybody else. In every page at the same offsets.
 *
 * A guest sets its queues up, enables, and then uses two doorbells: SQ tail and CQ head.
 */
import { constant, counter64, field, flag, mixed, pulse, ro, rw, w1c } from '@vtoe/hdl/lib';
import { clog2 } from '@vtoe/hdl';
import type { Config } from '../config.ts';

/** Counts up with every change that a driver could notice. */
export const INTERFACE_MAJOR = 1;
export const INTERFACE_MINOR = 0;

/** Why a VM was stopped; `fault_address` is the address that was refused or failed, where there is one. */
export const VM_FAULTS = {
  None: 'The VM runs.',
  QueueAccess: 'Its submission queue could not be read, or its completion queue not be written.',
  QueueWindow: 'A queue lies outside of its windows.',
  Doorbell: 'A doorbell named an index beyond the queue, or more entries than it has.',
  Stuck: 'Memory never answered an access in its name.',
  Placement: 'Payload that came for it could not be written to a ring.',
} as const;

/** Least base-2 logarithm of the entries of a queue. */
export const QUEUE_LEAST_LOG2 = 4;

/** @param config fixes the largest queues and what `capabilities` says */
export function vmPage({ connections, listeners, sqEntriesMost, cqEntriesMost, timestamps }: Config) {
  return {
    version: constant('Version of this interface.', { minor: field(16, 'Additions.', { reset: INTERFACE_MINOR }), major: field(16, 'Incompatible changes.', { reset: INTERFACE_MAJOR }) }),
    capabilities: constant('What this build has.', {
      connections_log2: field(5, 'Connections of all VMs together, base-2 logarithm.', { reset: clog2(connections) }),
      listeners_log2: field(5, 'Listeners of all VMs together, base-2 logarithm.', { reset: clog2(listeners) }),
      sq_most_log2: field(5, 'Entries of the largest submission queue, base-2 logarithm.', { reset: clog2(sqEntriesMost) }),
      cq_most_log2: field(5, 'Entries of the largest completion queue, base-2 logarithm.', { reset: clog2(cqEntriesMost) }),
      timestamps: flag('Timestamps and PAWS.', { reset: timestamps }),
      // The parameters `sack` and `synCookies` build nothing yet.
      sack: flag('Selective acknowledgments.', { reset: false }),
      syn_cookies: flag('SYN cookies.', { reset: false }),
    }),
    control: rw('Life cycle of the VM.', { enable: flag('1: entries are fetched and events written. 1 to 0: no more entries are fetched; `status.running` falls when the last access has ended.') }),
    status: ro('What the VM does.', {
      ready: flag('Tables are initialised; doorbells count.'),
      running: flag('Enabled, or accesses of it are still under way.'),
      faulted: flag('Stopped by a fault: see `fault`.'),
    }),
    sq_base: rw('Guest-physical address of the submission queue, a multiple of 4096.', 64, { indexed: true }),
    cq_base: rw('Guest-physical address of the completion queue, a multiple of 4096.', 64, { indexed: true }),
    queue_size: rw('Sizes of the queues, base-2 logarithm of their entries; taken when `control.enable` rises.', {
      sq_log2: field(5, 'Submission queue.', { reset: QUEUE_LEAST_LOG2 }), cq_log2: field(5, 'Completion queue.', { at: 8, reset: QUEUE_LEAST_LOG2 }),
    }),
    sq_tail: pulse('Doorbell: entries of the submission queue up to before this index are written. Free-running, modulo 2^16.', 16),
    sq_head: ro('Entries up to before this index were fetched. Free-running, modulo 2^16.', 16, { indexed: true }),
    cq_head: pulse('Doorbell: entries of the completion queue up to before this index were read. Free-running, modulo 2^20.', 20),
    interrupt_status: w1c('Interrupts that wait.', { completion: flag('Entries of the completion queue were written.'), fault: flag('The VM was stopped.') }),
    interrupt_mask: rw('Interrupts that are wanted.', { completion: flag('Of the completion queue.'), fault: flag('Of faults.') }),
    interrupt_moderation: rw('When an interrupt of the completion queue is raised: after so many entries, or so long after the first of them.', {
      entries: field(8, 'Entries; 0 counts as 1.'), microseconds: field(16, 'Microseconds; 0: at once.', { at: 16 }),
    }),
    interrupt_index: mixed('No interrupt of the completion queue until an entry from this index on is written.', {
      rw: { index: field(20, 'Free-running index.'), suppress: flag('Counts.', { at: 31 }) },
    }),
    fault: ro('Why the VM was stopped.', { cause: field(4, Object.entries(VM_FAULTS).map(([name, doc], i) => `${i}: ${name}. ${doc}`).join(' ')) }),
    fault_address: ro('Address of the access that failed.', 64, { indexed: true }),
    rx_bytes: counter64('Payload bytes placed in RX rings.', { by: 16, indexed: true }),
    tx_bytes: counter64('Payload bytes sent, repeated ones included.', { by: 16, indexed: true }),
    rx_segments: counter64('Segments received for its connections.', { indexed: true }),
    tx_segments: counter64('Segments sent.', { indexed: true }),
    retransmissions: counter64('Segments sent again.', { indexed: true }),
    commands: counter64('Commands carried out.', { indexed: true }),
    command_errors: counter64('Commands refused.', { indexed: true }),
    events: counter64('Event entries written.', { indexed: true }),
    interrupts: counter64('Interrupts of the completion queue raised.', { by: 8, indexed: true }),
    interrupts_suppressed: counter64('Interrupts that were due and held back by mask or index.', { by: 8, indexed: true }),
  };
}
