/** What a socket call fails with, and what tells that engine and driver do not understand each other. */
import { Status } from '../../hw/protocol/index.ts';

/** Names of POSIX. Those that the engine's statuses stand for are written in `Status` and nowhere else. */
export type ErrorName =
  | 'EADDRINUSE' | 'EADDRNOTAVAIL' | 'EAGAIN' | 'EALREADY' | 'EBADF' | 'ECANCELED' | 'ECONNABORTED' | 'ECONNREFUSED' | 'ECONNRESET' | 'EFAULT'
  | 'EHOSTUNREACH' | 'EINPROGRESS' | 'EINVAL' | 'EIO' | 'EISCONN' | 'ENOBUFS' | 'ENOPROTOOPT' | 'ENOTCONN' | 'EOPNOTSUPP' | 'EPIPE' | 'ETIMEDOUT';

export class SocketError extends Error {
  override readonly name = 'SocketError';
  readonly code: ErrorName;

  /** @param what the call that failed: `connect to 10.0.0.2:80` */
  constructor(code: ErrorName, what: string) {
    super(`${what}: ${code}`);
    this.code = code;
  }
}

/** The engine did what its interface does not allow, or the driver did. The model is wrong: nobody is to catch it. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
}

const names = new Map<number, ErrorName>(Status.entries.flatMap(({ value, doc }) => {
  const name = /\((E[A-Z]+)\)/.exec(doc)?.[1];
  return name === undefined ? [] : [[value, name as ErrorName]];
}));

/** The errno of a status; undefined for OK. @throws DriverError for a status that there is not */
export function errorOf(status: number): ErrorName | undefined {
  if (status === Status.value.OK) return undefined;
  const name = names.get(status);
  if (name === undefined) throw new DriverError(`the engine gave a status of 0x${status.toString(16)}, which there is not`);
  return name;
}

export function isCode(error: unknown, code: ErrorName): error is SocketError {
  return error instanceof SocketError && error.code === code;
}
