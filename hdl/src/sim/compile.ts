/** A flat design as a running WebAssembly module over its linear memory. */
import { emitCommit } from './commit.ts';
import { emitFunctions } from './emit.ts';
import type { FlatDesign } from './flatten.ts';
import { Arena, pagesFor, STATUS, type Layout } from './layout.ts';
import { Lowering } from './lowering.ts';
import { cycleProgram, type Program, type Store, type WritePort } from './program.ts';
import { scheduleProgram } from './schedule.ts';
import { Words } from './simplify.ts';
import type { TopOutput } from './top-outputs.ts';
import { CodeWriter } from './wasm/code.ts';
import { encodeModule, type WasmFunction } from './wasm/module.ts';
import { OP, TYPE } from './wasm/opcodes.ts';

export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pages: number;
  /** Constants that the code expects in memory. */
  readonly tables: readonly Table[];
  readonly writePorts: readonly WritePort[];
  /** Scratch memory starts at the end of the layout and ends here. */
  readonly scratchEnd: number;
  /** For figures: size of every function that evaluates, in bytes. */
  readonly functionBytes: readonly number[];
}

export interface Table {
  readonly offset: number;
  readonly elements: readonly bigint[];
  readonly bytes: number;
}

/** What the module exports. */
export interface Exports {
  /** Up to `cycles` cycles; returns how many were done. Stops before the edge of a cycle whose status is not 0. */
  readonly run: (cycles: number) => number;
  /** Outputs, next state and status of this cycle. */
  readonly evaluate: () => void;
  /** The clock edge. */
  readonly commit: () => void;
}

/** Memory beyond the scratch area, for code modules compiled later: four times what one that watches everything takes. */
function reserveBytes(flat: FlatDesign, words: number): number {
  let bits = 0;
  for (const { module } of flat.scopes) {
    for (const net of [...module.ports, ...module.wires, ...module.registers, ...module.named]) bits += Math.max(64, net.width + 63);
    for (const memory of module.memories) bits += memory.reads.length * (memory.width + 63);
  }
  return 65536 + 4 * (bits / 8 + 8 * words);
}

export function compile(flat: FlatDesign, layout: Layout, outputs: readonly TopOutput[], assertions: boolean): Compiled {
  const scratch = new Arena(layout.persistentEnd);
  const tables: Table[] = [];
  const words = new Words();
  const lowering = new Lowering(words, flat, layout, (elements, bytes) => {
    const offset = scratch.take(elements.length * bytes, 8);
    tables.push({ offset, elements, bytes });
    return offset;
  });
  const program = cycleProgram(flat, layout, outputs, lowering, scratch, assertions);
  const schedule = scheduleProgram(program.stores, words.table.words.length, scratch);
  const evaluators = emitFunctions(schedule).map((code) => plain(code));
  const looks = emitSuspicion(program, flat, words, scratch);
  const scratchEnd = scratch.align(64);
  const pages = pagesFor(scratchEnd + reserveBytes(flat, words.table.words.length));
  return {
    bytes: encodeModule(link(evaluators, looks, layout, program), pages),
    pages, tables, scratchEnd,
    writePorts: program.writePorts,
    functionBytes: evaluators.map(({ code }) => code.length),
  };
}

function plain(code: CodeWriter, exportName?: string): WasmFunction {
  return { parameters: [], results: [], locals: code.locals, code: code.bytes, exportName };
}

/** A program of its own: it shares nothing with the evaluation, which so pays nothing for it. */
function emitSuspicion({ suspect }: Program, flat: FlatDesign, words: Words, scratch: Arena): readonly WasmFunction[] {
  if (suspect.isConst) return [];
  const store: Store = { scope: flat.scopes[0]!, address: STATUS.suspect, word: suspect, hold: undefined, counts: false };
  const schedule = scheduleProgram([store], words.table.words.length, scratch);
  return emitFunctions(schedule).map((code) => plain(code));
}

/** Adds the functions that call the others. */
function link(evaluators: readonly WasmFunction[], looks: readonly WasmFunction[], layout: Layout, { writePorts }: Program): readonly WasmFunction[] {
  const commits = emitCommit(writePorts, layout).map((code) => plain(code));
  const calls = (first: number, functions: readonly WasmFunction[], exportName?: string): WasmFunction => {
    const code = new CodeWriter();
    for (const index of functions.keys()) code.indexed(OP.call, first + index);
    return plain(code, exportName);
  };
  const commitStart = evaluators.length;
  const lookStart = commitStart + commits.length;
  const first = lookStart + looks.length;
  const run = runLoop(first, first + 1, first + 2, layout);
  return [
    ...evaluators, ...commits, ...looks,
    calls(0, evaluators, 'evaluate'),
    calls(commitStart, commits, 'commit'),
    calls(lookStart, looks),
    { parameters: [TYPE.i32], results: [TYPE.i32], locals: run.locals, code: run.bytes, exportName: 'run' },
  ];
}

function runLoop(evaluate: number, commit: number, look: number, { inputArea, inputDistance }: Layout): CodeWriter {
  const code = new CodeWriter(1);
  const done = code.local(TYPE.i32);
  code.open(OP.block);
  code.open(OP.loop);
  code.indexed(OP.localGet, done);
  code.indexed(OP.localGet, 0);
  code.op(OP.i32GeU);
  code.indexed(OP.brIf, 1);
  code.indexed(OP.call, evaluate);
  for (const address of [STATUS.failed, STATUS.suspect]) {
    if (address === STATUS.suspect) {
      code.i32(0);
      code.access(OP.i32Load, STATUS.collided);
      code.open(OP.if);
      code.indexed(OP.call, look);
    }
    code.i32(0);
    code.access(OP.i32Load, address);
    code.indexed(OP.brIf, address === STATUS.suspect ? 2 : 1);
  }
  code.op(OP.end);
  code.indexed(OP.call, commit);
  code.indexed(OP.localGet, done);
  code.i32(1);
  code.op(OP.i32Add);
  code.indexed(OP.localSet, done);
  code.indexed(OP.br, 0);
  code.op(OP.end);
  code.op(OP.end);
  // Inputs do not change while it runs: what they are now is what the last edge saw.
  for (let at = inputArea.offset; at < inputArea.offset + inputArea.bytes; at += 8) {
    code.i32(0);
    code.i32(0);
    code.access(OP.i64Load, at);
    code.access(OP.i64Store, at + inputDistance);
  }
  code.indexed(OP.localGet, done);
  return code;
}
