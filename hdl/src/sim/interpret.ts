/** Values of any signal by interpretation of its cone from state and inputs: costs nothing while the design runs. */
import type { Expression } from '../ir/expression.ts';
import { evaluateOperator } from '../ir/evaluate.ts';
import type { Net } from '../ir/net.ts';
import type { FlatDesign, Scope } from './flatten.ts';
import type { Image } from './image.ts';
import type { Layout } from './layout.ts';
import { Cones } from './code/levelise.ts';

/** Valid for one moment: it remembers what it computed. */
export class Interpreter {
  readonly #cones: Cones<bigint>;

  constructor(image: Image, flat: FlatDesign, layout: Layout) {
    const inputs = new Map(layout.inputs.map((slot) => [slot.name, slot]));
    this.#cones = new Cones<bigint>(flat, {
      source: (scope, net) => {
        if (net.kind === 'reg') return image.read(layout.registers.get(scope)!.get(net)!);
        if (net.kind === 'memoryRead') return image.read(layout.reads.get(scope)!.get(net)!.data);
        return image.read(inputs.get(net.name)!);
      },
      read: (scope, memory, _port, address) => {
        if (address >= BigInt(memory.depth)) return 0n;
        return image.readWord(layout.memories.get(scope)!.get(memory)!, Number(address));
      },
      operator: (node, args) => {
        if (node.op === 'const') return node.value;
        return evaluateOperator(node.op, node.width, args, node.args.map((argument) => argument.width), node.op === 'bits' ? node.lo : 0);
      },
    });
  }

  of(scope: Scope, source: Expression | Net): bigint {
    return this.#cones.of(scope, source);
  }
}
