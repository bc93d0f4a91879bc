/** Accessors at run time: fields packed into words and out of them, reads and writes in the right order. */
import type { Wait } from '../../index.ts';
import { describe } from '../../check/describe.ts';
import { usage } from '../../check/error.ts';
import type { PlacedField, PlacedRegister } from './layout.ts';

/** An access under way. */
export type Work = Generator<Wait, unknown, void>;

/** A bus in words, and what is done with the process that an access is. */
export interface Words {
  read(address: number): Generator<Wait, bigint, void>;
  write(address: number, data: bigint): Generator<Wait, unknown, void>;
  run(process: Work): unknown;
}

type Values = { readonly [name: string]: unknown };

export function accessorsOf(words: Words, registers: readonly PlacedRegister[], base: number): Record<string, unknown> {
  return Object.fromEntries(registers.map((register) => [register.name, accessor(words, register, base + register.offset)]));
}

function accessor(words: Words, register: PlacedRegister, address: number): object {
  const { fields, named, data } = register;
  const read = () => words.run(readValue(words, register, address));
  if (data.kind === 'counter') return { address, read, clear: () => words.run(clear(words, register, address)) };
  const whole = fields[0]!;
  if (!named) {
    return { address, read, write: (value: unknown) => words.run(writeBits(words, register, address, encode(whole, value))) };
  }
  const write = (values: Values) => words.run(writeBits(words, register, address, pack(register, values)));
  const update = (values: Values) => words.run(updateBits(words, register, address, values));
  const perField = Object.fromEntries(fields.map((field) => [field.name, {
    read: () => words.run(readField(words, register, address, field)),
    write: (value: unknown) => update({ [field.name]: value }),
  }]));
  return { ...perField, address, read, write, update, fields: perField };
}

function* readBits(words: Words, { words: count }: PlacedRegister, address: number): Generator<Wait, bigint, void> {
  const low = yield* words.read(address);
  return count === 1 ? low : low | ((yield* words.read(address + 4)) << 32n);
}

function* readValue(words: Words, register: PlacedRegister, address: number): Work {
  const bits = yield* readBits(words, register, address);
  if (!register.named) return decode(register.fields[0]!, bits);
  return Object.fromEntries(register.fields.filter(({ access }) => access !== 'pulse').map((field) => [field.name, decode(field, bits)]));
}

function* readField(words: Words, register: PlacedRegister, address: number, field: PlacedField): Work {
  return decode(field, yield* readBits(words, register, address));
}

function* writeBits(words: Words, { words: count }: PlacedRegister, address: number, bits: bigint): Generator<Wait, void, void> {
  yield* words.write(address, bits & 0xffff_ffffn);
  if (count === 2) yield* words.write(address + 4, bits >> 32n);
}

/** Fields that software holds keep their value; a 1 to one of the others would act. */
function* updateBits(words: Words, register: PlacedRegister, address: number, values: Values): Generator<Wait, void, void> {
  const kept = register.fields.filter(({ access, name }) => access === 'rw' && !Object.hasOwn(values, name));
  const old = kept.length === 0 ? 0n : yield* readBits(words, register, address);
  const mask = kept.reduce((all, { lo, width }) => all | (((1n << BigInt(width)) - 1n) << BigInt(lo)), 0n);
  yield* writeBits(words, register, address, (old & mask) | pack(register, values));
}

function* clear(words: Words, register: PlacedRegister, address: number): Generator<Wait, void, void> {
  if (!register.writable) usage(`counter ${register.name} cannot be cleared: it was made without { clear: true }`);
  yield* words.write(address, 0n);
}

function pack({ name, fields }: PlacedRegister, values: Values): bigint {
  let bits = 0n;
  for (const [key, value] of Object.entries(values)) {
    const field = fields.find((one) => one.name === key) ?? usage(`register ${name} has no field ${describe(key)}; it has ${fields.map((one) => one.name).join(', ')}`);
    bits |= encode(field, value) << BigInt(field.lo);
  }
  return bits;
}

function encode({ name, shape, width }: PlacedField, value: unknown): bigint {
  if (shape.kind === 'enum') return shape.encoding.labels.find((label) => label.name === value)?.value ?? usage(`${name} is one of ${shape.labels.join(', ')}, not ${describe(value)}`);
  if (shape.kind === 'bool' && typeof value === 'boolean') return BigInt(value);
  const whole = shape.kind === 'uint' && (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value)));
  if (!whole || BigInt(value as number) < 0n || BigInt(value as number) >= 1n << BigInt(width)) {
    usage(`${name} is ${shape.kind === 'bool' ? 'true or false' : `a whole number of ${width} bits`}, not ${describe(value)}`);
  }
  return BigInt(value as number);
}

function decode({ shape, lo, width }: PlacedField, word: bigint): unknown {
  const bits = (word >> BigInt(lo)) & ((1n << BigInt(width)) - 1n);
  if (shape.kind === 'bool') return bits !== 0n;
  return shape.kind === 'enum' ? shape.encoding.labels.find(({ value }) => value === bits)?.name ?? `?${bits}` : bits;
}
