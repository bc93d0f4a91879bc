/** Names of everything in a design that has one. */
import { didYouMean } from '../check/describe.ts';
import type { Expression } from '../ir/expression.ts';
import type { EnumLabels, Net } from '../ir/net.ts';
import { SimulationError } from './error.ts';
import { join, type FlatDesign, type Scope } from './flatten.ts';
import type { Layout, MemoryRegion } from './layout.ts';
import type { TopOutput } from './top-outputs.ts';

/** `named` is an expression with a name of its own; `probe` a field of a probe, by its name at the top; `word` a memory's. */
export type SignalKind = 'input' | 'output' | 'wire' | 'reg' | 'memoryRead' | 'named' | 'probe' | 'word';

export interface Signal {
  /** Instance names and the signal's name, joined by dots: `stage.fifo.wr`. */
  readonly path: string;
  readonly width: number;
  readonly isBool: boolean;
  readonly labels: EnumLabels | undefined;
  readonly kind: SignalKind;
}

/** Where a signal's value comes from: logic of an instance, or a memory word. */
export type Source = LogicSource | WordSource;

export interface LogicSource extends Signal {
  readonly kind: Exclude<SignalKind, 'word'>;
  readonly scope: Scope;
  readonly source: Net | Expression;
}

export interface WordSource extends Signal {
  readonly kind: 'word';
  readonly region: MemoryRegion;
  readonly index: number;
}

export class SignalTable {
  readonly #sources = new Map<string, LogicSource>();
  /** An instance's ports as its parent sees them: the same signals once more, for `find` only. */
  readonly #aliases = new Map<string, LogicSource>();
  readonly #memories = new Map<string, MemoryRegion>();

  constructor(flat: FlatDesign, layout: Layout, outputs: readonly TopOutput[]) {
    this.#add(flat.scopes[0]!, 'rst', resetOf(flat.scopes[0]!), true, undefined, 'input');
    for (const scope of flat.scopes) {
      const { module } = scope;
      const add = (net: Net, kind: LogicSource['kind']): void => this.#add(scope, net.name, net, net.isBool, net.labels, kind);
      for (const net of module.ports) add(net, net.kind === 'input' ? 'input' : 'output');
      for (const net of module.registers) add(net, 'reg');
      for (const net of module.wires) add(net, 'wire');
      for (const read of module.memories.flatMap((memory) => memory.reads)) add(read.data, 'memoryRead');
      for (const expression of module.named) this.#add(scope, expression.name!, expression, expression.width === 1, undefined, 'named');
      for (const net of module.instances.flatMap((instance) => instance.nets)) {
        const path = join(scope.path, net.name);
        this.#aliases.set(path, { path, scope, source: net, width: net.width, isBool: net.isBool, labels: net.labels, kind: 'wire' });
      }
      for (const [memory, region] of layout.memories.get(scope)!) this.#memories.set(join(scope.path, memory.name), region);
    }
    for (const { name, scope, source, width, isBool, labels } of outputs) {
      if (!this.#sources.has(name)) this.#sources.set(name, { path: name, scope, source, width, isBool, labels, kind: 'probe' });
    }
  }

  /** All signals, instance by instance, without memory words. */
  get all(): readonly LogicSource[] {
    return [...this.#sources.values()];
  }

  /** @throws SimulationError if there is no such signal, with the nearest names */
  find(path: string): Source {
    const word = /^(.*)\[(\d+)\]$/.exec(path);
    if (word !== null) return this.#word(path, word[1]!, Number(word[2]));
    return this.#sources.get(path) ?? this.#aliases.get(path) ?? this.#unknown('signal', path, [...this.#sources.keys(), ...this.#memories.keys()]);
  }

  memory(path: string): MemoryRegion {
    return this.#memories.get(path) ?? this.#unknown('memory', path, this.#memories.keys());
  }

  get memories(): ReadonlyMap<string, MemoryRegion> {
    return this.#memories;
  }

  /** @throws SimulationError if the memory has no such word */
  memoryWord(path: string, index: number): MemoryRegion {
    const region = this.memory(path);
    const { depth } = region.memory;
    if (!Number.isInteger(index) || index < 0 || index >= depth) throw new SimulationError(`memory ${path} has words 0 to ${depth - 1}, not ${index}`);
    return region;
  }

  #word(path: string, memory: string, index: number): WordSource {
    const region = this.memoryWord(memory, index);
    return { path, width: region.memory.width, isBool: false, labels: undefined, kind: 'word', region, index };
  }

  #add(scope: Scope, name: string, source: Net | Expression, isBool: boolean, labels: EnumLabels | undefined, kind: LogicSource['kind']): void {
    const path = join(scope.path, name);
    if (!this.#sources.has(path)) this.#sources.set(path, { path, scope, source, width: source.width, isBool, labels, kind });
  }

  #unknown(what: string, path: string, names: Iterable<string>): never {
    throw new SimulationError(`there is no ${what} ${path}${nearest(path, [...names])}`);
  }
}

/** No net of the design is the reset: it is an input all the same. */
function resetOf({ module: { at } }: Scope): Net {
  return { kind: 'input', name: 'rst', width: 1, isBool: true, labels: undefined, drive: [], register: undefined, attributes: new Map(), at };
}

/** Names that differ in the path only come first, then what is spelt alike. */
function nearest(path: string, names: readonly string[]): string {
  const leaf = path.slice(path.lastIndexOf('.') + 1);
  const same = names.filter((name) => name !== path && name.slice(name.lastIndexOf('.') + 1) === leaf).slice(0, 3);
  if (same.length > 0) return `; did you mean ${same.join(' or ')}?`;
  const near = didYouMean(path, names);
  if (near !== '') return near;
  return names.length === 0 ? '; the design has none' : names.length <= 8 ? `; there are ${names.join(', ')}` : '';
}
