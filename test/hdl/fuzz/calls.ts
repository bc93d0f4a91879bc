/** How each operation of a specification is said in the language: the builder calls it, the printer writes it. */
import type { Data } from '@vtoe/hdl';
import type { Expr, Operation } from './spec.ts';

/** Functions of the language; all other operations are methods of their first argument. */
const FUNCTIONS = new Set(['allOf', 'anyOf', 'cat', 'mux', 'pack', 'networkOrder']);

export type Call =
  /** `receiver.name(rest)` */
  | { readonly form: 'method'; readonly receiver: Expr; readonly rest: readonly Expr[] }
  | { readonly form: 'function'; readonly args: readonly Expr[] }
  | { readonly form: 'unpack'; readonly bits: Expr }
  | { readonly form: 'field'; readonly of: Expr }
  /** `value.is('Idle', 'Run')` */
  | { readonly form: 'is'; readonly of: Expr; readonly labels: readonly string[] }
  /** `memory.read(address)` */
  | { readonly form: 'read'; readonly address: Expr }
  /** An object of values, where a value of a bundle is wanted. */
  | { readonly form: 'bundle'; readonly fields: readonly (readonly [string, Expr])[] };

export function callOf(operation: Operation): Call {
  const { op, args, shape } = operation;
  const [first] = args;
  if (FUNCTIONS.has(op)) return { form: 'function', args };
  if (op === 'bundle' && shape.kind === 'bundle') return { form: 'bundle', fields: Object.keys(shape.fields).map((name, i) => [name, args[i]!]) };
  if (first === undefined) throw new Error(`operation ${op} without an argument`);
  switch (op) {
    case 'unpack': return { form: 'unpack', bits: first };
    case 'field': return { form: 'field', of: first };
    case 'is': return { form: 'is', of: first, labels: operation.label.split(' ') };
    case 'read': return { form: 'read', address: first };
    default: return { form: 'method', receiver: first, rest: args.slice(1) };
  }
}

/** Methods whose second operand gives a literal its width. */
const PEERS = new Set([
  'add', 'sub', 'addc', 'subb', 'mul', 'and', 'or', 'xor', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'slt', 'sle', 'sgt', 'sge',
  'min', 'max', 'smin', 'smax',
]);

/** True if argument `index` may be a plain host-language literal; elsewhere it needs `lit(shape, value)`. */
export function takesPlainLiteral(operation: Operation, index: number): boolean {
  const { op, args } = operation;
  if (op === 'read' || op === 'bundle') return true;
  if (op === 'mux') return index === 2 && args[1]!.kind !== 'lit';
  return index === 1 && PEERS.has(op) && args[1]!.shape.width === args[0]!.shape.width;
}

/** A packed value as the language's literal. */
export function hostLiteral(shape: Data, value: bigint): unknown {
  switch (shape.kind) {
    case 'uint': return value <= 0xffff_ffffn ? Number(value) : value;
    case 'bool': return value !== 0n;
    case 'enum': {
      const label = shape.encoding.labels.find((entry) => entry.value === value);
      if (label === undefined) throw new Error(`${shape.name} has no label for ${value}`);
      return label.name;
    }
    case 'bundle': return Object.fromEntries(fieldsOf(shape, value).map(([name, field, bits]) => [name, hostLiteral(field, bits)]));
    case 'vec': return elementsOf(shape, value).map((bits) => hostLiteral(shape.element, bits));
  }
}

/** As {@link hostLiteral}, as source text. */
export function literalText(shape: Data, value: bigint): string {
  switch (shape.kind) {
    case 'uint': return value <= 9n ? String(value) : value <= 0xffff_ffffn ? `0x${value.toString(16)}` : `0x${value.toString(16)}n`;
    case 'bool': return String(value !== 0n);
    case 'enum': return `'${String(hostLiteral(shape, value))}'`;
    case 'bundle': return `{ ${fieldsOf(shape, value).map(([name, field, bits]) => `${name}: ${literalText(field, bits)}`).join(', ')} }`;
    case 'vec': return `[${elementsOf(shape, value).map((bits) => literalText(shape.element, bits)).join(', ')}]`;
  }
}

function fieldsOf(shape: Extract<Data, { kind: 'bundle' }>, value: bigint): [string, Data, bigint][] {
  let high = shape.width;
  return Object.entries(shape.fields).map(([name, field]) => {
    high -= field.width;
    return [name, field, BigInt.asUintN(field.width, value >> BigInt(high))];
  });
}

function elementsOf(shape: Extract<Data, { kind: 'vec' }>, value: bigint): bigint[] {
  const { width } = shape.element;
  return Array.from({ length: shape.length }, (_, i) => BigInt.asUintN(width, value >> BigInt(i * width)));
}
