/** Modules whose Verilog comes from elsewhere: vendor primitives and IP. */
import { checkModule } from '../check/check-module.ts';
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import type { External } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import { Builder, NO_ATTRIBUTES } from './context.ts';
import { type Elaborated, type ModuleDefinition, portNets } from './module.ts';
import { checkPorts, type PortRecord } from './port.ts';
import { portLeaves } from './port-view.ts';

export interface ExternalOptions<P extends PortRecord> {
  /** Verilog parameters: numbers as numbers, strings as strings. */
  readonly parameters?: { readonly [name: string]: number | bigint | string };
  /** Names of its clock and reset ports, if it has them; they join the parent's. */
  readonly clock?: string;
  readonly reset?: string;
  /** A module of the same ports that the simulator runs in its place, and that simulation-only Verilog contains. */
  readonly model?: ModuleDefinition<P>;
}

/** A module that is only declared: `name` and the port leaves are those of the foreign Verilog. */
export function external<const P extends PortRecord>(name: string, ports: P, options: ExternalOptions<P> = {}): ModuleDefinition<P> {
  if (!isIdentifier(name)) fail('module-name', describe(name));
  checkPorts(`external ${name}`, ports);
  const { parameters = {}, clock, reset, model } = options ?? {};
  for (const [what, port] of [['clock', clock], ['reset', reset]] as const) {
    if (port !== undefined && !isIdentifier(port)) fail('argument', 'external', what, 'the name of a port', describe(port));
  }
  const rendered = Object.entries(parameters).map(([key, value]) => {
    const legal = isIdentifier(key) && (typeof value === 'string' ? /^[\x20-\x7e]*$/.test(value) && !/["\\]/.test(value) : typeof value === 'bigint' || Number.isSafeInteger(value));
    if (!legal) fail('parameter', name, `${key} = ${describe(value)}`, 'a number or string');
    return { name: key, value: typeof value === 'string' ? value : BigInt(value) };
  });
  const at = Locator.here();
  let done: Elaborated | undefined;
  return {
    name,
    ports,
    elaborated: () => {
      if (done !== undefined) return done;
      const leaves = portLeaves(ports);
      const modelModule = model?.elaborated();
      if (modelModule !== undefined) {
        const differs = leaves.find((leaf, i) => {
          const other = modelModule.leaves[i];
          return other === undefined || other.name !== leaf.name || other.direction !== leaf.direction || other.shape.width !== leaf.shape.width;
        });
        if (differs !== undefined || modelModule.leaves.length !== leaves.length) fail('external-model', name, differs?.name ?? modelModule.leaves[leaves.length]!.name);
      }
      const foreign: External = { parameters: rendered, clock, reset, model: modelModule?.module };
      const module = {
        name, parameters: [], ports: portNets(new Builder(name, at), leaves, at), attributes: NO_ATTRIBUTES, at, external: foreign,
        wires: [], registers: [], clocked: [], memories: [], instances: [], named: [], assertions: [], probes: [],
      };
      checkModule(module);
      done = { module, leaves };
      return done;
    },
  };
}
