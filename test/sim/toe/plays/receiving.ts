/** Segments that come in pieces, too early, twice, or with more behind them than they say. */
import { expect } from 'vitest';
import { random } from '../../../../sim/random.ts';
import { pattern, type Play } from '../support/stage.ts';

export const AT_ONCE = { setup: { tcp: { delayed_ack: 0 } } };

export const framePadding: Play = function* ({ open }) {
  const { far, near } = yield* open();
  const rubbish = (bytes: number) => new Uint8Array(bytes).fill(0xee);
  // 40 bytes of headers: what is less than 46 is filled up. Longer ones too: nobody forbids it.
  far.send({ bytes: pattern(0, 1), padding: rubbish(5) }, { padding: rubbish(6) }, { bytes: pattern(1, 5), padding: rubbish(1) }, { bytes: pattern(6, 20), padding: rubbish(40) });
  expect(yield* near.recv(26, { waitall: true })).toEqual(pattern(0, 26));
  far.send({ bytes: pattern(26, 3), padding: rubbish(3) });
  expect(yield* near.recv(100)).toEqual(pattern(26, 3));
  far.send({ fin: true, padding: rubbish(6) });
  expect(yield* near.recv(100)).toEqual(new Uint8Array(0));
  yield () => far.acks(far.heard.at(-1)!) === 30;
};

export const finDataOutOfOrder: Play = function* ({ open }) {
  const { far, near } = yield* open();
  far.send({ at: 100, bytes: pattern(100, 50), fin: true }, { at: 0, bytes: pattern(0, 60) }, { at: 40, bytes: pattern(40, 70) });
  expect(yield* near.recv(1000, { waitall: true })).toEqual(pattern(0, 150));
  yield () => far.acks(far.heard.at(-1)!) === 151;
};

/** Pieces of any length at any place, round and round a ring of 8 KiB; what was delivered comes again as rubbish. */
export const overlaps: Play = function* ({ open }) {
  const { far, near } = yield* open();
  const draw = random(5);
  const [total, step] = [20_000, 4000];
  let done = 0;
  while (done < total) {
    for (let i = 0; i < 40; i++) {
      const at = done + draw.below(step);
      far.send({ at, bytes: pattern(at, Math.min(1 + draw.below(700), done + step - at)) });
      if (done > 0 && draw.chance(0.2)) far.send({ at: done - 100, bytes: new Uint8Array(100).fill(0xee) });
    }
    for (let at = done; at < done + step; at += 1000) far.send({ at, bytes: pattern(at, 1000) });
    expect(yield* near.recv(step, { waitall: true })).toEqual(pattern(done, step));
    done += step;
  }
  yield () => far.acks(far.heard.at(-1)!) === total;
};

/** More segments at once than the engine holds between a grant and the wire. */
export const MUCH_TO_SEND = { driver: { txBytes: 131_072 }, setup: { tcp: { initial_window_segments: 63, initial_window_bytes: 100_000 } } };

export const threeOutOfOrder: Play = function* ({ open }) {
  const { far, near } = yield* open({ options: { mss: 1460, windowScale: 4 } });
  const bytes = 60 * 1460;
  yield* near.send(pattern(0, bytes));
  yield () => far.heard.some(({ payload }) => payload.length > 0);
  // Within the time of a segment: until there is room for one, no grant is made.
  for (const at of [1000, 2000, 3000]) far.send({ at, bytes: pattern(at, 1), acked: 0 });
  yield () => far.received.bytes.length === bytes;
  yield 3000;
  const pure = far.heard.filter(({ payload, syn }) => !syn && payload.length === 0);
  expect(pure.map((one) => far.acks(one))).toEqual([0, 0, 0]);
  expect(new Set(pure.map(({ window }) => window)).size).toBe(1); // else they do not count as duplicates
  // Before what is granted after them.
  expect(far.heard.indexOf(pure[2]!)).toBeLessThan(far.heard.length - 8);
};
