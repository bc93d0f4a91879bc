/**
 * The design that the engines are tested with: a packet FIFO of the library, and around it what an engine could get
 * wrong - a port of an odd number of words, a probe, a memory with contents from a file, an assertion that inputs can
 * violate, an output that never moves, start contents at random that can be seen.
 */
import { assert, Bool, elaborate, In, inst, mem, module, Out, Packet, probe, reg, Stream, UInt, Valid } from '@vtoe/hdl';
import { packetFifo } from '@vtoe/hdl/lib';
import { type Engine, type EngineFailure } from '../../../sim/engine/engine.ts';
import { readPort, writePort } from '../../../sim/engine/ports.ts';

/** A machine may be busy and its cache empty. */
export const BUILD_MILLISECONDS = 300_000;

/** Three words: the fourth of its limbs is none of the model's. */
const WIDTH = 96;
const Beat = Packet(WIDTH);

const subject = module('subject', {}, {
  in: In(Valid(Beat)),
  out: Out(Stream(Beat)),
  limit: In(UInt(5)),
  level: Out(UInt(5)),
  full: Out(Bool),
  code: Out(UInt(8)),
  old: Out(UInt(33)),
  tied: Out(UInt(7)),
}, (io) => {
  const queue = inst(packetFifo(WIDTH, { depth: 16, packets: 4 }), { in: io.in });
  const codes = mem(UInt(8), 16, { init: [0x12, 0x34, 0x56, 0x78, 0x9a] });
  const old = reg(UInt(33), { reset: false });
  old.next = old.add(1);
  io.out.from(queue.out);
  io.level.set(queue.level);
  io.full.set(queue.level.eq(16));
  io.code.set(codes.read(queue.level.trunc(4)));
  io.old.set(old);
  io.tied.set(5);
  probe('taken', io.out.fire, { data: io.out.payload.data });
  assert(queue.level.le(io.limit), 'the level stays within its limit');
  return { queue, codes, old };
});

export const design = elaborate(subject);

/** Inputs that are a function of the cycle alone; `limit` is the FIFO's depth, unless told otherwise. */
export function drive({ ports }: Engine, cycle: number, limit = 16n): void {
  const random = mix(cycle);
  const last = (random & 3) === 0;
  writePort(ports, ports.port('in_valid'), BigInt((random >>> 2) & 1));
  writePort(ports, ports.port('in_payload_last'), BigInt(last));
  writePort(ports, ports.port('in_payload_user'), BigInt((random >>> 3 & 7) === 0));
  writePort(ports, ports.port('in_payload_keep'), last ? (1n << BigInt(random >>> 8 & 7)) - 1n : 0xfffn);
  writePort(ports, ports.port('in_payload_data'), (BigInt(random) << 64n) | (BigInt(mix(random)) << 20n) | BigInt(cycle & 0xfffff));
  writePort(ports, ports.port('out_ready'), BigInt((random >>> 16 & 3) !== 0));
  writePort(ports, ports.port('limit'), limit);
}

export interface Ran {
  /** Sampled outputs, a line a cycle. */
  readonly rows: readonly string[];
  readonly failure: EngineFailure | undefined;
}

/** The test bench: the same for every engine, from its present cycle up to `end`. */
export function bench(engine: Engine, end: number, limitAt: (cycle: number) => bigint = () => 16n): Ran {
  const rows: string[] = [];
  while (engine.cycle < end) {
    drive(engine, engine.cycle, limitAt(engine.cycle));
    if (engine.run(1) === 0) return { rows, failure: engine.failure };
    rows.push(outputs(engine));
  }
  return { rows, failure: undefined };
}

/** As sampled at the last edge, in one line. */
export function outputs({ ports }: Engine): string {
  return ports.all.filter(({ direction }) => direction === 'out').map((port) => readPort(ports, port).toString(16)).join(' ');
}

/** A 32-bit number that looks random. */
function mix(value: number): number {
  let mixed = Math.imul(value ^ 0x9e37_79b9, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
