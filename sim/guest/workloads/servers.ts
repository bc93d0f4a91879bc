/** Servers: a process that accepts, and one for each connection. */
import type { Process, Wait } from '@vtoe/hdl';
import type { Driver } from '../driver.ts';
import { isCode } from '../errors.ts';
import type { Endpoint } from '../sockets/socket-core.ts';
import type { Socket } from '../sockets/socket.ts';

/** Starts a process of the simulation: `bench.start`. */
export type Start = (name: string, process: Process) => void;

export interface ServerOptions {
  readonly endpoint: Endpoint;
  readonly backlog?: number;
  readonly serve: (socket: Socket) => Generator<Wait, unknown, void>;
  /** Before it listens: options of the socket. */
  readonly prepare?: (socket: Socket) => void;
}

export interface Server {
  readonly socket: Socket;
  /** It listens. */
  isUp: boolean;
  accepted: number;
  /** Connections whose process has ended. */
  served: number;
}

/** Accepts until its socket is closed. */
export function startServer(start: Start, driver: Driver, { endpoint, backlog = 16, serve, prepare }: ServerOptions): Server {
  const socket = driver.socket();
  const server: Server = { socket, isUp: false, accepted: 0, served: 0 };
  start(`server at port ${endpoint.port}`, (function* (): Process {
    socket.bind(endpoint);
    prepare?.(socket);
    yield* socket.listen(backlog);
    server.isUp = true;
    for (;;) {
      let connection: Socket;
      try {
        connection = yield* socket.accept();
      } catch (error) {
        if (isCode(error, 'EBADF')) return;
        throw error;
      }
      server.accepted += 1;
      start(`connection ${server.accepted} of port ${endpoint.port}`, (function* (): Process {
        yield* serve(connection);
        server.served += 1;
      })());
    }
  })());
  return server;
}
