/**
 * A random design as plain data: what the generator makes, the builder turns into calls of the language, the printer
 * prints and the shrinker takes apart.
 *
 * Shapes are the language's own run-time shapes (plain objects). A value or an assignable place is an {@link Expr};
 * whatever has a name in the printed source is reached through a `ref`.
 */
import type { Data } from '@vtoe/hdl';

export interface Spec {
  readonly seed: number;
  /** Start of all module names, so that designs can stand side by side in one native build. */
  readonly prefix: string;
  readonly cycles: number;
  /** Cycles in which `rst` is high. */
  readonly resets: readonly number[];
  /** Children before parents; the last is the top. */
  readonly modules: readonly ModuleSpec[];
}

export interface ModuleSpec {
  readonly name: string;
  readonly ports: readonly PortSpec[];
  readonly items: readonly Item[];
}

export interface PortSpec {
  readonly name: string;
  readonly direction: 'in' | 'out';
  readonly protocol: 'plain' | 'stream';
  /** Of a stream: the payload. */
  readonly shape: Data;
}

/** What a module's body does, in order. */
export type Item = Declaration | Statement;

export type Declaration =
  | { readonly kind: 'wire'; readonly name: string; readonly shape: Data }
  /** `init`: packed reset value. */
  | { readonly kind: 'reg'; readonly name: string; readonly shape: Data; readonly reset: boolean; readonly init: bigint }
  | MemoryItem
  /** Inputs that are missing here are driven by statements. */
  | { readonly kind: 'inst'; readonly name: string; readonly module: string; readonly inputs: readonly { readonly port: string; readonly value: Expr }[] }
  /** `returned`: named in the body's record. */
  | { readonly kind: 'let'; readonly name: string; readonly value: Expr; readonly returned: boolean }
  | { readonly kind: 'scope'; readonly name: string; readonly label: string; readonly items: readonly Item[] };

export interface MemoryItem {
  readonly kind: 'mem';
  readonly name: string;
  readonly shape: Data;
  readonly depth: number;
  readonly collision: 'old' | 'asserted';
  readonly outputRegister: boolean;
  /** Packed words from 0, or none. */
  readonly init: readonly bigint[] | undefined;
}

export type Statement =
  | { readonly kind: 'set'; readonly target: Expr; readonly value: Expr }
  | { readonly kind: 'next'; readonly target: Expr; readonly value: Expr }
  | { readonly kind: 'when'; readonly arms: readonly { readonly condition: Expr; readonly body: readonly Item[] }[]; readonly otherwise: readonly Item[] | undefined }
  | MatchItem
  | WriteItem
  /** A synchronous read; also inside `when`, then `name` is visible after it. */
  | { readonly kind: 'read'; readonly name: string; readonly memory: string; readonly address: Expr; readonly shape: Data }
  /** `sink.from(source)`, both streams by path. */
  | { readonly kind: 'connect'; readonly sink: string; readonly source: string };

export interface MatchItem {
  readonly kind: 'match';
  readonly subject: Expr;
  /** Of an enum: one label each. Of a UInt: values. */
  readonly arms: readonly { readonly labels: readonly (string | number)[]; readonly body: readonly Item[] }[];
  readonly otherwise: readonly Item[] | undefined;
}

export interface WriteItem {
  readonly kind: 'write';
  readonly memory: string;
  readonly address: Expr;
  readonly data: Expr;
  readonly mask: undefined
    | { readonly kind: 'bytes' | 'lanes'; readonly value: Expr }
    | { readonly kind: 'fields'; readonly fields: readonly { readonly name: string; readonly value: Expr }[] };
}

export type Expr = Ref | Literal | Operation;

/** `io.x`, `r3`, `u0.y`, `io.s.payload`: a path from a name of the body. */
export interface Ref {
  readonly kind: 'ref';
  readonly shape: Data;
  readonly path: string;
  readonly args: readonly [];
}

/** Packed value. */
export interface Literal {
  readonly kind: 'lit';
  readonly shape: Data;
  readonly value: bigint;
  readonly args: readonly [];
}

export interface Operation {
  readonly kind: 'op';
  /** Name in the language, or one of `field at bundle read is` (see calls.ts). */
  readonly op: string;
  readonly shape: Data;
  readonly args: readonly Expr[];
  /** Arguments that are host-language numbers: widths, amounts, indices. */
  readonly numbers: readonly number[];
  /** Field of `field`, memory of `read`, labels of `is` with spaces between. */
  readonly label: string;
}

export function ref(path: string, shape: Data): Ref {
  return { kind: 'ref', path, shape, args: [] };
}

export function literal(shape: Data, value: bigint): Literal {
  return { kind: 'lit', shape, value, args: [] };
}

export function operation(op: string, shape: Data, args: readonly Expr[], numbers: readonly number[] = [], label = ''): Operation {
  return { kind: 'op', op, shape, args, numbers, label };
}

export function topOf(spec: Spec): ModuleSpec {
  const top = spec.modules.at(-1);
  if (top === undefined) throw new Error('a design without a module');
  return top;
}
