/**
 * Names, once a body has run: from the keys of the record that it returned; from scopes for what helpers made; and for
 * the rest from the first named net that it drives. What stays without a name and holds state is an error, since any
 * name that we chose for it would change when something unrelated is edited.
 */
import { isIdentifier } from '../check/describe.ts';
import { failAt } from '../check/error.ts';
import type { Instance, Memory } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Locator } from '../ir/locator.ts';
import type { Net } from '../ir/net.ts';
import { BundleView, leavesOf, VecView } from './aggregate.ts';
import { type Builder, IMPLICIT_PORTS } from './context.ts';
import { drivenThings, sourcesOf } from './drivers.ts';
import { INSTANCE } from './instance.ts';
import { MemoryView } from './memory.ts';
import { NamesInUse } from './names-in-use.ts';
import { PortView } from './port-view.ts';
import type { Scope } from './scope.ts';
import { Leaf } from './value.ts';

/** Names everything in `builder`, and returns the expressions that got a name of their own. */
export function nameEverything(builder: Builder, names: unknown): Expression[] {
  const naming = new Naming(builder);
  naming.returned(names);
  naming.inherit();
  naming.finish();
  return naming.named;
}

/** What can be driven and named. */
type Thing = Net | Memory | Instance;

class Naming {
  readonly named: Expression[] = [];
  readonly #builder: Builder;
  readonly #names = new NamesInUse(IMPLICIT_PORTS);
  readonly #prefixes = new NamesInUse();
  readonly #outputs = new Map<string, Net>();
  readonly #instanceScope: Map<Instance, Scope | undefined>;
  readonly #scopeOfValue: ReadonlyMap<Expression, Scope>;
  readonly #scopeOfRecord: ReadonlyMap<object, Scope>;
  readonly #seen = new Set<object>();
  /** Things that got their name since {@link inherit} last looked. */
  #fresh: Thing[] = [];

  constructor(builder: Builder) {
    this.#builder = builder;
    for (const net of builder.nets) {
      if (net.kind === 'input' || net.kind === 'output') this.#names.add(net.name, `port ${net.name}`);
      if (net.kind === 'output') this.#outputs.set(net.name, net);
    }
    this.#instanceScope = new Map(builder.instances.map(({ instance, scope }) => [instance, scope]));
    this.#scopeOfValue = scopesOfValues(builder);
    this.#scopeOfRecord = new Map(builder.scopes.flatMap((scope) => (typeof scope.record === 'object' && scope.record !== null ? [[scope.record, scope] as const] : [])));
  }

  /** What the body returned; then instances that were given a name and got no other. */
  returned(names: unknown): void {
    this.#record(names, '');
    for (const { instance, scope, fallback } of this.#builder.instances) {
      if (scope === undefined && instance.name === '' && fallback !== '') this.#nameInstance(instance, fallback);
    }
  }

  /** Walks a record; keys join with underscores, array elements with their index. */
  #record(value: unknown, prefix: string): void {
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
      if (instance.name === '' && this.#instanceScope.has(instance)) this.#nameInstance(instance, name);
      return;
    }
    if (this.#seen.has(part)) return;
    this.#seen.add(part);
    this.#claimScope(this.#scopeOfRecord.get(part), name);
    if (Array.isArray(part) || Object.getPrototypeOf(part) === Object.prototype) this.#record(part, name);
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
      // What an output of the same name shows is its content: the output keeps the name, the content is `<name>_q`.
      this.#nameNet(net, this.#isPort(name, expression) ? `${name}_q` : name);
      this.#builder.group.set(net, group);
      return;
    }
    this.#claimScope(this.#scopeOfExpression(expression), group);
    if (expression.op !== 'const' && expression.name === undefined && !this.#isPort(name, expression)) {
      expression.name = this.#claim(name, 'a value', this.#builder.at);
      this.named.push(expression);
    }
  }

  /** The scope whose helper made a value: it returned it, or it is a field of a memory's word. */
  #scopeOfExpression(expression: Expression): Scope | undefined {
    const word = expression.op === 'bits' && expression.args[0].op === 'net' ? expression.args[0].net : undefined;
    return this.#scopeOfValue.get(expression) ?? (word?.kind === 'memoryRead' ? this.#builder.scopeOf.get(word) : undefined);
  }

  /** A value that is all that an output of the same name carries: the output is its name. */
  #isPort(name: string, value: Expression): boolean {
    const [only, ...others] = this.#outputs.get(name)?.drive ?? [];
    return only?.kind === 'assign' && others.length === 0 && only.value === value;
  }

  /** A scope takes its full name from the first name that the caller gives to something made in it. */
  #claimScope(scope: Scope | undefined, group: string): void {
    if (scope === undefined || scope.prefix !== undefined) return;
    this.#claimScope(scope.parent, group);
    scope.prefix = this.#prefixes.free(`${scope.parent?.prefix ?? group}_${scope.name}`);
    this.#prefixes.add(scope.prefix, 'a scope');
    const { record } = scope;
    if (isNamed(record)) this.#part(record, scope.prefix);
    else this.#record(record, scope.prefix);
    for (const { instance, fallback } of this.#builder.instances) {
      if (instance.name === '' && fallback !== '' && this.#instanceScope.get(instance) === scope) this.#nameInstance(instance, `${scope.prefix}_${fallback}`);
    }
  }

  /**
   * What nobody returned takes the name of the first named thing that it drives. Names spread backwards, from what is
   * driven to what it is computed from; each expression is looked at once, since whoever comes first names all of it.
   */
  inherit(): void {
    const builder = this.#builder;
    const driven = drivenThings(builder);
    const scopeOf = new Map(builder.scopeOf);
    for (const { memory, scope } of builder.memories) for (const port of memory.reads) if (scope !== undefined) scopeOf.set(port.data, scope);
    const scopeOfThing = new Map<Thing, Scope | undefined>([...scopeOf, ...this.#instanceScope, ...builder.memories.map(({ memory, scope }) => [memory, scope] as const)]);
    const seen = new Set<Expression>();
    const spread = (thing: Thing) => {
      const base = scopeOfThing.get(thing)?.prefix ?? ('kind' in thing ? builder.group.get(thing) : undefined) ?? thing.name;
      for (const source of sourcesOf(driven.get(thing) ?? [], seen)) {
        const scope = scopeOf.get(source);
        this.#claimScope(scope, base);
        if (source.kind !== 'wire' || source.name !== '') continue;
        const group = scope?.prefix ?? base;
        this.#nameNet(source, this.#names.free(`${group}_w`));
        builder.group.set(source, group);
      }
    };
    this.#fresh = [];
    for (const thing of driven.keys()) if (thing.name !== '') spread(thing);
    do {
      // Grows while it is walked.
      for (const thing of this.#fresh) spread(thing);
      this.#fresh = [];
      this.#nameRestOfScopes();
    } while (this.#fresh.length > 0);
  }

  /** State that a scope made and did not return: `<scope>_r`, `<scope>_mem`, `<scope>_inst`. */
  #nameRestOfScopes(): void {
    const { nets, scopeOf, memories, instances } = this.#builder;
    const free = (scope: Scope | undefined, suffix: string) => (scope?.prefix === undefined ? undefined : this.#names.free(`${scope.prefix}_${suffix}`));
    for (const net of nets) {
      if (net.kind !== 'reg' || net.name !== '' || net.register!.verificationOnly) continue;
      const name = free(scopeOf.get(net), 'r');
      if (name !== undefined) this.#nameNet(net, name);
    }
    for (const { memory, scope } of memories) {
      const name = memory.name === '' ? free(scope, 'mem') : undefined;
      if (name !== undefined) this.#nameMemory(memory, name);
    }
    for (const { instance, scope } of instances) {
      const name = instance.name === '' ? free(scope, 'inst') : undefined;
      if (name !== undefined) this.#nameInstance(instance, name);
    }
  }

  /** Whatever is left: scopes and nets without a name. */
  finish(): void {
    const { nets, memories, instances, scopes, scopeOf } = this.#builder;
    for (const scope of scopes) {
      if (scope.prefix === undefined && this.#holdsState(scope)) failAt(scope.at, 'unnamed-scope', scope.name);
    }
    for (const { memory } of memories) {
      if (memory.name === '') failAt(memory.at, 'unnamed-state', 'memory');
      for (const port of memory.reads) if (port.data.name === '') this.#nameNet(port.data, this.#names.free(`${memory.name}_${port.name}`));
    }
    for (const { instance } of instances) {
      if (instance.name === '') failAt(instance.at, 'unnamed-state', 'instance');
      instance.nets.forEach((net, i) => this.#nameNet(net, this.#names.free(`${instance.name}_${instance.module.ports[i]!.name}`)));
    }
    for (const net of nets) {
      if (net.kind === 'reg' && net.name === '' && !net.register!.verificationOnly) failAt(net.at, 'unnamed-state', 'register');
      // A wire that drives nothing with a name: nobody reads it, but what it reads is real.
      if (net.kind === 'wire' && net.name === '') this.#nameNet(net, this.#names.free(`${scopeOf.get(net)?.prefix ?? 'unread'}_w`));
    }
    this.#nameRegistersOfAssertions();
  }

  /** `past` of something is called `<something>_past`. */
  #nameRegistersOfAssertions(): void {
    const driven = drivenThings(this.#builder);
    for (const net of this.#builder.nets) {
      if (net.kind !== 'reg' || net.name !== '') continue;
      const [source] = sourcesOf(driven.get(net) ?? []);
      this.#nameNet(net, this.#names.free(source === undefined ? 'any_const' : `${source.name === '' ? 'value' : source.name}_past`));
    }
  }

  #holdsState(scope: Scope): boolean {
    const { nets, memories, instances, scopeOf } = this.#builder;
    return nets.some((net) => net.kind === 'reg' && scopeOf.get(net) === scope && !net.register!.verificationOnly)
      || memories.some((draft) => draft.scope === scope) || instances.some((entry) => entry.scope === scope);
  }

  #nameNet(net: Net, name: string): void {
    net.name = this.#claim(name, NET_KINDS[net.kind], net.at);
    this.#fresh.push(net);
  }

  #nameMemory(memory: Memory, name: string): void {
    memory.name = this.#claim(name, 'a memory', memory.at);
    this.#fresh.push(memory);
  }

  #nameInstance(instance: Instance, name: string): void {
    instance.name = this.#claim(name, 'an instance', instance.at);
    this.#fresh.push(instance);
  }

  #claim(name: string, what: string, at: Locator): string {
    if (!isIdentifier(name)) failAt(at, 'name-illegal', name);
    const holder = this.#names.holder(name);
    if (holder !== undefined) failAt(at, 'name-collision', name, what, holder);
    this.#names.add(name, what);
    return name;
  }
}

const NET_KINDS: { readonly [K in Net['kind']]: string } = {
  input: 'an input', output: 'an output', wire: 'a wire', reg: 'a register', memoryRead: 'a read port',
  instanceInput: "an instance's port", instanceOutput: "an instance's port",
};

/** True for what takes a name as a whole, false for records of such things. */
function isNamed(x: unknown): boolean {
  return x instanceof Leaf || x instanceof BundleView || x instanceof VecView || x instanceof PortView || x instanceof MemoryView
    || (typeof x === 'object' && x !== null && INSTANCE in x);
}

/** For each value that a helper returned, the innermost scope that did: through it, the caller's key reaches the scope. */
function scopesOfValues(builder: Builder): Map<Expression, Scope> {
  const scopes = new Map<Expression, Scope>();
  const isInside = (scope: Scope | undefined, outer: Scope): boolean => scope !== undefined && (scope === outer || isInside(scope.parent, outer));
  for (const scope of builder.scopes) {
    const seen = new Set<object>();
    const walk = (x: unknown): void => {
      if (typeof x !== 'object' || x === null || seen.has(x)) return;
      seen.add(x);
      if (x instanceof Leaf || x instanceof BundleView || x instanceof VecView) {
        for (const leaf of leavesOf(x)) {
          if (leaf.owner !== builder) continue;
          const known = scopes.get(leaf.expression);
          if (known === undefined || isInside(scope, known)) scopes.set(leaf.expression, scope);
        }
      } else if (Array.isArray(x) || Object.getPrototypeOf(x) === Object.prototype) Object.values(x).forEach(walk);
    };
    walk(scope.record);
  }
  return scopes;
}

