/** Instances of modules. */
import { describe, isIdentifier } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { DEFAULT_DOMAIN, type Instance } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import { Aggregate } from './aggregate.ts';
import { type Attributes, checkedAttributes } from './attributes.ts';
import { current } from './context.ts';
import { isGenuine } from './genuine.ts';
import type { ModuleDefinition } from './module.ts';
import { checkedOptions } from './options.ts';
import type { PortRecord } from './port.ts';
import type { Connections, DriverOf, Facing, OuterPorts, ReceiverOf, Sink, Source } from './port-types.ts';
import { type Call, connectMembers, driveOnly, type Member, PortView, portViews } from './port-view.ts';
import type { Data } from './shape.ts';
import { bitsOfLeaf, netLeaf } from './state.ts';
import type { Read, Wire } from './types.ts';
import { Leaf } from './value.ts';

export interface InstanceOptions {
  /** Name, if the record that the body returns does not give one. */
  readonly name?: string;
  readonly attributes?: Attributes;
}

/** Identifies an instance's views in the record that a body returns. */
export const INSTANCE: unique symbol = Symbol('instance');

/**
 * Instantiates a module. `connections` drives inputs (values, literals) and joins interfaces; an input that it leaves
 * out must be driven through the result (`x.en.set(…)`). The result holds the ports as seen from outside.
 */
export function inst<P extends PortRecord>(definition: ModuleDefinition<P>, connections: Connections<P> = {}, options?: InstanceOptions): OuterPorts<P> {
  const builder = current('inst');
  if (!isGenuine(definition) || !('elaborated' in definition)) fail('argument', 'inst', 'its first argument', 'a module', describe(definition));
  if (typeof connections !== 'object' || connections === null) fail('argument', 'inst', 'connections', 'a record', describe(connections));
  const { name = '', attributes } = checkedOptions('inst', options, ['name', 'attributes']);
  if (name !== '' && !isIdentifier(name)) fail('argument', 'inst', 'name', 'an identifier', describe(name));
  for (const key of Object.keys(connections)) {
    if (!Object.hasOwn(definition.ports, key)) fail('inst-port', definition.name, key, Object.keys(definition.ports).join(', '));
  }

  const at = Locator.here();
  const { module, leaves } = definition.elaborated();
  const nets = module.ports.map((port, i) => {
    const net = builder.net({ kind: port.kind === 'input' ? 'instanceInput' : 'instanceOutput', at, ...bitsOfLeaf(leaves[i]!.shape) });
    builder.portOf.set(net, `port ${port.name} of an instance of ${module.name}`);
    return net;
  });
  const instance: Instance = { name: '', module, domain: DEFAULT_DOMAIN, nets, at, attributes: checkedAttributes('inst', attributes) };
  builder.instances.push({ instance, scope: builder.scope, fallback: name });

  const byPath = new Map(leaves.map((leaf, i) => [leaf.path.join('.'), i]));
  const views = portViews(definition.ports, false, (path, shape, drives) => {
    const i = byPath.get(path.join('.'))!;
    return netLeaf(builder, nets[i]!, shape, drives);
  });
  for (const [key, connection] of Object.entries(connections as Record<string, unknown>)) {
    if (connection !== undefined) connectPort(views[key]!, connection, { what: `inst of ${module.name}`, at }, key);
  }
  Object.defineProperty(views, INSTANCE, { value: instance });
  return views as unknown as OuterPorts<P>;
}

function connectPort(port: Member, connection: unknown, call: Call, key: string): void {
  if (port instanceof PortView || Array.isArray(port)) connectMembers(port, connection, call, key);
  else if (port instanceof Leaf || port instanceof Aggregate) driveOnly(port, connection, call, key);
}

/**
 * Joins two interfaces or values of equal shape, leaf by leaf: whichever side can be driven is, by the other; `sink`
 * by `source` if both can.
 */
export function connect<T extends Data>(sink: Wire<T>, source: Read<T>): void;
export function connect<T extends Data>(sink: Sink<T>, source: Source<T>): void;
export function connect<F extends PortRecord>(sink: DriverOf<F>, source: ReceiverOf<F>): void;
export function connect<X extends object>(sink: X, source: Facing<X>): void;
export function connect(sink: unknown, source: unknown): void {
  current('connect');
  connectMembers(sink, source, { what: 'connect', at: Locator.here() });
}
