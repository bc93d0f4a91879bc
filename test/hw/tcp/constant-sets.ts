/** Constants of TCP as a VMM may set them: each set goes where another one does not. */
import type { TcpConstants } from '../../../sim/tcp/constants.ts';

export const CONSTANT_SETS: Readonly<Record<string, Partial<TcpConstants>>> = {
  'as after reset': {},
  'impatient: everything short, few retries, no delay of ACKs': {
    rtoInitial: 20_000, rtoMin: 1000, rtoMax: 60_000, rtoAfterSynLoss: 30_000, persistMax: 40_000, delayedAck: 0, ackEvery: 1, timeWaitTicks: 1, finWait2Ticks: 0,
    keepaliveIdleTicks: 100, keepaliveIntervalTicks: 10, keepaliveProbes: 2, retriesDoubt: 1, retries: 2, synRetries: 1,
    initialWindowSegments: 1, initialWindowBytes: 0, byteCountingLimit: 1, dupAckThreshold: 2, challengeIntervalTicks: 0, mssFloor: 600, tsRecentLifeTicks: 10,
  },
  'patient: every field at its largest that has a meaning': {
    rtoInitial: 2 ** 27 - 1, rtoMin: 1_000_000, rtoMax: 2 ** 27 - 1, rtoAfterSynLoss: 2 ** 27 - 1, persistMax: 2 ** 27 - 1, delayedAck: 500_000, ackEvery: 15,
    timeWaitTicks: 2 ** 23 - 1, finWait2Ticks: 2 ** 22 - 1, keepaliveIdleTicks: 2 ** 22 - 1, keepaliveIntervalTicks: 2 ** 22 - 1, keepaliveProbes: 255, retriesDoubt: 200, retries: 255, synRetries: 255,
    initialWindowSegments: 63, initialWindowBytes: 2 ** 17 - 1, byteCountingLimit: 15, dupAckThreshold: 5, challengeIntervalTicks: 2 ** 24 - 1, mssFloor: 20, tsRecentLifeTicks: 2 ** 32 - 1, // a floor below the 12 bytes of timestamps has no meaning
  },
};
