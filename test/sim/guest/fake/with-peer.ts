/** What tests of socket calls share: a peer that a test plays, the process of a test, and the names of errors. */
import type { Process, Wait } from '@vtoe/hdl';
import { expect } from 'vitest';
import { Opcode } from '../../../../hw/protocol/index.ts';
import { SocketError } from '../../../../sim/guest/errors.ts';
import type { Socket } from '../../../../sim/guest/sockets/socket.ts';
import { Remote } from './end.ts';
import { type Machine, machine, type MachineOptions } from './machine.ts';

export const PEER = { address: 0xc0a8_0001, port: 80 };

/** A machine of one VM, and a peer that takes every connection to it. */
export function withPeer(options: MachineOptions = {}): Machine & { readonly peer: Remote } {
  const m = machine({ seed: 1, ...options });
  const peer = new Remote(PEER.address, PEER.port);
  m.toe.servers.set(`${PEER.address}:${PEER.port}`, () => peer);
  return { ...m, peer };
}

/** The process, to its end; and the machine to its. */
export function run(m: Machine, process: (driver: Machine['drivers'][number]) => Process, limit = 100_000): void {
  m.go('test', process(m.drivers[0]!));
  m.finish(limit);
  expect(m.end()).toEqual([]);
}

/** The error's name that the call fails with. */
export function* codeOf(call: Generator<Wait, unknown, void>): Generator<Wait, string, void> {
  try {
    yield* call;
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
  return 'no error';
}

export function codeNow(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof SocketError) return error.code;
    throw error;
  }
  return 'no error';
}

export const count = (m: Machine, opcode: keyof typeof Opcode.value): number => m.toe.commands.filter((command) => command.opcode === Opcode.value[opcode]).length;

export function* connected(m: Machine): Generator<Wait, Socket, void> {
  const socket = m.drivers[0]!.socket();
  yield* socket.connect(PEER);
  return socket;
}
