/** What the peer's window, MSS and silence do to what is sent. */
import { expect } from 'vitest';
import { pattern, type Play } from '../support/stage.ts';

/** Microseconds: time-outs that a simulation can wait for. */
export const SHORT_TIMES = { setup: { tcp: { rto_initial: 100, rto_min: 100, rto_after_syn_loss: 100 } } };
const MSS = 1460;

export const zeroWindow: Play = function* ({ machine: { bench }, open }) {
  const { far, near } = yield* open({ window: MSS });
  yield* near.send(pattern(0, 3 * MSS));
  yield () => far.received.bytes.length === MSS;
  far.send({ window: 0 });
  const probes = () => far.heard.filter((one) => one.payload.length === 1 && far.at(one) === MSS);
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    yield () => probes().length > i;
    times.push(bench.cycle);
    far.send({ acked: MSS, window: 0 }); // refused
  }
  // RFC 9293, 3.8.6.1: the interval doubles.
  expect(times[2]! - times[1]!).toBeGreaterThan(1.5 * (times[1]! - times[0]!));
  expect(far.heard.every((one) => far.at(one) + one.payload.length <= MSS + 1)).toBe(true);
  far.send({ acked: MSS, window: 60_000 });
  // The byte of the probe is sent already, so the last segment is a byte short, and waits (Nagle).
  yield () => far.received.bytes.length > 2 * MSS;
  far.send({ window: 60_000 });
  yield () => far.received.bytes.length === 3 * MSS;
  expect(far.received.bytes).toEqual(pattern(0, 3 * MSS));
};

export const closeBehindZeroWindow: Play = function* ({ open }) {
  const { far, near } = yield* open({ window: MSS });
  yield* near.send(pattern(0, 4000));
  yield () => far.received.bytes.length === MSS;
  far.send({ window: 0 });
  yield* near.close();
  yield () => far.heard.some((one) => one.payload.length === 1 && far.at(one) === MSS);
  far.send({ acked: MSS, window: 0 });
  far.send({ acked: MSS, window: 60_000 });
  yield () => far.received.isEnded;
  expect(far.received.bytes).toEqual(pattern(0, 4000));
  far.send({});
};

export const smallMss: Play = function* ({ open, machine: { registers } }) {
  for (const [floor, mss, expected] of [[64, 536, 536], [64, 100, 100], [64, undefined, 536], [0, 1, 48]] as const) {
    yield* registers.tcp.mss_floor.write(floor);
    const { far, near } = yield* open({ options: mss === undefined ? {} : { mss } });
    yield* near.send(pattern(0, 3 * expected));
    yield () => far.received.bytes.length === 3 * expected;
    expect(far.heard.filter(({ payload }) => payload.length > 0).map(({ payload }) => payload.length)).toEqual([expected, expected, expected]);
    far.send({});
  }
};

/** All of a window is lost: with one time-out all of it is sent again, as its ACKs come. */
export const wholeWindowLost: Play = function* ({ open, counts }) {
  const { far, near } = yield* open({ options: { mss: 500 } });
  yield* near.send(pattern(0, 5000));
  yield () => far.received.bytes.length === 5000;
  const first = far.heard.length;
  for (let acked = 0; acked < 5000; acked += 500) {
    yield () => far.heard.slice(first).some((one) => far.at(one) === acked && one.payload.length === 500);
    far.send({ acked: acked + 500 });
  }
  yield 500;
  expect((yield* counts()).tcp_timeout).toBe(1);
};
