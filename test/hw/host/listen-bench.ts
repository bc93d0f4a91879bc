/** Listeners and posts as a table and lists, for the commands that change them: each asked in its form, at any pace. */
import type { ModuleDefinition, Simulation } from '@vtoe/hdl';
import type { listeningPorts } from '../../../hw/host/listen.ts';
import * as protocol from '../../../hw/protocol/index.ts';
import { random } from '../../../sim/random.ts';
import { hashOf, packed } from '../tcp/support/flow-keys.ts';
import { type Local, LOCAL, plain, SECRET } from './connect-bench.ts';

type Ports = ReturnType<typeof listeningPorts>;
export type Listening = ModuleDefinition<Ports>;

export const LISTEN = { signal: false, ext: false, command_id: 0x1234, local_port: 40_001, address_index: 1, rx_log2_bytes: 20, tx_log2_bytes: 16, backlog: 300 };
export const ACCEPT = {
  signal: false, ext: false, command_id: 0x4321, handle: { index: 16, generation: 0 }, rx_ring: { page: 0x1_2345n, log2_bytes: 20 }, tx_ring: { page: 0x9_8765n, log2_bytes: 16 },
};
export interface Handle { readonly index: number; readonly generation: number }

interface Listener { generation: number; open?: { readonly vm: number; readonly key: string; readonly rx: number; readonly tx: number; readonly backlog: number } }
export const lanesOf = (bytes: Uint8Array): bigint => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

export const entryOf = {
  listen: (request: Partial<typeof LISTEN> = {}) => lanesOf(protocol.ListenEntry.encode({ ...LISTEN, ...request })),
  unlisten: (handle: Handle) => lanesOf(protocol.UnlistenEntry.encode({ signal: false, ext: false, command_id: 7, handle })),
  accept: (request: Partial<typeof ACCEPT> = {}) => lanesOf(protocol.AcceptEntry.encode({ ...ACCEPT, ...request })),
};

/** @param locals by index of the address table */
export function listeningWorld(sim: Simulation<Ports>, locals: readonly Local[], { listeners, posts, pace = 1, seed = 1 }: { readonly listeners: number; readonly posts: number; readonly pace?: number; readonly seed?: number }) {
  const draw = random(seed);
  const table: Listener[] = Array.from({ length: listeners }, (_, i) => ({ generation: 50 + i }));
  const posted: unknown[] = [];
  const counted: Record<string, number> = {};
  const asked: { readonly operation: string }[] = [];
  const answers: { readonly result: string; readonly listener: number; readonly generation: number }[] = [];
  const oks: boolean[] = [];
  let index = 0;
  let offered: { readonly command: boolean; readonly post: boolean } = { command: false, post: false };
  sim.io.secret = SECRET;

  /** What the listeners say, and what they remember. */
  function listenersSay(command: { operation: string; vm: number; key: Record<string, number>; hash: number; rx_size: number; tx_size: number; backlog: number; listener: number; generation: number }) {
    const { operation, vm, key, listener, generation, rx_size: rx, tx_size: tx, backlog } = command;
    const end = (result: string, where = listener) => ({ result, listener: where, generation: table[where]?.generation ?? 0 });
    if (operation === 'Add') {
      const { vlan, local_address, local_port } = key as { vlan: number; local_address: number; local_port: number };
      const right = Number(hashOf(packed({ vlan, local_address, local_port, remote_address: 0, remote_port: 0 }), SECRET) & 0xffff_ffffn);
      if (command.hash !== right) throw new Error(`the hash of a listener is ${command.hash}, not ${right}`);
      const name = JSON.stringify(key);
      if (table.some(({ open }) => open?.key === name)) return end('InUse', 0);
      const place = table.findIndex(({ open }) => open === undefined);
      if (place < 0) return end('NoResources', 0);
      table[place]!.open = { vm, key: name, rx, tx, backlog };
      return end('Ok', place);
    }
    const one = table[listener]!;
    if (one.open === undefined || one.open.vm !== vm || one.generation !== generation) return end('BadHandle');
    if (operation === 'Check') return end(one.open.rx === rx && one.open.tx === tx ? 'Ok' : 'BadRing');
    const ended = end('Ok');
    delete one.open;
    one.generation += 1;
    return ended;
  }

  const w = {
    sim, table, posted, counted, asked,
    step() {
      const { io } = sim;
      io.address = locals[index] ?? { ...LOCAL, valid: false };
      io.command.ready = io.command.valid && draw.chance(pace);
      io.post.ready = io.post.valid && draw.chance(pace);
      // An answer stands until it is taken.
      io.commanded.valid = answers.length > 0 && (offered.command || draw.chance(pace));
      if (answers.length > 0) io.commanded.payload = answers[0]! as never;
      io.posted.valid = oks.length > 0 && (offered.post || draw.chance(pace));
      if (oks.length > 0) io.posted.payload = { ok: oks[0]! };
      sim.step();
      const { sampled } = sim;
      index = Number(sampled.address_index);
      for (const [counter, on] of Object.entries(sampled.counters)) if (on === true) counted[counter] = (counted[counter] ?? 0) + 1;
      if (sampled.commanded.valid && sampled.commanded.ready) answers.shift();
      if (sampled.posted.valid && sampled.posted.ready) oks.shift();
      offered = { command: sampled.commanded.valid && !sampled.commanded.ready, post: sampled.posted.valid && !sampled.posted.ready };
      if (sampled.command.valid && sampled.command.ready) {
        const command = plain(sampled.command.payload) as Parameters<typeof listenersSay>[0];
        asked.push(command);
        answers.push(listenersSay(command));
      }
      if (sampled.post.valid && sampled.post.ready) {
        const ok = posted.length < posts;
        if (ok) posted.push(plain(sampled.post.payload));
        oks.push(ok);
      }
    },
    /** A command to its end. */
    run(lanes: bigint, vm = 1) {
      sim.io.entry.valid = true;
      sim.io.entry.payload = { vm, lanes };
      do w.step(); while (!sim.sampled.entry.ready);
      sim.io.entry.valid = false;
      const from = sim.cycle;
      while (!sim.sampled.done.valid) {
        if (sim.cycle - from > 2000) throw new Error('a command does not end');
        w.step();
      }
      const { status, handle } = sim.sampled.done.payload;
      return { status: Number(status), handle: { index: Number(handle.index), generation: Number(handle.generation) }, cycles: sim.cycle - from + 1 };
    },
  };
  return w;
}
