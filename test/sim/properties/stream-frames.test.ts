/** Frames of a stream, beat by beat. */
import { expect, test } from 'vitest';
import { StreamFrames } from '../../../sim/properties/stream-frames.ts';
import { fakePorts } from './fake-ports.ts';

function subject() {
  const { ports, set } = fakePorts({ rst: ['in', 1], x_tdata: ['in', 64], x_tkeep: ['in', 8], x_tvalid: ['in', 1], x_tready: ['out', 1], x_tlast: ['in', 1], x_tuser: ['in', 1] });
  const frames: { readonly bytes: number[]; readonly user: number }[] = [];
  const model = new StreamFrames(ports, 'x_', 'in', (frame, user) => frames.push({ bytes: [...frame], user }));
  const beat = (values: Readonly<Record<string, bigint | number>>): void => {
    set({ x_tvalid: 1, x_tready: 1, x_tlast: 0, x_tuser: 0, x_tkeep: 0xff, ...values });
    model.step();
  };
  return { frames, beat };
}

test('beats count with both of VALID and READY; the last one as far as TKEEP says', () => {
  const { frames, beat } = subject();
  beat({ x_tdata: 0x0807_0605_0403_0201n });
  beat({ x_tdata: 0xeen, x_tvalid: 0 });
  beat({ x_tdata: 0xeen, x_tready: 0, x_tlast: 1 });
  beat({ x_tdata: 0x0a09n, x_tkeep: 3, x_tlast: 1, x_tuser: 1 });
  beat({ x_tdata: 7n, x_tkeep: 0xff, x_tlast: 1 });
  expect(frames).toEqual([{ bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], user: 1 }, { bytes: [7, 0, 0, 0, 0, 0, 0, 0], user: 0 }]);
});

test('a reset cuts a frame short', () => {
  const { frames, beat } = subject();
  beat({ x_tdata: 1n });
  beat({ rst: 1 });
  beat({ rst: 0, x_tdata: 2n, x_tkeep: 1, x_tlast: 1 });
  expect(frames).toEqual([{ bytes: [2], user: 0 }]);
});
