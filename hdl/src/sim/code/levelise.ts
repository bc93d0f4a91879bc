/**
 * Walks cones of logic in dependency order, through instances, at the granularity of single nets and operators.
 *
 * One walk serves the compiler (values are machine words) and the interpreter (values are numbers). It keeps its
 * own stack: a chain of 20,000 dependent operators is an ordinary design. Expressions are numbered once per module,
 * so that an instance's values are a plain array.
 */
import type { Memory, MemoryRead } from '../../ir/design.ts';
import type { Constant, Expression, Operation, Slice } from '../../ir/expression.ts';
import type { Net } from '../../ir/net.ts';
import { SimulationError } from '../error.ts';
import { driverOf, join, type FlatDesign, type Scope } from '../flatten.ts';
import { isNet } from './numbering.ts';

/** What the walk computes. */
export interface Semantics<V> {
  /** A source of values: an input of the top, a register, the data of a synchronous read. */
  source(scope: Scope, net: Net): V;
  /** Data of an asynchronous read. */
  read(scope: Scope, memory: Memory, port: MemoryRead, address: V): V;
  operator(node: Constant | Slice | Operation, args: readonly V[]): V;
}

/** Everything computed so far; each net and each operator of each instance is computed once. */
export class Cones<V> {
  readonly #semantics: Semantics<V>;
  /** Per instance, by number in its module; `BUSY` while operands are being computed. */
  readonly #values: (V | typeof BUSY | undefined)[][];

  constructor(flat: FlatDesign, semantics: Semantics<V>) {
    this.#semantics = semantics;
    this.#values = flat.scopes.map(() => []);
  }

  /** Value of a net or expression of that instance. */
  of(scope: Scope, root: Expression | Net): V {
    const index = this.#number(scope, root);
    const values = this.#values[scope.index]!;
    if (values[index] === undefined) this.#walk(scope, index);
    return values[index] as V;
  }

  /** Number of a net or expression, with room for its value: an array with gaps would be a slow one. */
  #number(scope: Scope, node: Expression | Net): number {
    const { numbering } = scope.logic;
    const index = numbering.of(node);
    const values = this.#values[scope.index]!;
    while (values.length < numbering.nodes.length) values.push(undefined);
    return index;
  }

  /** Depth first: an item is expanded (marked busy) when it first comes to the top, computed when its operands are. */
  #walk(rootScope: Scope, rootIndex: number): void {
    const scopes: Scope[] = [rootScope];
    const indices: number[] = [rootIndex];
    while (indices.length > 0) {
      const scope = scopes.at(-1)!;
      const index = indices.at(-1)!;
      const values = this.#values[scope.index]!;
      const value = values[index];
      if (value === undefined) {
        values[index] = BUSY;
        this.#expand(scope, index, scopes, indices);
        // Nothing to wait for: it is still on top.
        if (indices.at(-1) !== index || scopes.at(-1) !== scope) continue;
      } else if (value !== BUSY) {
        scopes.pop();
        indices.pop();
        continue;
      }
      values[index] = this.#compute(scope, index);
      scopes.pop();
      indices.pop();
    }
  }

  #expand(scope: Scope, index: number, scopes: Scope[], indices: number[]): void {
    const { numbering } = scope.logic;
    const node = numbering.nodes[index]!;
    if (isNet(node)) {
      const driver = driverOf(scope, node);
      if (driver !== undefined) this.#need(driver.scope, this.#number(driver.scope, driver.expression), scopes, indices);
      return;
    }
    for (const operand of numbering.operands[index]!) this.#need(scope, operand, scopes, indices);
  }

  #need(scope: Scope, index: number, scopes: Scope[], indices: number[]): void {
    const value = this.#values[scope.index]![index];
    if (value === BUSY) throw this.#loop(scope, index, scopes, indices);
    if (value !== undefined) return;
    scopes.push(scope);
    indices.push(index);
  }

  #compute(scope: Scope, index: number): V {
    const { numbering } = scope.logic;
    const node = numbering.nodes[index]!;
    if (!isNet(node)) {
      const values = this.#values[scope.index]!;
      return this.#semantics.operator(node, numbering.operands[index]!.map((operand) => values[operand] as V));
    }
    const driver = driverOf(scope, node);
    if (driver === undefined) return this.#semantics.source(scope, node);
    const value = this.#values[driver.scope.index]![driver.scope.logic.numbering.of(driver.expression)] as V;
    if (node.kind !== 'memoryRead') return value;
    const { memory, read } = scope.logic.readPorts.get(node)!;
    return this.#semantics.read(scope, memory, read, value);
  }

  /** Elaboration refuses combinational loops; this is for designs that did not come through it. */
  #loop(scope: Scope, index: number, scopes: readonly Scope[], indices: readonly number[]): SimulationError {
    const names: string[] = [];
    let isPart = false;
    for (const [at, passed] of indices.entries()) {
      const where = scopes[at]!;
      if (this.#values[where.index]![passed] !== BUSY) continue;
      isPart ||= where === scope && passed === index;
      const node = where.logic.numbering.nodes[passed]!;
      if (isPart && isNet(node)) names.push(join(where.path, node.name));
    }
    return new SimulationError(`combinational loop through ${[...names, names[0] ?? 'an expression'].join(' -> ')}`);
  }
}

const BUSY = Symbol('busy');
