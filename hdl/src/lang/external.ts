/** Modules whose Verilog comes from elsewhere: vendor primitives and IP. */
import { checkModule } from '../check/check-module.ts';
import { describe, isIdentifier } from '../check/describe.ts';
import { fail, failAt } from '../check/error.ts';
import type { External } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import { Builder, NO_ATTRIBUTES } from './context.ts';
import { genuine, isGenuine } from './genuine.ts';
import { type Elaborated, type ModuleDefinition, portNets } from './module.ts';
import { checkedOptions } from './options.ts';
import { checkPorts, type PortRecord } from './port.ts';
import { type PortLeaf, portLeaves } from './port-view.ts';

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
export function external<const P extends PortRecord>(name: string, ports: P, options?: ExternalOptions<P>): ModuleDefinition<P> {
  if (!isIdentifier(name)) fail('module-name', describe(name));
  checkPorts(`external ${name}`, ports);
  const { parameters, clock, reset, model } = checkedOptions('external', options, ['parameters', 'clock', 'reset', 'model']);
  const implicit = new Map<string, string>();
  for (const [what, port] of [['clock', clock], ['reset', reset]] as const) {
    if (port === undefined) continue;
    if (!isIdentifier(port)) fail('argument', 'external', what, 'the name of a port', describe(port));
    implicit.set(port, `the ${what}`);
  }
  if (model !== undefined && !(isGenuine(model) && 'elaborated' in model)) fail('argument', 'external', 'model', 'a module', describe(model));
  const rendered = renderParameters(name, parameters);
  const at = Locator.here();
  const own = Object.freeze({ ...ports });
  let done: Elaborated | undefined;
  return genuine({
    name,
    ports: own,
    elaborated: () => {
      if (done !== undefined) return done;
      const leaves = portLeaves(own);
      const modelModule = model?.elaborated();
      if (modelModule !== undefined) {
        const difference = firstDifference(leaves, modelModule.leaves);
        if (difference !== undefined) failAt(at, 'external-model', name, difference);
      }
      const foreign: External = { parameters: rendered, clock, reset, model: modelModule?.module };
      const module = {
        name, parameters: [], ports: portNets(new Builder(name, at), leaves, at, implicit), attributes: NO_ATTRIBUTES, at, external: foreign,
        wires: [], registers: [], clocked: [], memories: [], instances: [], named: [], assertions: [], probes: [],
      };
      checkModule(module);
      done = { module, leaves };
      return done;
    },
  });
}

function renderParameters(module: string, parameters: unknown = {}): External['parameters'] {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) fail('argument', 'external', 'parameters', 'a record', describe(parameters));
  return Object.entries(parameters).map(([name, value]: [string, unknown]) => {
    if (isIdentifier(name)) {
      if (typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) && !/["\\]/.test(value)) return { name, value };
      if (typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value))) return { name, value: BigInt(value) };
    }
    return fail('external-parameter', module, name, describe(value));
  });
}

/** The first leaf in which the ports of a module and of its model differ. */
function firstDifference(ours: readonly PortLeaf[], theirs: readonly PortLeaf[]): string | undefined {
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [left, right] = [ours[i], theirs[i]];
    if (left?.name !== right?.name || left?.direction !== right?.direction || left?.shape.width !== right?.shape.width) return (left ?? right)!.name;
  }
  return undefined;
}
