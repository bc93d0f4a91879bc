/** Modules: a name, parameters that tell its variants apart, ports, and a body that describes the hardware. */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail, failAt } from '../check/error.ts';
import { checkModule } from '../check/check-module.ts';
import type { Module } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import type { Net } from '../ir/net.ts';
import { stillness } from '../ir/stillness.ts';
import { namesOf } from '../ir/traverse.ts';
import { type Attributes, checkedAttributes } from './attributes.ts';
import { runBody } from './body.ts';
import { Builder, IMPLICIT_PORTS, withBuilder } from './context.ts';
import { genuine } from './genuine.ts';
import { nameEverything } from './naming.ts';
import { checkedOptions } from './options.ts';
import { checkPorts, type PortRecord } from './port.ts';
import type { InnerPorts } from './port-types.ts';
import { type PortLeaf, portLeaves, portViews } from './port-view.ts';
import { type Data, isShape } from './shape.ts';
import { bitsOfLeaf, netLeaf } from './state.ts';

/** What tells one variant of a module from another; part of the emitted name. */
export interface Parameters {
  readonly [name: string]: number | bigint | boolean | string | Data;
}

/** Named parts: values, memories, instances, arrays and records of them. Anything else is ignored. */
export type Names = { readonly [name: string]: unknown } | void;

export interface ModuleOptions {
  readonly attributes?: Attributes;
}

/** A module that can be instantiated, simulated and emitted. Its body runs once, when it is first needed. */
export interface ModuleDefinition<P extends PortRecord = PortRecord> {
  readonly name: string;
  readonly ports: P;
  /** Elaborates the module. @throws what is wrong in its body, or in a body below */
  elaborated(): Elaborated;
}

export interface Elaborated {
  readonly module: Module;
  /** Leaves of the ports, in the order of `module.ports`. */
  readonly leaves: readonly PortLeaf[];
}

/**
 * Describes a module. `body` gets the ports as its own side sees them and returns a record: its keys name registers,
 * wires, memories, instances and values in Verilog, waveforms and tests.
 *
 * Two modules of equal name (parameters included) must have equal structure; they are then emitted once.
 *
 * @param name identifier; the emitted name is `name` with rendered parameters: `fifo_w64_d16`
 * @param parameters numbers and strings render as key and value, shapes as their name or width
 * @throws at once for a bad name, parameter or port; for a mistake in the body when it is elaborated
 */
export function module<const P extends PortRecord>(
  name: string,
  parameters: Parameters,
  ports: P,
  body: (io: InnerPorts<P>) => Names,
  options?: ModuleOptions,
): ModuleDefinition<P> {
  if (!isIdentifier(name)) fail('module-name', describe(name));
  const rendered = renderParameters(name, parameters);
  checkPorts(`module ${name}`, ports);
  if (typeof body !== 'function') fail('argument', 'module', 'body', 'a function', describe(body));
  const attributes = checkedAttributes('module', checkedOptions('module', options, ['attributes']).attributes);
  const at = Locator.here();
  const fullName = [name, ...rendered.map(({ suffix }) => suffix)].join('_');
  const own = Object.freeze({ ...ports });
  let done: Elaborated | undefined;
  return genuine({
    name: fullName,
    ports: own,
    elaborated: () => (done ??= elaborateBody(fullName, at, own, body as (io: unknown) => Names, rendered, attributes)),
  });
}

function elaborateBody(
  name: string, at: Locator, ports: PortRecord, body: (io: unknown) => Names,
  parameters: Module['parameters'], attributes: ReadonlyMap<string, string>,
): Elaborated {
  const builder = new Builder(name, at);
  // By name: a body that makes the definition anew each time is as endless.
  for (let outer = builder.parent; outer !== undefined; outer = outer.parent) if (outer.name === name) fail('module-recursion', name);
  const leaves = portLeaves(ports);
  const nets = portNets(builder, leaves, at);
  const byPath = new Map(leaves.map((leaf, i) => [leaf.path.join('.'), nets[i]!]));
  return withBuilder(builder, () => {
    const io = portViews(ports, true, (path, shape, drives) => {
      const net = byPath.get(path.join('.'))!;
      return netLeaf(builder, net, shape, drives);
    });
    const names = runBody('module', () => body(io));
    for (const draft of builder.memories) draft.finish();
    const named = nameEverything(builder, names);
    const kept = builder.nets;
    const module = withStills(builder, {
      name, parameters, ports: nets, attributes, at, external: undefined, named,
      wires: kept.filter((net) => net.kind === 'wire'),
      registers: kept.filter((net) => net.kind === 'reg'),
      clocked: builder.clocked.statements,
      memories: builder.memories.map(({ memory }) => memory),
      instances: builder.instances.map(({ instance }) => instance),
      assertions: builder.assertions,
      probes: builder.probes,
    });
    checkModule(module);
    return { module, leaves };
  });
}

/** The module with what its `still` wires say. */
function withStills({ stills }: Builder, module: Module): Module {
  let result = module;
  for (const { net, except } of stills) {
    const { still, wires, instances } = stillness(module, except, namesOf(result));
    result = { ...result, wires: [...result.wires, ...wires], instances };
    net.drive.splice(0, net.drive.length, { kind: 'assign', target: net, value: still, at: net.at });
  }
  return result;
}

/** Nets of a module's ports, from the inside; `own`: names of its other ports, and what they are. */
export function portNets(builder: Builder, leaves: readonly PortLeaf[], at: Locator, own = IMPLICIT_PORTS): Net[] {
  const taken = new Map(own);
  return leaves.map((leaf) => {
    if (!isIdentifier(leaf.name)) failAt(at, 'port-leaf', builder.name, leaf.path.join('.'), describe(leaf.name));
    const holder = taken.get(leaf.name);
    if (holder !== undefined) failAt(at, 'port-collision', builder.name, leaf.path.join('.'), leaf.name, holder);
    taken.set(leaf.name, `port ${leaf.path.join('.')}`);
    const net = builder.net({ kind: leaf.direction === 'in' ? 'input' : 'output', name: leaf.name, at, ...bitsOfLeaf(leaf.shape) });
    builder.group.set(net, leaf.group);
    return net;
  });
}

interface RenderedParameter {
  readonly name: string;
  readonly text: string;
  /** Part of the emitted name. */
  readonly suffix: string;
}

function renderParameters(module: string, parameters: Parameters): RenderedParameter[] {
  if (typeof parameters !== 'object' || parameters === null) fail('argument', 'module', 'parameters', 'a record', describe(parameters));
  return Object.entries(parameters).map(([name, value]) => {
    if (!isIdentifier(name)) fail('parameter', module, describe(name), 'name');
    if (isShape(value)) return { name, text: shapeName(value), suffix: shapeName(value) };
    switch (typeof value) {
      case 'number':
        if (!Number.isSafeInteger(value)) break;
        return { name, text: String(value), suffix: name + integerName(BigInt(value)) };
      case 'bigint': return { name, text: String(value), suffix: name + integerName(value) };
      case 'boolean': return { name, text: String(value), suffix: name + (value ? '1' : '0') };
      case 'string':
        if (!/^[A-Za-z0-9_]+$/.test(value)) break;
        return { name, text: value, suffix: `${name}_${value}` };
      default: break;
    }
    return fail('parameter', module, `${name} = ${describe(value)}`, 'value');
  });
}

function integerName(value: bigint): string {
  return value < 0n ? `m${-value}` : String(value);
}

/** A shape in an emitted name: `w64`, a bundle's or enum's name, `w8x4`. */
function shapeName(shape: Data): string {
  switch (shape.kind) {
    case 'uint': return `w${shape.width}`;
    case 'bool': return 'bool';
    case 'vec': return `${shapeName(shape.element)}x${shape.length}`;
    default: return shape.name;
  }
}
