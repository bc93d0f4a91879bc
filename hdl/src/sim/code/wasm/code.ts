/** Writes the instructions of one function. */
import { type LocalType, OP, PREFIXED, TYPE, type ValueType } from './opcodes.ts';
import { ByteWriter } from './writer.ts';

export class CodeWriter extends ByteWriter {
  readonly #types: LocalType[] = [];
  readonly #parameters: number;

  /** @param parameters number of the function's parameters: locals are numbered after them */
  constructor(parameters = 0) {
    super(4096);
    this.#parameters = parameters;
  }

  /** A new local variable's index. */
  local(type: LocalType): number {
    this.#types.push(type);
    return this.#parameters + this.#types.length - 1;
  }

  /** Locals as runs of equal type, as the encoding wants them. */
  get locals(): { count: number; type: LocalType }[] {
    const runs: { count: number; type: LocalType }[] = [];
    for (const type of this.#types) {
      const last = runs.at(-1);
      if (last?.type === type) last.count += 1;
      else runs.push({ count: 1, type });
    }
    return runs;
  }

  /** An instruction without immediates. */
  op(opcode: number): void {
    this.byte(opcode);
  }

  /** An instruction with one index: `local.get`, `call`, `br`. */
  indexed(opcode: number, index: number): void {
    this.byte(opcode);
    this.unsigned(index);
  }

  i32(value: number): void {
    this.byte(OP.i32Const);
    this.signed(value);
  }

  i64(value: bigint): void {
    this.byte(OP.i64Const);
    this.signed64(value);
  }

  /** A load or store at the popped address plus `offset`. Promises no alignment: hosts do not use the hint. */
  access(opcode: number, offset: number): void {
    this.byte(opcode);
    this.unsigned(0);
    this.unsigned(offset);
  }

  /** `block`, `loop` or `if`, with no result or one. */
  open(opcode: number, result: ValueType | typeof TYPE.none = TYPE.none): void {
    this.byte(opcode);
    this.byte(result);
  }

  /** A vector instruction without immediates: one of `VECTOR`. */
  vector(instruction: number): void {
    this.byte(OP.vector);
    this.unsigned(instruction);
  }

  /** `v128.load` or `v128.store` at the popped address plus `offset`. */
  vectorAccess(instruction: number, offset: number): void {
    this.vector(instruction);
    this.unsigned(0);
    this.unsigned(offset);
  }

  /** Copies `length` bytes; the areas may overlap. */
  copy(to: number, from: number, length: number): void {
    this.i32(to);
    this.i32(from);
    this.i32(length);
    this.byte(OP.prefix);
    this.unsigned(PREFIXED.memoryCopy);
    this.byte(0);
    this.byte(0);
  }
}
