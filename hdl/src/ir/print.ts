/** An elaborated module as text, line by line: to compare two modules, and to look at while debugging. Linear in its size. */
import type { Module } from './design.ts';
import type { Expression } from './expression.ts';
import type { Net, Statement } from './net.ts';

export function printModule(module: Module): string[] {
  const lines: string[] = [];
  const numbers = new Map<Expression, string>();
  let operations = 0;
  const say = (line: string) => lines.push(line);

  /** Name of an expression; what it is made of is printed before it. */
  const name = (root: Expression): string => {
    const pending: Expression[] = [root];
    while (pending.length > 0) {
      const expression = pending[pending.length - 1]!;
      if (numbers.has(expression)) { pending.pop(); continue; }
      if (expression.op === 'net') numbers.set(expression, expression.net.name);
      else if (expression.op === 'const') numbers.set(expression, `${expression.width}'${expression.value}`);
      else {
        const missing = expression.args.filter((arg) => !numbers.has(arg));
        if (missing.length > 0) { for (const arg of missing.reverse()) pending.push(arg); continue; }
        const number = `%${operations++}`;
        numbers.set(expression, number);
        const lo = expression.op === 'bits' ? ` at ${expression.lo}` : '';
        say(`  ${number}:${expression.width} = ${expression.op} ${expression.args.map((arg) => numbers.get(arg)).join(' ')}${lo}${expression.name === undefined ? '' : ` as ${expression.name}`}`);
      }
      pending.pop();
    }
    return numbers.get(root)!;
  };
  const optional = (expression: Expression | undefined) => (expression === undefined ? '-' : name(expression));

  const statements = (list: readonly Statement[], indent: string): void => {
    for (const statement of list) {
      if (statement.kind === 'assign') say(`${indent}${statement.target.name} := ${name(statement.value)}`);
      else if (statement.kind === 'if') {
        // A loop, since a chain of elsewhen may be longer than the call stack.
        let rest: readonly Statement[] = [statement];
        for (let word = 'if'; rest.length === 1 && rest[0]!.kind === 'if'; word = 'else if') {
          say(`${indent}${word} ${name(rest[0]!.condition)}`);
          statements(rest[0]!.then, `${indent}  `);
          rest = rest[0]!.otherwise;
        }
        if (rest.length > 0) {
          say(`${indent}else`);
          statements(rest, `${indent}  `);
        }
      } else {
        say(`${indent}case ${name(statement.subject)}${statement.labels === undefined ? '' : ` of ${statement.labels.name}`}`);
        for (const [i, arm] of statement.arms.entries()) {
          say(`${indent} ${arm.values.join(', ')}${i === statement.defaultArm ? ' default' : ''}:`);
          statements(arm.body, `${indent}  `);
        }
      }
    }
  };

  for (const net of module.ports) say(`${net.kind} ${netText(net)}`);
  if (module.external !== undefined) {
    const { parameters, clock, reset, model } = module.external;
    say(`external ${parameters.map((parameter) => `${parameter.name}=${typeof parameter.value === 'string' ? JSON.stringify(parameter.value) : parameter.value}`).join(' ')} clock ${clock ?? '-'} reset ${reset ?? '-'} model ${model?.name ?? '-'}`);
  }
  for (const register of module.registers) {
    const { reset, domain, verificationOnly } = register.register!;
    say(`reg ${netText(register)} reset ${reset ?? '-'} in ${domain}${verificationOnly ? ' for verification' : ''}`);
  }
  for (const wire of module.wires) say(`wire ${netText(wire)}`);
  for (const expression of module.named) name(expression);
  for (const net of [...module.ports, ...module.wires]) statements(net.drive, '  ');
  statements(module.clocked, '  ');
  for (const memory of module.memories) {
    say(`mem ${memory.name} ${memory.width} x ${memory.depth} ${memory.collision}${attributesText(memory.attributes)} init ${memory.init?.join(',') ?? '-'} fields ${memory.fields.map((field) => `${field.name}:${field.width}`).join(' ')}`);
    for (const port of memory.reads) say(`  read ${port.name} ${port.kind} ${name(port.address)} ${optional(port.enable)} ${port.outputRegister} -> ${port.data.name}`);
    const { write } = memory;
    if (write !== undefined) say(`  write ${optional(write.enable)} ${name(write.address)} ${name(write.data)} ${optional(write.mask)} ${write.lanes.map((lane) => `${lane.lo}+${lane.width}`).join(',')}`);
  }
  for (const instance of module.instances) {
    say(`inst ${instance.name} of ${instance.module.name}${attributesText(instance.attributes)}`);
    for (const net of instance.nets) statements(net.drive, '  ');
  }
  for (const { kind, enable, condition, message } of module.assertions) say(`${kind} ${optional(enable)} ${name(condition)} ${JSON.stringify(message)}`);
  for (const probe of module.probes) say(`probe ${probe.name} ${name(probe.enable)} ${probe.fields.map((field) => `${field.name} ${name(field.value)}`).join(', ')}`);
  say(`module ${attributesText(module.attributes)}`);
  return lines;
}

function netText(net: Net): string {
  const kind = net.labels === undefined ? (net.isBool ? ' Bool' : '') : ` enum ${net.labels.name} ${net.labels.labels.map((label) => `${label.name}=${label.value}`).join(' ')}`;
  return `${net.name}:${net.width}${kind}${attributesText(net.attributes)}`;
}

function attributesText(attributes: ReadonlyMap<string, string>): string {
  return attributes.size === 0 ? '' : ` (${[...attributes].map(([key, value]) => `${key}=${value}`).join(' ')})`;
}
