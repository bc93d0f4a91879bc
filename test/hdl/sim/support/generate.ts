/** Random designs as IR: every operator, statement and memory form, small instance trees, no combinational loops. */
import type { Assertion, Instance, Memory, MemoryRead, Module } from '@vtoe/hdl/internal/ir/design';
import type { Expression } from '@vtoe/hdl/internal/ir/expression';
import type { Net, Statement } from '@vtoe/hdl/internal/ir/net';
import { assertion, assign, bits, clog2, constant, input, instance, match, memory, memoryRead, module, net, operation, outputOf, reg, value, when } from './ir.ts';
import type { Random } from '../../support/random.ts';

const WIDTHS = [1, 1, 1, 2, 3, 5, 8, 8, 13, 16, 31, 32, 33, 40, 63, 64, 64, 65, 96, 128, 130, 200];

export interface GenerateOptions {
  readonly size: number;
  readonly assertions: boolean;
  /** Share of memories that assert on collisions, in percent. */
  readonly asserted: number;
}

export function randomModule(name: string, random: Random, options: GenerateOptions, depth: number): Module {
  return new Generator(name, random, options).build(depth);
}

class Generator {
  readonly #name: string;
  readonly #random: Random;
  readonly #options: GenerateOptions;
  /** What may be read so far: no loops, as each net reads only what is here before it. */
  readonly #pool: Expression[] = [];

  constructor(name: string, random: Random, options: GenerateOptions) {
    this.#name = name;
    this.#random = random;
    this.#options = options;
  }

  build(depth: number): Module {
    const random = this.#random;
    const { size } = this.#options;
    const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
    const inputs = times(random.between(1, 4), (i) => this.#readable(input(`in${i}`, random.pick(WIDTHS))));
    const registers = times(random.between(1, 2 + size), (i) => {
      const width = random.pick(WIDTHS);
      return this.#readable(reg(`r${i}`, width, random.chance(0.6) ? { reset: random.edgeBits(width) } : {}));
    });
    const memories: Memory[] = [];
    const instances: Instance[] = [];
    const wires: Net[] = [];
    const named: Expression[] = [];
    for (let i = 0; i < 2 + size * 2; i += 1) {
      const what = random.below(12);
      if (what === 0 && memories.length < 2) memories.push(this.#memory(`m${memories.length}`));
      else if (what === 1 && depth > 0 && instances.length < 2) instances.push(this.#instance(`u${instances.length}`, depth));
      else if (what < 4) {
        const expression = this.#expression(random.pick(WIDTHS), 3);
        if (expression.op === 'net' || expression.op === 'const' || expression.name !== undefined) continue;
        expression.name = `n${named.length}`;
        named.push(expression);
        this.#pool.push(expression);
      } else {
        const made = net('wire', `w${wires.length}`, random.pick(WIDTHS));
        made.drive.push(...this.#combinational(made));
        wires.push(made);
        this.#readable(made);
      }
    }
    const outputs = times(random.between(1, 3), (i) => {
      const made = net('output', `out${i}`, random.pick(WIDTHS));
      made.drive.push(...this.#combinational(made));
      return made;
    });
    return module(this.#name, {
      ports: [...inputs, ...outputs], wires, registers, memories, instances, named,
      clocked: this.#clocked(registers, 3),
      assertions: this.#options.assertions ? times(random.below(3), (i) => this.#assertion(i)) : [],
    });
  }

  #readable(made: Net): Net {
    this.#pool.push(value(made));
    return made;
  }

  /** Something of that width: mostly what is there, else more logic. */
  #expression(width: number, depth: number): Expression {
    const random = this.#random;
    if (depth === 0 || random.chance(0.15)) return this.#leaf(width);
    const sub = (w: number): Expression => this.#expression(w, depth - 1);
    switch (random.below(width === 1 ? 16 : 12)) {
      case 0: return operation(random.pick(['add', 'sub'] as const), width, sub(width), sub(width));
      case 1: return operation(random.pick(['and', 'or', 'xor'] as const), width, sub(width), sub(width));
      case 2: return operation('not', width, sub(width));
      case 3: return operation('mux', width, sub(1), sub(width), sub(width));
      case 4: return operation('choose', width, sub(random.pick([1, 2, 3, 8])), ...Array.from({ length: random.between(1, 6) }, () => sub(width)));
      case 5: return operation(random.pick(['shl', 'shr', 'sra'] as const), width, sub(width), sub(random.pick([1, 3, 6, 8])));
      case 6: return this.#cat(width, depth);
      case 7: return width < 2 ? this.#leaf(width) : operation(random.pick(['zext', 'sext'] as const), width, sub(random.between(1, width - 1)));
      case 8: {
        const from = width + random.between(0, 70);
        return bits(sub(from), random.below(from - width + 1), width);
      }
      case 9: {
        if (width < 2) return this.#leaf(width);
        const left = random.between(1, width - 1);
        return operation('mul', width, sub(left), sub(width - left));
      }
      case 10: {
        const parts = [2, 3, 4, 5, 8].filter((n) => width % n === 0);
        return parts.length === 0 ? this.#leaf(width) : operation('repeat', width, sub(width / random.pick(parts)));
      }
      case 11: {
        const from = random.pick(WIDTHS);
        if (clog2(from + 1) === width) return operation('popcount', width, sub(from));
        if (Math.max(1, clog2(from)) === width) return operation('priority', width, sub(from));
        return this.#leaf(width);
      }
      case 12: {
        const from = random.pick(WIDTHS);
        return operation(random.pick(['eq', 'ne', 'ltu', 'leu', 'gtu', 'geu', 'lts', 'les', 'gts', 'ges'] as const), 1, sub(from), sub(from));
      }
      case 13: return operation(random.pick(['reduceAnd', 'reduceOr', 'reduceXor'] as const), 1, sub(random.pick(WIDTHS)));
      default: return operation(random.pick(['and', 'or', 'xor'] as const), 1, sub(1), sub(1));
    }
  }

  #cat(width: number, depth: number): Expression {
    const parts: Expression[] = [];
    for (let left = width; left > 0;) {
      const part = this.#random.between(1, left);
      parts.push(this.#expression(part, depth - 1));
      left -= part;
    }
    return operation('cat', width, ...parts);
  }

  /** From the pool, cut or extended; or a constant. */
  #leaf(width: number): Expression {
    const random = this.#random;
    if (random.chance(0.15)) return constant(width, random.edgeBits(width));
    const same = this.#pool.filter((one) => one.width === width);
    if (same.length > 0 && random.chance(0.8)) return random.pick(same);
    const from = random.pick(this.#pool);
    if (from.width === width) return from;
    if (from.width > width) return bits(from, random.below(from.width - width + 1), width);
    return operation(random.pick(['zext', 'sext'] as const), width, from);
  }

  #combinational(target: Net): Statement[] {
    const assigned = (): Statement => assign(target, this.#expression(target.width, 3));
    const statements = [assigned()];
    for (let i = this.#random.below(3); i > 0; i -= 1) statements.push(this.#statement(() => [assigned()], 2));
    return statements;
  }

  #clocked(registers: readonly Net[], depth: number): Statement[] {
    const some = (): Statement[] => Array.from({ length: this.#random.between(1, 3) }, () => {
      const target = this.#random.pick(registers);
      return assign(target, this.#expression(target.width, 2));
    });
    return Array.from({ length: registers.length }, () => this.#statement(some, depth));
  }

  #statement(leaves: () => Statement[], depth: number): Statement {
    const random = this.#random;
    const body = (): Statement[] => (depth > 1 && random.chance(0.4) ? [...leaves(), this.#statement(leaves, depth - 1)] : leaves());
    if (random.chance(0.65)) return when(this.#expression(1, 2), body(), random.chance(0.5) ? body() : []);
    const subject = this.#expression(random.pick([1, 2, 3, 3, 4, 8, 40]), 2);
    const count = random.between(1, Math.min(7, 2 ** subject.width));
    const labels = new Set<bigint>();
    while (labels.size < count) labels.add(random.chance(0.7) ? BigInt(random.below(Math.min(8, 2 ** subject.width))) : random.edgeBits(subject.width));
    const arms: { values: bigint[]; body: Statement[] }[] = [];
    for (const label of labels) {
      if (arms.length > 0 && random.chance(0.25)) arms.at(-1)!.values.push(label);
      else arms.push({ values: [label], body: random.chance(0.85) ? body() : [] });
    }
    if (random.chance(0.3)) arms.push({ values: [], body: body() });
    const hasOtherwise = arms.at(-1)!.values.length === 0;
    return match(subject, arms, hasOtherwise ? arms.length - 1 : random.chance(0.3) ? random.below(arms.length) : -1);
  }

  #memory(name: string): Memory {
    const random = this.#random;
    const width = random.pick([1, 4, 8, 12, 16, 24, 32, 33, 64, 72, 128, 160]);
    const depth = random.pick([1, 2, 3, 4, 7, 8, 16]);
    const address = (): Expression => this.#expression(Math.max(1, clog2(depth)) + (random.chance(0.2) ? random.pick([1, 40]) : 0), 1);
    const reads: MemoryRead[] = [];
    for (let i = random.between(1, 3); i > 0; i -= 1) {
      const synchronous = random.chance(0.65);
      reads.push(memoryRead(name, `p${reads.length}`, width, address(), synchronous
        ? { kind: 'synchronous', outputRegister: random.chance(0.3), ...(random.chance(0.6) ? { enable: this.#expression(1, 1) } : {}) }
        : { kind: 'asynchronous' }));
    }
    for (const read of reads) this.#pool.push(value(read.data));
    const lanes = this.#lanes(width);
    return memory(name, width, depth, {
      collision: random.chance(this.#options.asserted / 100) ? 'asserted' : 'old',
      ...(random.chance(0.4) ? { init: Array.from({ length: random.between(0, depth) }, () => random.edgeBits(width)) } : {}),
      reads,
      ...(random.chance(0.85) ? {
        write: {
          address: address(), data: this.#expression(width, 2),
          ...(random.chance(0.8) ? { enable: this.#expression(1, 1) } : {}),
          ...(lanes.length > 0 ? { lanes, mask: this.#expression(lanes.length, 1) } : {}),
        },
      } : {}),
    });
  }

  /** None, equal ones, or fields of any size, most significant first. */
  #lanes(width: number): { lo: number; width: number }[] {
    const random = this.#random;
    const equal = [8, 4, 64, 16].filter((size) => width % size === 0 && width > size);
    switch (random.below(3)) {
      case 0: return [];
      case 1: {
        if (equal.length === 0) return [];
        const size = random.pick(equal);
        return Array.from({ length: width / size }, (_, i) => ({ lo: i * size, width: size }));
      }
      default: {
        const lanes: { lo: number; width: number }[] = [];
        for (let top = width; top > 0;) {
          const size = random.between(1, top);
          top -= size;
          lanes.push({ lo: top, width: size });
        }
        return lanes;
      }
    }
  }

  #instance(name: string, depth: number): Instance {
    const child = randomModule(`${this.#name}_${name}`, this.#random, this.#options, depth - 1);
    const drives = Object.fromEntries(child.ports.filter((port) => port.kind === 'input').map((port) => [port.name, this.#expression(port.width, 2)]));
    const made = instance(name, child, drives);
    for (const port of child.ports) if (port.kind === 'output') this.#pool.push(outputOf(made, port.name));
    return made;
  }

  /** Holds often, so that runs get somewhere. */
  #assertion(i: number): Assertion {
    const random = this.#random;
    const rare = operation('or', 1, operation('or', 1, this.#expression(1, 2), this.#expression(1, 2)), operation('reduceOr', 1, this.#leaf(8)));
    const kind = random.pick(['assert', 'assume', 'cover'] as const);
    return assertion(rare, `${this.#name} ${kind} ${i}`, kind, random.chance(0.5) ? this.#expression(1, 1) : undefined);
  }
}
