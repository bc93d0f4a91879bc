/** A SYN begins one life: next hop, identity, Accept, in this order; without a next hop its slot goes back. */
import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config, type Config } from '../../../hw/config.ts';
import { acceptor } from '../../../hw/tcp/acceptor.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { type Local, LOCAL, plain } from '../host/connect-bench.ts';
import { planted, type Plant } from '../support/planted.ts';

const bench = hardwareBench();
const configOf = (vms = 2, connections = 16, neighbours = 4, addressesPerVm = 2, listeners = 4) => config({ vms, connections, neighbours, addressesPerVm, listeners });
type Acceptor = ReturnType<typeof acceptor>;
const KEY = { vlan: 7, local_address: LOCAL.address, remote_address: 0x0a00_0063, local_port: 80, remote_port: 40_000 };
const SEGMENT = {
  seq: 0x1234_5678, ack: 0, urg: false, ack_flag: false, psh: false, rst: false, syn: true, fin: false, window: 0x7fff, length: 0,
  has_mss: true, mss: 1460, has_wscale: true, wscale: 7, has_ts: true, tsval: 99, tsecr: 0,
};
const OPEN = { iss: 0xdead_beef, ts_offset: 0x55aa, mss: 1460, rx_size: 20, tx_size: 16, offer_wscale: true, offer_shift: 5, offer_ts: true, nagle: true };
const SYN = { value: { connection: 3, generation: 1003 }, key: KEY, segment: SEGMENT, open: OPEN, listener: 2, listener_generation: 77, vm: 1, address: 3, local_mac: LOCAL.mac, remote_mac: 0x06_0000_0000_99 };
type Syn = typeof SYN;
/** What one of the ports carried; which fields there are follows from the port. */
interface Payload { readonly address: number; readonly identity: { readonly neighbour: number }; readonly slot: unknown; readonly connection: number; readonly generation: number }

function worldOf(c: Config, { design = acceptor, simulator = simulate as typeof bench.simulate, pace = 1, seed = 1, local = {} as Partial<Local>, hops = c.neighbours } = {}) {
  const sim = simulator((design as (c: Config) => Acceptor)(c));
  const { io } = sim;
  const draw = random(seed);
  const locals: Local[] = Array.from({ length: c.vms * c.addressesPerVm }, (_, i) => ({ ...LOCAL, address: LOCAL.address + 16 * i, gateway: LOCAL.gateway - i }));
  Object.assign(locals[Math.min(3, locals.length - 1)]!, { ...LOCAL, ...local });
  const log: { what: 'resolve' | 'identity' | 'accept' | 'fail'; cycle: number; payload: Payload }[] = [];
  const users: string[] = [];
  let index = 0;
  const w = {
    sim, log, users,
    step() {
      io.address = locals[index]!;
      const served = (port: { readonly valid: boolean }) => port.valid && draw.chance(pace);
      const name = `${io.resolve.payload.vlan}/${io.resolve.payload.address}`;
      const known = users.indexOf(name);
      const at = known >= 0 ? known : users.length;
      const ok = at < hops;
      // It counts only in the cycle in which the request is taken.
      io.resolve.ready = served(io.resolve);
      io.resolved = io.resolve.ready ? { ok, index: ok ? at : 0 } : { ok: draw.chance(0.5), index: draw.below(c.neighbours) };
      io.accept.ready = served(io.accept);
      io.fails.ready = served(io.fails);
      sim.step();
      const { sampled } = sim;
      index = Number(sampled.address_index);
      const note = (what: 'resolve' | 'identity' | 'accept' | 'fail', payload: unknown) => log.push({ what, cycle: sim.cycle, payload: plain(payload) as Payload });
      if (sampled.resolve.valid && sampled.resolve.ready) {
        note('resolve', sampled.resolve.payload);
        if (ok && known < 0) users.push(name);
      }
      if (sampled.identity.valid) note('identity', sampled.identity.payload);
      if (sampled.accept.valid && sampled.accept.ready) note('accept', sampled.accept.payload);
      if (sampled.fails.valid && sampled.fails.ready) note('fail', sampled.fails.payload);
    },
    /** A SYN until it is taken: what happened. */
    run(syn: Partial<Syn> = {}) {
      const before = log.length;
      io.syn.valid = true;
      io.syn.payload = { ...SYN, ...syn };
      const from = sim.cycle;
      do {
        w.step();
        if (sim.cycle - from > 500) throw new Error('a SYN is never taken');
      } while (!sim.sampled.syn.ready);
      io.syn.valid = false;
      return { cycles: sim.cycle - from, happened: log.slice(before) };
    },
  };
  return w;
}

function begins(w: ReturnType<typeof worldOf>): void {
  const { cycles, happened } = w.run();
  expect(happened.map(({ what }) => what)).toEqual(['resolve', 'identity', 'accept']);
  expect(happened[0]!.payload).toEqual({ vlan: 7, address: KEY.remote_address, local: LOCAL.address, mac: LOCAL.mac, seeded: true, seed: SYN.remote_mac });
  expect(happened[1]!.payload).toEqual({ connection: 3, identity: { vm: 1, generation: 1003, key: KEY, local_mac: LOCAL.mac, neighbour: 0 } });
  expect(happened[2]!.payload).toMatchObject({ connection: 3, generation: 1003, event: { kind: 'Accept', segment: SEGMENT, open: OPEN, prepost: false, position: 0 } });
  expect(cycles).toBe(5);
}
test('next hop, identity, Accept; in 5 cycles', () => { begins(worldOf(configOf(), { simulator: bench.simulate })); });

test.each<[string, number, Partial<Local>, number]>([
  ['on the link', 0x0a00_0063, {}, 0x0a00_0063], ['behind the gateway', 0x0808_0808, {}, LOCAL.gateway], ['without a prefix', 0x0808_0808, { prefix_bits: 0 }, 0x0808_0808],
  ['a link of two', 0x0a00_0000, { prefix_bits: 31 }, 0x0a00_0000], ['one behind a link of two', 0x0a00_0002, { prefix_bits: 31 }, LOCAL.gateway],
])('next hop: %s', (_, remote_address, local, address) => {
  expect(worldOf(configOf(), { local }).run({ key: { ...KEY, remote_address } }).happened[0]!.payload).toMatchObject({ address });
});

/** The fifth next hop of four. */
function failing(w: ReturnType<typeof worldOf>): void {
  for (let i = 0; i < 4; i++) {
    const { happened } = w.run({ key: { ...KEY, remote_address: 0x0a00_0040 + i } });
    expect([happened.map(({ what }) => what), happened[1]!.payload.identity.neighbour]).toEqual([['resolve', 'identity', 'accept'], i]);
  }
  const key = { ...KEY, remote_address: 0x0a00_0050 };
  const { happened } = w.run({ key, value: { connection: 9, generation: 0xffff } });
  expect(happened.map(({ what }) => what)).toEqual(['resolve', 'fail']);
  expect(happened[1]!.payload).toMatchObject({ slot: { connection: 9, generation: 0 }, key, has_neighbour: false, told: false });
  expect(w.run({ key: { ...KEY, remote_address: 0x0a00_0042 } }).happened[1]!.payload.identity.neighbour).toBe(2);
}
test('without a next hop nothing is written, and the slot goes back', () => { failing(worldOf(configOf(), { simulator: bench.simulate, pace: 0.5 })); });

describe.each([1, 0.5, 0.2])('pace %d', (pace) => {
  test('whatever comes: each ends once, as the next hops say, with what is its own', () => {
    const w = worldOf(configOf(), { pace, seed: 3, hops: 3, simulator: bench.simulate });
    const draw = random(9);
    let failed = 0;
    for (let i = 0; i < 80; i++) {
      for (let pause = draw.below(4); pause > 0; pause--) w.step();
      const address = draw.below(4);
      const key = { ...KEY, remote_address: (draw.chance(0.6) ? 0x0a00_0060 : 0x0808_0800) + draw.below(2), remote_port: draw.below(65_536) };
      const value = { connection: draw.below(16), generation: draw.below(65_536) };
      const vm = draw.below(2);
      const { happened } = w.run({ key, value, address, vm });
      const gateway = address === 3 ? LOCAL.gateway : LOCAL.gateway - address;
      expect(happened[0]!.payload).toMatchObject({ address: key.remote_address >>> 24 === 0x0a ? key.remote_address : gateway });
      const neighbour = w.users.indexOf(`7/${happened[0]!.payload.address}`);
      if (neighbour < 0) {
        failed += 1;
        expect(happened.slice(1).map(({ what, payload }) => [what, payload.slot])).toEqual([['fail', { connection: value.connection, generation: (value.generation + 1) % 65_536 }]]);
      } else {
        expect(happened.slice(1).map(({ what, payload }) => [what, payload.connection])).toEqual([['identity', value.connection], ['accept', value.connection]]);
        expect(happened[1]!.payload.identity).toEqual({ vm, generation: value.generation, key, local_mac: LOCAL.mac, neighbour });
        expect(happened[2]!.payload.generation).toBe(value.generation);
      }
    }
    expect(Math.min(failed, 80 - failed)).toBeGreaterThan(5);
  });
});

describe('a planted fault is found', () => {
  const file = 'tcp/acceptor.ts';
  const plants: readonly [string, Plant, (w: ReturnType<typeof worldOf>) => void][] = [
    ['no identity', { file, from: "when(io.resolved.ok, () => { step.next = 'Begin'; });", to: "when(io.resolved.ok, () => { step.next = 'Open'; });" }, begins],
    ['the next hop is asked for too early', { file, from: "when(io.syn.valid, () => { step.next = 'Hop'; });", to: "when(io.syn.valid, () => { step.next = 'Resolve'; });" }, begins],
    ['the next hop is not where the frame came from', { file, from: 'seeded: true', to: 'seeded: false' }, begins],
    ['a slot comes back with the generation of this life', { file, from: 'generation: value.generation.add(1)', to: 'generation: value.generation' }, failing],
    ['opened without a next hop', { file, from: "step.next = 'Fail';\n", to: "step.next = 'Begin';\n" }, failing],
    ['a next hop is given back that was none', { file, from: 'has_neighbour: false', to: 'has_neighbour: true' }, failing],
  ];
  test.each(plants)('%s', async (_, plant, run) => {
    const { acceptor: wrong } = await planted<{ acceptor: typeof acceptor }>(file, [plant]);
    expect(() => { run(worldOf(configOf(), { design: wrong })); }).toThrow(/expected|never taken/);
  });
});

test.each([[1, 4, 4, 1, 2], [8, 1024, 64, 2, 64], [127, 32_768, 1024, 16, 4096]])('%i VMs, %i connections, %i next hops, %i addresses each, %i listeners', (vms, connections, neighbours, addressesPerVm, listeners) => {
  const w = worldOf(configOf(vms, connections, neighbours, addressesPerVm, listeners), { simulator: bench.simulate });
  const value = { connection: connections - 1, generation: 1 };
  const { happened } = w.run({ value, vm: vms - 1, listener: listeners - 1, address: vms * addressesPerVm - 1 });
  expect(happened[1]!.payload).toMatchObject({ connection: connections - 1, identity: { vm: vms - 1 } });
});

bench.verilog();
