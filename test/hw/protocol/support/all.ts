/** Everything that the protocol offers, and random values of it. */
import fc from 'fast-check';
import * as protocol from '../../../../hw/protocol/index.ts';
import type { Codes, Layout, PlacedLayout } from '../../../../hw/protocol/index.ts';

const exported: readonly unknown[] = Object.values(protocol);

export const allLayouts = exported.filter((x): x is Layout => typeof x === 'object' && x !== null && 'slots' in x);
export const allCodes = exported.filter((x): x is Codes => typeof x === 'object' && x !== null && 'entries' in x);

/** Any values that the layout can hold. */
export function valuesOf(layout: PlacedLayout): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(Object.fromEntries(layout.slots.flatMap(({ name, field }): [string, fc.Arbitrary<unknown>][] => {
    switch (field.kind) {
      case 'reserved': return [];
      case 'flag': return [[name, fc.boolean()]];
      case 'wide': return [[name, fc.bigInt({ min: 0n, max: (1n << BigInt(field.width)) - 1n })]];
      case 'part': return [[name, valuesOf(field.layout)]];
      default: return [[name, fc.bigInt({ min: 0n, max: (1n << BigInt(field.width)) - 1n }).map(Number)]];
    }
  })), { noNullPrototype: true });
}

/** As many random bytes, all bits of which may be set. */
export function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}
