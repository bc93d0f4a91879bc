/** Instances: every port connected by name. */
import type { External, Instance, Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { attributesText } from './attributes-text.ts';
import type { Root } from './intermediates.ts';
import type { Layer, ModuleScope, Piece } from './layer.ts';

/**
 * Inputs of instances that are driven by a net, bits of a net or a constant: these are connected directly, without a
 * wire in between.
 */
export function elidedInputs(module: Module): Map<Net, Expression> {
  const elided = new Map<Net, Expression>();
  for (const instance of module.instances) {
    for (const net of instance.nets) {
      const driver = net.drive.at(-1);
      if (net.kind === 'instanceInput' && driver?.kind === 'assign' && isSimple(driver.value)) elided.set(net, driver.value);
    }
  }
  return elided;
}

function isSimple(expression: Expression): boolean {
  if (expression.name !== undefined || expression.op === 'net' || expression.op === 'const') return true;
  return expression.op === 'bits' && expression.args[0].op === 'net';
}

/** @param models external modules with a model are ordinary modules */
export function instancePiece(instance: Instance, models: boolean, layer: Layer, scope: ModuleScope): Piece {
  const { module } = instance;
  const external = module.external !== undefined && !(models && module.external.model !== undefined) ? module.external : undefined;
  const terms = instance.nets.map((net) => (net.kind === 'instanceInput' ? layer.lowering.net(net) : undefined));
  const roots = terms.filter((term) => term !== undefined).map((term): Root => ({ term, base: instance.name, place: 'inside' }));
  return {
    roots,
    print(lines) {
      const clock = external === undefined ? 'clk' : external.clock;
      const reset = external === undefined ? 'rst' : external.reset;
      const connections = [
        ...(clock === undefined ? [] : [`.${clock}(clk)`]),
        ...(reset === undefined ? [] : [`.${reset}(rst)`]),
        ...instance.nets.map((net, i) => {
          const term = terms[i];
          const connected = term === undefined ? net.name : scope.expressions.text(term, net.labels);
          return `.${module.ports[i]!.name}(${connected})`;
        }),
      ];
      lines.blank();
      const attributes = attributesText(instance.attributes);
      if (attributes !== '') lines.line(attributes);
      lines.line(`${module.name} ${parameters(external)}${instance.name} (`, instance.at);
      lines.indented(() => {
        connections.forEach((connection, i) => lines.line(connection + (i === connections.length - 1 ? '' : ',')));
      });
      lines.line(');');
      lines.blank();
    },
  };
}

function parameters(external: External | undefined): string {
  if (external === undefined || external.parameters.length === 0) return '';
  return `#(${external.parameters.map(({ name, value }) => `.${name}(${parameterText(value)})`).join(', ')}) `;
}

/** Numbers beyond 32 bits need a width of their own. */
function parameterText(value: bigint | string): string {
  if (typeof value === 'string') return `"${value}"`;
  if (BigInt.asIntN(32, value) === value) return value.toString();
  return value < 0n ? `-${(-value).toString(2).length + 1}'sd${-value}` : `${value.toString(2).length}'h${value.toString(16)}`;
}

/** True if the instance has the implicit clock and reset among its ports. */
export function readsClock({ module }: Instance, models: boolean): { readonly clock: boolean; readonly reset: boolean } {
  const { external } = module;
  if (external === undefined || (models && external.model !== undefined)) return { clock: true, reset: true };
  return { clock: external.clock !== undefined, reset: external.reset !== undefined };
}
