/** CONNECT: what is checked, what each table is told, and that nothing stays behind where no connection was opened. */
import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { opener } from '../../../hw/host/connect.ts';
import { Status } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted, type Plant } from '../support/planted.ts';
import { hashOf, packed } from '../tcp/support/flow-keys.ts';
import { LOCAL, type Local, type Opener, plain, type Request, REQUEST, SECRET, type World, worldOf } from './connect-bench.ts';

const bench = hardwareBench();
const CONFIG = config({ vms: 2, connections: 16, neighbours: 4, addressesPerVm: 2 });
/** Address 1 of VM 1 is LOCAL; VM 0 has others. */
const others: Local = { ...LOCAL, address: 0x0a00_0002, mac: 0x02_0000_0000_02 };
const localsWith = (local: Partial<Local>): Local[] => [others, { ...others, valid: false }, { ...others, address: 0x0a00_0003 }, { ...LOCAL, ...local }];

/** Replayed on Verilog too, if `replays`: each run that goes another way than those before. */
const system = (local: Partial<Local> = {}, { replays = false, design = opener(CONFIG) as Opener, ...world }: Partial<World> & { readonly replays?: boolean; readonly design?: Opener } = {}) =>
  worldOf(replays ? bench.simulate(design) : simulate(design), localsWith(local), { connections: 16, neighbours: 4, ...world });

const KEY = { vlan: 7, local_address: LOCAL.address, remote_address: REQUEST.remote_address, local_port: REQUEST.local_port, remote_port: REQUEST.remote_port };
const NOTHING = { slots: 0, hops: 0, keys: 0 };

test('a connection: next hop, slot, identity, rings, flow, SYN, and the handle', () => {
  const w = system({}, { replays: true });
  w.now = 4_000_000;
  const { status, handle } = w.connect();
  expect({ status, handle }).toEqual({ status: Status.value.OK, handle: { index: 0, generation: 1000 } });
  expect(w.hops).toEqual([{ vlan: 7, address: REQUEST.remote_address, local: LOCAL.address, mac: LOCAL.mac, seeded: false, seed: 0 }]);
  expect([...w.flows]).toEqual([[JSON.stringify(KEY), { connection: 0, generation: 1000 }]]);
  const hash = hashOf(packed(KEY), SECRET);
  expect(w.opens).toMatchObject([{
    connection: 0, generation: 1000,
    event: {
      kind: 'Open',
      open: {
        iss: Number(hash + 1_000_000n & 0xffff_ffffn), ts_offset: Number(hash >> 32n), mss: 1460, rx_size: 20, tx_size: 16,
        offer_wscale: true, offer_shift: 5, offer_ts: true, nagle: true,
      },
    },
    identity: { vm: 1, generation: 1000, key: KEY, local_mac: LOCAL.mac, neighbour: 0 },
    rings: { rx: { page: 0x1_2345, size_log2: 20 }, tx: { page: 0x9_8765, size_log2: 16 }, command_id: 0x1234 },
  }]);
  expect(w.counted).toEqual({ opened: 1 });
  w.step();
  expect(w.sim.io.idle).toBe(true);
});

test('32 cycles, when all answer at once', () => {
  const w = system();
  expect([w.connect().cycles, w.connect({ remote_port: 81 }).cycles]).toEqual([32, 32]);
});

test.each([[12, 0], [15, 0], [16, 1], [17, 2], [29, 14], [30, 14]])('a receive ring of 2^%i bytes offers the shift %i', (log2_bytes, offer_shift) => {
  const w = system();
  w.connect({ rx_ring: { page: 1n, log2_bytes } });
  expect(w.opens).toMatchObject([{ event: { open: { rx_size: log2_bytes, offer_shift } } }]);
});

test.each([[576, 536], [1500, 1460], [9216, 9176]])('an MTU of %i announces an MSS of %i', (mtu, mss) => {
  const w = system({ mtu });
  w.connect();
  expect(w.opens).toMatchObject([{ event: { open: { mss } } }]);
});

test('options are offered as set', () => {
  const w = system();
  for (const options of [{ offer_wscale: false, offer_ts: true, nagle: false }, { offer_wscale: true, offer_ts: false, nagle: true }]) {
    w.sim.io.options = options;
    w.connect({ remote_port: 1 + w.opens.length });
    expect(w.opens.at(-1)).toMatchObject({ event: { open: options } });
  }
});

test.each([
  ['on the link', 0x0a00_0063, {}, 0x0a00_0063],
  ['behind the gateway', 0x0808_0808, {}, LOCAL.gateway],
  ['without a prefix', 0x0808_0808, { prefix_bits: 0 }, 0x0808_0808],
  ['the other end of a link of two', 0x0a00_0000, { prefix_bits: 31 }, 0x0a00_0000],
  ['the last address of another link', 0x0a00_01ff, {}, LOCAL.gateway],
])('next hop: %s', (_, remote_address, local, address) => {
  const w = system(local);
  expect(w.connect({ remote_address }).status).toBe(Status.value.OK);
  expect(w.hops).toMatchObject([{ address }]);
});

describe('refused, and nobody was asked', () => {
  const ring = (log2_bytes: number) => ({ page: 1n, log2_bytes });
  test.each<[string, Partial<Request>, Partial<Local>, keyof typeof Status.value, number?]>([
    ['a receive ring smaller than a page', { rx_ring: ring(11) }, {}, 'BAD_RING'],
    ['a receive ring larger than any window', { rx_ring: ring(31) }, {}, 'BAD_RING'],
    ['a transmit ring smaller than a page', { tx_ring: ring(11) }, {}, 'BAD_RING'],
    ['a transmit ring larger than any window', { tx_ring: ring(31) }, {}, 'BAD_RING'],
    ['an address that is not set', {}, { valid: false }, 'ADDRESS_NOT_AVAILABLE'],
    ['an index beyond the addresses', { address_index: 2 }, {}, 'ADDRESS_NOT_AVAILABLE'],
    ["another VM's address by an index that wraps", { address_index: 3 }, {}, 'ADDRESS_NOT_AVAILABLE', 0],
    ['a port in front of the range', { local_port: 39_999 }, {}, 'ADDRESS_NOT_AVAILABLE'],
    ['a port behind the range', { local_port: 50_000 }, {}, 'ADDRESS_NOT_AVAILABLE'],
    ['no remote port', { remote_port: 0 }, {}, 'BAD_FIELD'],
    ['its own address', { remote_address: LOCAL.address }, {}, 'BAD_FIELD'],
    ['no remote address', { remote_address: 0 }, {}, 'BAD_FIELD'],
    ['a multicast address', { remote_address: 0xe000_0000 }, {}, 'BAD_FIELD'],
    ['all hosts', { remote_address: 0xffff_ffff }, {}, 'BAD_FIELD'],
    ['all hosts of its link', { remote_address: 0x0a00_00ff }, {}, 'BAD_FIELD'],
  ])('%s', (_, request, local, status, vm = 1) => {
    const w = system(local);
    expect(w.connect(request, vm)).toMatchObject({ status: Status.value[status], handle: { index: 0, generation: 0 } });
    expect([w.hops, w.opens, w.inUse(), w.counted]).toEqual([[], [], NOTHING, { refused: 1 }]);
  });
  test.each([['first', 40_000], ['last', 49_999]])('the %s port of the range is in it', (_, local_port) => {
    expect(system().connect({ local_port }).status).toBe(Status.value.OK);
  });
});

type Fixture = ReturnType<typeof system>;
/** What makes a CONNECT fail, how it ends, and what counts. */
const failures: readonly [string, (w: Fixture) => Partial<Request>, keyof typeof Status.value, string][] = [
  ['no next hop is free', (w) => {
    for (let i = 1; i <= 4; i++) w.connect({ remote_address: 0x0a00_0080 + i });
    return {};
  }, 'NO_RESOURCES', 'no_neighbour'],
  ['no slot is free', (w) => { w.free.splice(0); return {}; }, 'NO_RESOURCES', 'no_slot'],
  ['addresses and ports are in use', (w) => { w.connect(); return {}; }, 'ADDRESS_IN_USE', 'in_use'],
  ['addresses and ports are in TIME_WAIT', (w) => { w.remembered.add(JSON.stringify(KEY)); return {}; }, 'ADDRESS_IN_USE', 'in_use'],
  ['the flow table is full', (w) => { w.room(0); return {}; }, 'NO_RESOURCES', 'table_full'],
];

/** What is in use before and after a CONNECT that fails. */
function failing(w: Fixture, prepare: (w: Fixture) => Partial<Request>) {
  const request = prepare(w);
  const opened = w.opens.length;
  const before = w.inUse();
  const { status, handle } = w.connect(request);
  return { status, handle, opened: w.opens.length - opened, before, after: w.inUse() };
}

describe.each([1, 0.4])('everything taken is given back, pace %d', (pace) => {
  test.each(failures)('%s', (_, prepare, status, counter) => {
    const w = system({}, { pace, replays: pace < 1 });
    const { before, after, ...end } = failing(w, prepare);
    expect(end).toEqual({ status: Status.value[status], handle: { index: 0, generation: 0 }, opened: 0 });
    expect(after).toEqual(before);
    expect(w.counted[counter]).toBe(1);
  });
});

describe('a planted leak is found', () => {
  const file = 'host/connect.ts';
  const plants: readonly [string, Plant, number][] = [
    ['next hop, when no slot is free', { file, from: "'no_slot', 'Release'", to: "'no_slot', 'End'" }, 1],
    ['slot and next hop, when the key is present', { file, from: "eq('Present'), () => { fails('ADDRESS_IN_USE', 'in_use', 'Give')", to: "eq('Present'), () => { fails('ADDRESS_IN_USE', 'in_use', 'End')" }, 2],
    ['slot, when the key is present', { file, from: "eq('Present'), () => { fails('ADDRESS_IN_USE', 'in_use', 'Give')", to: "eq('Present'), () => { fails('ADDRESS_IN_USE', 'in_use', 'Release')" }, 2],
    ['slot and next hop, when the key is in TIME_WAIT', { file, from: "ne('Miss'), () => { fails('ADDRESS_IN_USE', 'in_use', 'Give')", to: "ne('Miss'), () => { fails('ADDRESS_IN_USE', 'in_use', 'End')" }, 3],
    ['slot and next hop, when the table is full', { file, from: "'table_full', 'Give'", to: "'table_full', 'End'" }, 4],
    ['slot, when the table is full', { file, from: "'table_full', 'Give'", to: "'table_full', 'Release'" }, 4],
    ['next hop behind the slot', { file, from: "io.give.ready, () => { step.next = 'Release'; }", to: "io.give.ready, () => { step.next = 'End'; }" }, 4],
  ];
  test.each(plants)('%s', async (_, plant, failure) => {
    const { opener: leaky } = await planted<{ opener: typeof opener }>('host/connect.ts', [plant]);
    const w = system({}, { design: leaky(CONFIG) });
    const { before, after } = failing(w, failures[failure]![1]);
    expect(after).not.toEqual(before);
  });
});

test.each([1, 2, 3])('whatever is asked at whatever pace: each ends once, and what is in use is what was opened (seed %i)', (seed) => {
  const w = system({}, { pace: 0.5, seed, neighbours: 3, replays: true });
  const draw = random(seed + 70);
  let opened = 0;
  const seen = new Set<number>();
  for (let i = 0; i < 60; i++) {
    w.now += draw.below(1000);
    const { status, handle } = w.connect({
      remote_address: draw.chance(0.1) ? LOCAL.address : 0x0a00_0010 + draw.below(2), remote_port: 1 + draw.below(3), local_port: 39_999 + draw.below(4), address_index: draw.chance(0.9) ? 1 : draw.below(4),
    });
    if (status === Status.value.OK) {
      opened += 1;
      expect(w.opens.at(-1)).toMatchObject({ connection: handle.index, generation: handle.generation });
    }
    seen.add(status);
    expect(w.inUse()).toEqual({ slots: opened, hops: opened, keys: opened });
    expect(w.opens.length).toBe(opened);
  }
  expect(opened).toBeGreaterThan(3);
  expect([...seen].sort()).toEqual([Status.value.OK, Status.value.BAD_FIELD, Status.value.ADDRESS_NOT_AVAILABLE, Status.value.ADDRESS_IN_USE, Status.value.NO_RESOURCES].sort());
  expect(Object.values(w.counted).reduce((sum, one) => sum + one, 0)).toBe(60);
});

test.each([[16, 1, 4, 1], [1024, 8, 64, 2], [16_384, 127, 1024, 16]])('%i connections of %i VMs, %i next hops, %i addresses each', (connections, vms, neighbours, addressesPerVm) => {
  const vm = vms - 1;
  const locals: Local[] = [];
  locals[vms * addressesPerVm - 1] = LOCAL;
  const sim = bench.simulate(opener(config({ connections, vms, neighbours, addressesPerVm })));
  const w = worldOf(sim, locals, { connections, neighbours });
  w.free.splice(0, connections - 1);
  const request = { address_index: addressesPerVm - 1 };
  expect(w.connect(request, vm)).toMatchObject({ status: Status.value.OK, handle: { index: connections - 1 } });
  expect(w.opens).toMatchObject([{ identity: { vm, key: plain(KEY) } }]);
  expect(w.connect({ ...request, remote_port: 1 }, vm)).toMatchObject({ status: Status.value.NO_RESOURCES });
});

bench.verilog();
