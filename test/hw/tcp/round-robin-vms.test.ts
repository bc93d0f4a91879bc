import { describe, expect, test } from 'vitest';
import { roundRobinVms } from '../../../hw/tcp/round-robin-vms.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

describe.each([1, 2, 3, 8, 127])('%i VMs', (vms) => {
  test('the next one that is active behind the one that was granted last', () => {
    const sim = bench.simulate(roundRobinVms(vms));
    const draw = random(vms);
    let last = -1;
    for (let i = 0; i < 300; i++) {
      const active = Array.from({ length: vms }, () => draw.chance(0.3));
      sim.io.active = active.reduce((bits, on, v) => bits | (on ? 1n << BigInt(v) : 0n), 0n);
      const order = Array.from({ length: vms }, (_, k) => (last + 1 + k) % vms);
      const expected = order.find((v) => active[v]);
      expect(sim.io.choice.valid).toBe(expected !== undefined);
      if (expected !== undefined) expect(Number(sim.io.choice.payload)).toBe(expected);
      // A grant may come late, for a choice of cycles before.
      const granted = draw.chance(0.5) ? draw.below(vms) : undefined;
      Object.assign(sim.io.granted, { valid: granted !== undefined, payload: granted ?? 0 });
      sim.step();
      if (granted !== undefined) last = granted;
    }
  });
});

bench.verilog();
