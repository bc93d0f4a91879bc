/**
 * Compiled tracing: a second code module, on the same memory, that notes the changes of signals. Made when asked for;
 * the first one is none the slower.
 *
 * Registers and inputs are compared where they are. What follows from them by logic alone need not be computed while
 * the design runs: a third module does that, on a memory of its own, when the trace is read, and only for cycles that
 * are kept. Words read from memories are fetched at once. Where that would note much more than what is watched - a
 * few bits at the end of a large cone, say - the signals themselves are computed at once.
 */
import type { Table } from '../code/compile.ts';
import { emitFunctions } from '../code/emit.ts';
import { SimulationError } from '../error.ts';
import type { FlatDesign, Scope } from '../flatten.ts';
import { Image, writeTable } from '../image.ts';
import { compileModule, createMemory, instantiate, type WasmMemory } from '../instantiate.ts';
import { Arena, type Layout, pagesFor } from '../layout.ts';
import { Lowering } from '../code/lowering.ts';
import { Sampler, samplerCode } from './sampler.ts';
import { scheduleProgram } from '../code/schedule.ts';
import type { Signal, Source } from '../signals.ts';
import { Words } from '../code/simplify.ts';
import { type CutCones, cutCones, moveCones } from './trace-cones.ts';
import { planWords, type WordPlan } from './trace-plan.ts';
import type { WasmFunction } from '../code/wasm/module.ts';
import type { Word } from '../code/words.ts';

export interface TracedSignal extends Signal {
  /** Numbers of the 32-bit words that make up its value among a reader's `values`, least significant first. */
  readonly words: readonly number[];
}

/** Turns entries of a sampler's log into values, one after the other. */
export interface TraceReader {
  /** As of the last entry. */
  readonly values: Uint32Array;
  /** Takes the entry at `start`, tells the numbers of words that changed, and returns where the next entry starts. */
  next(log: Uint32Array, start: number, changed: (word: number) => void): number;
}

export interface Tracer {
  readonly signals: readonly TracedSignal[];
  readonly sampler: Sampler;
  /** @param values of the sampler, as of before the first entry to be read */
  reader(values: Uint32Array): TraceReader;
}

/** Noting more words than this for each word watched costs more than it saves. */
const MOST_NOTED = 2;

/** @param arena free memory, shared by all tracers and observers */
export function createTracer(signals: readonly Source[], flat: FlatDesign, layout: Layout, memory: WasmMemory, image: Image, arena: Arena): Tracer {
  const begin = arena.end;
  const words = new Words();
  const tables: Table[] = [];
  const lowering = new Lowering(words, flat, layout, (elements, bytes) => {
    const offset = arena.take(elements.length * bytes, 8);
    tables.push({ offset, elements, bytes });
    return offset;
  });
  const scopes = new Map<Word, Scope>();
  const values = signals.map((signal) => {
    const scope = signal.kind === 'word' ? signal.region.scope : signal.scope;
    const value = signal.kind === 'word' ? lowering.word(signal.region, signal.index) : lowering.of(scope, signal.source);
    for (const word of value) if (!scopes.has(word)) scopes.set(word, scope);
    return value;
  });
  const scopeOf = (word: Word): Scope => scopes.get(word) ?? flat.scopes[0]!;

  const watched = [...scopes.keys()].filter((word) => !word.isConst);
  const cones = cutCones(watched);
  const isDeferred = cones.derived.length > 0 && cones.sources.length <= MOST_NOTED * watched.length;
  const noted = planWords(isDeferred ? cones.sources : watched, scopeOf, [layout.inputArea, layout.stateArea], arena);
  const evaluators = emit(noted, words, arena);
  if (arena.end > image.bytes.length) {
    arena.end = begin;
    throw new SimulationError(`${signals.length} signals and their logic are too many to watch at once: choose fewer`);
  }
  for (const table of tables) writeTable(image, table);
  const sampler = compileSampler(noted, evaluators, memory, image);

  const derivation = isDeferred ? new Derivation(cones, noted, scopeOf) : undefined;
  const constants = new Map<Word, number>();
  let end = derivation?.end ?? noted.end;
  for (const word of scopes.keys()) {
    if (!word.isConst) continue;
    constants.set(word, end);
    end += word.size / 32;
  }
  const numbersOf = (word: Word): readonly number[] => {
    const first = constants.get(word) ?? noted.numbers.get(word) ?? derivation!.numbers.get(word)!;
    return word.size === 32 ? [first] : [first, first + 1];
  };
  const fill = (all: Uint32Array, start: Uint32Array): Uint32Array => {
    all.set(start);
    for (const [word, number] of constants) for (let k = 0; k < word.size / 32; k += 1) all[number + k] = Number((word.value >> BigInt(32 * k)) & 0xffff_ffffn);
    return all;
  };
  return {
    sampler,
    signals: signals.map(({ path, width, isBool, labels, kind }, i) =>
      ({ path, width, isBool, labels, kind, words: values[i]!.flatMap(numbersOf).slice(0, Math.ceil(width / 32)) })),
    reader: (start) => {
      if (derivation !== undefined) return derivation.reader(sampler, end, (all) => fill(all, start));
      const all = fill(new Uint32Array(end), start);
      return { values: all, next: (log, at, changed) => sampler.apply(log, at, all, changed) };
    },
  };
}

function emit({ stores }: WordPlan, words: Words, arena: Arena): readonly WasmFunction[] {
  return emitFunctions(scheduleProgram(stores, words.table.words.length, arena))
    .map((code) => ({ parameters: [], results: [], locals: code.locals, code: code.bytes, exportName: undefined }));
}

function compileSampler({ sampler }: WordPlan, evaluators: readonly WasmFunction[], memory: WasmMemory, image: Image): Sampler {
  const { sample } = instantiate<{ sample: (out: number) => number }>(compileModule(samplerCode(evaluators, sampler)), memory);
  return new Sampler(image, sampler, sample);
}

/** Where the private memory's values start. Below are addresses that the code of a sampler reads. */
const VALUES_OFFSET = 64;

/** What is computed when a trace is read: on a memory of its own, which starts with the values. */
class Derivation {
  /** Of derived words; they come after those that were noted. */
  readonly numbers: ReadonlyMap<Word, number>;
  readonly end: number;
  readonly #notedEnd: number;
  readonly #cones: CutCones;
  readonly #noted: WordPlan;
  readonly #scopeOf: (word: Word) => Scope;

  constructor(cones: CutCones, noted: WordPlan, scopeOf: (word: Word) => Scope) {
    this.#cones = cones;
    this.#noted = noted;
    this.#scopeOf = scopeOf;
    this.#notedEnd = noted.end;
    // The same plan as that of any reader: numbers do not depend on where it is.
    const { numbers, end } = planWords(cones.derived, scopeOf, [], new Arena(VALUES_OFFSET));
    this.numbers = new Map([...numbers].map(([word, number]) => [word, noted.end + number]));
    this.end = noted.end + end;
  }

  /** @param start gives the values, which are `words` long, their first contents */
  reader(sampler: Sampler, words: number, start: (values: Uint32Array) => void): TraceReader {
    const arena = new Arena(VALUES_OFFSET);
    const offset = arena.take(4 * words, 8);
    const { words: moved, moved: now } = moveCones(this.#cones, (source) => offset + 4 * this.#noted.numbers.get(source)!);
    const scopes = new Map(this.#cones.derived.map((word) => [now.get(word)!, this.#scopeOf(word)]));
    const plan = planWords(this.#cones.derived.map((word) => now.get(word)!), (word) => scopes.get(word)!, [], arena);
    const evaluators = emit(plan, moved, arena);
    const memory = createMemory(pagesFor(arena.end));
    const image = new Image(memory.buffer);
    const computed = compileSampler(plan, evaluators, memory, image);
    const values = image.words.subarray(offset >>> 2, (offset >>> 2) + words);
    start(values);
    const derivedValues = values.subarray(this.#notedEnd);
    const takeDerived = (changed: (word: number) => void): void => {
      computed.sample();
      const entries = computed.drain();
      if (entries.length > 0) computed.apply(entries, 0, derivedValues, (word) => changed(word + this.#notedEnd));
    };
    takeDerived(() => {});
    return {
      values,
      next: (log, at, changed) => {
        const end = sampler.apply(log, at, values, changed);
        takeDerived(changed);
        return end;
      },
    };
  }
}
