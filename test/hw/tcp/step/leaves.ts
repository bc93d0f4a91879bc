/** The leaves of a shape: what its ports are called, and what a model's value gives for each. */
import type { BuiltinEngine, Data } from '@vtoe/hdl';

export interface ShapeLeaf {
  /** Path joined by underscores, as ports are named. */
  readonly name: string;
  readonly width: number;
  /** Labels of an enum, by encoding. */
  readonly labels: readonly string[] | undefined;
}

/** In the order of the ports. */
export function leavesOf(shape: Data, path: readonly string[] = []): ShapeLeaf[] {
  switch (shape.kind) {
    case 'bundle':
      return Object.entries(shape.fields).flatMap(([field, inner]) => leavesOf(inner, [...path, field]));
    case 'vec':
      return Array.from({ length: shape.length }, (_, i) => leavesOf(shape.element, [...path, String(i)])).flat();
    default:
      return [{ name: path.join('_'), width: shape.width, labels: shape.kind === 'enum' ? shape.labels : undefined }];
  }
}

/** The value of each leaf, out of an object `M`. Bits above the width are cut off by whoever writes it. */
export type Getter<M> = (from: M) => number;

/**
 * A getter for each leaf of `shape`: the one of `special` under its name, else the field of that name of `M`.
 * @throws if `special` names no leaf, or `sample` lacks a field
 */
export function gettersOf<M extends object>(shape: Data, sample: M, special: Readonly<Record<string, Getter<M>>>): Getter<M>[] {
  const leaves = leavesOf(shape);
  for (const name of Object.keys(special)) if (!leaves.some((leaf) => leaf.name === name)) throw new Error(`no leaf is called ${name}`);
  return leaves.map(({ name }) => {
    const given = special[name];
    if (given !== undefined) return given;
    if (!(name in sample)) throw new Error(`the model has no ${name}`);
    return (from) => Number((from as Record<string, unknown>)[name]);
  });
}

/** Addresses of a shape's ports in the memory of an engine, as indices of 32-bit words; of wider ones the lower word. */
export function inputWords(engine: BuiltinEngine, port: string, shape: Data): Uint32Array {
  return Uint32Array.from(leavesOf(shape), ({ name }) => engine.input(`${port}_${name}`).offset >>> 2);
}

/** The same of what outputs (and probes) were at the last edge. */
export function sampledWords(engine: BuiltinEngine, port: string, shape: Data): Uint32Array {
  return Uint32Array.from(leavesOf(shape), ({ name }) => engine.output(`${port}_${name}`).sampledOffset >>> 2);
}

/** Of each leaf the bits that it has. */
export function masksOf(shape: Data): Uint32Array {
  return Uint32Array.from(leavesOf(shape), ({ width }) => (width >= 32 ? 0xffff_ffff : 2 ** width - 1));
}
