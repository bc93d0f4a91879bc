/** Event words against a model of queues and guests, with guests that stop reading, and every order of notify and consume. */
import { describe, expect, test } from 'vitest';
import { events } from '../../../hw/host/events.ts';
import { random } from '../../../sim/random.ts';
import { hardwareBench } from '../../hdl/support/bench.ts';

const bench = hardwareBench();

const KINDS = ['connected', 'accepted', 'data', 'sent', 'peer_closed', 'closed', 'reset', 'error'] as const;
type Kinds = Record<(typeof KINDS)[number], boolean>;
const NONE = Object.fromEntries(KINDS.map((kind) => [kind, false])) as Kinds;

interface Told {
  readonly connection: number;
  readonly kinds: readonly string[];
  readonly rx_filled: number;
  readonly tx_freed: number;
  readonly status: number;
  readonly final: boolean;
  readonly index: number;
  /** Cycle in which its bits left the word. */
  readonly cycle: number;
}

/** The design, and around it what completion queue and guests would do: places of `size` entries a VM. */
function system(connections: number, vms: number, size: number) {
  const sim = bench.simulate(events({ connections, vms }));
  const [tails, heads] = [Array<number>(vms).fill(0), Array<number>(vms).fill(0)];
  const queues: Told[][] = Array.from({ length: vms }, () => []);
  const finished: number[] = [];
  const allocated: number[] = [];
  const drive = () => {
    sim.io.tail = tails.map((tail) => tail & 0xf_ffff);
    sim.io.head = heads.map((head) => head & 0xf_ffff);
    sim.io.room = tails.map((tail, vm) => tail - heads[vm]! < size);
  };
  drive();
  sim.until(() => sim.sampled.ready, 4 * connections + 8);
  return {
    sim, queues, finished, heads, tails,
    notify(vm: number, connection: number, what: { kinds: Partial<Kinds>; rx_filled?: number; tx_freed?: number; status?: number; final?: boolean }) {
      sim.io.notify.valid = true;
      sim.io.notify.payload = { connection, generation: connection + 100, vm, kinds: { ...NONE, ...what.kinds }, status: what.status ?? 0, rx_filled: what.rx_filled ?? 0, tx_freed: what.tx_freed ?? 0, final: what.final ?? false };
    },
    step(ready = true) {
      sim.io.entry.ready = ready;
      drive();
      sim.step();
      // As a memory would answer: one cycle later.
      const asked = Number(sim.sampled.lookup);
      sim.io.peer = { remote_address: 0x0a00_0000 + asked, remote_port: asked, command_id: 7 * asked };
      const { allocate, entry, finished: end } = sim.sampled;
      if (allocate.valid) {
        const vm = Number(allocate.payload);
        expect(tails[vm]! - heads[vm]!).toBeLessThan(size);
        tails[vm] = tails[vm]! + 1;
        allocated.push(sim.cycle);
      }
      if (end.valid) finished.push(Number(end.payload));
      if (entry.valid && entry.ready) {
        const { notice, peer, index } = entry.payload;
        expect(peer).toEqual({ remote_address: 0x0a00_0000n + notice.connection, remote_port: notice.connection, command_id: 7n * notice.connection });
        expect(notice.generation).toBe(notice.connection + 100n);
        queues[Number(notice.vm)]!.push({
          connection: Number(notice.connection), kinds: KINDS.filter((kind) => notice.kinds[kind]), rx_filled: Number(notice.rx_filled), tx_freed: Number(notice.tx_freed),
          status: Number(notice.status), final: notice.final, index: Number(index), cycle: allocated.shift()!,
        });
      }
      sim.io.notify.valid = false;
    },
  };
}

test('an entry four cycles after its notification; what comes before it is consumed waits, and goes together', () => {
  const s = system(8, 2, 4);
  const wave = s.sim.watch(['notify_valid', 'allocate_valid', 'entry_valid', 'head_1']);
  s.notify(1, 5, { kinds: { data: true }, rx_filled: 100 });
  for (let i = 0; i < 4; i++) s.step();
  s.notify(1, 5, { kinds: { data: true }, rx_filled: 200 });
  s.step();
  s.notify(1, 5, { kinds: { sent: true }, rx_filled: 300, tx_freed: 50 });
  for (let i = 0; i < 5; i++) s.step();
  expect(s.queues[1]).toHaveLength(1);
  s.heads[1] = 1;
  for (let i = 0; i < 8; i++) s.step();
  expect(s.queues[1]).toMatchObject([
    { connection: 5, kinds: ['data'], rx_filled: 100, tx_freed: 0, status: 0, final: false, index: 0 },
    { connection: 5, kinds: ['data', 'sent'], rx_filled: 300, tx_freed: 50, status: 0, final: false, index: 1 },
  ]);
  expect(wave.text()).toMatchInlineSnapshot(`
    "cycle           9   11  13  15  17  19  21  23  25
    notify_valid    ▔▔▁▁▁▁▁▁▔▔▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    allocate_valid  ▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁
    entry_valid     ▁▁▁▁▁▁▁▁▔▔▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▔▔▁▁▁▁
    head_1          │0                  │1
    "
  `);
});

test('a FINAL entry ends the word: the slot may be used again, and its next life is told at once', () => {
  const s = system(4, 1, 8);
  s.notify(0, 2, { kinds: { error: true }, status: 0x42, final: true });
  s.step();
  for (let i = 0; i < 4; i++) s.step();
  expect(s.finished).toEqual([2]);
  // Nothing was consumed.
  s.notify(0, 2, { kinds: { connected: true } });
  for (let i = 0; i < 5; i++) s.step();
  expect(s.queues[0]).toMatchObject([{ kinds: ['error'], status: 0x42, final: true }, { kinds: ['connected'], status: 0, final: false }]);
});

test('how a connection ended stays known when more happens before it is told', () => {
  const s = system(4, 1, 1);
  s.notify(0, 1, { kinds: { data: true } });
  for (let i = 0; i < 5; i++) s.step();
  s.notify(0, 1, { kinds: { reset: true }, status: 0x41 });
  s.step();
  s.notify(0, 1, { kinds: { closed: true }, final: true });
  for (let i = 0; i < 5; i++) s.step();
  s.heads[0] = 1;
  for (let i = 0; i < 8; i++) s.step();
  expect(s.queues[0]![1]).toMatchObject({ kinds: ['closed', 'reset'], status: 0x41, final: true });
});

test('a full queue keeps its own VM waiting and no other', () => {
  const s = system(8, 2, 2);
  for (const connection of [0, 1, 2, 3]) { s.notify(0, connection, { kinds: { data: true } }); s.step(); }
  for (const connection of [4, 5]) { s.notify(1, connection, { kinds: { data: true } }); s.step(); }
  for (let i = 0; i < 20; i++) s.step();
  expect(s.queues.map((queue) => queue.map(({ connection }) => connection))).toEqual([[0, 1], [4, 5]]);
  expect(s.sim.io.idle).toBe(true);
  s.heads[0] = 2;
  for (let i = 0; i < 20; i++) s.step();
  expect(s.queues[0]!.map(({ connection }) => connection)).toEqual([0, 1, 2, 3]);
});

describe.each([[8, 2, 4, 1], [16, 3, 3, 2], [4, 1, 16, 3], [32, 5, 2, 4]])('%i connections of %i VMs, queues of %i', (connections, vms, size, seed) => {
  test.each([100, 40])('all that happens is told once, in order, with the newest positions (%i percent of entries taken)', (takes) => {
    const draw = random(seed * 1000 + takes);
    const s = system(connections, vms, size);
    /** Of each connection: what was not told yet and in which cycle it was notified, and whether an entry is unconsumed. */
    const fresh = () => ({ kinds: new Map<string, number>(), rx_filled: 0, tx_freed: 0, final: false, index: undefined as number | undefined });
    const untold = Array.from({ length: connections }, fresh);
    const tell = (entry: Told) => {
      const word = untold[entry.connection]!;
      for (const kind of entry.kinds) {
        expect(word.kinds.has(kind)).toBe(true);
        // What was notified while the entry waited to be taken is for the next one.
        if (word.kinds.get(kind)! < entry.cycle) word.kinds.delete(kind);
      }
      return word;
    };
    const finals = Array<boolean>(connections).fill(false);
    const seen = Array<number>(vms).fill(0);
    let told = 0;
    for (let cycle = 0; cycle < 3000; cycle++) {
      if (cycle < 2700 && draw.chance(0.6)) {
        const connection = draw.below(connections);
        const word = untold[connection]!;
        if (!word.final) {
          const kinds = KINDS.filter(() => draw.chance(0.3));
          if (kinds.length === 0) kinds.push('data');
          const final = draw.chance(0.05);
          word.rx_filled = (word.rx_filled + draw.below(1000)) >>> 0;
          word.tx_freed = (word.tx_freed + draw.below(1000)) >>> 0;
          kinds.forEach((kind) => word.kinds.set(kind, s.sim.cycle + 1));
          word.final = final;
          s.notify(connection % vms, connection, { kinds: Object.fromEntries(kinds.map((kind) => [kind, true])), rx_filled: word.rx_filled, tx_freed: word.tx_freed, final });
        }
      }
      s.step(draw.chance(takes / 100));
      for (const [vm, queue] of s.queues.entries()) {
        for (; seen[vm]! < queue.length; seen[vm] = seen[vm]! + 1) {
          const entry = queue[seen[vm]!]!;
          const word = tell(entry);
          expect(entry.connection % vms).toBe(vm);
          expect(entry.index).toBe(seen[vm]!);
          // At most one that was not consumed.
          if (word.index !== undefined) expect(s.heads[vm]).toBeGreaterThan(word.index);
          word.index = entry.final ? undefined : seen[vm]!;
          if (entry.final) {
            finals[entry.connection] = true;
            untold[entry.connection] = fresh();
          }
          told++;
        }
        if (draw.chance(0.1)) s.heads[vm] = s.heads[vm]! + draw.below(queue.length - s.heads[vm]! + 1);
      }
    }
    for (let i = 0; i < 400; i++) {
      s.step();
      for (const [vm, queue] of s.queues.entries()) {
        for (; seen[vm]! < queue.length; seen[vm] = seen[vm]! + 1) {
          tell(queue[seen[vm]!]!);
        }
        s.heads[vm] = queue.length;
      }
    }
    expect(untold.flatMap(({ kinds }, connection) => [...kinds.keys()].map((kind) => `${connection} ${kind}`))).toEqual([]);
    expect(told).toBeGreaterThan(100);
    expect(s.sim.io.idle).toBe(true);
  });
});

bench.verilog();
