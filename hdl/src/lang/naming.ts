/**
 * Names, once a body has run: from the keys of the record that it returned; from scopes for what helpers made; and for
 * the rest from the first named net that it drives. What stays without a name and holds state is an error, since any
 * name that we chose for it would change when something unrelated is edited.
 */
import { isIdentifier } from '../check/describe.ts';
import { failAt } from '../check/error.ts';
import type { Instance, Memory } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { BundleView, VecView } from './aggregate.ts';
import type { Builder } from './context.ts';
import { drivenThings, sourcesOf } from './drivers.ts';
import { INSTANCE } from './instance.ts';
import { MemoryView } from './memory.ts';
import { PortView } from './port-view.ts';
import type { Scope } from './scope.ts';
import { Leaf } from './value.ts';

/** Names everything in `builder`, and returns the expressions that got a name of their own. */
export function nameEverything(builder: Builder, names: unknown): Expression[] {
  const naming = new Naming(builder);
  naming.record(names, '');
  naming.inherit();
  naming.finish();
  return naming.named;
}

class Naming {
  readonly named: Expression[] = [];
  readonly #builder: Builder;
  readonly #taken: Map<string, string>;
  readonly #instanceScope: Map<Instance, Scope | undefined>;
  readonly #seen = new Set<object>();

  constructor(builder: Builder) {
    this.#builder = builder;
    this.#taken = new Map([['clk', 'the clock'], ['rst', 'the reset']]);
    for (const net of builder.nets) if (net.kind === 'input' || net.kind === 'output') this.#taken.set(net.name, `port ${net.name}`);
    this.#instanceScope = new Map(builder.instances.map(({ instance, scope }) => [instance, scope]));
  }

  /** Walks a returned record; keys join with underscores, array elements with their index. */
  record(value: unknown, prefix: string): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) this.#part(part, prefix === '' ? key : `${prefix}_${key}`);
  }

  #part(part: unknown, name: string): void {
    if (typeof part !== 'object' || part === null) return;
    if (part instanceof Leaf) return this.#leaf(part, name, name);
    if (part instanceof BundleView || part instanceof VecView || part instanceof PortView) return this.#members(part, name, name);
    if (part instanceof MemoryView) {
      this.#claimScope(part.scope, name);
      if (part.ir.name === '') this.#nameMemory(part.ir, name);
      return;
    }
    const instance = (part as { [INSTANCE]?: Instance })[INSTANCE];
    if (instance !== undefined) {
      this.#claimScope(this.#instanceScope.get(instance), name);
      if (instance.name === '' && this.#instanceScope.has(instance)) instance.name = this.#claim(name, 'an instance', instance.at);
      return;
    }
    if (this.#seen.has(part)) return;
    this.#seen.add(part);
    if (Array.isArray(part) || Object.getPrototypeOf(part) === Object.prototype) this.record(part, name);
  }

  #members(view: BundleView | VecView | PortView, name: string, group: string): void {
    const member = (part: unknown, key: string) => {
      if (part instanceof Leaf) this.#leaf(part, `${name}_${key}`, group);
      else if (part instanceof BundleView || part instanceof VecView || part instanceof PortView) this.#members(part, `${name}_${key}`, group);
      else if (Array.isArray(part)) part.forEach((element, i) => member(element, `${key}_${i}`));
    };
    if (view instanceof VecView) [...view].forEach((element, i) => member(element, String(i)));
    else for (const [key, part] of Object.entries(view)) if (key !== 'shape') member(part, key);
  }

  #leaf(leaf: Leaf, name: string, group: string): void {
    if (leaf.owner !== undefined && leaf.owner !== this.#builder) return;
    const { expression } = leaf;
    if (expression.op === 'net') {
      const { net } = expression;
      this.#claimScope(this.#builder.scopeOf.get(net), group);
      if (net.name !== '' || net.kind === 'instanceInput' || net.kind === 'instanceOutput') return;
      net.name = this.#claim(name, 'a net', net.at);
      this.#builder.group.set(net, group);
    } else if (expression.op !== 'const' && expression.name === undefined && !this.#isPort(name, expression)) {
      expression.name = this.#claim(name, 'a value', this.#builder.at);
      this.named.push(expression);
    }
  }

  /** A value that is all that an output of the same name carries: the output is its name. */
  #isPort(name: string, value: Expression): boolean {
    const port = this.#builder.nets.find((net) => net.kind === 'output' && net.name === name);
    const [only, ...others] = port?.drive ?? [];
    return only?.kind === 'assign' && others.length === 0 && only.value === value;
  }

  /** A scope takes its full name from the first name that the caller gives to something made in it. */
  #claimScope(scope: Scope | undefined, group: string): void {
    if (scope === undefined || scope.prefix !== undefined) return;
    this.#claimScope(scope.parent, group);
    scope.prefix = this.#free(`${scope.parent?.prefix ?? group}_${scope.name}`);
    this.record(scope.record, scope.prefix);
  }

  /** What nobody returned takes the name of the first named net that it drives; repeated, as names spread backwards. */
  inherit(): void {
    const builder = this.#builder;
    const incomplete = () => builder.scopes.some((scope) => scope.prefix === undefined) || builder.nets.some((net) => net.kind === 'wire' && net.name === '');
    if (!incomplete()) return;
    const scopeOf = new Map(builder.scopeOf);
    for (const { memory, scope } of builder.memories) for (const port of memory.reads) if (scope !== undefined) scopeOf.set(port.data, scope);
    const instanceOf = new Map(builder.instances.flatMap(({ instance }) => instance.nets.map((net) => [net, instance] as const)));
    for (let progress = true; progress && incomplete();) {
      progress = false;
      for (const { net, memory, expressions } of drivenThings(builder)) {
        const instance = net === undefined ? undefined : instanceOf.get(net);
        const own = net === undefined ? memory! : instance?.name ?? net.name;
        if (own === '') continue;
        const base = (net === undefined ? undefined : scopeOf.get(net)?.prefix ?? builder.group.get(net)) ?? own;
        for (const source of sourcesOf(expressions)) {
          const scope = scopeOf.get(source);
          if (scope !== undefined && scope.prefix === undefined) {
            this.#claimScope(scope, base);
            progress = true;
          } else if (source.kind === 'wire' && source.name === '') {
            source.name = this.#claim(this.#free(`${base}_w`), 'a wire', source.at);
            builder.group.set(source, base);
            progress = true;
          }
        }
      }
    }
  }

  /** Whatever is left: scopes and nets without a name. */
  finish(): void {
    const builder = this.#builder;
    for (const scope of builder.scopes) {
      if (scope.prefix === undefined && this.#holdsState(scope)) failAt(scope.at, 'unnamed-scope', scope.name);
    }
    let checks = 0;
    for (const net of builder.nets) {
      if (net.kind === 'reg' && net.name === '') {
        const scope = builder.scopeOf.get(net);
        if (net.register!.verificationOnly) net.name = this.#claim(this.#free(`past_${checks++}`), 'a register', net.at);
        else if (scope === undefined) failAt(net.at, 'unnamed-state', 'register');
        else net.name = this.#claim(this.#free(`${scope.prefix}_r`), 'a register', net.at);
      }
    }
    for (const { memory, scope } of builder.memories) {
      if (memory.name === '') this.#nameMemory(memory, scope?.prefix === undefined ? failAt(memory.at, 'unnamed-state', 'memory') : this.#free(`${scope.prefix}_mem`));
      for (const port of memory.reads) if (port.data.name === '') port.data.name = this.#claim(this.#free(`${memory.name}_${port.name}`), 'a read port', port.at);
    }
    for (const { instance, scope } of builder.instances) {
      if (instance.name === '') instance.name = scope?.prefix === undefined ? failAt(instance.at, 'unnamed-state', 'instance') : this.#claim(this.#free(`${scope.prefix}_inst`), 'an instance', instance.at);
      instance.nets.forEach((net, i) => { net.name = this.#free(`${instance.name}_${instance.module.ports[i]!.name}`); this.#taken.set(net.name, 'an instance port'); });
    }
    this.#nameUnreadWires();
  }

  /** A wire that drives nothing with a name: nobody reads it, but what it reads is real. */
  #nameUnreadWires(): void {
    for (const net of this.#builder.nets) {
      if (net.kind !== 'wire' || net.name !== '') continue;
      const prefix = this.#builder.scopeOf.get(net)?.prefix;
      net.name = this.#claim(this.#free(prefix === undefined ? 'unread_w' : `${prefix}_w`), 'a wire', net.at);
    }
  }

  #holdsState(scope: Scope): boolean {
    const { nets, memories, instances, scopeOf } = this.#builder;
    return nets.some((net) => net.kind === 'reg' && scopeOf.get(net) === scope && !net.register!.verificationOnly)
      || memories.some((draft) => draft.scope === scope) || instances.some((entry) => entry.scope === scope);
  }

  #nameMemory(memory: Memory, name: string): void {
    memory.name = this.#claim(name, 'a memory', memory.at);
  }

  /** `name`, or `name_1`, `name_2`, … */
  #free(name: string): string {
    let free = name;
    for (let i = 1; this.#taken.has(free); i++) free = `${name}_${i}`;
    return free;
  }

  #claim(name: string, what: string, at: Net['at']): string {
    if (!isIdentifier(name)) failAt(at, 'name-illegal', name);
    const holder = this.#taken.get(name);
    if (holder !== undefined) failAt(at, 'name-collision', name, what, holder);
    this.#taken.set(name, what);
    return name;
  }
}
