/** Wires and registers of any shape. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { DEFAULT_DOMAIN } from '../ir/design.ts';
import { Locator } from '../ir/locator.ts';
import type { Net } from '../ir/net.ts';
import { view } from './aggregate.ts';
import { checkedAttributes, type Attributes } from './attributes.ts';
import { coerce } from './coerce.ts';
import { type Builder, current } from './context.ts';
import { checkedOptions } from './options.ts';
import { type Directional, isPortShape } from './port.ts';
import type { Wires } from './port-types.ts';
import { portView } from './port-view.ts';
import { type Data, isShape } from './shape.ts';
import type { Literal, Reg, Wire } from './types.ts';
import { type Leaf, leafOf, type LeafShape, type Target } from './value.ts';

export interface WireOptions {
  readonly attributes?: Attributes;
}

export interface RegOptions<T extends Data> extends WireOptions {
  /** Value after reset, 0 (the first label, all fields 0) by default. */
  readonly init?: Literal<NoInfer<T>>;
  /** `false`: no reset, for wide datapath; starts random in simulation. */
  readonly reset?: false;
}

/** A combinational net. The last `set` of a cycle wins; every path must set it. An interface of wires has both sides. */
export function wire<T extends Data>(shape: T, options?: WireOptions): Wire<T>;
export function wire<S extends Directional>(shape: S, options?: WireOptions): Wires<S>;
export function wire(shape: Data | Directional, options?: WireOptions): unknown {
  const builder = current('wire');
  const at = Locator.here();
  const attributes = checkedAttributes('wire', checkedOptions('wire', options, ['attributes']).attributes);
  const leaf = (_path: readonly string[], leafShape: LeafShape) =>
    netLeaf(builder, builder.net({ kind: 'wire', ...bitsOfLeaf(leafShape), attributes, at }), leafShape);
  if (isShape(shape)) return view(shape, leaf, true);
  if (!isPortShape(shape)) fail('shape-expected', 'wire', describe(shape));
  return portView(shape, true, leaf);
}

/** A register: changes at the clock edge to what `.next` was assigned last in the cycle, else holds. */
export function reg<T extends Data>(shape: T, options?: RegOptions<T>): Reg<T> {
  return register(shape, options, false) as unknown as Reg<T>;
}

/** As {@link reg}; `verificationOnly` registers exist for assertions and never reach synthesizable output. */
export function register(shape: Data, options: RegOptions<Data> | undefined, verificationOnly: boolean): ReturnType<typeof view> {
  const builder = current('reg');
  if (!isShape(shape)) fail('shape-expected', 'reg', describe(shape));
  const { init, reset, attributes: given } = checkedOptions('reg', options, ['init', 'reset', 'attributes']);
  if (reset !== undefined && reset !== false) fail('argument', 'reg', 'reset', 'false, or nothing', describe(reset));
  if (reset === false && init !== undefined) fail('init-without-reset');
  const at = Locator.here();
  const attributes = checkedAttributes('reg', given);
  const start = init === undefined ? undefined : coerce(shape, init, 'init').map((value) => (value.op === 'const' ? value.value : fail('init-literal')));
  let index = 0;
  return view(shape, (_path, leafShape) => {
    const value = start?.[index++] ?? firstValue(leafShape);
    const net = builder.net({
      kind: 'reg', ...bitsOfLeaf(leafShape), attributes, at,
      register: { reset: reset === false ? undefined : value, domain: DEFAULT_DOMAIN, verificationOnly },
    });
    return netLeaf(builder, net, leafShape);
  }, true);
}

/** 0; of an enum its first label. */
function firstValue(shape: LeafShape): bigint {
  return shape.kind === 'enum' ? shape.encoding.labels[0]!.value : 0n;
}

/** What a net needs to know of its shape. */
export function bitsOfLeaf(shape: LeafShape): { width: number; isBool: boolean; labels: Net['labels'] } {
  return { width: shape.width, isBool: shape.kind === 'bool', labels: shape.kind === 'enum' ? shape.encoding : undefined };
}

/** The leaf that stands for a net; it can be driven unless `drivable` is false. */
export function netLeaf(builder: Builder, net: Net, shape: LeafShape, drivable = true): Leaf {
  return leafOf(shape, builder.value(net), builder, drivable ? netTarget(builder, net) : undefined, () => builder.label(net));
}

function netTarget(builder: Builder, net: Net): Target {
  const running = () => {
    const now = current('an assignment');
    if (now !== builder) fail('foreign-value', builder.name, now.name);
    return now;
  };
  return {
    kind: net.kind === 'reg' ? 'register' : 'wire',
    isPort: net.kind === 'output' || net.kind === 'instanceInput',
    assign: (value, at) => running().assign(net, value, at),
    connect: (value, at) => running().connect(net, value, at),
  };
}

