/**
 * Value change dump (IEEE 1364-2005, clause 18). Instances are scopes. An enum is a vector and, beside it, a string
 * variable `<name>_label`: GTKWave's extension, which vcd2fst takes, too.
 */
import { SimulationError } from './error.ts';
import { type Trace, type TraceWindow, valueText } from './trace.ts';

/** Signals change at the rising edge of `clk` that starts their cycle; time 0 is the start of cycle 0. */
export function vcdText(window: TraceWindow, top: string, periodNs: number): string {
  if (!Number.isSafeInteger(periodNs) || periodNs < 2 || periodNs % 2 !== 0) {
    throw new SimulationError(`a VCD's clock period is an even number of nanoseconds from 2 up, not ${String(periodNs)}`);
  }
  const variables = window.traces.flatMap(variablesOf);
  const lines = ['$timescale 1 ns $end', ...declarations(top, variables.map(({ path, declaration }, i) => ({ path, text: declaration(identifier(i + 1)) }))), '$enddefinitions $end'];

  const next = variables.map(() => 0);
  for (let cycle = window.from; cycle < window.to; cycle += 1) {
    lines.push(`#${cycle * periodNs}`, `1${identifier(0)}`);
    for (const [i, { changes, change }] of variables.entries()) {
      if (changes[next[i]!]?.cycle !== cycle) continue;
      lines.push(change(changes[next[i]!]!.value, identifier(i + 1)));
      next[i]! += 1;
    }
    lines.push(`#${cycle * periodNs + periodNs / 2}`, `0${identifier(0)}`);
  }
  lines.push(`#${window.to * periodNs}`);
  return `${lines.join('\n')}\n`;
}

interface Variable {
  readonly path: string;
  readonly changes: Trace['changes'];
  declaration(id: string): string;
  change(value: bigint, id: string): string;
}

function variablesOf(trace: Trace): Variable[] {
  const { path, width, changes, labels } = trace;
  const leaf = path.slice(path.lastIndexOf('.') + 1);
  const bits: Variable = {
    path, changes,
    declaration: (id) => `$var wire ${width} ${id} ${leaf}${width === 1 ? '' : ` [${width - 1}:0]`} $end`,
    change: (value, id) => (width === 1 ? `${value}${id}` : `b${value.toString(2)} ${id}`),
  };
  if (labels === undefined) return [bits];
  return [bits, {
    path, changes,
    declaration: (id) => `$var string 1 ${id} ${leaf}_label $end`,
    change: (value, id) => `s${valueText(trace, value)} ${id}`,
  }];
}

interface ScopeTree {
  readonly variables: string[];
  readonly scopes: Map<string, ScopeTree>;
}

function declarations(top: string, variables: readonly { readonly path: string; readonly text: string }[]): string[] {
  const root: ScopeTree = { variables: [`$var wire 1 ${identifier(0)} clk $end`], scopes: new Map() };
  for (const { path, text } of variables) {
    let scope = root;
    for (const part of path.split('.').slice(0, -1)) {
      let inner = scope.scopes.get(part);
      if (inner === undefined) scope.scopes.set(part, (inner = { variables: [], scopes: new Map() }));
      scope = inner;
    }
    scope.variables.push(text);
  }
  const print = (name: string, scope: ScopeTree): string[] => [
    `$scope module ${name} $end`, ...scope.variables, ...[...scope.scopes].flatMap(([inner, tree]) => print(inner, tree)), '$upscope $end',
  ];
  return print(top, root);
}

/** Short names of variables: printable characters from `!` on, as the standard has it. */
function identifier(index: number): string {
  let rest = index;
  let name = '';
  do {
    name += String.fromCharCode(33 + (rest % 94));
    rest = Math.floor(rest / 94) - 1;
  } while (rest >= 0);
  return name;
}
