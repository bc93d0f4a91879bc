/** LISTEN, UNLISTEN, ACCEPT: what is checked, what listeners and posts are told, and what the guest is answered. */
import { simulate } from '@vtoe/hdl';
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { listening } from '../../../hw/host/listen.ts';
import { Status } from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';
import { planted, type Plant } from '../support/planted.ts';
import { type Local, LOCAL } from './connect-bench.ts';
import { ACCEPT, entryOf, type Handle, LISTEN, type Listening, listeningWorld } from './listen-bench.ts';

const bench = hardwareBench();
const CONFIG = config({ vms: 2, connections: 16, listeners: 4, prePosts: 8, addressesPerVm: 2 });
/** Address 1 of VM 1 is LOCAL; VM 0 has others. */
const others: Local = { ...LOCAL, address: 0x0a00_0002, mac: 0x02_0000_0000_02 };
const localsWith = (local: Partial<Local>): Local[] => [others, { ...others, valid: false }, { ...others, address: 0x0a00_0003 }, { ...LOCAL, ...local }];

/** Replayed on Verilog too, if `replays`. */
const system = (local: Partial<Local> = {}, { replays = false, design = listening(CONFIG) as Listening, pace = 1, seed = 1 } = {}) =>
  listeningWorld(replays ? bench.simulate(design) : simulate(design), localsWith(local), { listeners: 4, posts: 8, pace, seed });

const KEY = { vlan: 7, local_address: LOCAL.address, local_port: LISTEN.local_port };
const OK = Status.value.OK;

test('a port is opened, rings are posted, the port is closed', () => {
  const w = system({}, { replays: true });
  expect(w.run(entryOf.listen())).toMatchObject({ status: OK, handle: { index: 16, generation: 50 } });
  expect(w.asked).toMatchObject([{ operation: 'Add', vm: 1, key: KEY, rx_size: 20, tx_size: 16, backlog: 300 }]);
  const handle = { index: 16, generation: 50 };
  expect(w.run(entryOf.accept({ handle }))).toMatchObject({ status: OK, handle });
  expect(w.asked.at(-1)).toMatchObject({ operation: 'Check', vm: 1, listener: 0, generation: 50, rx_size: 20, tx_size: 16 });
  expect(w.posted).toEqual([{ listener: 0, vm: 1, rx_ring: { page: 0x1_2345, log2_bytes: 20, reserved: 0 }, tx_ring: { page: 0x9_8765, log2_bytes: 16, reserved: 0 }, command_id: ACCEPT.command_id }]);
  expect(w.run(entryOf.unlisten(handle))).toMatchObject({ status: OK, handle });
  expect(w.asked.at(-1)).toMatchObject({ operation: 'Remove', vm: 1, listener: 0, generation: 50 });
  expect(w.counted).toEqual({ opened: 1, posted: 1, closed: 1 });
  w.step();
  expect(w.sim.io.idle).toBe(true);
});

test('LISTEN in 25 cycles, ACCEPT in 7, UNLISTEN in 5, when all answer at once', () => {
  const w = system();
  const handle = { index: 16, generation: 50 };
  expect([w.run(entryOf.listen()).cycles, w.run(entryOf.accept({ handle })).cycles, w.run(entryOf.unlisten(handle)).cycles]).toEqual([25, 7, 5]);
});

describe('refused, and nobody was asked', () => {
  const listen = (request: Partial<typeof LISTEN>) => entryOf.listen(request);
  const byHandle = (handle: Handle) => [entryOf.unlisten(handle), entryOf.accept({ handle })];
  test.each<[string, bigint, Partial<Local>, keyof typeof Status.value, number?]>([
    ['a receive ring smaller than a page', listen({ rx_log2_bytes: 11 }), {}, 'BAD_RING'],
    ['a receive ring larger than any window', listen({ rx_log2_bytes: 31 }), {}, 'BAD_RING'],
    ['a transmit ring smaller than a page', listen({ tx_log2_bytes: 11 }), {}, 'BAD_RING'],
    ['a transmit ring larger than any window', listen({ tx_log2_bytes: 31 }), {}, 'BAD_RING'],
    ['an address that is not set', listen({}), { valid: false }, 'ADDRESS_NOT_AVAILABLE'],
    ['an index beyond the addresses', listen({ address_index: 2 }), {}, 'ADDRESS_NOT_AVAILABLE'],
    ["another VM's address by an index that wraps", listen({ address_index: 3 }), {}, 'ADDRESS_NOT_AVAILABLE', 0],
    ['a port in front of the range', listen({ local_port: 39_999 }), {}, 'ADDRESS_NOT_AVAILABLE'],
    ['a port behind the range', listen({ local_port: 50_000 }), {}, 'ADDRESS_NOT_AVAILABLE'],
    ...[0, 15, 20, 0xffff].flatMap((index) => byHandle({ index, generation: 50 }).map((lanes, i) => [`${['UNLISTEN', 'ACCEPT'][i]!} of ${index}, no listener`, lanes, {}, 'BAD_HANDLE'] as [string, bigint, Partial<Local>, keyof typeof Status.value])),
  ])('%s', (_, lanes, local, status, vm = 1) => {
    const w = system(local);
    expect(w.run(lanes, vm).status).toBe(Status.value[status]);
    expect([w.asked, w.posted, w.counted]).toEqual([[], [], { refused: 1 }]);
  });
  test.each([[40_000], [49_999]])('port %i, at an end of the range, is in it', (local_port) => {
    expect(system().run(entryOf.listen({ local_port })).status).toBe(OK);
  });
});

test.each<[number, number]>([[12, 30], [30, 12]])('rings of 2^%i and 2^%i bytes are the last in range', (rx_log2_bytes, tx_log2_bytes) => {
  const w = system();
  expect(w.run(entryOf.listen({ rx_log2_bytes, tx_log2_bytes })).status).toBe(OK);
  expect(w.asked).toMatchObject([{ rx_size: rx_log2_bytes, tx_size: tx_log2_bytes }]);
});

/** What every answer of listeners and posts becomes; true if all is as it should be. */
function answersRight(w: ReturnType<typeof system>): void {
  const at = (lanes: bigint, vm = 1) => {
    const { status, handle } = w.run(lanes, vm);
    return [Object.entries(Status.value).find(([, code]) => code === status)?.[0], handle.index, handle.generation];
  };
  const handle = { index: 16, generation: 50 };
  expect(at(entryOf.listen())).toEqual(['OK', 16, 50]);
  expect(at(entryOf.listen())).toEqual(['ADDRESS_IN_USE', 0, 0]);
  for (let i = 1; i < 4; i++) expect(at(entryOf.listen({ local_port: 40_001 + i }))).toEqual(['OK', 16 + i, 50 + i]);
  expect(at(entryOf.listen({ local_port: 40_010 }))).toEqual(['NO_RESOURCES', 0, 0]);
  expect(at(entryOf.unlisten(handle), 0)).toEqual(['BAD_HANDLE', 16, 50]);
  expect(at(entryOf.accept({ handle }), 0)).toEqual(['BAD_HANDLE', 16, 50]);
  expect(at(entryOf.unlisten({ index: 19, generation: 52 }))).toEqual(['BAD_HANDLE', 19, 52]);
  expect(at(entryOf.accept({ handle, rx_ring: { page: 1n, log2_bytes: 19 } }))).toEqual(['BAD_RING', 16, 50]);
  expect(at(entryOf.accept({ handle, tx_ring: { page: 1n, log2_bytes: 15 } }))).toEqual(['BAD_RING', 16, 50]);
  expect(w.posted).toEqual([]);
  for (let i = 0; i < 8; i++) expect(at(entryOf.accept({ handle, command_id: i }))).toEqual(['OK', 16, 50]);
  expect(at(entryOf.accept({ handle }))).toEqual(['NO_RESOURCES', 16, 50]);
  expect(w.posted.map((one) => (one as { command_id: number }).command_id)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(at(entryOf.unlisten(handle))).toEqual(['OK', 16, 50]);
  expect(at(entryOf.accept({ handle }))).toEqual(['BAD_HANDLE', 16, 50]);
  expect(at(entryOf.listen({ local_port: 40_010 }))).toEqual(['OK', 16, 51]);
  expect(at(entryOf.accept({ handle }))).toEqual(['BAD_HANDLE', 16, 50]);
  expect(at(entryOf.accept({ handle: { index: 16, generation: 51 } }))).toEqual(['NO_RESOURCES', 16, 51]);
  expect(at(entryOf.unlisten({ index: 16, generation: 51 }))).toEqual(['OK', 16, 51]);
  expect(w.counted).toEqual({ opened: 5, in_use: 1, full: 3, refused: 7, posted: 8, closed: 2 });
}

test.each([1, 0.4])('all answers of listeners and posts, pace %d', (pace) => {
  answersRight(system({}, { pace, replays: pace < 1 }));
});

describe('a planted fault is found', () => {
  const file = 'host/listen.ts';
  const plants: readonly [string, Plant][] = [
    ['rings are posted unasked', { file, from: ".elsewhen(posts, () => { step.next = 'Post'; })", to: ".elsewhen(posts, () => { ends('OK', 'posted'); })" }],
    ['sizes of LISTEN for ACCEPT', { file, from: 'tx_size: mux(opens, listen.tx_log2_bytes, accept.tx_ring.log2_bytes)', to: 'tx_size: listen.tx_log2_bytes' }],
    ['a full pool is not told', { file, from: ".otherwise(() => { ends('NO_RESOURCES', 'full'); });", to: ".otherwise(() => { ends('OK', 'posted'); });" }],
    ['listeners are named like connections', { file, from: 'index: listener.zext(16).add(connections)', to: 'index: listener.zext(16)' }],
    ['a handle without its generation', { file, from: 'generation: accept.handle.generation,\n    });\n    io.command', to: 'generation: 50,\n    });\n    io.command' }],
    ['the hash of another port', { file, from: 'hasher.in.payload.set(listenMessage(key))', to: 'hasher.in.payload.set(listenMessage(key).xor(1))' }],
    ['an answer is not waited for', { file, from: "when(io.commanded.valid, () => {", to: "when(io.commanded.valid.or(posts), () => {" }],
  ];
  test.each(plants)('%s', async (_, plant) => {
    const { listening: wrong } = await planted<{ listening: typeof listening }>(file, [plant]);
    expect(() => { answersRight(system({}, { design: wrong(CONFIG), pace: 0.4 })); }).toThrow(/expected|the hash of a listener|does not end/);
  });
});

test.each([1, 2, 3])('whatever is asked at whatever pace: each ends once, as the table says (seed %i)', (seed) => {
  const w = system({}, { pace: 0.5, seed, replays: true });
  const draw = random(seed + 20);
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const what = draw.below(3);
    const handle = { index: 15 + draw.below(4), generation: 50 + draw.below(4) };
    const vm = draw.below(2);
    const before = JSON.stringify(w.table);
    const posted = w.posted.length;
    if (what === 0) {
      const request = { address_index: draw.below(3), local_port: 40_000 + draw.below(3), rx_log2_bytes: 11 + draw.below(3) };
      const { status, handle: named } = w.run(entryOf.listen(request), vm);
      seen.add(status);
      if (status === OK) expect(w.table[named.index - 16]).toMatchObject({ generation: named.generation, open: { vm, rx: request.rx_log2_bytes } });
      else expect([named, JSON.stringify(w.table)]).toEqual([{ index: 0, generation: 0 }, before]);
    } else {
      const one = w.table[handle.index - 16];
      const mine = one?.open !== undefined && one.generation === handle.generation && one.open.vm === vm;
      const log2_bytes = 11 + draw.below(3);
      const fits = one?.open?.rx === log2_bytes;
      const { status, handle: named } = w.run(what === 1 ? entryOf.unlisten(handle) : entryOf.accept({ handle, rx_ring: { page: 1n, log2_bytes } }), vm);
      seen.add(status);
      expect(named).toEqual(handle);
      if (!mine) expect(status).toBe(Status.value.BAD_HANDLE);
      else if (what === 1) expect([status, one.open]).toEqual([OK, undefined]);
      else expect([status, w.posted.length - posted]).toEqual(fits ? posted < 8 ? [OK, 1] : [Status.value.NO_RESOURCES, 0] : [Status.value.BAD_RING, 0]);
    }
  }
  expect(seen.has(OK) && seen.has(Status.value.BAD_HANDLE) && seen.has(Status.value.BAD_RING) && seen.has(Status.value.ADDRESS_NOT_AVAILABLE) && seen.has(Status.value.ADDRESS_IN_USE)).toBe(true);
  expect(Object.values(w.counted).reduce((sum, one) => sum + one, 0)).toBe(200);
});

test.each([[4, 1, 2, 2, 1], [1024, 8, 64, 256, 2], [32_768, 127, 4096, 32_768, 16]])('%i connections, %i VMs, %i listeners, %i posts, %i addresses each', (connections, vms, listeners, prePosts, addressesPerVm) => {
  const vm = vms - 1;
  const locals: Local[] = [];
  locals[vms * addressesPerVm - 1] = LOCAL;
  const w = listeningWorld(bench.simulate(listening(config({ connections, vms, listeners, prePosts, addressesPerVm }))), locals, { listeners, posts: 1 });
  for (const one of w.table.slice(0, -1)) one.open = { vm: 0, key: '', rx: 0, tx: 0, backlog: 0 };
  const { status, handle } = w.run(entryOf.listen({ address_index: addressesPerVm - 1 }), vm);
  expect([status, handle.index]).toEqual([OK, connections + listeners - 1]);
  expect(w.run(entryOf.accept({ handle }), vm)).toMatchObject({ status: OK, handle });
  expect(w.posted).toMatchObject([{ listener: listeners - 1, vm }]);
  expect(w.run(entryOf.unlisten({ ...handle, index: handle.index + 1 }), vm)).toMatchObject({ status: Status.value.BAD_HANDLE });
  expect(w.run(entryOf.unlisten(handle), vm)).toMatchObject({ status: OK });
});

bench.verilog();
