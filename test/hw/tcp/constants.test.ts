import { In, module, Out, simulate } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { appliedConstants, CONSTANT_NAMES, Constants, TCP_CONSTANTS } from '../../../hw/tcp/constants.ts';

const subject = module('applied_constants', {}, { written: In(Constants), applied: Out(Constants) }, (io) => {
  io.applied.set(appliedConstants(io.written));
});

test('constants of TCP are as they were written, but for an MSS that leaves no room for payload', () => {
  const sim = simulate(subject);
  const after = Object.fromEntries(CONSTANT_NAMES.map((name) => [name, BigInt(TCP_CONSTANTS[name][1])]));
  for (const [written, applied] of [[64, 64], [0, 48], [12, 48], [47, 48], [48, 48], [49, 49], [1460, 1460]] as const) {
    sim.io.written = { ...after, mss_floor: written } as never;
    expect(sim.io.applied).toEqual({ ...after, mss_floor: BigInt(applied) });
  }
});
