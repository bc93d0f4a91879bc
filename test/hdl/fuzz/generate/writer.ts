/**
 * Writes one module's specification: declares things, keeps what is readable, and sees to it that every value ends at
 * an output.
 *
 * What is declared becomes readable when its value cannot depend on what comes later: registers and memories at once,
 * wires and instance outputs when all that drives them is written.
 */
import { Bool, type Data, UInt } from '@vtoe/hdl';
import type { Random } from '../../support/random.ts';
import { type Expr, type Item, literal, type ModuleSpec, operation, type PortSpec, ref } from '../spec.ts';
import { randomLiteral, randomValue } from './literals.ts';
import { Maker } from './maker.ts';
import { Readables } from './readables.ts';

/** Wider values get an output of their own: folding them into the signature costs more than it hides. */
const WIDEST_FOLD = 130;
const SIGNATURE = 32;

export class ModuleWriter {
  readonly name: string;
  readonly random: Random;
  readonly readables = new Readables();
  readonly #ports: PortSpec[] = [];
  readonly #names = new Map<string, number>();
  readonly #folded: Expr[] = [];
  #items: Item[] = [];

  constructor(name: string, random: Random) {
    this.name = name;
    this.random = random;
  }

  maker(depth: number): Maker {
    return new Maker(this.random, this.readables, depth);
  }

  fresh(start: string): string {
    const count = this.#names.get(start) ?? 0;
    this.#names.set(start, count + 1);
    return `${start}${count}`;
  }

  emit(item: Item): void {
    this.#items.push(item);
  }

  /** Items that `fill` emits. */
  body(fill: () => void): Item[] {
    const outer = this.#items;
    this.#items = [];
    try {
      fill();
      return this.#items;
    } finally {
      this.#items = outer;
    }
  }

  port(port: PortSpec): string {
    this.#ports.push(port);
    return `io.${port.name}`;
  }

  input(shape: Data, name = this.fresh('i')): Expr {
    const value = ref(this.port({ name, direction: 'in', protocol: 'plain', shape }), shape);
    this.readables.add(value);
    return value;
  }

  /** Two inputs of one width whose stimuli are alike: `x3` and `y3` (see stimulus.ts). */
  inputPair(width: number): void {
    const [x, y] = [this.input(UInt(width), this.fresh('x')), this.input(UInt(width), this.fresh('y'))];
    this.readables.addPair(x, y);
  }

  output(shape: Data): Expr {
    return ref(this.port({ name: this.fresh('o'), direction: 'out', protocol: 'plain', shape }), shape);
  }

  /** Not readable before it is driven: call `readables.add` then. */
  wire(shape: Data): Expr {
    const name = this.fresh('w');
    this.emit({ kind: 'wire', name, shape });
    return ref(name, shape);
  }

  reg(shape: Data, reset = this.random.chance(0.5)): Expr {
    const name = this.fresh('r');
    this.emit({ kind: 'reg', name, shape, reset, init: reset ? randomValue(shape, this.random) : 0n });
    const value = ref(name, shape);
    this.readables.add(value);
    return value;
  }

  /** A name for a value, used as often as wanted. */
  let(value: Expr): Expr {
    const name = this.fresh('v');
    this.emit({ kind: 'let', name, value, returned: this.random.chance(0.5) });
    return ref(name, value.shape);
  }

  /** A random value of the shape, to be assigned: literals and objects of values are as welcome as expressions. */
  any(shape: Data, depth = 1): Expr {
    if (shape.kind === 'bundle' && this.random.chance(0.25)) {
      return operation('bundle', shape, Object.values(shape.fields).map((field) => this.any(field, depth)));
    }
    return this.random.chance(0.1) ? randomLiteral(shape, this.random) : this.maker(depth).value(shape);
  }

  /**
   * Leads `value` to an output. `place` is called with what remains to be done, the assignment of a target: it may
   * put it into a `when`.
   */
  observe(value: Expr, place: Placement = plainly): void {
    const { random } = this;
    const { shape } = value;
    if (shape.width <= WIDEST_FOLD && place === plainly && random.chance(0.35)) {
      this.#folded.push(value);
      return;
    }
    switch (random.below(4)) {
      case 0: {
        const register = this.reg(shape);
        place(this, register, value, 'next');
        this.emit({ kind: 'set', target: this.output(shape), value: register });
        break;
      }
      case 1: {
        const wire = this.wire(shape);
        place(this, wire, value, 'set');
        this.readables.add(wire);
        this.emit({ kind: 'set', target: this.output(shape), value: wire });
        break;
      }
      default: place(this, this.output(shape), value, 'set');
    }
  }

  finish(): ModuleSpec {
    if (this.#folded.length > 0) this.#sign();
    return { name: this.name, ports: this.#ports, items: this.#items };
  }

  /** A register that mixes in all folded values each cycle, so that a difference stays in it. */
  #sign(): void {
    const shape = UInt(SIGNATURE);
    const signature = ref(this.fresh('signature'), shape);
    const slices = this.#folded.flatMap((value) => slicesOf(value, SIGNATURE));
    const mixed = slices.reduce(
      (sum, slice, i) => (i % 8 === 7 ? this.let(operation('xor', shape, [sum, slice])) : operation('xor', shape, [sum, slice])),
      operation('rotl', shape, [signature], [1]) as Expr,
    );
    // Declared here: nothing above reads it.
    this.#items.unshift({ kind: 'reg', name: signature.path, shape, reset: true, init: 0n });
    this.emit({ kind: 'next', target: signature, value: mixed });
    this.emit({ kind: 'set', target: this.output(shape), value: signature });
  }
}

/** Writes the statements that bring `value` to `target`. */
export type Placement = (writer: ModuleWriter, target: Expr, value: Expr, how: 'set' | 'next') => void;

export const plainly: Placement = (writer, target, value, how) => writer.emit({ kind: how, target, value });

/** `value` in words of `width` bits, rotated differently so that equal bits of two words do not cancel. */
function slicesOf(value: Expr, width: number): Expr[] {
  const { shape } = value;
  const word = shape.kind === 'uint' ? value : shape.kind === 'bool' ? operation('toUInt', UInt(1), [value]) : operation('pack', UInt(shape.width), [value]);
  const slices: Expr[] = [];
  for (let low = 0; low < shape.width; low += width) {
    const size = Math.min(width, shape.width - low);
    const slice = size === shape.width ? word : operation('bits', UInt(size), [word], [low + size - 1, low]);
    slices.push(size === width ? slice : operation('zext', UInt(width), [slice], [width]));
  }
  return slices;
}

export function truth(value: boolean): Expr {
  return literal(Bool, value ? 1n : 0n);
}
