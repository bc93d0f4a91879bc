/** What scenarios of a whole TOE have in common: a build, so that they share what Verilator made of it, and times. Round trips are microseconds, and so is all waiting, unless it is asked for: a time-out of 200 ms is 31 million cycles, though skipped. */
import type { TcpSettings } from '../peer/peer.ts';

/** A small build elaborates in a second, and has all that the large one has. */
export const TOE_BUILD = { vms: 2, connections: 64, listeners: 4, prePosts: 16, neighbours: 4, sqEntriesMost: 64, windowsPerVm: 2, addressesPerVm: 2, simulationPorts: true } as const;

/** @param scale how many times as long all waiting is; 1000 are the usual times */
export const peerTcp = (scale: number): TcpSettings => ({
  initialTimeoutNs: 1_000_000 * scale, leastTimeoutNs: 200_000 * scale, mostTimeoutNs: 4_000_000 * scale, delayedAckNs: 20_000 * scale, timestampNs: 1000, timeWaitNs: 1000 * scale,
});
/** Registers of the VMM's page, in microseconds and ticks. */
export const toeTcp = (scale: number) => ({
  rto_initial: 1000 * scale, rto_after_syn_loss: 1000 * scale, rto_min: 200 * scale, rto_max: 4000 * scale, delayed_ack: 20 * scale, time_wait: scale,
});
/** Longer than the longest time-out, at a scale of 1. */
export const PATIENCE_CYCLES = 2_000_000;
