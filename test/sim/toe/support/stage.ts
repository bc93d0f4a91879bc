/** A whole TOE on which hazards are tried: its driver, a peer, and a stranger who sends what no peer would. */
import type { Design, Process, Wait } from '@vtoe/hdl';
import { expect } from 'vitest';
import type { Config } from '../../../../hw/config.ts';
import { type BuiltinSimulator, builtinEngine } from '../../../../sim/engine/builtin.ts';
import type { Socket } from '../../../../sim/guest/sockets/socket.ts';
import { readCounters, type Counts } from '../../../../sim/toe/counters.ts';
import type { Native, NativeOptions } from '../../../../sim/toe/native.ts';
import { strangeMachine, type Stranger } from './stranger.ts';
import { StrangerSocket } from './stranger-socket.ts';

export const PORT = 80;
/** Of the peer's applications and of the stranger's. */
export const REMOTE_PORT = 7;

export interface Stage {
  readonly machine: Native;
  readonly stranger: Stranger;
  /** Listens at `PORT`, as soon as it is asked for. */
  listener(backlog?: number): Generator<Wait, Socket, void>;
  /** A connection that the stranger has opened: its end, and the guest's. */
  open(options?: Partial<ConstructorParameters<typeof StrangerSocket>[1]>): Generator<Wait, { readonly far: StrangerSocket; readonly near: Socket }, void>;
  counts(): Generator<Wait, Counts, void>;
}

export type Play = (stage: Stage) => Generator<Wait, void, void>;

export interface PlayOptions extends Partial<NativeOptions> {
  readonly limitCycles?: number;
  /** Which fault is planted, if any: the register that says so, and its number. */
  readonly fault?: { readonly path: string; readonly number: number };
  /** The driver is not stopped at the end, and what it holds is left. */
  readonly leaves?: boolean;
}

/** From reset to the end of the play; then nothing is left, and memory is as it should be. */
export function perform(design: Design, config: Config, play: Play, { limitCycles = 200_000, fault, leaves = false, ...options }: PlayOptions = {}): void {
  const engine: BuiltinSimulator = builtinEngine(design, options.seed === undefined ? {} : { seed: options.seed });
  const { machine, stranger } = strangeMachine({ engine, config, toPeer: { latencyPs: 200_000 }, toToe: { latencyPs: 200_000 }, ...options, driver: { sqLog2: 5, cqLog2: 7, rxBytes: 8192, txBytes: 8192, keepRings: 0, ...options.driver } });
  const { bench, driver, registers } = machine;
  let [isDone, listening] = [false, undefined as Socket | undefined];
  let ports = 2000;
  const stage: Stage = {
    machine, stranger,
    * listener(backlog = 4) {
      if (listening === undefined) {
        listening = driver.socket();
        listening.bind({ address: 0, port: PORT });
        yield* listening.listen(backlog);
      }
      return listening;
    },
    * open(given = {}) {
      const listener = yield* stage.listener();
      const far = new StrangerSocket(stranger, { port: ports++, theirs: PORT, isn: 0xffff_f000 + ports, ...given });
      stranger.send(far.syn());
      yield* far.hearSyn(true);
      far.send({});
      return { far, near: yield* listener.accept() };
    },
    counts: () => readCounters(registers),
  };
  bench.reset();
  bench.start('play', (function* (): Process {
    yield* machine.start();
    if (fault !== undefined) engine.poke(fault.path, BigInt(fault.number));
    yield* play(stage);
    if (!leaves) yield* driver.stop();
    isDone = true;
  })());
  try {
    bench.until(() => isDone, limitCycles, 'the play did not end');
    if (!leaves) expect(machine.problems()).toEqual([]);
  } finally {
    bench.close();
  }
}

/** Bytes that tell where in the stream they are. */
export const pattern = (from: number, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => ((from + i) * 7 + ((from + i) >> 8)) & 0xff);
