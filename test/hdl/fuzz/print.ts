/** Prints a specification as source of the language: what a developer reads when a seed fails, and can run. */
import type { Data } from '@vtoe/hdl';
import { returnedNames } from './build.ts';
import { callOf, literalText, takesPlainLiteral } from './calls.ts';
import type { Expr, Item, MemoryItem, ModuleSpec, Operation, Spec } from './spec.ts';

/** The printed text is JavaScript as well as TypeScript: what a `when` declares for later use has no annotation. */
export function print(spec: Spec): string {
  const shapes = new Map<string, string>();
  const modules = spec.modules.map((entry) => printModule(spec, entry, shapes)).join('\n\n');
  const used = IMPORTS.filter((name) => new RegExp(`(?<![.\\w])${name}\\b`).test([...shapes.values(), modules].join('\n')));
  return [`import { ${used.join(', ')} } from '@vtoe/hdl';`, ...shapes.values(), '', modules, ''].join('\n');
}

const IMPORTS = [
  'allOf', 'anyOf', 'Bool', 'Bundle', 'cat', 'Enum', 'In', 'inst', 'lit', 'match', 'mem', 'module', 'mux', 'networkOrder', 'Out', 'pack', 'reg', 'scope', 'Stream', 'UInt', 'unpack', 'Vec', 'when', 'wire',
];

function printModule(spec: Spec, entry: ModuleSpec, shapes: Map<string, string>): string {
  const printer = new Printer(shapes);
  const ports = entry.ports.map((port) => {
    const shape = printer.shape(port.shape);
    return `  ${port.name}: ${port.direction === 'in' ? 'In' : 'Out'}(${port.protocol === 'stream' ? `Stream(${shape})` : shape}),`;
  });
  return [`const ${entry.name} = module('${spec.prefix}_${entry.name}', {}, {`, ...ports, '}, (io) => {', ...printer.body(entry.items, '  '), '});'].join('\n');
}

class Printer {
  readonly #shapes: Map<string, string>;

  constructor(shapes: Map<string, string>) {
    this.#shapes = shapes;
  }

  /** Items and the record of names. */
  body(items: readonly Item[], indent: string): string[] {
    const hoisted = readsInside(items);
    const names = returnedNames(items);
    return [
      ...(hoisted.length === 0 ? [] : [`${indent}let ${hoisted.join(', ')};`]),
      ...items.flatMap((item) => this.#item(item, indent, true)),
      ...(names.length === 0 ? [] : [`${indent}return { ${names.join(', ')} };`]),
    ];
  }

  shape(shape: Data): string {
    switch (shape.kind) {
      case 'uint': return `UInt(${shape.width})`;
      case 'bool': return 'Bool';
      case 'vec': return `Vec(${this.shape(shape.element)}, ${shape.length})`;
      case 'enum': {
        const { name, encoding: { labels }, width, illegal } = shape;
        this.#shapes.set(name, `const ${name} = Enum('${name}', { ${labels.map((label) => `${label.name}: ${label.value}`).join(', ')} }, { width: ${width}, illegal: '${illegal}' });`);
        return name;
      }
      case 'bundle': {
        if (!this.#shapes.has(shape.name)) {
          const fields = Object.entries(shape.fields).map(([name, field]) => `${name}: ${this.shape(field)}`);
          this.#shapes.set(shape.name, `const ${shape.name} = Bundle('${shape.name}', { ${fields.join(', ')} });`);
        }
        return shape.name;
      }
    }
  }

  #item(item: Item, indent: string, outside: boolean): string[] {
    const line = (text: string) => [`${indent}${text}`];
    const block = (items: readonly Item[]) => items.flatMap((inner) => this.#item(inner, `${indent}  `, false));
    switch (item.kind) {
      case 'wire': return line(`const ${item.name} = wire(${this.shape(item.shape)});`);
      case 'reg': return line(`const ${item.name} = reg(${this.shape(item.shape)}${item.reset ? item.init === 0n && item.shape.kind !== 'enum' ? '' : `, { init: ${literalText(item.shape, item.init)} }` : ', { reset: false }'});`);
      case 'mem': return line(this.#memory(item));
      case 'inst': return line(`const ${item.name} = inst(${item.module}${item.inputs.length === 0 ? '' : `, { ${item.inputs.map(({ port, value }) => `${port}: ${this.#plain(value)}`).join(', ')} }`});`);
      case 'let': return line(`const ${item.name} = ${this.#value(item.value)};`);
      case 'scope': {
        const names = declaredNames(item.items);
        return [
          `${indent}const ${item.name} = scope('${item.label}', () => {`,
          ...this.body(item.items, `${indent}  `),
          `${indent}});`,
          ...(names.length === 0 ? [] : [`${indent}const { ${names.join(', ')} } = ${item.name};`]),
        ];
      }
      case 'set': return line(`${this.#value(item.target)}.set(${this.#plain(item.value)});`);
      case 'next': return line(`${this.#value(item.target)}.next = ${this.#plain(item.value)};`);
      case 'when': {
        const parts = item.arms.map((arm, i) => [
          `${i === 0 ? `${indent}when` : `${indent}}).elsewhen`}(${this.#value(arm.condition)}, () => {`, ...block(arm.body),
        ]);
        if (item.otherwise !== undefined) parts.push([`${indent}}).otherwise(() => {`, ...block(item.otherwise)]);
        return [...parts.flat(), `${indent}});`];
      }
      case 'match': {
        const isEnum = item.subject.shape.kind === 'enum';
        const deeper = (items: readonly Item[]) => items.flatMap((inner) => this.#item(inner, `${indent}    `, false));
        const arms = item.arms.flatMap((arm) => [
          isEnum ? `${indent}  ${arm.labels.join(', ')}: () => {` : `${indent}  [[${arm.labels.join(', ')}], () => {`,
          ...deeper(arm.body), isEnum ? `${indent}  },` : `${indent}  }],`,
        ]);
        const rest = item.otherwise === undefined ? undefined : deeper(item.otherwise);
        if (isEnum) return [`${indent}match(${this.#value(item.subject)}, {`, ...arms, ...(rest === undefined ? [] : [`${indent}  otherwise: () => {`, ...rest, `${indent}  },`]), `${indent}});`];
        return [`${indent}match(${this.#value(item.subject)}, [`, ...arms, rest === undefined ? `${indent}]);` : `${indent}], () => {`, ...(rest === undefined ? [] : [...rest, `${indent}});`])];
      }
      case 'write': {
        const { mask } = item;
        const masked = mask === undefined ? ''
          : mask.kind === 'fields' ? `, { fields: { ${mask.fields.map(({ name, value }) => `${name}: ${this.#plain(value)}`).join(', ')} } }`
          : `, { ${mask.kind}: ${this.#value(mask.value)} }`;
        return line(`${item.memory}.write(${this.#plain(item.address)}, ${this.#plain(item.data)}${masked});`);
      }
      case 'read': return line(`${outside ? 'const ' : ''}${item.name} = ${item.memory}.readSync(${this.#plain(item.address)}, '${item.name}');`);
      case 'connect': return line(`${item.sink}.from(${item.source});`);
    }
  }

  #memory({ name, shape, depth, collision, outputRegister, init }: MemoryItem): string {
    const options = [
      `collision: '${collision}'`,
      ...(outputRegister ? ['outputRegister: true'] : []),
      ...(init === undefined ? [] : [`init: [${init.map((word) => literalText(shape, word)).join(', ')}]`]),
    ];
    return `const ${name} = mem(${this.shape(shape)}, ${depth}, { ${options.join(', ')} });`;
  }

  #plain(expr: Expr): string {
    return expr.kind === 'lit' ? literalText(expr.shape, expr.value) : this.#value(expr);
  }

  #value(expr: Expr): string {
    if (expr.kind === 'ref') return expr.path;
    if (expr.kind === 'lit') return `lit(${this.shape(expr.shape)}, ${literalText(expr.shape, expr.value)})`;
    return this.#operation(expr);
  }

  #operation(operation: Operation): string {
    const { op, numbers, label } = operation;
    const args = operation.args.map((arg, i) => (takesPlainLiteral(operation, i) ? this.#plain(arg) : this.#value(arg)));
    const call = callOf(operation);
    switch (call.form) {
      case 'method': return `${args[0]}.${op}(${[...args.slice(1), ...numbers].join(', ')})`;
      case 'function': return `${op}(${args.join(', ')})`;
      case 'unpack': return `unpack(${this.shape(operation.shape)}, ${args[0]})`;
      case 'field': return `${args[0]}.${label}`;
      case 'is': return `${args[0]}.is(${call.labels.map((name) => `'${name}'`).join(', ')})`;
      case 'read': return `${label}.read(${args[0]})`;
      case 'bundle': return `{ ${call.fields.map(([name], i) => `${name}: ${args[i]}`).join(', ')} }`;
    }
  }
}

/** Names of reads inside of branches. */
function readsInside(items: readonly Item[]): string[] {
  const inside = (nested: readonly Item[]): string[] => nested.flatMap((item) => (item.kind === 'read' ? [item.name] : branches(item).flatMap(inside)));
  return items.flatMap((item) => branches(item).flatMap(inside));
}

function branches(item: Item): (readonly Item[])[] {
  switch (item.kind) {
    case 'when': case 'match': return [...item.arms.map((arm) => arm.body), ...(item.otherwise === undefined ? [] : [item.otherwise])];
    default: return [];
  }
}

/** What a scope's record holds and the code after it calls by name. */
function declaredNames(items: readonly Item[]): string[] {
  return returnedNames(items);
}
