import { expect, test } from 'vitest';
import { isn } from '../../../hw/tcp/isn.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { hashOf, type Key, packed, randomKey } from './support/flow-keys.ts';

const bench = hardwareBench();
const SECRET = 0x0f1e_2d3c_4b5a_6978_8796_a5b4_c3d2_e1f0n;

function numbers(sim: ReturnType<typeof bench.simulate<(typeof isn)['ports']>>, key: Key, now: bigint, secret = SECRET): { iss: bigint; ts_offset: bigint; cycles: number } {
  Object.assign(sim.io, { now, secret });
  sim.io.key.payload = key;
  sim.io.key.valid = true;
  const start = sim.cycle;
  sim.until(() => sim.io.key.ready, 50);
  const { iss, ts_offset } = sim.io;
  sim.step();
  sim.io.key.valid = false;
  return { iss, ts_offset, cycles: sim.cycle - start };
}

test('ISN = M + F, the offset is the other half of the hash, in 10 cycles: RFC 6528 section 3', () => {
  const sim = bench.simulate(isn);
  const stream = random(2);
  for (let i = 0; i < 20; i++) {
    const key = randomKey(stream);
    const now = BigInt(stream.uint32()) * 1024n + BigInt(stream.below(1024));
    const hash = hashOf(packed(key), SECRET);
    expect(numbers(sim, key, now)).toEqual({ iss: (hash & 0xffffffffn) + now / 4n & 0xffffffffn, ts_offset: hash >> 32n, cycles: 10 });
  }
});

test('the clock ticks every 4 µs and wraps after 4.77 hours: RFC 9293 section 3.4.1', () => {
  const sim = bench.simulate(isn);
  const key = randomKey(random(1));
  const at = (now: bigint) => numbers(sim, key, now).iss;
  const zero = at(0n);
  expect(at(3n)).toBe(zero);
  expect(at(4n)).toBe(zero + 1n & 0xffffffffn);
  expect(at(2n ** 34n - 1n)).toBe(zero - 1n & 0xffffffffn);
  expect(at(2n ** 34n)).toBe(zero);
});

test('each part of the addresses and the secret change number and offset: weak ISN', () => {
  const sim = bench.simulate(isn);
  const key: Key = { vlan: 0, local_address: 0x0a000001, remote_address: 0x0a000002, local_port: 80, remote_port: 40000 };
  const seen = [key, { ...key, vlan: 1 }, { ...key, local_address: 0x0a000003 }, { ...key, remote_address: 0x0a000003 }, { ...key, local_port: 81 }, { ...key, remote_port: 40001 }]
    .map((one) => numbers(sim, one, 0n));
  seen.push(numbers(sim, key, 0n, SECRET ^ 1n));
  expect(new Set(seen.map(({ iss }) => iss)).size).toBe(seen.length);
  expect(new Set(seen.map(({ ts_offset }) => ts_offset)).size).toBe(seen.length);
});

bench.verilog();
