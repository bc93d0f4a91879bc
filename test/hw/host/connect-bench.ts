/** Everything that the opener asks, as maps and counts: what was taken and not given back is seen. */
import type { ModuleDefinition, Simulation } from '@vtoe/hdl';
import { expect } from 'vitest';
import type { connectPorts } from '../../../hw/host/connect.ts';
import * as protocol from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hashOf, type Key, packed } from '../tcp/support/flow-keys.ts';

type Ports = ReturnType<typeof connectPorts>;
export type OpenerSimulation = Simulation<Ports>;
export type Opener = ModuleDefinition<Ports>;

export const SECRET = 0x0f1e_2d3c_4b5a_6978_8796_a5b4_c3d2_e1f0n;
const FLOW_SECRET = 0x1111_2222_3333_4444_5555_6666_7777_8888n;
export const LOCAL = {
  valid: true, vlan: 7, tagged: true, address: 0x0a00_0001, first_port: 40_000, last_port: 49_999, mac: 0x02_0000_0000_01, prefix_bits: 24, gateway: 0x0a00_00fe, mtu: 1500,
};
export type Local = typeof LOCAL;

export const REQUEST = {
  signal: false, ext: false, command_id: 0x1234, remote_address: 0x0a00_0063, remote_port: 80, local_port: 40_001, address_index: 1,
  rx_ring: { page: 0x1_2345n, log2_bytes: 20 }, tx_ring: { page: 0x9_8765n, log2_bytes: 16 },
};
export type Request = typeof REQUEST;

const lanesOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
export const plain = <T>(value: T): unknown => JSON.parse(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part)));

export interface World {
  readonly connections: number;
  readonly neighbours: number;
  /** Chance that who is asked answers in a cycle. */
  readonly pace?: number;
  readonly seed?: number;
}

/** @param locals by index of the address table */
export function worldOf(sim: OpenerSimulation, locals: readonly Local[], { connections, neighbours, pace = 1, seed = 1 }: World) {
  const draw = random(seed);
  const free = Array.from({ length: connections }, (_, connection) => ({ connection, generation: 1000 + connection }));
  /** Keys of connections in TIME_WAIT. */
  const remembered = new Set<string>();
  const flows = new Map<string, { readonly connection: number; readonly generation: number }>();
  const users = new Map<string, { readonly index: number; users: number }>();
  const identities = new Map<number, unknown>();
  const rings = new Map<number, unknown>();
  const opens: { connection: number; generation: number; event: Record<string, unknown>; identity: unknown; rings: unknown }[] = [];
  const hops: unknown[] = [];
  const counted: Record<string, number> = {};
  let [places, index, answers] = [connections, 0, 0];
  sim.io.isn_secret = SECRET;
  sim.io.flow_secret = FLOW_SECRET;
  sim.io.options = { offer_wscale: true, offer_ts: true, nagle: true };
  const w = {
    sim, free, flows, remembered, users, identities, rings, opens, hops, counted,
    /** How many more connections the flow table has room for. */
    room(count: number) { places = flows.size + count; },
    now: 0,
    step() {
      const { io } = sim;
      io.now = w.now;
      io.address = locals[index] ?? { ...LOCAL, valid: false };
      const asked = io.resolve.payload;
      const name = `${asked.vlan}/${asked.address}`;
      const known = users.get(name);
      // An entry that nobody uses makes room for another.
      const vacant = Array.from({ length: neighbours }, (_, i) => i).find((i) => ![...users.values()].some((one) => one.index === i && one.users > 0));
      const hop = known?.index ?? vacant;
      io.resolved = { ok: hop !== undefined, index: hop ?? 0 };
      const key = JSON.stringify(plain(io.command.payload.key));
      const present = flows.get(key);
      io.answer = { outcome: present !== undefined ? 'Present' : flows.size < places ? 'Inserted' : 'Full', value: present ?? { connection: 0, generation: 0 } };
      io.ok = free.length > 0;
      io.slot = free[0] ?? { connection: 0, generation: 0 };
      // As tables do: ready comes to who asks, and only in the cycle of the answer.
      const served = (port: { readonly valid: boolean }) => port.valid && draw.chance(pace);
      io.resolve.ready = served(io.resolve);
      io.command.ready = served(io.command);
      io.take.ready = served(io.take);
      io.release.ready = served(io.release);
      io.give.ready = served(io.give);
      io.open.ready = served(io.open);
      io.wait.ready = served(io.wait);
      io.opened.valid = answers > 0 && draw.chance(pace);
      if (io.opened.valid) answers -= 1;
      sim.step();
      const { sampled } = sim;
      index = Number(sampled.address_index);
      for (const [counter, on] of Object.entries(sampled.counters)) if (on === true) counted[counter] = (counted[counter] ?? 0) + 1;
      if (sampled.identity.valid) identities.set(Number(sampled.identity.payload.connection), plain(sampled.identity.payload.identity));
      if (sampled.rings.valid) rings.set(Number(sampled.rings.payload.connection), plain(sampled.rings.payload.rings));
      if (sampled.resolve.valid && sampled.resolve.ready) {
        hops.push(plain(sampled.resolve.payload));
        if (hop !== undefined) {
          for (const [other, one] of users) if (one.index === hop && other !== name) users.delete(other);
          users.set(name, { index: hop, users: (known?.users ?? 0) + 1 });
        }
      }
      if (sampled.release.valid && sampled.release.ready) {
        const one = [...users.values()].find((entry) => entry.index === Number(sampled.release.payload));
        if (one === undefined || one.users === 0) throw new Error('a next hop is released that nobody uses');
        one.users -= 1;
      }
      if (sampled.waited.valid && sampled.waited.ready) io.waited.valid = false;
      if (sampled.wait.valid && sampled.wait.ready) {
        const { key: of, hash } = sampled.wait.payload;
        expect(hash).toBe(hashOf(packed(plain(of) as Key), FLOW_SECRET) & 0xffff_ffffn);
        io.waited.valid = true;
        io.waited.payload = remembered.has(JSON.stringify(plain(of))) ? 'Drop' : 'Miss';
      }
      if (sampled.take.valid && sampled.take.ready) free.shift();
      if (sampled.give.valid && sampled.give.ready) free.push(plain(sampled.give.payload) as { connection: number; generation: number });
      if (sampled.command.valid && sampled.command.ready) {
        const { op, value, hash } = sampled.command.payload;
        expect(hash).toBe(hashOf(packed(plain(sampled.command.payload.key) as Key), FLOW_SECRET));
        if (op !== 'Insert') throw new Error(`the flow table is asked to ${op}`);
        // A segment of it may come in the very next cycle.
        const connection = Number(value.connection);
        if ((identities.get(connection) as { generation?: number } | undefined)?.generation !== Number(value.generation)) throw new Error('a connection is found before its identity is written');
        if (present === undefined && flows.size < places) flows.set(key, { connection, generation: Number(value.generation) });
      }
      if (sampled.open.valid && sampled.open.ready) {
        const { connection, generation, event } = sampled.open.payload;
        opens.push({ connection: Number(connection), generation: Number(generation), event: plain(event) as Record<string, unknown>, identity: identities.get(Number(connection)), rings: rings.get(Number(connection)) });
        answers += 1;
      }
    },
    /** A CONNECT to its end. */
    connect(request: Partial<Request> = {}, vm = 1) {
      sim.io.entry.valid = true;
      sim.io.entry.payload = { vm, lanes: lanesOf(protocol.ConnectEntry.encode({ ...REQUEST, ...request })) };
      do w.step(); while (!sim.sampled.entry.ready);
      sim.io.entry.valid = false;
      const from = sim.cycle;
      while (!sim.sampled.connected.valid) {
        if (sim.cycle - from > 5000) throw new Error('a CONNECT does not end');
        w.step();
      }
      const { status, handle } = sim.sampled.connected.payload;
      return { status: Number(status), handle: { index: Number(handle.index), generation: Number(handle.generation) }, cycles: sim.cycle - from + 1 };
    },
    /** What is in use: of slots, next hops, keys. All the same unless something leaks. */
    inUse() {
      return { slots: connections - free.length, hops: [...users.values()].reduce((sum, one) => sum + one.users, 0), keys: flows.size };
    },
  };
  return w;
}
