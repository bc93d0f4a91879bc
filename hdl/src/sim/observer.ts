/**
 * Compiled sampling: a second code module, on the same memory, that computes chosen signals, for who wants their
 * values in every cycle. `tracer.ts` is for who wants their history. Made when asked for; the first one is none the slower.
 */
import { compileModule, instantiate, type WasmMemory } from './instantiate.ts';
import { emitFunctions } from './code/emit.ts';
import { SimulationError } from './error.ts';
import type { FlatDesign } from './flatten.ts';
import { type Image, writeTable } from './image.ts';
import { Arena, type Layout, type Slot } from './layout.ts';
import { Lowering } from './code/lowering.ts';
import type { Store } from './code/program.ts';
import { scheduleProgram } from './code/schedule.ts';
import type { Source } from './signals.ts';
import { Words } from './code/simplify.ts';
import { CodeWriter } from './code/wasm/code.ts';
import { encodeModule, type WasmFunction } from './code/wasm/module.ts';
import { OP } from './code/wasm/opcodes.ts';

export interface Observer {
  readonly signals: readonly Source[];
  /** Computes all signals from state and inputs as they are. */
  sample(): void;
  /** Value of signal `i` when it was sampled last. */
  value(i: number): bigint;
  /** Where that value is: 4 bytes up to 32 bits, else 8-byte limbs. */
  slot(i: number): Slot;
}

/** @param arena free memory, shared by all observers */
export function createObserver(signals: readonly Source[], flat: FlatDesign, layout: Layout, memory: WasmMemory, image: Image, arena: Arena): Observer {
  const words = new Words();
  const lowering = new Lowering(words, flat, layout, (elements, bytes) => {
    const offset = arena.take(elements.length * bytes, 8);
    writeTable(image, { offset, elements, bytes });
    return offset;
  });
  const slots = signals.map((signal) => arena.value(signal.width));
  const stores = signals.flatMap((signal, i) => {
    const scope = signal.kind === 'word' ? signal.region.scope : signal.scope;
    const value = signal.kind === 'word' ? lowering.word(signal.region, signal.index) : lowering.of(scope, signal.source);
    return value.map((word, k): Store => ({ scope, word, address: slots[i]!.offset + 8 * k, hold: undefined, counts: true }));
  });
  const schedule = scheduleProgram(stores, words.table.words.length, arena);
  if (arena.end > image.bytes.length) {
    throw new SimulationError(`${signals.length} signals and their logic are too many to watch at once: choose fewer`);
  }
  const functions = emitFunctions(schedule).map((code) => plain(code, undefined));
  const all = new CodeWriter();
  for (const index of functions.keys()) all.indexed(OP.call, index);
  const { sample } = instantiate<{ sample: () => void }>(compileModule(encodeModule([...functions, plain(all, 'sample')], 1)), memory);
  return { signals, sample, value: (i) => image.read(slots[i]!), slot: (i) => slots[i]! };
}

function plain(code: CodeWriter, exportName: string | undefined): WasmFunction {
  return { parameters: [], results: [], locals: code.locals, code: code.bytes, exportName };
}
