/** Commands: each entry as a guest writes it, what the pipeline is told, and exactly one end for each. */
import { describe, expect, test } from 'vitest';
import { config } from '../../../hw/config.ts';
import { commands, USER_TIMEOUT_MOST_MS } from '../../../hw/host/command.ts';
import * as protocol from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();
const { Status } = protocol;
const CONNECTIONS = 16;
/** Connection i belongs to VM i % 2 and has generation 100 + i. */
const HANDLE = { index: 5, generation: 105 };
const VM = 1;

const lanesOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
type Ended = { readonly vm: number; readonly command_id: number; readonly status: number; readonly handle: { readonly index: number; readonly generation: number } };

function system(seed = 1) {
  const sim = bench.simulate(commands(config({ vms: 2, connections: CONNECTIONS })));
  const draw = random(seed);
  const ends: Ended[] = [];
  const released: number[] = [];
  const asked: { connection: number; generation: number; kind: string; position: number; options: unknown; cause: string }[] = [];
  const others: string[] = [];
  const way: number[] = [];
  let [owner, refusal, pace, other] = [0, 'None' as 'None' | 'NoConnection' | 'InUse' | 'Closing' | 'OutOfRange', 1, undefined as { at: number; name: 'connected' | 'listened' } | undefined];
  const s = {
    sim, ends, released, asked, others,
    refuse: (with_: typeof refusal) => { refusal = with_; },
    slow: (chance: number) => { pace = chance; },
    step() {
      sim.io.owner = { vm: owner % 2, generation: 100 + owner };
      sim.io.command.ready = draw.chance(pace);
      sim.io.status.ready = draw.chance(pace);
      sim.io.connect.ready = draw.chance(pace);
      sim.io.listen.ready = draw.chance(pace);
      sim.io.commanded.valid = way.length > 0 && way[0]! <= sim.cycle;
      sim.io.commanded.payload.refused = refusal;
      if (sim.io.commanded.valid) way.shift();
      sim.io.connected.valid = other?.name === 'connected' && other.at <= sim.cycle;
      sim.io.listened.valid = other?.name === 'listened' && other.at <= sim.cycle;
      if (sim.io.connected.valid || sim.io.listened.valid) other = undefined;
      sim.io.connected.payload = { status: 0, handle: { index: 3, generation: 77 } };
      sim.io.listened.payload = { status: Status.value.ADDRESS_IN_USE, handle: { index: 0, generation: 0 } };
      sim.step();
      const { command, status, release, connect, listen, owner_index } = sim.sampled;
      owner = Number(owner_index);
      if (command.valid && command.ready) {
        const { connection, generation, event } = command.payload;
        asked.push({ connection: Number(connection), generation: Number(generation), kind: event.kind, position: Number(event.position), options: event.options, cause: event.cause });
        way.push(sim.cycle + 6);
      }
      if (connect.valid && connect.ready) { others.push('connect'); other = { at: sim.cycle + 5, name: 'connected' }; }
      if (listen.valid && listen.ready) { others.push('listen'); other = { at: sim.cycle + 9, name: 'listened' }; }
      if (release.valid) released.push(Number(release.payload));
      if (status.valid && status.ready) {
        const { vm, handle, command_id, status: code } = status.payload;
        ends.push({ vm: Number(vm), command_id: Number(command_id), status: Number(code), handle: { index: Number(handle.index), generation: Number(handle.generation) } });
      }
    },
    steps(n: number) { for (let i = 0; i < n; i++) s.step(); },
    give(bytes: Uint8Array, vm = VM) {
      sim.io.entry.valid = true;
      sim.io.entry.payload = { vm, lanes: lanesOf(bytes) };
      do s.step(); while (!sim.sampled.entry.ready);
      sim.io.entry.valid = false;
    },
  };
  return s;
}

const common = { signal: false, ext: false, command_id: 9 };

test.each([
  ['SEND', protocol.SendEntry.encode({ ...common, handle: HANDLE, position: 0x8000_0001 }), { kind: 'Send', position: 0x8000_0001 }, undefined],
  ['RECEIVE', protocol.ReceiveEntry.encode({ ...common, handle: HANDLE, position: 4096 }), { kind: 'Receive', position: 4096 }, undefined],
  ['SEND with SIGNAL', protocol.SendEntry.encode({ ...common, signal: true, handle: HANDLE, position: 1 }), { kind: 'Send' }, Status.value.OK],
  ['SHUTDOWN', protocol.ShutdownEntry.encode({ ...common, handle: HANDLE }), { kind: 'Shutdown' }, Status.value.OK],
  ['CLOSE', protocol.CloseEntry.encode({ ...common, handle: HANDLE }), { kind: 'Close' }, Status.value.OK],
  ['ABORT', protocol.AbortEntry.encode({ ...common, handle: HANDLE }), { kind: 'Abort', cause: 'Guest' }, Status.value.OK],
])('%s', (_, bytes, event, status) => {
  const s = system();
  s.give(bytes);
  s.steps(15);
  expect(s.asked).toMatchObject([{ connection: 5, generation: 105, ...event }]);
  expect(s.ends).toEqual(status === undefined ? [] : [{ vm: VM, command_id: 9, status, handle: HANDLE }]);
  expect(s.released).toEqual(status === undefined ? [VM] : []);
});

const option = (which: number, value: number) => protocol.SetOptionEntry.encode({ ...common, handle: HANDLE, option: which, value });
const { NO_DELAY, KEEPALIVE, USER_TIMEOUT } = protocol.SocketOption.value;

test.each([
  ['no delay', option(NO_DELAY, 1), { set_nagle: true, nagle: false, set_keepalive: false, set_user_timeout: false }],
  ['delay', option(NO_DELAY, 0), { set_nagle: true, nagle: true }],
  ['keepalive', option(KEEPALIVE, 1), { set_keepalive: true, keepalive: true, set_nagle: false }],
  ['a user timeout, never early', option(USER_TIMEOUT, 1000), { set_user_timeout: true, user_timeout: 977n }],
  ['no user timeout', option(USER_TIMEOUT, 0), { set_user_timeout: true, user_timeout: 0n }],
  ['the longest user timeout', option(USER_TIMEOUT, USER_TIMEOUT_MOST_MS), { user_timeout: BigInt(Math.ceil(USER_TIMEOUT_MOST_MS / 1.024)) }],
])('SETOPT: %s', (_, bytes, options) => {
  const s = system();
  s.give(bytes);
  s.steps(15);
  expect(s.asked[0]).toMatchObject({ kind: 'SetOption', options });
  expect(s.ends).toMatchObject([{ status: Status.value.OK }]);
});

describe('refused before the pipeline sees it', () => {
  const byte = (bytes: Uint8Array, at: number, value: number) => { const copy = bytes.slice(); copy[at] = value; return copy; };
  test.each([
    ['an opcode that there is not', byte(protocol.NopEntry.encode(common), 0, 0x0b), Status.value.BAD_OPCODE],
    ['EXT', protocol.SendEntry.encode({ ...common, ext: true, handle: HANDLE, position: 0 }), Status.value.BAD_FIELD],
    ["another VM's connection", protocol.CloseEntry.encode({ ...common, handle: { index: 4, generation: 104 } }), Status.value.BAD_HANDLE],
    ['an earlier life', protocol.CloseEntry.encode({ ...common, handle: { index: 5, generation: 104 } }), Status.value.BAD_HANDLE],
    ['an index beyond the connections', protocol.CloseEntry.encode({ ...common, handle: { index: 21, generation: 105 } }), Status.value.BAD_HANDLE],
    ['an option that there is not', option(99, 0), Status.value.BAD_FIELD],
    ['a flag that is neither 0 nor 1', option(NO_DELAY, 2), Status.value.BAD_FIELD],
    ['a user timeout that the clock does not reach', option(USER_TIMEOUT, USER_TIMEOUT_MOST_MS + 1), Status.value.BAD_FIELD],
  ])('%s', (_, bytes, status) => {
    const s = system();
    s.give(bytes);
    s.steps(15);
    expect(s.asked).toEqual([]);
    expect(s.ends).toMatchObject([{ vm: VM, command_id: 9, status }]);
    expect(s.sim.io.idle).toBe(true);
  });
});

test.each([['NoConnection', 'BAD_HANDLE'], ['Closing', 'BAD_STATE'], ['OutOfRange', 'BAD_POSITION'], ['InUse', 'BAD_STATE']] as const)('what the pipeline refuses as %s ends with %s, asked or not', (refusal, status) => {
  const s = system();
  s.refuse(refusal);
  s.give(protocol.SendEntry.encode({ ...common, handle: HANDLE, position: 3 }));
  s.steps(15);
  expect(s.ends).toMatchObject([{ status: Status.value[status], handle: HANDLE }]);
  expect(s.released).toEqual([]);
});

test('NOP, CONNECT and what concerns listeners', () => {
  const s = system();
  const ring = { page: 1n, log2_bytes: 16 };
  s.give(protocol.NopEntry.encode(common));
  s.give(protocol.NopEntry.encode({ ...common, signal: true, command_id: 10 }));
  s.give(protocol.ConnectEntry.encode({ ...common, command_id: 11, remote_address: 1, remote_port: 2, local_port: 3, address_index: 0, rx_ring: ring, tx_ring: ring }));
  s.give(protocol.ListenEntry.encode({ ...common, command_id: 12, local_port: 80, address_index: 0, rx_log2_bytes: 16, tx_log2_bytes: 16, backlog: 4 }));
  s.give(protocol.AcceptEntry.encode({ ...common, command_id: 13, handle: { index: 16, generation: 3 }, rx_ring: ring, tx_ring: ring }));
  s.give(protocol.UnlistenEntry.encode({ ...common, command_id: 14, handle: { index: 16, generation: 3 } }));
  s.steps(30);
  expect(s.released).toEqual([VM]);
  expect(s.others).toEqual(['connect', 'listen', 'listen', 'listen']);
  expect(s.ends.map(({ command_id, status, handle }) => [command_id, status, handle.index])).toEqual([
    [10, 0, 0], [11, 0, 3], [12, Status.value.ADDRESS_IN_USE, 0], [13, Status.value.ADDRESS_IN_USE, 0], [14, Status.value.ADDRESS_IN_USE, 0],
  ]);
});

test('a SEND every three cycles', () => {
  const s = system();
  const from = s.sim.cycle;
  for (let i = 0; i < 32; i++) s.give(protocol.SendEntry.encode({ ...common, handle: HANDLE, position: i }));
  expect((s.sim.cycle - from) / 32).toBeLessThan(3.2);
});

test.each([1, 2, 3])('whatever is written, each command has one end and the pipeline gets what is right, in order (seed %i)', (seed) => {
  const s = system(seed);
  const draw = random(seed + 50);
  s.slow(0.5);
  const [given, sends]: [number, number[]] = [400, []];
  const perVm = [0, 0];
  for (let i = 0; i < given; i++) {
    const vm = draw.below(2);
    perVm[vm] = perVm[vm]! + 1;
    const index = draw.below(CONNECTIONS);
    const bytes = draw.chance(0.5)
      ? protocol.SendEntry.encode({ ...common, signal: draw.chance(0.3), command_id: i, handle: { index, generation: 100 + index }, position: i })
      : Uint8Array.from({ length: 32 }, () => draw.below(256));
    if (bytes[0] === protocol.Opcode.value.SEND && (bytes[1]! & 2) === 0 && index % 2 === vm && (bytes[6]! | bytes[7]! << 8) === 100 + index) sends.push(i);
    s.give(bytes, vm);
    s.steps(draw.below(4));
  }
  s.steps(100);
  expect(s.sim.io.idle).toBe(true);
  expect(s.ends.length + s.released.length).toBe(given);
  for (const vm of [0, 1]) expect(s.ends.filter((end) => end.vm === vm).length + s.released.filter((one) => one === vm).length).toBe(perVm[vm]);
  expect(s.asked.filter(({ kind }) => kind === 'Send').map(({ position }) => position)).toEqual(sends);
});

bench.verilog();
