/** RFC 7323 section 2: window scale. */
import { describe, expect, test } from 'vitest';
import { windowScaleFor } from '../../../../sim/tcp/options.ts';
import { established } from '../connection.ts';

describe('7323 window scale', () => {
  test.each([[65_535, 0], [65_536, 1], [1 << 20, 5], [2 ** 30, 14]])('a ring of %i bytes needs shift %i', (size, shift) => {
    expect(windowScaleFor(size)).toBe(shift);
  });
  test('2.2: scaling only if both SYNs have it; the window of a SYN is not scaled', () => {
    const both = established({ parameters: { windowScale: 3 }, peer: { mss: 1460, wscale: 7 }, window: 1000 });
    expect([both.tcb.snd_wscale, both.tcb.rcv_wscale, both.tcb.snd_wnd]).toEqual([7, 3, 1000]);
    both.segment({ ack: 0, window: 10 });
    expect(both.tcb.snd_wnd).toBe(1280);
    const one = established({ parameters: { windowScale: 3 } });
    expect([one.tcb.snd_wscale, one.tcb.rcv_wscale]).toEqual([0, 0]);
  });
  test('2.3: a shift above 14 is taken as 14', () => {
    expect(established({ parameters: { windowScale: 3 }, peer: { wscale: 15 } }).tcb.snd_wscale).toBe(14);
  });
});
