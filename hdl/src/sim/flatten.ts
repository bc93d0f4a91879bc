/** The design as a flat list of instances with hierarchical paths, their ports joined. */
import type { Design, Instance, Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { SimulationError } from './error.ts';
import { ModuleLogic } from './code/logic.ts';

/** One instance of a module in the flat design. Nets are identified by scope and net. */
export interface Scope {
  /** Position in {@link FlatDesign.scopes}. */
  readonly index: number;
  /** Instance names joined by dots; empty for the top. */
  readonly path: string;
  readonly parent: Scope | undefined;
  /** The module that runs: of an external module its model. */
  readonly module: Module;
  readonly logic: ModuleLogic;
  /** Stands in for an external module, or is inside of what does: absent from hardware. */
  readonly isModel: boolean;
  /** What the parent drives into each input. */
  readonly inputs: Map<Net, Net>;
  /** Which output of which child is behind each `instanceOutput`. */
  readonly outputs: Map<Net, { readonly scope: Scope; readonly net: Net }>;
}

export interface FlatDesign {
  /** All instances, parents before children; the first is the top. */
  readonly scopes: readonly Scope[];
}

export function flatten(design: Design): FlatDesign {
  const logics = new Map<Module, ModuleLogic>();
  const logicOf = (module: Module): ModuleLogic => {
    let logic = logics.get(module);
    if (logic === undefined) {
      logic = new ModuleLogic(module);
      logics.set(module, logic);
    }
    return logic;
  };

  const scopes: Scope[] = [];
  const waiting: { parent: Scope | undefined; instance: Instance | undefined; module: Module }[] = [
    { parent: undefined, instance: undefined, module: design.top },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { parent, instance } = next;
    const path = instance === undefined ? '' : join(parent!.path, instance.name);
    const module = modelOf(next.module, path);
    const scope: Scope = { index: scopes.length, path, parent, module, logic: logicOf(module), isModel: parent?.isModel === true || module !== next.module, inputs: new Map(), outputs: new Map() };
    scopes.push(scope);
    if (instance !== undefined) joinPorts(scope, parent!, instance);
    for (const child of module.instances.toReversed()) waiting.push({ parent: scope, instance: child, module: child.module });
  }
  return { scopes };
}

/** Hierarchical name of what `name` is in the scope of that path. */
export function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function modelOf(module: Module, path: string): Module {
  if (module.external === undefined) return module;
  const { model } = module.external;
  if (model === undefined) {
    throw new SimulationError(
      `${path === '' ? 'the top' : `instance ${path}`} is the external module ${module.name}, which has no model to simulate: give external(…) a model with the same ports`,
    );
  }
  return modelOf(model, path);
}

/** A model has the same ports as what it stands for, by name. */
function joinPorts(scope: Scope, parent: Scope, instance: Instance): void {
  const own = new Map(scope.module.ports.map((port) => [port.name, port]));
  for (const [i, port] of instance.module.ports.entries()) {
    const outside = instance.nets[i]!;
    const inside = own.get(port.name);
    if (inside === undefined || inside.kind !== port.kind || inside.width !== port.width) {
      throw new SimulationError(`the model of instance ${scope.path} has no ${port.kind} ${port.name} of ${port.width} bits, as external module ${instance.module.name} has`);
    }
    if (port.kind === 'input') scope.inputs.set(inside, outside);
    else parent.outputs.set(outside, { scope, net: inside });
  }
}

/** What a net's value is computed from: its driver, or the address of an asynchronous read. Nothing for a source of values. */
export function driverOf(scope: Scope, net: Net): { readonly scope: Scope; readonly expression: Expression } | undefined {
  switch (net.kind) {
    case 'input': {
      const outside = scope.inputs.get(net);
      return outside === undefined ? undefined : { scope: scope.parent!, expression: scope.parent!.logic.drive(outside) };
    }
    case 'instanceOutput': {
      const inner = scope.outputs.get(net)!;
      return { scope: inner.scope, expression: inner.scope.logic.drive(inner.net) };
    }
    case 'output':
    case 'wire':
    case 'instanceInput':
      return { scope, expression: scope.logic.drive(net) };
    case 'memoryRead': {
      const { read } = scope.logic.readPorts.get(net)!;
      return read.kind === 'asynchronous' ? { scope, expression: read.address } : undefined;
    }
    case 'reg':
      return undefined;
  }
}
