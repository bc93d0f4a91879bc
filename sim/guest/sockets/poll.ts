/** Waits for any of several sockets, as poll(2) does. */
import type { Wait } from '@vtoe/hdl';
import { until } from '../../timed-condition.ts';
import type { Driver } from '../driver.ts';
import type { Socket } from './socket.ts';

/** `err` and `hup` are told whether asked for or not. */
export type PollEvent = 'in' | 'out' | 'err' | 'hup';

export interface PollRequest {
  readonly socket: Socket;
  readonly events: readonly ('in' | 'out')[];
}

/**
 * What holds of each, in their order; all are empty if the time ran out.
 * @param timeoutNs 0: at once; negative: for ever
 */
export function* poll({ now }: Driver, requests: readonly PollRequest[], timeoutNs: number): Generator<Wait, PollEvent[][], void> {
  const deadline = timeoutNs < 0 ? Infinity : now() + timeoutNs;
  if (timeoutNs !== 0 && !requests.some(isReady)) yield until(deadline, () => requests.some(isReady) || now() >= deadline);
  return requests.map(eventsOf);
}

function eventsOf({ socket: { core }, events }: PollRequest): PollEvent[] {
  const hold: PollEvent[] = [];
  if (events.includes('in') && core.isReadable) hold.push('in');
  if (events.includes('out') && core.isWritable) hold.push('out');
  if (core.hasError) hold.push('err');
  if (core.isHungUp) hold.push('hup');
  return hold;
}

function isReady(request: PollRequest): boolean {
  return eventsOf(request).length > 0;
}
