/**
 * Events that go where `steered` does not: rings from 256 bytes to 1 GiB, every window shift, long segments, quiet connections
 * whose keepalive and user timers run, options one by one - and streams that are gigabytes long.
 */
import type { Random } from '../../../../sim/random.ts';
import { TICK } from '../../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../../sim/tcp/constants.ts';
import type { SetOptionEvent, TcpEvent } from '../../../../sim/tcp/events.ts';
import { horizon, steered, type SteeredEvent } from '../../../../sim/tcp/steered.ts';
import type { Tcb } from '../../../../sim/tcp/tcb.ts';

/** Constants as nobody would set them, each of which has a meaning all the same. */
export function randomConstants(random: Random): TcpConstants {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  return {
    ...TCP_CONSTANTS,
    rtoInitial: pick([1000, 200_000, 1_000_000]), rtoMin: pick([1, 1000, 200_000]), rtoMax: pick([2000, 300_000, 120_000_000]), persistMax: pick([1000, 60_000_000, 3]),
    delayedAck: pick([0, 1, 40_000]), ackEvery: pick([1, 2, 15]), timeWaitTicks: pick([0, 1, 60_000]), finWait2Ticks: pick([0, 1, 60_000]),
    keepaliveIdleTicks: pick([0, 1, 1000, 7_031_250]), keepaliveIntervalTicks: pick([0, 1, 70_000]), keepaliveProbes: pick([0, 1, 9, 255]),
    retriesDoubt: pick([0, 1, 3, 255]), retries: pick([0, 1, 2, 15, 255]), synRetries: pick([0, 1, 7, 255]),
    initialWindowSegments: pick([1, 4, 10, 63]), initialWindowBytes: pick([0, 4380, 14_600, 131_071]), byteCountingLimit: pick([1, 2, 15]), dupAckThreshold: pick([1, 2, 3, 10]),
    mssFloor: pick([32, 64, 536]), challengeIntervalTicks: pick([0, 1, 489]), tsRecentLifeTicks: pick([0, 10, 2_025_000_000]),
  };
}

/** @param quiet the connection is left alone but by its slow timers, mostly */
export function wide(random: Random, quiet: boolean): (tcb: Tcb) => SteeredEvent {
  const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
  const draw = steered(random.fork('steered'), { startMicroseconds: pick([1_000_000, 2 ** 32 - 1e6, 2 ** 34 - 1e6, 2 ** 41]) });
  let last = 0;

  const widened = (event: TcpEvent, tcb: Tcb): TcpEvent => {
    switch (event.kind) {
      case 'open':
      case 'accept': {
        const parameters = {
          ...event, rxSize: 2 ** (8 + random.below(23)), txSize: 2 ** (8 + random.below(23)),
          windowScale: pick([undefined, random.below(15), random.below(15), random.below(15)]), mss: pick([128, 536, 1460, 8960, 9176]),
        };
        if (parameters.kind === 'open') return parameters;
        const { syn } = parameters;
        return { ...parameters, syn: { ...syn, length: random.chance(0.2) ? 1 + random.below(100) : 0, options: random.chance(0.5) ? { ...syn.options, wscale: random.below(16) } : syn.options } };
      }
      case 'send':
        // Anywhere in the ring, and just beyond.
        return tcb.state !== 'CLOSED' && random.chance(0.15) ? { kind: 'send', tail: (tcb.snd_una - tcb.iss - 1 + (tcb.tx_size * random.below(5)) / 4 + random.below(2)) >>> 0 } : event;
      case 'segment': {
        const length = event.length > 0 && random.chance(0.15) ? pick([tcb.rcv_mss, 9000, 65_000]) : event.length;
        return { ...event, length, window: random.chance(0.2) ? pick([0, 1, 2, 65_535, random.below(65_536), random.below(100)]) : event.window };
      }
      case 'set_option':
        return options();
      default:
        return event;
    }
  };
  const options = (): SetOptionEvent => ({
    kind: 'set_option',
    ...(random.chance(0.5) ? { nagle: random.chance(0.5) } : {}),
    ...(random.chance(0.5) ? { keepalive: random.chance(0.8) } : {}),
    ...(random.chance(0.3) ? { userTimeoutTicks: pick([0, 1, 2 ** 22, 1000]) } : {}),
  });

  return (tcb) => {
    let { event, now } = draw(tcb);
    event = widened(event, tcb);
    if (quiet && tcb.state !== 'CLOSED' && event.kind !== 'grant' && random.chance(0.85)) {
      const armed = (['keepalive', 'user'] as const).filter((timer) => tcb[`${timer}_deadline`] !== Infinity);
      if (armed.length > 0 && random.chance(0.5)) {
        const timer = pick(armed);
        const deadline = tcb[`${timer}_deadline`] * TICK;
        event = { kind: 'timer', timer, deadline };
        now = Math.max(now, deadline + pick([0, 0, 0, -1, TICK - 1]));
      } else if (random.chance(0.2)) event = options();
      else if (random.chance(0.05)) event = { kind: pick(['shutdown', 'close'] as const) };
    }
    now = Math.max(last, Math.min(now, horizon(tcb)));
    last = now;
    return { event, now };
  };
}

/** The same connection with gigabytes behind it: ISS and IRS may lie anywhere. */
export function aged(tcb: Tcb, random: Random): Tcb {
  if (tcb.cwnd === 0 || !random.chance(1 / 60)) return tcb;
  const pick = (values: readonly number[]): number => values[random.below(values.length)]!;
  return {
    ...tcb,
    iss: (tcb.snd_una - pick([1, 2, 100, 2 ** 31, 2 ** 31 - 1]) + random.below(2)) >>> 0,
    irs: (tcb.rcv_nxt - pick([1, 2, 100, 2 ** 31]) - (tcb.fin_received ? 1 : 0)) >>> 0,
  };
}
