/**
 * Turns a specification into calls of the language: the same calls, in the same order, as the printed source makes.
 *
 * A specification is correct by construction, so types that only exist at compile time are left aside here: values are
 * looked up and called by name.
 */
import * as hdl from '@vtoe/hdl';
import { elaborate, In, inst, lit, match, mem, module, Out, reg, scope, Stream, unpack, when, wire, type Data, type Design, type ModuleDefinition } from '@vtoe/hdl';
import { callOf, hostLiteral, takesPlainLiteral } from './calls.ts';
import type { Expr, Item, MatchItem, MemoryItem, ModuleSpec, PortSpec, Spec } from './spec.ts';

/** Anything of the language that has members: a value, a memory, an instance, the record of ports. */
interface Thing {
  [member: string]: unknown;
}

type Callable = (...args: readonly unknown[]) => unknown;

/** @throws what the language finds wrong */
export function build(spec: Spec): Design {
  const definitions = new Map<string, ModuleDefinition>();
  let top: ModuleDefinition | undefined;
  for (const entry of spec.modules) {
    top = define(spec, entry, definitions);
    definitions.set(entry.name, top);
  }
  if (top === undefined) throw new Error('a design without a module');
  return elaborate(top);
}

function define(spec: Spec, entry: ModuleSpec, definitions: ReadonlyMap<string, ModuleDefinition>): ModuleDefinition {
  const ports = Object.fromEntries(entry.ports.map((port) => [port.name, portOf(port)]));
  return module(moduleName(spec, entry), {}, ports, (io) => new Body(io, definitions).run(entry.items));
}

export function moduleName(spec: Spec, entry: ModuleSpec): string {
  return `${spec.prefix}_${entry.name}`;
}

function portOf({ protocol, direction, shape }: PortSpec): hdl.Port {
  if (protocol === 'stream') return direction === 'in' ? In(Stream(shape)) : Out(Stream(shape));
  return direction === 'in' ? In(shape) : Out(shape);
}

class Body {
  readonly #things = new Map<string, unknown>();
  readonly #definitions: ReadonlyMap<string, ModuleDefinition>;

  constructor(io: unknown, definitions: ReadonlyMap<string, ModuleDefinition>) {
    this.#things.set('io', io);
    this.#definitions = definitions;
  }

  /** Runs the items and returns the record of what they name. */
  run(items: readonly Item[]): Thing {
    for (const item of items) this.#item(item);
    return Object.fromEntries(returnedNames(items).map((name) => [name, this.#things.get(name)]));
  }

  #item(item: Item): void {
    switch (item.kind) {
      case 'wire': return this.#declare(item.name, wire(item.shape));
      case 'reg': return this.#declare(item.name, reg(item.shape, registerOptions(item) as hdl.RegOptions<Data>));
      case 'mem': return this.#declare(item.name, this.#memory(item));
      case 'inst': return this.#declare(item.name, this.#instance(item.module, item.inputs));
      case 'let': return this.#declare(item.name, this.#value(item.value));
      case 'scope': return this.#declare(item.name, scope(item.label, () => this.run(item.items)));
      case 'set': return void (this.#thing(item.target)['set'] as Callable).call(this.#thing(item.target), this.#plain(item.value));
      case 'next': {
        this.#thing(item.target)['next'] = this.#plain(item.value);
        return;
      }
      case 'when': return this.#when(item);
      case 'match': return this.#match(item);
      case 'write': {
        const memory = this.#things.get(item.memory) as hdl.Memory<Data>;
        memory.write(this.#plain(item.address) as hdl.UInt, this.#plain(item.data) as never, this.#mask(item.mask) as never);
        return;
      }
      case 'read': {
        const memory = this.#things.get(item.memory) as hdl.Memory<Data>;
        return this.#declare(item.name, memory.readSync(this.#plain(item.address) as hdl.UInt, item.name));
      }
      case 'connect': return void (this.#path(item.sink)['from'] as Callable).call(this.#path(item.sink), this.#path(item.source));
    }
  }

  #declare(name: string, thing: unknown): void {
    this.#things.set(name, thing);
  }

  #memory({ shape, depth, collision, outputRegister, init }: MemoryItem): unknown {
    const words = init?.map((word) => hostLiteral(shape, word));
    return mem(shape, depth, { collision, outputRegister, ...(words === undefined ? {} : { init: words as never }) });
  }

  #instance(name: string, inputs: readonly { readonly port: string; readonly value: Expr }[]): unknown {
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`no module ${name}`);
    return inst(definition, Object.fromEntries(inputs.map(({ port, value }) => [port, this.#plain(value)])) as hdl.Connections<hdl.PortRecord>);
  }

  #when({ arms, otherwise }: Extract<Item, { kind: 'when' }>): void {
    const [first, ...rest] = arms;
    if (first === undefined) return;
    const body = (items: readonly Item[]) => () => { for (const item of items) this.#item(item); };
    let chain = when(this.#value(first.condition) as hdl.Bool, body(first.body));
    for (const arm of rest) chain = chain.elsewhen(this.#value(arm.condition) as hdl.Bool, body(arm.body));
    if (otherwise !== undefined) chain.otherwise(body(otherwise));
  }

  #match({ subject, arms, otherwise }: MatchItem): void {
    const body = (items: readonly Item[]) => () => { for (const item of items) this.#item(item); };
    const value = this.#value(subject);
    if (subject.shape.kind === 'enum') {
      const record = Object.fromEntries([
        ...arms.flatMap((arm) => arm.labels.map((label) => [label, body(arm.body)] as const)),
        ...(otherwise === undefined ? [] : [['otherwise', body(otherwise)] as const]),
      ]);
      match(value as hdl.EnumValue<string>, record);
    } else {
      match(value as hdl.UInt, arms.map((arm) => [arm.labels.map(Number), body(arm.body)] as const), otherwise === undefined ? undefined : body(otherwise));
    }
  }

  #mask(mask: Extract<Item, { kind: 'write' }>['mask']): unknown {
    if (mask === undefined) return undefined;
    if (mask.kind === 'fields') return { fields: Object.fromEntries(mask.fields.map(({ name, value }) => [name, this.#plain(value)])) };
    return { [mask.kind]: this.#value(mask.value) };
  }

  /** A value, or a plain literal where the language takes one. */
  #plain(expr: Expr): unknown {
    return expr.kind === 'lit' ? hostLiteral(expr.shape, expr.value) : this.#value(expr);
  }

  #value(expr: Expr): unknown {
    if (expr.kind === 'ref') return this.#path(expr.path);
    if (expr.kind === 'lit') return lit(expr.shape, hostLiteral(expr.shape, expr.value) as never);
    const { op, numbers } = expr;
    const args = expr.args.map((arg, i) => (takesPlainLiteral(expr, i) ? this.#plain(arg) : this.#value(arg)));
    const call = callOf(expr);
    switch (call.form) {
      case 'method': {
        const receiver = args[0] as Thing;
        return (receiver[op] as Callable).call(receiver, ...args.slice(1), ...numbers);
      }
      case 'function': return (hdl as unknown as Record<string, Callable>)[op]!(...args);
      case 'unpack': return unpack(expr.shape, args[0] as hdl.UInt);
      case 'field': return (args[0] as Thing)[expr.label];
      case 'is': return (args[0] as hdl.EnumValue<string>).is(...call.labels);
      case 'read': return (this.#things.get(expr.label) as hdl.Memory<Data>).read(args[0] as hdl.UInt);
      case 'bundle': return Object.fromEntries(call.fields.map(([name], i) => [name, args[i]]));
    }
  }

  #thing(expr: Expr): Thing {
    return this.#value(expr) as Thing;
  }

  #path(path: string): Thing {
    const [first, ...members] = path.split('.');
    let thing = this.#things.get(first!) as Thing;
    for (const member of members) thing = thing[member] as Thing;
    if (thing === undefined) throw new Error(`nothing is called ${path}`);
    return thing;
  }
}

function registerOptions({ shape, reset, init }: Extract<Item, { kind: 'reg' }>): unknown {
  return reset ? { init: hostLiteral(shape, init) } : { reset: false };
}

/** Names that a body's record holds: state always, values if they are to have a name. */
export function returnedNames(items: readonly Item[]): string[] {
  return items.flatMap((item) => {
    switch (item.kind) {
      case 'let': return item.returned ? [item.name] : [];
      case 'wire': case 'reg': case 'mem': case 'inst': case 'scope': return [item.name];
      default: return [];
    }
  });
}
