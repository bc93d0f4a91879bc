/** How fast the whole system is simulated, engine and test bench: the one figure in wall time. */
import type { Family, Subject } from './figure.ts';
import { bulkMachine } from './goodput.ts';
import { closeStreams, startStreams } from './streams.ts';

const WARM_UP_CYCLES = 15_000;
const CYCLES = 100_000;

export const simulatorSpeed: Family = {
  figures: {
    sim_cycles_per_second_builtin: { unit: 'cycles/s', doc: 'clock cycles of a bulk transfer both ways on the built-in engine, with all around it, a second of wall time' },
  },
  measure: (subject) => ({ sim_cycles_per_second_builtin: speed(subject) }),
};

function speed(subject: Subject): number {
  const { config: { clockHz }, scale = 1, progress = () => {} } = subject;
  progress('sim_cycles_per_second_builtin');
  const streams = startStreams(subject, { connections: 1, transmits: true, receives: true, callBytes: 16_384, machine: bulkMachine(clockHz, 1e-6) }, () => {});
  const { bench } = streams.machine;
  bench.run(WARM_UP_CYCLES);
  const cycles = Math.round(CYCLES * scale);
  const before = { tx: streams.transmitted.bytes, rx: streams.received.bytes };
  const start = performance.now();
  bench.run(cycles);
  const seconds = (performance.now() - start) / 1000;
  const moved = Math.min(streams.transmitted.bytes - before.tx, streams.received.bytes - before.rx);
  closeStreams(streams);
  if (moved === 0) throw new Error('nothing moved while the speed was measured');
  return cycles / seconds;
}
