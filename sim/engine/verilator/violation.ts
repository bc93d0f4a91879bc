/** From the `$stop` of an assertion in the Verilog back to the assertion of the design. */
import type { EmittedDesign } from '@vtoe/hdl';
import { failureText } from '@vtoe/hdl/internal/sim/failure';
import type { FlatDesign, Scope } from '@vtoe/hdl/internal/sim/flatten';
import type { EngineFailure } from '../engine.ts';
import type { NativeModel } from './native-model.ts';

/** The first assertion, in design order, that did not hold: in the words of the built-in simulator. */
export function failureOf(stops: ReturnType<NativeModel['stops']>, flat: FlatDesign, verilog: EmittedDesign, cycle: number): EngineFailure {
  let first: Found | undefined;
  for (let i = 0; i < stops.length; i += 3) {
    const found = find(String(stops[i]), Number(stops[i + 1]), String(stops[i + 2]), flat, verilog);
    if (found !== undefined && (first === undefined || isBefore(found, first))) first = found;
  }
  // Verilog that is not what the design emits may stop for reasons of its own.
  if (first === undefined) return { cycle, message: `the Verilog stopped in cycle ${cycle} at ${stops[0]}:${stops[1]}: ${String(stops[2]).trim() || '$stop'}` };
  const { scope, number } = first;
  const { kind, message, at } = stopping(scope)[number]!;
  return { cycle, message: failureText({ kind: kind === 'assume' ? 'assume' : 'assert', path: scope.path, cycle, message, at }) };
}

interface Found {
  readonly scope: Scope;
  /** Among those of the scope that stop. */
  readonly number: number;
}

function isBefore(a: Found, b: Found): boolean {
  return a.scope.index < b.scope.index || (a.scope === b.scope && a.number < b.number);
}

function stopping({ module }: Scope) {
  return module.assertions.filter(({ kind }) => kind !== 'cover');
}

function find(file: string, line: number, said: string, { scopes }: FlatDesign, { files, top }: EmittedDesign): Found | undefined {
  // Its own line is the last: something else may have been printed before.
  const instance = /^(\S+): (?:assertion|assumption) violated: /.exec(said.trimEnd().split('\n').at(-1)!)?.[1];
  if (instance === undefined) return undefined;
  const path = instance === top ? '' : instance.slice(top.length + 1);
  const scope = scopes.find((one) => one.path === path);
  const before = files.get(file)?.split('\n').slice(0, line - 1);
  if (scope === undefined || before === undefined) return undefined;
  // An assertion has one `$stop`, and they are printed in the order of the design.
  const number = before.filter((text) => text.includes('$stop;')).length;
  return number < stopping(scope).length ? { scope, number } : undefined;
}
