/** Counters of 64 bits, read in two words while they count. */
import type { Process } from '@vtoe/hdl';
import { counter64, flag, group, registerBank, registerProcess, registers, ro, rw } from '@vtoe/hdl/lib';
import { expect, test } from 'vitest';
import { hardwareBench } from '../support/bench.ts';
import { masterOf } from './register-bank-run.ts';

const bench = hardwareBench();

const counting = registers({
  name: 'counting', doc: 'Counters that carry in every cycle or so.', registers: {
    one: counter64('One counter.', { by: 32 }),
    pages: group('Several.', { beats: counter64('Registers.', { by: 32 }), bytes: counter64('A memory.', { by: 32, indexed: true }), now: ro('From hardware.', 64), stop: rw('Stops.', { it: flag('Stops.') }) }, { count: 3 }),
  },
});

test('low, then high, gives a value that the counter had at the low read', () => {
  const sim = bench.simulate(registerBank(counting));
  const { regs } = sim.io;
  const driver = registerProcess(counting, masterOf(sim));
  const totals = new Map<string, bigint>();
  const history = new Map<string, bigint[]>();
  const count = (name: string, by: bigint): void => {
    const total = (totals.get(name) ?? 0n) + by;
    totals.set(name, total);
    history.set(name, [...(history.get(name) ?? [0n]), total]);
  };
  let seed = 3;
  const below = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  const amount = (): bigint => 0xffff_ffffn - BigInt(below(1000));
  const checked: { readonly name: string; readonly value: bigint; readonly naive: boolean }[] = [];
  sim.start((function* (): Process {
    for (let i = 0; i < 150; i++) {
      const page = below(3);
      const [name, counter] = [
        ['one', driver.one], [`beats${page}`, driver.pages(page).beats], [`bytes${page}`, driver.pages(page).bytes], [`now${page}`, driver.pages(page).now],
      ][below(4)] as [string, typeof driver.one];
      // Another element is read between the words of this one.
      const other = driver.pages((page + 1) % 3).beats;
      const low = yield* masterOf(sim).read(counter.address);
      for (let wait = below(5); wait > 0; wait--) yield;
      if (below(2) === 0) yield* other.read();
      const live = totals.get(name) ?? 0n;
      const high = yield* masterOf(sim).read(counter.address + 4);
      checked.push({ name, value: (high << 32n) | low, naive: live >> 32n === high });
    }
  })());
  const now = [0n, 0n, 0n];
  while (checked.length < 150) {
    const [one, turn] = [amount(), below(3)];
    regs.one = one;
    count('one', one);
    regs.pages.beats = [0, 1, 2].map((i) => {
      const by = amount();
      count(`beats${i}`, by);
      return by;
    });
    const by = amount();
    regs.pages.bytes.valid = true;
    regs.pages.bytes.payload = { index: turn, by };
    count(`bytes${turn}`, by);
    for (const i of [0, 1, 2]) {
      now[i]! += amount();
      count(`now${i}`, now[i]! - (totals.get(`now${i}`) ?? 0n));
    }
    regs.pages.now = [...now];
    sim.step();
  }
  for (const { name, value } of checked) expect(history.get(name), `${name} was never ${value}`).toContain(value);
  // Without the kept word most of these reads would have been torn.
  expect(checked.filter(({ naive }) => !naive).length).toBeGreaterThan(100);
});

bench.verilog();
