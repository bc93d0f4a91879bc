/** Each RST and ACK that is asked for goes out once, to where its segment came from; what finds no room or no next hop is counted. */
import { expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { statelessSends } from '../../../hw/net/stateless-sends.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const key = (number: number, source: number) => ({ vlan: number % 3, local_address: 0x0a00_0001, remote_address: number, local_port: 80, remote_port: source });
const macOf = (number: number) => 0x0200_0000_0000 + number;
const [REFUSAL, TIME_WAIT, LATE] = [1, 2, 3];
/** Every fourth next hop is not known. */
const known = (hop: number) => hop % 4 !== 3;

test.each([
  // VMs, percent of cycles: transmit is ready, a refusal comes, TIME_WAIT answers, a connection ends with a RST
  [1, 100, 20, 20, 20], [8, 40, 50, 50, 10], [3, 10, 30, 30, 30], [2, 100, 0, 0, 100],
])('%i VMs; ready in %i percent of cycles; refusals in %i, ACKs in %i, late resets in %i', (vms, ready, refusals, acks, lates) => {
  const sim = bench.simulate(statelessSends(config({ connections: 16, vms, neighbours: 8 })));
  const draw = random(vms * 100 + ready);
  const expected = new Map<number, { owner: bigint; kind: 'Reset' | 'Ack'; from: number; to: number; seq: number }[]>([[REFUSAL, []], [TIME_WAIT, []], [LATE, []]]);
  const counted = { late_reset_full: 0, late_reset_unreachable: 0 };
  const late = { asked: 0, sent: 0 };
  let number = 0;
  let refusal: { number: number; vm: number } | undefined;
  let asked: { number: number; vm: number; due: number } | undefined;
  let ack: { number: number; vm: number } | undefined;
  let before: { number: number; vm: number; hop: number } | undefined;
  for (let cycle = 0; cycle < 1500; cycle++) {
    const quiet = cycle >= 1300;
    refusal ??= !quiet && draw.chance(refusals / 100) ? { number: number++, vm: draw.below(vms) } : undefined;
    sim.io.refusal.valid = refusal !== undefined;
    if (refusal) sim.io.refusal.payload = { vm: refusal.vm, key: key(refusal.number, REFUSAL), ends: { local_mac: macOf(refusal.number), remote_mac: macOf(refusal.number + 1) }, reset: { seq: refusal.number, ack: 7, ack_flag: true } };
    // As TIME_WAIT does: one segment at a time, an answer some cycles later, which is left out while the one before waits.
    const asks = !quiet && asked === undefined && draw.chance(acks / 100);
    if (asks) asked = { number: number++, vm: draw.below(vms), due: cycle + 2 + draw.below(4) };
    sim.io.looked_up.valid = asks;
    sim.io.looked_up.payload = { local_mac: macOf(asked?.number ?? 0), remote_mac: macOf((asked?.number ?? 0) + 1) };
    sim.io.time_wait.valid = ack !== undefined;
    if (ack) sim.io.time_wait.payload = { vm: ack.vm, key: key(ack.number, TIME_WAIT), seq: ack.number, ack: 1, window: 99, has_ts: true, tsval: 5, tsecr: 6 };
    const ends = !quiet && draw.chance(lates / 100) ? { number: number + 1000, vm: draw.below(vms), hop: draw.below(8) } : undefined;
    sim.io.late.valid = ends !== undefined;
    if (ends) sim.io.late.payload = { vm: ends.vm, key: key(ends.number, LATE), local_mac: macOf(ends.number), neighbour: ends.hop, reset: { seq: ends.number, ack: 0, ack_flag: false } };
    sim.io.neighbour = before ? { usable: known(before.hop), mac: macOf(before.hop) } : { usable: draw.chance(0.5), mac: 0 };
    sim.io.segment.ready = quiet || draw.chance(ready / 100);
    sim.step();
    const { sampled } = sim;
    if (ends) {
      expect(sampled.neighbour_index).toBe(BigInt(ends.hop));
      number += 1;
    }
    const { late_reset_full, late_reset_unreachable } = sampled.counters;
    expect(late_reset_unreachable).toBe(before !== undefined && !known(before.hop));
    if (late_reset_full) expect(before !== undefined && known(before.hop)).toBe(true);
    counted.late_reset_full += Number(late_reset_full);
    counted.late_reset_unreachable += Number(late_reset_unreachable);
    if (before && !late_reset_full && !late_reset_unreachable) expected.get(LATE)!.push({ owner: BigInt(before.vm + 1), kind: 'Reset', from: macOf(before.number), to: macOf(before.hop), seq: before.number });
    if (ends) late.asked++;
    before = ends;
    if (refusal && sampled.refusal.ready) {
      expected.get(REFUSAL)!.push({ owner: BigInt(refusal.vm + 1), kind: 'Reset', from: macOf(refusal.number), to: macOf(refusal.number + 1), seq: refusal.number });
      refusal = undefined;
    }
    if (ack && sampled.time_wait.ready) {
      expected.get(TIME_WAIT)!.push({ owner: BigInt(ack.vm + 1), kind: 'Ack', from: macOf(ack.number), to: macOf(ack.number + 1), seq: ack.number });
      ack = undefined;
    }
    if (asked !== undefined && cycle === asked.due) {
      ack ??= asked;
      asked = undefined;
    }
    if (sampled.segment.valid && sampled.segment.ready) {
      const { addresses, send, owner, ring } = sampled.segment.payload;
      const source = Number(addresses.destination_port);
      const one = expected.get(source)!.shift()!;
      expect(one).toBeDefined();
      expect([owner, send.kind, send.rst, send.seq, send.length, ring.page]).toEqual([one.owner, one.kind, one.kind === 'Reset', BigInt(one.seq), 0n, 0n]);
      expect([addresses.source_mac, addresses.destination_mac, addresses.destination]).toEqual([BigInt(one.from), BigInt(one.to), BigInt(one.seq)]);
      if (source === LATE) late.sent++;
    }
  }
  expect([...expected.values()].map((rest) => rest.length)).toEqual([0, 0, 0]);
  expect(late.sent + counted.late_reset_full + counted.late_reset_unreachable).toBe(late.asked);
  expect(counted.late_reset_full > 0).toBe(ready < 100);
  expect(counted.late_reset_unreachable).toBeGreaterThan(0);
  expect(sim.io.idle).toBe(true);
});

bench.verilog();
