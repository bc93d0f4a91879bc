/** Options of a socket: their names, what they start with, and what is allowed. */
import { wholeNumber } from '../../options.ts';
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { SocketOption } from '../../../hw/protocol/index.ts';
import type { ErrorName } from '../errors.ts';

export interface SocketOptions {
  /** Small segments go out at once. */
  nodelay: boolean;
  /** A silent peer is probed. */
  keepalive: boolean;
  /** Milliseconds that sent data may stay unacknowledged; 0: as the engine has it. */
  userTimeout: number;
  /** Bytes that may be written and not acknowledged. Rings are as large as this asks for when the connection begins, and not changed then. */
  sndbuf: number;
  /** Bytes of the RX ring, rounded up to a power of two. */
  rcvbuf: number;
  /** `close` waits so long for what was sent to be acknowledged; with 0 seconds it resets the connection. */
  linger: { readonly on: boolean; readonly seconds: number };
  /** Calls that would wait fail with EAGAIN or EINPROGRESS. */
  nonblocking: boolean;
}

/** Can only be read. */
export interface SocketState {
  /** Why the connection failed, once. */
  error: ErrorName | null;
  /** Bytes that can be read. */
  inq: number;
  /** Bytes that were sent and are not acknowledged. */
  outq: number;
}

export function initialOptions({ rx, tx }: { readonly rx: number; readonly tx: number }): SocketOptions {
  return { nodelay: false, keepalive: false, userTimeout: 0, sndbuf: tx, rcvbuf: rx, linger: { on: false, seconds: 0 }, nonblocking: false };
}

/** @throws RangeError if the value is none of this option */
export function checkOption<K extends keyof SocketOptions>(name: K, value: SocketOptions[K]): void {
  switch (name) {
    case 'userTimeout': wholeNumber(name, value, 0, 0xffff_ffff); break;
    case 'sndbuf': case 'rcvbuf': wholeNumber(name, value, 1, 2 ** 30); break;
    case 'linger': {
      const { on, seconds } = value as SocketOptions['linger'];
      if (typeof on !== 'boolean') throw new RangeError(`linger.on must be true or false, not ${describe(on)}`);
      wholeNumber('linger.seconds', seconds, 0, 65_535);
      break;
    }
    default: if (typeof value !== 'boolean') throw new RangeError(`${name} must be true or false, not ${describe(value)}`);
  }
}

/** Those that the engine has to know of, with their values for it. */
export function engineOption(name: keyof SocketOptions, options: SocketOptions): [keyof typeof SocketOption.value, number] | undefined {
  switch (name) {
    case 'nodelay': return ['NO_DELAY', Number(options.nodelay)];
    case 'keepalive': return ['KEEPALIVE', Number(options.keepalive)];
    case 'userTimeout': return ['USER_TIMEOUT', options.userTimeout];
    default: return undefined;
  }
}

export const ENGINE_OPTIONS = ['nodelay', 'keepalive', 'userTimeout'] as const;
