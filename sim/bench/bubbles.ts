/** Idle beats between two frames while there is more to send: behind a link that is faster than the stream, none is the MAC's. */
import type { Family, Subject } from './figure.ts';
import { bulkMachine } from './goodput.ts';
import { closeStreams, startStreams } from './streams.ts';

const WARM_UP_SECONDS = 100e-6;
const MEASURED_SECONDS = 200e-6;

export const bubbles: Family = {
  figures: {
    tx_bubbles_per_frame_max: { unit: 'beats', doc: 'most beats without data between two frames of a bulk transfer, at a MAC that takes all; memory latency of 1 us', goal: { bound: 'at most', value: 2 } },
  },
  measure: (subject) => ({ tx_bubbles_per_frame_max: mostBubbles(subject) }),
};

function mostBubbles(subject: Subject): number {
  const { config: { clockHz }, scale = 1, progress = () => {} } = subject;
  progress('tx_bubbles_per_frame_max');
  const streams = startStreams(subject, { connections: 1, transmits: true, receives: false, callBytes: 16_384, machine: { rateBitsPerSecond: 25_000_000_000, ...bulkMachine(clockHz, 1e-6) } }, () => {});
  const { bench } = streams.machine;
  bench.run(Math.round(WARM_UP_SECONDS * clockHz));
  const { words } = bench.ports;
  const [valid, ready, last] = ['tvalid', 'tready', 'tlast'].map((name) => bench.ports.port(`m_axis_tx_${name}`).offset >> 2);
  // The MAC's wire is faster than the stream, so that its TREADY must not fall.
  let [gap, most, frames, isBetween, stalls] = [0, 0, 0, false, 0];
  bench.add({
    name: 'bubbles',
    step: () => {
      if (words[ready!] === 0) stalls += 1;
      if (words[valid!] === 0) {
        if (isBetween) gap += 1;
        return;
      }
      if (isBetween) most = Math.max(most, gap);
      isBetween = words[last!] !== 0;
      gap = 0;
      if (isBetween) frames += 1;
    },
  });
  bench.run(Math.round(MEASURED_SECONDS * scale * clockHz));
  closeStreams(streams);
  if (stalls > 0) throw new Error(`the MAC stalled in ${stalls} cycles`);
  if (frames < 2) throw new Error('there were no two frames');
  return most;
}
