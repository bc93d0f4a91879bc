/** The TIME_WAIT cache beside its model: segments and new entries at random, as fast as the engine goes. */
import { type BuiltinEngine, createEngine, elaborate } from '@vtoe/hdl';
import { timeWait } from '../../../hw/tcp/time-wait.ts';
import { random } from '../../../sim/random.ts';
import { TICK } from '../../../sim/tcp/clock.ts';
import { ACK, FIN, PSH, RST, type Segment, SYN } from '../../../sim/tcp/segment.ts';
import type { TimeWait } from '../../../sim/tcp/time-wait.ts';
import { type Answered, steeredRecord, steeredSegment, TimeWaitModel } from './time-wait-model.ts';

/** Keys by number: neighbours differ in one field only. */
export const keyOf = (k: number) => ({
  vlan: k & 1, local_address: 0x0a000001 + ((k >> 1) & 1), remote_address: 0xc0a80001 + ((k >> 2) & 1), local_port: 80 + ((k >> 3) & 1), remote_port: 40_000 + (k >> 4),
});
export const hashOf = (k: number) => (Math.imul(k + 1, 0x9e3779b1) >>> 0) % 2 ** 29;

export const portSegment = ({ seq, ack, flags, window, length, options: { tsval, tsecr } }: Segment) => ({
  seq, ack, urg: false, ack_flag: (flags & ACK) !== 0, psh: (flags & PSH) !== 0, rst: (flags & RST) !== 0, syn: (flags & SYN) !== 0, fin: (flags & FIN) !== 0,
  window, length, has_mss: false, mss: 0, has_wscale: false, wscale: 0, has_ts: tsval !== undefined, tsval: tsval ?? 0x1234, tsecr: tsecr ?? 0,
});

export interface TimeWaitComparison { readonly entries: number; readonly ways: number; readonly vms: number; readonly segments: number; readonly seed: number }

const ANSWERS = ['Miss', 'Drop', 'Ack', 'Reuse', 'Close'];

/** The first difference, in words, and how often what was seen. */
export function compareTimeWait({ entries, ways, vms, segments, seed }: TimeWaitComparison) {
  const draw = random(seed);
  const span = 40;
  let now = 2 ** 34 - 3000 * TICK;
  const cache = new Cache(createEngine(elaborate(timeWait({ entries, ways, vms })), {}), now, span);
  const model = new TimeWaitModel(entries, ways, span);
  let difference: string | undefined;
  for (let i = 0; i < segments && difference === undefined; i++) {
    const k = draw.below(2 * entries);
    if (draw.chance(0.3)) {
      const [vm, record] = [draw.below(vms), steeredRecord(draw)];
      cache.insert(k, vm, record);
      model.insert(k, hashOf(k), vm, record, now);
    }
    if (draw.chance(0.002)) {
      const vm = draw.below(vms);
      cache.remove(vm);
      model.remove(vm);
    }
    const segment = steeredSegment(draw, model.find(k, hashOf(k), now)?.record ?? steeredRecord(draw));
    const expected = model.lookup(k, hashOf(k), segment, now);
    const got = cache.lookup(k, segment);
    const [one, other] = [JSON.stringify(comparable(expected)), JSON.stringify(comparable(got))];
    if (one !== other) difference = `segment ${i}, ${JSON.stringify(segment)}: ${one} expected, ${other} got`;
    if (draw.chance(0.1)) cache.setNow(now += draw.below(8) * TICK);
  }
  for (const [name, times] of Object.entries(model.count)) {
    const counted = cache.counted[name];
    if (counted !== times) difference ??= `counter ${name}: ${times} expected, ${counted} got`;
  }
  return { difference, count: model.count };
}

const comparable = ({ answer, ack, vm, restarted }: Answered) =>
  (ack === undefined ? { answer } : { answer, vm, restarted, seq: ack.seq, ack: ack.ack, window: ack.window, tsval: ack.options.tsval, tsecr: ack.options.tsecr });

/** The hardware, through the words of its engine. */
class Cache {
  readonly counted: Record<string, number>;
  readonly #engine: BuiltinEngine;
  readonly #words: Uint32Array;
  readonly #inputs = new Map<string, number>();
  readonly #outputs = new Map<string, number>();
  readonly #counters: readonly (readonly [string, number])[];

  constructor(engine: BuiltinEngine, now: number, span: number) {
    this.#engine = engine;
    this.#words = new Uint32Array(engine.buffer);
    const names = ['inserted', 'evicted', 'dropped', 'acked', 'reused', 'closed', 'restarted', 'insert_dropped', 'ack_dropped'];
    this.counted = Object.fromEntries(names.map((name) => [name, 0]));
    this.#counters = names.map((name) => [name, this.#outputAt(`count_${name}`)]);
    this.setNow(now);
    this.#put('time_wait', span);
    this.#put('answer_ready', 1);
    this.#put('ack_ready', 1);
    this.#until('ready');
  }

  setNow(now: number): void {
    this.#put('now', now >>> 0);
    this.#words[this.#inputAt('now') + 1] = now / 2 ** 32;
  }

  insert(k: number, vm: number, record: Omit<TimeWait, 'expires'>): void {
    this.#put('insert_valid', 1);
    this.#putKey('insert', k);
    this.#put('insert_payload_vm', vm);
    for (const [name, value] of Object.entries(record)) this.#put(`insert_payload_record_${name}`, Number(value));
    this.#run();
    this.#put('insert_valid', 0);
    for (let i = 0; i < 4; i++) this.#run();
  }

  remove(vm: number): void {
    this.#put('remove_vm_valid', 1);
    this.#put('remove_vm_payload', vm);
    this.#until('remove_vm_ready');
    this.#put('remove_vm_valid', 0);
  }

  lookup(k: number, segment: Segment): Answered {
    this.#put('lookup_valid', 1);
    this.#putKey('lookup', k);
    for (const [name, value] of Object.entries(portSegment(segment))) this.#put(`lookup_payload_segment_${name}`, Number(value));
    this.#until('lookup_ready');
    this.#put('lookup_valid', 0);
    const before = this.counted['restarted'];
    this.#until('answer_valid');
    const answer = ANSWERS[this.#get('answer_payload')]!;
    if (this.#get('ack_valid') === 0) return { answer };
    const options = this.#get('ack_payload_has_ts') === 1 ? { tsval: this.#get('ack_payload_tsval'), tsecr: this.#get('ack_payload_tsecr') } : {};
    const ack = { seq: this.#get('ack_payload_seq'), ack: this.#get('ack_payload_ack'), flags: ACK, window: this.#get('ack_payload_window'), length: 0, options };
    const key = Object.entries(keyOf(k)).every(([name, value]) => this.#get(`ack_payload_key_${name}`) === value);
    return key ? { answer, ack, vm: this.#get('ack_payload_vm'), restarted: this.counted['restarted'] !== before } : { answer: `${answer} with another key` };
  }

  #putKey(port: string, k: number): void {
    this.#put(`${port}_payload_hash`, hashOf(k));
    for (const [name, value] of Object.entries(keyOf(k))) this.#put(`${port}_payload_key_${name}`, value);
  }

  /** Up to the edge at which this output is high, for a while at most. */
  #until(output: string): void {
    for (let i = 0; i < 10_000; i++) {
      this.#run();
      if (this.#get(output) === 1) return;
    }
    throw new Error(`${output} never comes`);
  }

  #run(): void {
    this.#engine.run(1);
    for (const [name, at] of this.#counters) if (this.#words[at] === 1) this.counted[name]! += 1;
  }

  #put(name: string, value: number): void {
    this.#words[this.#inputAt(name)] = value;
  }

  #get(name: string): number {
    return this.#words[this.#outputAt(name)]!;
  }

  #inputAt(name: string): number {
    return this.#inputs.get(name) ?? remember(this.#inputs, name, this.#engine.input(name).offset >>> 2);
  }

  #outputAt(name: string): number {
    return this.#outputs.get(name) ?? remember(this.#outputs, name, this.#engine.output(name).sampledOffset >>> 2);
  }
}

function remember(map: Map<string, number>, name: string, at: number): number {
  map.set(name, at);
  return at;
}
