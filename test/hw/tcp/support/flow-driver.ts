/**
 * Drives a flow table at full speed and compares it with a map: a look-up in every cycle, commands one behind the other.
 *
 * A look-up counts as made when the rows are read, 8 cycles after it was taken, or (a serial hash) when it is taken. In the cycles in which a command for its key
 * stands at the port and is not yet taken, both answers are right; in all others exactly one.
 */
import type { PortRecord, Simulation } from '@vtoe/hdl';
import { FLOW_READ_CYCLES, flowLatency } from '../../../../hw/tcp/flow-table.ts';
import type { Random } from '../../../../sim/random.ts';
import { hashOf, packed, randomKey, SECRET } from './flow-keys.ts';

const OPS = { find: 0, insert: 1, delete: 2 } as const;
const OUTCOMES = ['missing', 'found', 'inserted', 'present', 'full', 'deleted'] as const;
export type Op = keyof typeof OPS;
export type Outcome = (typeof OUTCOMES)[number];
export const FLOW_COUNTS = ['hit', 'miss', 'engine_inserted', 'engine_present', 'engine_stashed', 'engine_moved', 'engine_refused', 'engine_deleted', 'engine_delete_missed'] as const;

/** The table is not what the map is. */
export class FlowError extends Error {}

export interface DriverOptions {
  readonly stream: Random;
  /** Keys in play. */
  readonly keys: number;
  /** Share of the commands whose hash is left to the table. */
  readonly unhashed?: number;
  /** The table hashes one look-up at a time. */
  readonly serial?: boolean;
}

/** Words of a key: remote port | local port, remote address, local address, VLAN. */
const KEY_WORDS = 4;
/** Look-ups under way; more than the latency. */
const WAY = 16;
const [MISS, HIT, EITHER] = [0, 1, 2];

export class FlowDriver {
  readonly stream: Random;
  readonly #sim: Simulation<PortRecord>;
  readonly #words: Uint32Array;
  readonly #unhashed: number;
  readonly #in: Record<string, number>;
  readonly #out: Record<string, number>;
  readonly #keys: Uint32Array;
  readonly #hashes: Uint32Array;
  /** Ring by cycle: the key that is looked for + 1, what must come, and the value. */
  readonly #looked = new Uint32Array(WAY);
  readonly #expected = new Uint8Array(WAY);
  readonly #values = new Uint32Array(WAY);
  readonly #counters: readonly number[];
  readonly #counts = new Float64Array(FLOW_COUNTS.length);
  /** By key: 0 if it is not in the table, else its value + 1. */
  readonly value: Uint32Array;
  /** Keys in the table. */
  readonly live: number[] = [];
  readonly #place: Int32Array;
  /** What stands at the command port. */
  pending: { readonly op: Op; readonly id: number; readonly value: number; readonly since: number } | undefined;
  cycles = 0;
  lookups = 0;

  /** Cycles from a look-up that is taken to the reading of the rows. */
  readonly #read: number;
  /** The look-up that stands at the port. */
  #held: number | undefined;

  constructor(sim: Simulation<PortRecord>, { stream, keys, unhashed = 0, serial = false }: DriverOptions) {
    this.#read = serial ? 0 : flowLatency - FLOW_READ_CYCLES;
    this.#sim = sim;
    this.stream = stream;
    this.#unhashed = unhashed;
    this.#words = new Uint32Array(sim.engine.buffer);
    const address = (all: Iterable<readonly [string, number]>) => Object.fromEntries([...all].map(([name, offset]) => [name.replace('_payload', ''), offset >> 2]));
    this.#in = address([...sim.engine.inputs.values()].map(({ name, offset }) => [name, offset]));
    this.#out = address([...sim.engine.outputs.values()].map(({ name, sampledOffset }) => [name, sampledOffset]));
    this.#counters = FLOW_COUNTS.map((name) => this.#out[`counters_${name}`]!);
    this.value = new Uint32Array(keys);
    this.#place = new Int32Array(keys).fill(-1);
    this.#keys = new Uint32Array(KEY_WORDS * keys);
    this.#hashes = new Uint32Array(2 * keys);
    for (let i = 0; i < 4; i++) this.#words[this.#in['secret']! + i] = Number(SECRET >> BigInt(32 * i) & 0xffffffffn);
    for (let id = 0; id < keys; id++) this.renew(id);
    while (this.#words[this.#out['ready']!] === 0) this.#sim.step();
  }

  /** Another key under this number, which must not be in the table nor on its way. */
  renew(id: number, key = packed(randomKey(this.stream))): void {
    const hash = hashOf(key);
    for (let i = 0; i < KEY_WORDS; i++) this.#keys[KEY_WORDS * id + i] = Number(key >> BigInt(32 * i) & 0xffffffffn);
    for (let i = 0; i < 2; i++) this.#hashes[2 * id + i] = Number(hash >> BigInt(32 * i) & 0xffffffffn);
  }

  /** Nothing looks for it in the pipeline, and no command does. */
  quiet(id: number): boolean {
    return this.pending?.id !== id && this.#held !== id && !this.#looked.includes(id + 1);
  }

  command(op: Op, id: number, value = 0): void {
    const [words, at] = [this.#words, this.#in];
    this.pending = { op, id, value, since: this.cycles };
    words[at['command_0_valid']!] = 1;
    words[at['command_0_op']!] = OPS[op];
    const ports = at;
    const low = this.#keys[KEY_WORDS * id]!;
    words[ports['command_0_key_remote_port']!] = low & 0xffff;
    words[ports['command_0_key_local_port']!] = low >>> 16;
    words[ports['command_0_key_remote_address']!] = this.#keys[KEY_WORDS * id + 1]!;
    words[ports['command_0_key_local_address']!] = this.#keys[KEY_WORDS * id + 2]!;
    words[ports['command_0_key_vlan']!] = this.#keys[KEY_WORDS * id + 3]!;
    words[at['command_0_value_connection']!] = value >>> 16;
    words[at['command_0_value_generation']!] = value & 0xffff;
    const hashed = this.#unhashed === 0 || !this.stream.chance(this.#unhashed);
    words[at['command_0_has_hash']!] = Number(hashed);
    for (let i = 0; i < 2; i++) words[at['command_0_hash']! + i] = hashed ? this.#hashes[2 * id + i]! : 0xdeadbeef;
  }

  /** One cycle, with a look-up of this key, if any, and if none stands at the port already; returns what became of the command, once it is taken. */
  cycle(id: number | undefined): Outcome | undefined {
    const [words, at] = [this.#words, this.#out];
    const now = this.cycles++;
    if (this.#held === undefined && id !== undefined) this.#look(id);
    words[this.#in['lookup_valid']!] = Number(this.#held !== undefined);
    this.#sim.step();
    const taken = this.#held !== undefined && words[at['lookup_ready']!] === 1;
    this.#looked[now % WAY] = taken ? this.#held! + 1 : 0;
    if (taken) {
      this.lookups += 1;
      this.#held = undefined;
    }
    for (let i = 0; i < this.#counters.length; i++) this.#counts[i]! += words[this.#counters[i]!]!;

    let outcome: Outcome | undefined;
    const { pending } = this;
    if (pending !== undefined && words[at['command_0_ready']!] === 1) {
      outcome = OUTCOMES[words[at['answer_outcome']!]!]!;
      this.#settle(pending, outcome, (words[at['answer_value_connection']!]! << 16 | words[at['answer_value_generation']!]!) >>> 0);
      this.pending = undefined;
      words[this.#in['command_0_valid']!] = 0;
    }
    const [read, answered] = [now - this.#read, now - this.#read - FLOW_READ_CYCLES];
    if (read >= 0 && this.#looked[read % WAY] !== 0) this.#expect(read % WAY);
    this.#check(answered >= 0 ? answered % WAY : undefined);
    return outcome;
  }

  get counts(): Record<(typeof FLOW_COUNTS)[number], number> {
    return Object.fromEntries(FLOW_COUNTS.map((name, i) => [name, this.#counts[i]!])) as Record<(typeof FLOW_COUNTS)[number], number>;
  }

  #look(id: number): void {
    this.#held = id;
    const [words, at] = [this.#words, this.#in];
    const low = this.#keys[KEY_WORDS * id]!;
    words[at['lookup_key_remote_port']!] = low & 0xffff;
    words[at['lookup_key_local_port']!] = low >>> 16;
    words[at['lookup_key_remote_address']!] = this.#keys[KEY_WORDS * id + 1]!;
    words[at['lookup_key_local_address']!] = this.#keys[KEY_WORDS * id + 2]!;
    words[at['lookup_key_vlan']!] = this.#keys[KEY_WORDS * id + 3]!;
    words[at['lookup_tag']!] = id;
  }

  #expect(slot: number): void {
    const { pending } = this;
    const id = this.#looked[slot]! - 1;
    const value = this.value[id]!;
    const busy = pending?.id === id && pending.op !== 'find';
    this.#expected[slot] = busy ? EITHER! : value === 0 ? MISS! : HIT!;
    this.#values[slot] = busy && value === 0 ? pending.value : value - 1;
  }

  #check(slot: number | undefined): void {
    const [words, at] = [this.#words, this.#out];
    const looked = slot === undefined ? 0 : this.#looked[slot]!;
    const valid = words[at['found_valid']!]!;
    if (valid !== Number(looked !== 0)) this.#fail(valid === 1 ? 'an answer without a look-up' : 'a look-up without an answer');
    if (looked === 0) return;
    const id = looked - 1;
    if (words[at['found_tag']!] !== id) this.#fail('the answer is that of another look-up');
    if (words[at['found_hash']!] !== this.#hashes[2 * id] || words[at['found_hash']! + 1] !== this.#hashes[2 * id + 1]) this.#fail(`key ${id} has a wrong hash`);
    const hit = words[at['found_hit']!]!;
    const expected = this.#expected[slot!]!;
    if (expected !== EITHER && hit !== expected) this.#fail(hit === HIT ? `key ${id} is found, but is not there` : `key ${id} is there, but is not found`);
    const value = (words[at['found_value_connection']!]! << 16 | words[at['found_value_generation']!]!) >>> 0;
    if (hit === HIT && value !== this.#values[slot!]) this.#fail(`key ${id} stands for ${value}, not ${this.#values[slot!]}`);
  }

  #settle({ op, id, value }: { readonly op: Op; readonly id: number; readonly value: number }, outcome: Outcome, answered: number): void {
    const stored = this.value[id]!;
    const right: readonly Outcome[] = op === 'find' ? [stored === 0 ? 'missing' : 'found'] : op === 'delete' ? [stored === value + 1 ? 'deleted' : 'missing'] : stored === 0 ? ['inserted', 'full'] : ['present'];
    if (!right.includes(outcome)) this.#fail(`${op} of key ${id} is answered ${outcome}, not ${right.join(' or ')}`);
    if ((outcome === 'found' || outcome === 'present') && answered !== stored - 1) this.#fail(`key ${id} is ${outcome} as ${answered}, not ${stored - 1}`);
    if (outcome === 'inserted') {
      this.value[id] = value + 1;
      this.#place[id] = this.live.push(id) - 1;
    }
    if (outcome === 'deleted') {
      const last = this.live.pop()!;
      const place = this.#place[id]!;
      if (last !== id) {
        this.live[place] = last;
        this.#place[last] = place;
      }
      this.#place[id] = -1;
      this.value[id] = 0;
    }
  }

  #fail(what: string): never {
    throw new FlowError(`cycle ${this.cycles}: ${what}`);
  }
}
