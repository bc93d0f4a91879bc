/** A layout in software: bytes to values and back. */
import { describe } from '@vtoe/hdl/internal/check/describe';
import type { FieldRecord, FieldValue, Given, Named, Values } from './field.ts';
import type { ByteOrder, PlacedLayout, Slot } from './place.ts';

export interface Codec<F extends FieldRecord> {
  /** All fields of the layout that starts at byte `at`. @throws RangeError if the bytes end before it does */
  decode(bytes: Uint8Array, at?: number): Values<F>;
  /** As bytes. @throws RangeError if a value is missing, unknown or does not fit */
  encode(values: Given<F>): Uint8Array;
  /** `encode`, into bytes that exist. @throws RangeError as `encode`, or if they end too early; nothing is written then */
  write(bytes: Uint8Array, at: number, values: Given<F>): void;
  /** One field. */
  get<K extends Named<F>>(bytes: Uint8Array, name: K, at?: number): FieldValue<F[K]>;
  /** Replaces one field, and nothing beside it. */
  put<K extends Named<F>>(bytes: Uint8Array, name: K, value: K extends keyof Given<F> ? Given<F>[K] : never, at?: number): void;
}

/** Reads and writes one field of the layout that starts at `at`. */
interface Access {
  readonly name: string;
  get(bytes: Uint8Array, at: number): unknown;
  /** Throws unless `value` is one of this field; `path` is what the sentence calls it. */
  check(value: unknown, path: string): void;
  put(bytes: Uint8Array, at: number, value: unknown): void;
}

export function codec<F extends FieldRecord>(layout: PlacedLayout<F>): Codec<F> {
  const accesses = accessesOf(layout);
  const byName = new Map(accesses.map((access) => [access.name, access]));
  const fits = (bytes: Uint8Array, at: number): void => {
    if (at < 0 || !Number.isInteger(at)) throw new RangeError(`${layout.name}: a place must be a whole number from 0 up, not ${describe(at)}`);
    if (at + layout.bytes > bytes.length) throw new RangeError(`${layout.name} has ${layout.bytes} bytes, but from byte ${at} there are ${Math.max(0, bytes.length - at)}`);
  };
  const field = (name: string): Access => byName.get(name) ?? unknownField(layout.name, name, byName.keys());
  return {
    decode: (bytes, at = 0) => {
      fits(bytes, at);
      return valuesOf(accesses, bytes, at) as Values<F>;
    },
    encode: (values) => {
      const bytes = new Uint8Array(layout.bytes);
      checkValues(layout, accesses, values, layout.name);
      putValues(accesses, bytes, 0, values);
      return bytes;
    },
    write: (bytes, at, values) => {
      fits(bytes, at);
      checkValues(layout, accesses, values, layout.name);
      // What is reserved becomes 0.
      bytes.fill(0, at, at + layout.bytes);
      putValues(accesses, bytes, at, values);
    },
    get: (bytes, name, at = 0) => {
      const access = field(name);
      fits(bytes, at);
      return access.get(bytes, at) as FieldValue<F[typeof name]>;
    },
    put: (bytes, name, value, at = 0) => {
      const access = field(name);
      fits(bytes, at);
      access.check(value, `${layout.name}.${name}`);
      access.put(bytes, at, value);
    },
  };
}

function accessesOf(layout: PlacedLayout): readonly Access[] {
  return layout.slots.filter(({ field }) => field.kind !== 'reserved').map((slot) => accessOf(slot, layout.order));
}

function valuesOf(accesses: readonly Access[], bytes: Uint8Array, at: number): object {
  const values: Record<string, unknown> = {};
  for (const access of accesses) values[access.name] = access.get(bytes, at);
  return values;
}

/** Missing values were found by `checkValues`: those that are left have a preset. */
function putValues(accesses: readonly Access[], bytes: Uint8Array, at: number, values: object): void {
  for (const access of accesses) access.put(bytes, at, (values as Record<string, unknown>)[access.name]);
}

function checkValues(layout: PlacedLayout, accesses: readonly Access[], values: object, path: string): void {
  for (const key of Object.keys(values)) {
    if (!accesses.some(({ name }) => name === key)) unknownField(layout.name, key, accesses.map(({ name }) => name));
  }
  for (const access of accesses) access.check((values as Record<string, unknown>)[access.name], `${path}.${access.name}`);
}

function unknownField(layout: string, name: string, known: Iterable<string>): never {
  throw new RangeError(`${layout} has no field ${name}; its fields are ${[...known].join(', ')}`);
}

function accessOf(slot: Slot, order: ByteOrder): Access {
  const { name, field } = slot;
  const place = bitsOf(slot, order);
  switch (field.kind) {
    case 'part': {
      const inner = accessesOf(field.layout);
      return {
        name,
        get: (bytes, at) => valuesOf(inner, bytes, at + slot.first),
        check: (value, path) => {
          if (typeof value !== 'object' || value === null) refuse(path, `a record of ${field.layout.name}`, value);
          checkValues(field.layout, inner, value, path);
        },
        put: (bytes, at, value) => {
          bytes.fill(0, at + slot.first, at + slot.last + 1);
          putValues(inner, bytes, at + slot.first, value as object);
        },
      };
    }
    case 'flag': return {
      name,
      get: (bytes, at) => place.get(bytes, at) === 1,
      check: (value, path) => { if (typeof value !== 'boolean') refuse(path, 'true or false', value); },
      put: (bytes, at, value) => place.put(bytes, at, value === true ? 1 : 0),
    };
    case 'wide': {
      const size = 1n << BigInt(field.width);
      return {
        name,
        get: (bytes, at) => place.getBig(bytes, at),
        check: (value, path) => { if (typeof value !== 'bigint' || value < 0n || value >= size) refuse(path, `a bigint from 0n to ${size - 1n}n`, value); },
        put: (bytes, at, value) => place.putBig(bytes, at, value as bigint),
      };
    }
    default: {
      const [most, initial] = [2 ** field.width - 1, 'preset' in field ? field.preset : undefined];
      return {
        name,
        get: place.get,
        check: (value, path) => {
          const given = value ?? initial;
          if (!(Number.isInteger(given) && (given as number) >= 0 && (given as number) <= most)) refuse(path, `a whole number from 0 to ${most}`, value);
        },
        put: (bytes, at, value) => place.put(bytes, at, (value ?? initial) as number),
      };
    }
  }
}

function refuse(path: string, allowed: string, value: unknown): never {
  throw new RangeError(`${path} must be ${allowed}, not ${describe(value)}`);
}

/** A slot's bits as a number. Shifts of JavaScript end at 32 bits: wider numbers are multiplied and divided, exactly up to 2^53. */
function bitsOf({ field: { width }, first, last, shift }: Slot, order: ByteOrder) {
  // From the most to the least significant byte, as offsets; the top one holds bits above the field too, the low one bits below.
  const [top, low, toLow] = order === 'network' ? [first, last, 1] : [last, first, -1];
  const topMask = 0xff >> ((last - first + 1) * 8 - shift - width);
  const inLow = 2 ** (8 - shift);
  const merge = (bytes: Uint8Array, index: number, mask: number, bits: number): void => {
    bytes[index] = (bytes[index]! & ~mask) | (bits & mask);
  };
  return {
    get: (bytes: Uint8Array, at: number): number => {
      let value = bytes[at + top]! & topMask;
      if (top === low) return value >> shift;
      for (let i = top + toLow; i !== low; i += toLow) value = value * 256 + bytes[at + i]!;
      return value * inLow + (bytes[at + low]! >> shift);
    },
    put: (bytes: Uint8Array, at: number, value: number): void => {
      let rest = value;
      let mask = (0xff << shift) & 0xff;
      let bits = (rest % inLow) << shift;
      rest = Math.floor(rest / inLow);
      for (let i = low; i !== top; i -= toLow) {
        merge(bytes, at + i, mask, bits);
        mask = 0xff;
        bits = rest % 256;
        rest = Math.floor(rest / 256);
      }
      merge(bytes, at + top, mask & topMask, bits);
    },
    getBig: (bytes: Uint8Array, at: number): bigint => {
      let value = BigInt(bytes[at + top]! & topMask);
      for (let i = top; i !== low; i += toLow) value = (value << 8n) | BigInt(bytes[at + i + toLow]!);
      return value >> BigInt(shift);
    },
    putBig: (bytes: Uint8Array, at: number, value: bigint): void => {
      let rest = value << BigInt(shift);
      let mask = (0xff << shift) & 0xff;
      for (let i = low; i !== top; i -= toLow) {
        merge(bytes, at + i, mask, Number(rest & 0xffn));
        mask = 0xff;
        rest >>= 8n;
      }
      merge(bytes, at + top, mask & topMask, Number(rest));
    },
  };
}
