import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Reassembly } from '../../../sim/peer/reassembly.ts';

const CAPACITY = 64;
const FIRST = 1000;

test('segments in any order are the stream, what came first stays, and there is never more than the room', () => {
  const action = fc.oneof(
    fc.record({ at: fc.integer({ min: -40, max: 100 }), length: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ read: fc.integer({ min: 0, max: 50 }) }),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    const stream = new Reassembly(CAPACITY, FIRST);
    /** By place: the byte that came first. */
    const placed = new Map<number, number>();
    let [read, next, fill] = [FIRST, FIRST, 0];
    for (const one of actions) {
      if ('read' in one) {
        const bytes = stream.read(one.read);
        expect(bytes.length).toBe(Math.min(one.read, next - read));
        for (const byte of bytes) {
          expect(byte).toBe(placed.get(read));
          read += 1;
        }
      } else {
        fill = (fill + 1) & 0xff;
        const position = next + one.at;
        const before = next;
        for (let place = position; place < position + one.length; place += 1) {
          if (place >= next && place < read + CAPACITY && !placed.has(place)) placed.set(place, fill);
        }
        while (placed.has(next)) next += 1;
        expect(stream.place(position, new Uint8Array(one.length).fill(fill))).toBe(next - before);
      }
      expect([stream.next, stream.readable, stream.limit]).toEqual([next, next - read, read + CAPACITY]);
      expect(stream.hasGap).toBe([...placed.keys()].some((place) => place >= next));
    }
  }), { numRuns: 500, seed: 1 });
});
