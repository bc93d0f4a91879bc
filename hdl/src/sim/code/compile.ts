/** A flat design as a running WebAssembly module over its linear memory. */
import { type Activity, activityOf } from './activity.ts';
import { emitCommit } from './commit.ts';
import { emitFunctions } from './emit.ts';
import type { FlatDesign } from '../flatten.ts';
import { emitEdge, emitEdges, emitNotice, emitVisits, type Gate, takeGate, takeShadows } from './gate.ts';
import { Arena, pagesFor, STATUS, type Layout } from '../layout.ts';
import { Lowering } from './lowering.ts';
import { cycleProgram, type Program, type Store, type WritePort } from './program.ts';
import { type CycleFunctions, emitRunLoop } from './run-loop.ts';
import { type FunctionSize, scheduleProgram } from './schedule.ts';
import { Words } from './simplify.ts';
import type { TopOutput } from '../top-outputs.ts';
import { CodeWriter } from './wasm/code.ts';
import { encodeModule, type WasmFunction } from './wasm/module.ts';
import { OP, TYPE } from './wasm/opcodes.ts';

export interface Compiled {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pages: number;
  /** Constants that the code expects in memory. */
  readonly tables: readonly Table[];
  readonly writePorts: readonly WritePort[];
  readonly gate: Gate;
  /** Scratch memory starts at the end of the layout and ends here. */
  readonly scratchEnd: number;
  /** For figures: size of every function that evaluates, in bytes. */
  readonly functionBytes: readonly number[];
}

/** How code is cut into groups, and what gating is told of them: so that tests can make both difficult, or wrong. */
export interface Tuning {
  readonly size?: FunctionSize;
  readonly activity?: (activity: Activity) => Activity;
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
  /** Outputs, next state and status of this cycle, all of it. */
  readonly evaluate: () => void;
  /** The clock edge, all of it. */
  readonly commit: () => void;
  /** Makes the readers of changed inputs dirty. */
  readonly notice: () => void;
  /** As `evaluate`, for the groups that are dirty; they are pending then. */
  readonly visit: () => void;
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

export function compile(flat: FlatDesign, layout: Layout, outputs: readonly TopOutput[], assertions: boolean, { size, activity: revise }: Tuning = {}): Compiled {
  const scratch = new Arena(layout.persistentEnd);
  const tables: Table[] = [];
  const words = new Words();
  const lowering = new Lowering(words, flat, layout, (elements, bytes) => {
    const offset = scratch.take(elements.length * bytes, 8);
    tables.push({ offset, elements, bytes });
    return offset;
  });
  const program = cycleProgram(flat, layout, outputs, lowering, scratch, assertions);
  const schedule = scheduleProgram(program.stores, words.table.words.length, scratch, size);
  const found = activityOf(schedule, layout, program.writePorts);
  const activity = revise?.(found) ?? found;
  const gate = takeGate(scratch, activity.count, layout);
  const shadows = takeShadows(schedule.passed, scratch);
  const groups = emitFunctions(schedule);
  const looks = emitSuspicion(program, flat, words, scratch);
  const link = new Linker();
  const firstGroup = link.add(groups);
  const commits = emitCommit(program.writePorts, layout);
  const firstCommit = link.add(commits);
  const firstLook = link.add(looks);
  const firstEdge = link.add(activity.edges.map((edge) => emitEdge(edge, gate, layout)));
  const functions: CycleFunctions = {
    evaluate: link.addCalls(firstGroup, groups.length, 'evaluate'),
    commit: link.addCalls(firstCommit, commits.length, 'commit'),
    look: link.addCalls(firstLook, looks.length),
    notice: link.add([emitNotice(activity, gate, layout)], 'notice'),
    visit: link.add([emitVisits(schedule.passed, shadows, gate, firstGroup)], 'visit'),
    edge: link.add([emitEdges(activity.edges, gate, firstEdge)]),
  };
  link.addRun(emitRunLoop(functions, gate, layout));
  const scratchEnd = scratch.align(64);
  const pages = pagesFor(scratchEnd + reserveBytes(flat, words.table.words.length));
  return {
    bytes: encodeModule(link.functions, pages),
    pages, tables, scratchEnd, gate,
    writePorts: program.writePorts,
    functionBytes: groups.map((code) => code.length),
  };
}

/** A program of its own: it shares nothing with the evaluation, which so pays nothing for it. */
function emitSuspicion({ suspect }: Program, flat: FlatDesign, words: Words, scratch: Arena): readonly CodeWriter[] {
  if (suspect.isConst) return [];
  const store: Store = { scope: flat.scopes[0]!, address: STATUS.suspect, word: suspect, hold: undefined, counts: false };
  return emitFunctions(scheduleProgram([store], words.table.words.length, scratch));
}

/** Numbers functions in the order in which they are added. */
class Linker {
  readonly functions: WasmFunction[] = [];

  /** Returns the first one's index. */
  add(codes: readonly CodeWriter[], exportName?: string): number {
    const first = this.functions.length;
    for (const code of codes) this.functions.push({ parameters: [], results: [], locals: code.locals, code: code.bytes, exportName });
    return first;
  }

  /** A function that calls `count` others. */
  addCalls(first: number, count: number, exportName?: string): number {
    const code = new CodeWriter();
    for (let index = first; index < first + count; index += 1) code.indexed(OP.call, index);
    return this.add([code], exportName);
  }

  addRun(code: CodeWriter): void {
    this.functions.push({ parameters: [TYPE.i32], results: [TYPE.i32], locals: code.locals, code: code.bytes, exportName: 'run' });
  }
}
