/** How long 64 bytes take through an idle engine: from the doorbell to the wire, and from the wire to the completion queue; memory answers at once. */
import type { Process } from '@vtoe/hdl';
import { builtinEngine } from '../engine/builtin.ts';
import { StreamCheck, streamBytes } from '../guest/workloads/stream-pattern.ts';
import type { SocketHandlers } from '../peer/connection.ts';
import type { Socket as PeerSocket } from '../peer/socket.ts';
import { random } from '../random.ts';
import { type Native, nativeMachine, PEER } from '../toe/native.ts';
import type { Family, FigureFacts, Subject } from './figure.ts';
import { quantile } from './meter.ts';

const BYTES = 64;
/** Enough that a thousandth of them is one. */
const SAMPLES = 1000;
const PORT = 7;
const FROM_TOE = 1;
const FROM_PEER = 2;
/** Idle cycles before each, at random: phases of what turns in the engine do not line up. */
const GAP_CYCLES = { least: 300, spread: 200 };
const LIMIT_CYCLES = 5_000;

const GOAL = { bound: 'at most', value: 1000 } as const;
const TX = 'doorbell_to_wire_ns';
const RX = 'wire_to_completion_ns';
const facts = (name: string, doc: string): Record<string, FigureFacts> => ({
  [name]: { unit: 'ns', doc: `${doc}; 64 bytes, median`, goal: GOAL },
  [`${name}_p999`]: { unit: 'ns', doc: `${doc}; what all but a thousandth keep to`, goal: GOAL },
});

export const latency: Family = {
  figures: {
    ...facts(TX, 'from the data of the doorbell on the register bus to the first beat of the frame'),
    ...facts(RX, 'from the first beat of the frame to an entry that the guest can read'),
  },
  measure: (subject, wanted) => {
    const asks = (name: string): boolean => wanted.has(name) || wanted.has(`${name}_p999`);
    return {
      ...(asks(TX) ? figuresOf(TX, subject, transmitted(subject)) : {}),
      ...(asks(RX) ? figuresOf(RX, subject, received(subject)) : {}),
    };
  },
};

function figuresOf(name: string, { config: { clockHz } }: Subject, cycles: readonly number[]): Record<string, number> {
  const ns = (share: number): number => (quantile(cycles, share) * 1e9) / clockHz;
  return { [name]: ns(0.5), [`${name}_p999`]: ns(0.999) };
}

/** Counts cycles from a start to an end, one at a time: `start` and `end` look at ports or memory after each edge. */
class StopWatch {
  readonly cycles: number[] = [];
  #since: number | undefined;
  isArmed = false;

  constructor(machine: Native, start: () => boolean, end: () => boolean) {
    machine.bench.add({
      name: 'stop watch',
      step: (cycle) => {
        if (!this.isArmed) return;
        if (this.#since === undefined) {
          // What is offered now is for the next edge.
          if (start()) this.#since = cycle + 1;
        } else if (end()) {
          this.cycles.push(cycle - this.#since);
          this.#since = undefined;
          this.isArmed = false;
        }
      },
    });
  }
}

function machineOf({ config, design, seed, machine: changed = {} }: Subject): Native {
  return nativeMachine({
    engine: builtinEngine(design, { seed }), config, seed, peer: { tcp: { noDelay: true, ackEvery: 1, delayedAckNs: 0 } }, setup: { tcp: { delayed_ack: 1 } }, ...changed,
  });
}

/** The peer's end of the one connection, and how many bytes it has. */
function listen({ peer }: Native): { socket: PeerSocket | undefined; readonly check: StreamCheck } {
  const end: { socket: PeerSocket | undefined; readonly check: StreamCheck } = { socket: undefined, check: new StreamCheck(FROM_TOE) };
  peer.listen(PORT, (socket): SocketHandlers => {
    end.socket = socket;
    return { onReadable: () => end.check.take(socket.read()) };
  });
  return end;
}

function* gap(seed: number): Generator<number, never, void> {
  const dice = random(seed).fork('gaps');
  for (;;) yield GAP_CYCLES.least + dice.below(GAP_CYCLES.spread);
}

function transmitted(subject: Subject): readonly number[] {
  const { seed, progress = () => {}, scale = 1 } = subject;
  progress(TX);
  const machine = machineOf(subject);
  const { bench, driver } = machine;
  const end = listen(machine);
  const { words } = bench.ports;
  const at = (name: string): number => bench.ports.port(name).offset >> 2;
  const [wvalid, valid] = [at('s_axil_wvalid'), at('m_axis_tx_tvalid')];
  bench.reset();
  // While the stop watch is armed, the doorbell is the only write: the driver is idle.
  const watch = new StopWatch(machine, () => words[wvalid] !== 0, () => words[valid] !== 0);
  const gaps = gap(seed);
  const count = Math.max(1, Math.round(SAMPLES * scale));
  let isDone = false;
  bench.start('sender', (function* (): Process {
    yield* machine.start();
    const socket = driver.socket();
    yield* socket.connect({ address: PEER.address, port: PORT });
    yield* socket.setsockopt('nodelay', true);
    for (let i = 0; i < count; i += 1) {
      yield gaps.next().value;
      watch.isArmed = true;
      yield* socket.send(streamBytes(FROM_TOE, i * BYTES, BYTES));
      yield () => end.check.received === (i + 1) * BYTES && socket.getsockopt('outq') === 0;
      if (watch.cycles.length !== i + 1) throw new Error(`message ${i} came without having been seen on the wire`);
    }
    isDone = true;
  })());
  bench.until(() => isDone, 100_000 + count * LIMIT_CYCLES, 'messages did not come');
  bench.close();
  return watch.cycles;
}

function received(subject: Subject): readonly number[] {
  const { seed, progress = () => {}, scale = 1 } = subject;
  progress(RX);
  const machine = machineOf(subject);
  const { bench, driver } = machine;
  const end = listen(machine);
  const { words } = bench.ports;
  const valid = bench.ports.port('s_axis_rx_tvalid').offset >> 2;
  bench.reset();
  const watch = new StopWatch(machine, () => words[valid] !== 0, () => driver.cq.ready);
  const gaps = gap(seed);
  const count = Math.max(1, Math.round(SAMPLES * scale));
  const check = new StreamCheck(FROM_PEER);
  let isDone = false;
  bench.start('receiver', (function* (): Process {
    yield* machine.start();
    const socket = driver.socket();
    yield* socket.connect({ address: PEER.address, port: PORT });
    yield () => end.socket !== undefined;
    for (let i = 0; i < count; i += 1) {
      yield gaps.next().value;
      if (driver.cq.ready) throw new Error(`the engine was not idle before message ${i}`);
      watch.isArmed = true;
      end.socket!.send(streamBytes(FROM_PEER, i * BYTES, BYTES));
      check.take(yield* socket.recv(BYTES, { waitall: true }));
      if (watch.cycles.length !== i + 1) throw new Error(`message ${i} came without a completion entry`);
    }
    isDone = true;
  })());
  bench.until(() => isDone, 100_000 + count * LIMIT_CYCLES, 'messages did not come');
  bench.close();
  return watch.cycles;
}
