/** What can be read at a point of a module's body, by shape; members of aggregates too. */
import { type Data, UInt } from '@vtoe/hdl';
import { type Expr, operation } from '../spec.ts';

export function shapeKey(shape: Data): string {
  switch (shape.kind) {
    case 'uint': return `u${shape.width}`;
    case 'bool': return 'bool';
    case 'vec': return `${shapeKey(shape.element)}[${shape.length}]`;
    default: return shape.name;
  }
}

export class Readables {
  readonly #byShape = new Map<string, Expr[]>();
  readonly #pairs = new Map<number, [Expr, Expr][]>();
  readonly #sources: Expr[] = [];
  readonly #aggregates: Expr[] = [];
  readonly #widths = new Set<number>();

  /** `expr` and its members. */
  add(expr: Expr): void {
    this.#list(shapeKey(expr.shape)).push(expr);
    const { shape } = expr;
    switch (shape.kind) {
      case 'uint':
        this.#sources.push(expr);
        this.#widths.add(shape.width);
        break;
      case 'bool': break;
      case 'enum': {
        this.#aggregates.push(expr);
        this.#sources.push(operation('toUInt', UInt(shape.width), [expr]));
        break;
      }
      case 'bundle':
        this.#aggregates.push(expr);
        this.#sources.push(operation('pack', UInt(shape.width), [expr]));
        for (const [name, field] of Object.entries(shape.fields)) this.add(operation('field', field, [expr], [], name));
        break;
      case 'vec':
        this.#aggregates.push(expr);
        for (let i = 0; i < shape.length; i += 1) this.add(operation('at', shape.element, [expr], [i]));
        break;
    }
  }

  /** Two inputs whose values are often alike. */
  addPair(a: Expr, b: Expr): void {
    const { width } = a.shape;
    const known = this.#pairs.get(width);
    if (known === undefined) this.#pairs.set(width, [[a, b]]);
    else known.push([a, b]);
  }

  of(shape: Data): readonly Expr[] {
    return this.#byShape.get(shapeKey(shape)) ?? [];
  }

  pairs(width: number): readonly (readonly [Expr, Expr])[] {
    return this.#pairs.get(width) ?? [];
  }

  /** Bundles, vectors and enums. */
  get aggregates(): readonly Expr[] {
    return this.#aggregates;
  }

  /** Everything that can be had as a UInt. */
  get sources(): readonly Expr[] {
    return this.#sources;
  }

  /** Widths of UInts that can be read as they are. */
  get widths(): readonly number[] {
    return [...this.#widths];
  }

  #list(key: string): Expr[] {
    let list = this.#byShape.get(key);
    if (list === undefined) this.#byShape.set(key, (list = []));
    return list;
  }
}
