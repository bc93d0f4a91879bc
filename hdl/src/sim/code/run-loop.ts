/** The function that runs many cycles, gated or not; see `gate.ts`. */
import { allGroups, type Gate, limbs, markGroups } from './gate.ts';
import { STATUS, type Layout } from '../layout.ts';
import { CodeWriter } from './wasm/code.ts';
import { OP, TYPE } from './wasm/opcodes.ts';

/** Indices of the functions that it calls. */
export interface CycleFunctions {
  /** All groups, and the edge after that. */
  readonly evaluate: number;
  readonly commit: number;
  /** Marks the readers of changed inputs. */
  readonly notice: number;
  /** Dirty groups only, and the edge after that. */
  readonly visit: number;
  readonly edge: number;
  /** Whether a collided read may matter. */
  readonly look: number;
}

/** `run(cycles)`: up to so many cycles; returns how many were done. Stops before the edge of a cycle whose status is not 0. */
export function emitRunLoop(functions: CycleFunctions, gate: Gate, layout: Layout): CodeWriter {
  const code = new CodeWriter(1);
  const done = code.local(TYPE.i32);
  // In a pause nobody asks which inputs have changed.
  load(code, gate.left);
  code.open(OP.if);
  store(code, gate.news, () => code.i32(1));
  code.op(OP.else);
  code.indexed(OP.call, functions.notice);
  code.op(OP.end);
  code.open(OP.block);
  code.open(OP.loop);
  code.indexed(OP.localGet, done);
  code.indexed(OP.localGet, 0);
  code.op(OP.i32GeU);
  code.indexed(OP.brIf, 1);

  load(code, gate.left);
  code.open(OP.if);
  code.indexed(OP.call, functions.evaluate);
  code.op(OP.else);
  skipWhenIdle(code, done, gate);
  code.indexed(OP.call, functions.visit);
  code.op(OP.end);

  load(code, STATUS.failed);
  code.indexed(OP.brIf, 1);
  load(code, STATUS.collided);
  code.open(OP.if);
  code.indexed(OP.call, functions.look);
  load(code, STATUS.suspect);
  code.indexed(OP.brIf, 2);
  code.op(OP.end);

  load(code, gate.left);
  code.open(OP.if);
  code.indexed(OP.call, functions.commit);
  countPause(code, gate, layout);
  code.op(OP.else);
  code.indexed(OP.call, functions.edge);
  addCycles(code, () => code.i64(1n));
  pauseWhenBusy(code, gate);
  code.op(OP.end);

  code.indexed(OP.localGet, done);
  code.i32(1);
  code.op(OP.i32Add);
  code.indexed(OP.localSet, done);
  code.indexed(OP.br, 0);
  code.op(OP.end);
  code.op(OP.end);
  keepInputs(code, gate, layout);
  code.indexed(OP.localGet, done);
  return code;
}

/** With no group dirty nothing changes any more: the cycles that are left are over at once. Stands in an `if` in the loop. */
function skipWhenIdle(code: CodeWriter, done: number, gate: Gate): void {
  for (let k = 0; k < limbs(gate.count); k += 1) {
    code.i32(0);
    code.access(OP.i64Load, gate.dirty + 8 * k);
    if (k > 0) code.op(OP.i64Or);
  }
  if (gate.count === 0) code.i64(0n);
  code.op(OP.i64Eqz);
  code.open(OP.if);
  // Unless the last evaluation ended with an assertion that does not hold.
  load(code, STATUS.failed);
  code.indexed(OP.brIf, 3);
  addCycles(code, () => {
    code.indexed(OP.localGet, 0);
    code.indexed(OP.localGet, done);
    code.op(OP.i32Sub);
    code.op(OP.i64ExtendI32U);
  });
  code.indexed(OP.localGet, 0);
  code.indexed(OP.localSet, done);
  code.indexed(OP.br, 3);
  code.op(OP.end);
}

/** One cycle of the pause is over; after the last, every group is dirty, and inputs count as seen. */
function countPause(code: CodeWriter, gate: Gate, { inputArea }: Layout): void {
  load(code, gate.left);
  code.i32(-1);
  code.op(OP.i32Ne);
  code.open(OP.if);
  store(code, gate.left, () => {
    load(code, gate.left);
    code.i32(1);
    code.op(OP.i32Sub);
  });
  load(code, gate.left);
  code.op(OP.i32Eqz);
  code.open(OP.if);
  markGroups(code, allGroups(gate.count), gate);
  code.copy(gate.seen, inputArea.offset, inputArea.bytes);
  code.op(OP.end);
  code.op(OP.end);
}

/** The first cycle after a pause has every group dirty and tells nothing; if the second is busy, the next pause begins. */
const CYCLES_TO_SEE = 2;

function pauseWhenBusy(code: CodeWriter, gate: Gate): void {
  load(code, gate.streak);
  load(code, gate.patience);
  code.op(OP.i32GeU);
  code.open(OP.if);
  store(code, gate.streak, () => {
    load(code, gate.patience);
    code.i32(CYCLES_TO_SEE);
    code.op(OP.i32Sub);
  });
  store(code, gate.left, () => load(code, gate.pause));
  code.op(OP.end);
}

function addCycles(code: CodeWriter, count: () => void): void {
  code.i32(0);
  code.i32(0);
  code.access(OP.i64Load, STATUS.cycle);
  count();
  code.op(OP.i64Add);
  code.access(OP.i64Store, STATUS.cycle);
}

/** Inputs do not change while it runs: what they are now is what the last edge saw. */
function keepInputs(code: CodeWriter, gate: Gate, { inputArea, inputDistance }: Layout): void {
  load(code, gate.news);
  code.open(OP.if);
  code.copy(inputArea.offset + inputDistance, inputArea.offset, inputArea.bytes);
  store(code, gate.news, () => code.i32(0));
  code.op(OP.end);
}

function store(code: CodeWriter, address: number, value: () => void): void {
  code.i32(0);
  value();
  code.access(OP.i32Store, address);
}

function load(code: CodeWriter, address: number): void {
  code.i32(0);
  code.access(OP.i32Load, address);
}
