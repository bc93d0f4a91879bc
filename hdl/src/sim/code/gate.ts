/**
 * Activity gating: a group of code runs only if something that it reads has changed.
 *
 * `dirty` holds the groups to run in this cycle, `pending` those that have run and whose next state waits for the
 * edge. Whoever writes compares, and marks its readers: a group after it has run (words that it passes on), the edge
 * (state, memories), and the start of a run (inputs). All compare whole chunks, in vectors.
 *
 * At full activity the comparing is wasted. When seven of eight groups have run for `patience` cycles in a row, `pause`
 * cycles run without any of it; then every group is dirty, and as soon as nearly all are busy by themselves the next
 * pause begins.
 */
import type { Activity, EdgeWork, Groups, Piece } from './activity.ts';
import { emitWrite } from './commit.ts';
import { type Arena, CHUNK_BYTES, type Layout } from '../layout.ts';
import type { Passed } from './schedule.ts';
import { CodeWriter } from './wasm/code.ts';
import { OP, TYPE, VECTOR } from './wasm/opcodes.ts';

/** What gating keeps in scratch memory. */
export interface Gate {
  readonly count: number;
  /** i64s, one bit a group. */
  readonly dirty: number;
  readonly pending: number;
  /** Inputs as they were when they were looked at last, as the layout's input area. */
  readonly seen: number;
  /** i32: 1 if inputs have changed since the last edge. */
  readonly news: number;
  /** i32: number of busy cycles in a row so far. */
  readonly streak: number;
  /** i32: from how many busy cycles in a row on gating pauses; -1: never. */
  readonly patience: number;
  /** i32: for how many cycles it pauses then. */
  readonly pause: number;
  /** i32: cycles that are left of the pause; -1: it does not end. */
  readonly left: number;
}

export function takeGate(arena: Arena, count: number, layout: Layout): Gate {
  const masks = 8 * limbs(count);
  const word = (): number => arena.take(4, 4);
  return {
    count,
    dirty: arena.take(masks, 8), pending: arena.take(masks, 8), seen: arena.take(layout.inputArea.bytes, CHUNK_BYTES),
    news: word(), streak: word(), patience: word(), pause: word(), left: word(),
  };
}

/** Number of 64-bit masks. */
export function limbs(count: number): number {
  return Math.ceil(count / 64);
}

/** Limb `k` of a set of groups. */
export function limbOf(groups: Groups, k: number): bigint {
  return (groups >> BigInt(64 * k)) & 0xffff_ffff_ffff_ffffn;
}

export function allGroups(count: number): Groups {
  return (1n << BigInt(count)) - 1n;
}

/** Marks the readers of inputs that have changed since it was called last. In most calls none has, so that is found out first. */
export function emitNotice({ inputs }: Activity, gate: Gate, { inputArea }: Layout): CodeWriter {
  const code = new CodeWriter();
  if (inputArea.bytes === 0) return code;
  const differs = new Differences(code, gate);
  const shadow = (offset: number): number => offset - inputArea.offset + gate.seen;
  differs.compare(inputArea.bytes, inputArea.offset, gate.seen);
  code.open(OP.if);
  for (const { offset, bytes, readers } of inputs) {
    for (let at = 0; at < bytes; at += 8) {
      code.i32(0);
      code.access(OP.i64Load, offset + at);
      code.i32(0);
      code.access(OP.i64Load, shadow(offset + at));
      code.op(OP.i64Xor);
      if (at > 0) code.op(OP.i64Or);
    }
    code.i64(0n);
    code.op(OP.i64Ne);
    code.open(OP.if);
    markGroups(code, readers, gate);
    code.op(OP.end);
  }
  code.copy(gate.seen, inputArea.offset, inputArea.bytes);
  code.i32(0);
  code.i32(1);
  code.access(OP.i32Store, gate.news);
  code.op(OP.end);
  return code;
}

/**
 * Runs the groups that are dirty, in order, and makes them pending. A group marks later ones only, so one pass does.
 *
 * @param first function index of group 0
 */
export function emitVisits(passed: readonly Passed[], shadows: ReadonlyMap<Passed, number>, gate: Gate, first: number): CodeWriter {
  const code = new CodeWriter();
  const differs = new Differences(code, gate);
  const from = Array.from({ length: gate.count }, () => [] as Passed[]);
  for (const one of passed) from[one.from]!.push(one);
  for (let group = 0; group < gate.count; group += 1) {
    if (group % 64 === 0) {
      if (group > 0) code.op(OP.end);
      code.i32(0);
      code.access(OP.i64Load, gate.dirty + group / 8);
      code.i64(0n);
      code.op(OP.i64Ne);
      code.open(OP.if);
    }
    testGroup(code, gate.dirty, group);
    code.open(OP.if);
    code.indexed(OP.call, first + group);
    for (const one of from[group]!) differs.mark(one, one.offset, shadows.get(one)!);
    code.op(OP.end);
  }
  if (gate.count > 0) code.op(OP.end);
  for (let k = 0; k < limbs(gate.count); k += 1) {
    code.i32(0);
    code.i32(0);
    code.access(OP.i64Load, gate.dirty + 8 * k);
    code.access(OP.i64Store, gate.pending + 8 * k);
    clear(code, gate.dirty + 8 * k);
  }
  return code;
}

/** Room for what was passed on when its group ran before. */
export function takeShadows(passed: readonly Passed[], arena: Arena): ReadonlyMap<Passed, number> {
  return new Map(passed.map((one) => [one, arena.take(one.bytes, CHUNK_BYTES)]));
}

/** The clock edge after some groups have run: one function for each kind of work. */
export function emitEdge({ state, writes }: EdgeWork, gate: Gate, layout: Layout): CodeWriter {
  const code = new CodeWriter();
  if (writes.length > 0) {
    const index = code.local(TYPE.i32);
    for (const { port, readers } of writes) emitWrite(code, index, port, () => markGroups(code, readers, gate));
  }
  const differs = new Differences(code, gate);
  for (const piece of state) differs.mark(piece, piece.offset + layout.nextDistance, piece.offset);
  return code;
}

/**
 * Does the edges of the pending groups, none of which is pending then, and counts busy cycles.
 *
 * @param first function index of the first edge
 */
export function emitEdges(edges: readonly EdgeWork[], gate: Gate, first: number): CodeWriter {
  const code = new CodeWriter();
  for (const [i, { writers }] of edges.entries()) {
    testGroups(code, gate.pending, writers, gate.count);
    code.open(OP.if);
    code.indexed(OP.call, first + i);
    code.op(OP.end);
  }
  countBusy(code, gate);
  for (let k = 0; k < limbs(gate.count); k += 1) clear(code, gate.pending + 8 * k);
  return code;
}

/** `streak = busy ? streak + 1 : 0`. */
function countBusy(code: CodeWriter, gate: Gate): void {
  code.i32(0);
  code.i32(0);
  code.access(OP.i32Load, gate.streak);
  code.i32(1);
  code.op(OP.i32Add);
  code.i32(0);
  for (let k = 0; k < limbs(gate.count); k += 1) {
    code.i32(0);
    code.access(OP.i64Load, gate.pending + 8 * k);
    code.op(OP.i64Popcnt);
    if (k > 0) code.op(OP.i64Add);
  }
  code.op(OP.i32WrapI64);
  code.i32(Math.ceil((gate.count * 7) / 8));
  code.op(OP.i32GeU);
  code.op(OP.select);
  code.access(OP.i32Store, gate.streak);
}

/** Leaves an i32: whether `group` is in the masks at `address`. */
function testGroup(code: CodeWriter, address: number, group: number): void {
  code.i32(0);
  code.access(OP.i32Load8U, address + (group >> 3));
  code.i32(1 << (group & 7));
  code.op(OP.i32And);
}

/** Leaves an i32: whether any of `groups` is in the masks at `address`. */
function testGroups(code: CodeWriter, address: number, groups: Groups, count: number): void {
  let isFirst = true;
  for (let k = 0; k < limbs(count); k += 1) {
    const limb = limbOf(groups, k);
    if (limb === 0n) continue;
    code.i32(0);
    code.access(OP.i64Load, address + 8 * k);
    code.i64(limb);
    code.op(OP.i64And);
    if (!isFirst) code.op(OP.i64Or);
    isFirst = false;
  }
  code.i64(0n);
  code.op(OP.i64Ne);
}

/** Makes groups dirty. */
export function markGroups(code: CodeWriter, groups: Groups, gate: Gate): void {
  for (let k = 0; k < limbs(gate.count); k += 1) {
    const limb = limbOf(groups, k);
    if (limb === 0n) continue;
    code.i32(0);
    code.i32(0);
    code.access(OP.i64Load, gate.dirty + 8 * k);
    code.i64(limb);
    code.op(OP.i64Or);
    code.access(OP.i64Store, gate.dirty + 8 * k);
  }
}

function clear(code: CodeWriter, address: number): void {
  code.i32(0);
  code.i64(0n);
  code.access(OP.i64Store, address);
}

/** Finds out whether memory has changed, chunk by chunk. */
class Differences {
  readonly #code: CodeWriter;
  readonly #gate: Gate;
  #locals: { readonly now: number; readonly differences: number } | undefined;

  constructor(code: CodeWriter, gate: Gate) {
    this.#code = code;
    this.#gate = gate;
  }

  /** Copies chunks, and marks their readers if that changes anything. */
  mark({ bytes, readers }: Pick<Piece, 'bytes' | 'readers'>, from: number, to: number): void {
    const code = this.#code;
    if (readers === 0n) {
      code.copy(to, from, bytes);
      return;
    }
    const { now } = this.#variables;
    this.#collect(bytes, from, (at) => {
      code.indexed(OP.localTee, now);
      this.#load(to + at);
      code.vector(VECTOR.xor);
    }, (at) => {
      code.i32(0);
      code.indexed(OP.localGet, now);
      code.vectorAccess(VECTOR.store, to + at);
    });
    code.open(OP.if);
    markGroups(code, readers, this.#gate);
    code.op(OP.end);
  }

  /** Leaves an i32: whether the chunks differ. */
  compare(bytes: number, one: number, other: number): void {
    this.#collect(bytes, one, (at) => {
      this.#load(other + at);
      this.#code.vector(VECTOR.xor);
    }, () => {});
  }

  #collect(bytes: number, from: number, difference: (at: number) => void, after: (at: number) => void): void {
    const code = this.#code;
    const { differences } = this.#variables;
    for (let at = 0; at < bytes; at += CHUNK_BYTES) {
      this.#load(from + at);
      difference(at);
      if (at > 0) {
        code.indexed(OP.localGet, differences);
        code.vector(VECTOR.or);
      }
      code.indexed(OP.localSet, differences);
      after(at);
    }
    code.indexed(OP.localGet, differences);
    code.vector(VECTOR.anyTrue);
  }

  #load(address: number): void {
    this.#code.i32(0);
    this.#code.vectorAccess(VECTOR.load, address);
  }

  get #variables(): { readonly now: number; readonly differences: number } {
    return (this.#locals ??= { now: this.#code.local(TYPE.v128), differences: this.#code.local(TYPE.v128) });
  }
}
