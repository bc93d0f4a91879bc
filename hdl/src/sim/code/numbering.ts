/** Numbers the nets and operators of a module, once for all its instances. */
import type { Constant, Expression, Operation, Slice } from '../../ir/expression.ts';
import type { Net } from '../../ir/net.ts';

/** A net's value has the net's number. */
export type Node = Net | Constant | Slice | Operation;

export class Numbering {
  readonly nodes: Node[] = [];
  /** Numbers of an expression's arguments; empty for nets. */
  readonly operands: (readonly number[])[] = [];
  readonly #numbers = new Map<Node, number>();

  /** Number of `root`; all that it is made of, up to nets, gets a number too. */
  of(root: Expression | Net): number {
    const known = this.#numbers.get(nodeOf(root));
    if (known !== undefined) return known;
    const stack: Node[] = [nodeOf(root)];
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      if (this.#numbers.has(node)) {
        stack.pop();
        continue;
      }
      const operands: number[] = [];
      let missing = false;
      if (!isNet(node)) {
        for (const argument of node.args) {
          const operand = nodeOf(argument);
          const number = this.#numbers.get(operand);
          if (number !== undefined) operands.push(number);
          else {
            stack.push(operand);
            missing = true;
          }
        }
      }
      if (missing) continue;
      stack.pop();
      this.#numbers.set(node, this.nodes.length);
      this.nodes.push(node);
      this.operands.push(operands);
    }
    return this.#numbers.get(nodeOf(root))!;
  }
}

export function isNet(node: Expression | Net): node is Net {
  return 'kind' in node;
}

function nodeOf(node: Expression | Net): Node {
  return !isNet(node) && node.op === 'net' ? node.net : node;
}
