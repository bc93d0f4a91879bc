/** Logic as machine words: cones of the flat design, on the values in linear memory. */
import type { Expression } from '../../ir/expression.ts';
import type { Net } from '../../ir/net.ts';
import type { FlatDesign, Scope } from '../flatten.ts';
import type { Layout, MemoryRegion, Slot } from '../layout.ts';
import { Cones } from './levelise.ts';
import type { Tables } from './lower/choose.ts';
import { lowerOperator } from './lower/operator.ts';
import { below, limbWidth, typeFor, type Sized, type Value } from './lower/value.ts';
import type { Words } from './simplify.ts';
import { TYPE } from './wasm/opcodes.ts';
import type { Word } from './words.ts';

/** The cones of a design as machine words over its layout. */
export class Lowering {
  readonly words: Words;
  readonly layout: Layout;
  readonly #cones: Cones<Value>;
  readonly #inputs: ReadonlyMap<string, Slot>;

  constructor(words: Words, flat: FlatDesign, layout: Layout, tables: Tables) {
    this.words = words;
    this.layout = layout;
    this.#inputs = new Map(layout.inputs.map((port) => [port.name, port]));
    this.#cones = new Cones<Value>(flat, {
      source: (scope, net) => this.load(this.slotOf(scope, net)),
      read: (scope, memory, read, address) => this.read(layout.memories.get(scope)!.get(memory)!, { value: address, width: read.address.width }),
      operator: (node, args) => lowerOperator(words, node, args, tables),
    });
  }

  of(scope: Scope, source: Expression | Net): Value {
    return this.#cones.of(scope, source);
  }

  bit(scope: Scope, expression: Expression | undefined): Word {
    return expression === undefined ? this.words.i32(1) : this.of(scope, expression)[0]!;
  }

  load({ offset, width }: Slot): Value {
    if (width <= 64) return [this.words.load(typeFor(width), offset, width)];
    return Array.from({ length: Math.ceil(width / 64) }, (_, k) => this.words.load(TYPE.i64, offset + 8 * k, limbWidth(width, k)));
  }

  slotOf(scope: Scope, net: Net): Slot {
    if (net.kind === 'reg') return this.layout.registers.get(scope)!.get(net)!;
    if (net.kind === 'memoryRead') return this.layout.reads.get(scope)!.get(net)!.data;
    return this.#inputs.get(net.name)!;
  }

  word(region: MemoryRegion, index: number): Value {
    return this.read(region, { value: [this.words.i32(index)], width: 32 });
  }

  /** Word `address` of a memory, zero beyond the depth. */
  read(region: MemoryRegion, address: Sized): Value {
    const { words } = this;
    const { width, depth } = region.memory;
    const index = words.select(below(words, address, depth), words.as(TYPE.i32, address.value[0]!), words.i32(depth));
    const bytes = words.mul(index, words.i32(region.stride));
    const reach = region.stride * (depth + 1);
    if (width <= 32) return [words.loadAt(region.stride, region.offset, reach, bytes, width)];
    return Array.from({ length: Math.ceil(width / 64) }, (_, k) => words.loadAt(8, region.offset + 8 * k, reach, bytes, limbWidth(width, k)));
  }
}
