/** Combinational nets: one `assign` or one `always @*` each. */
import type { Net } from '../ir/net.ts';
import { definedBy } from './expression-text.ts';
import type { Layer, ModuleScope, Piece } from './layer.ts';
import { printBlock, printSteps, type StatementText } from './statement-text.ts';
import { isStatement } from './term.ts';
import { type AssignStep, lowerStatements, rootsOf } from './statements.ts';

/**
 * `always @*` runs when something it reads changes, so one that reads nothing never runs. None is emitted: constant
 * conditions were folded away, and what is left without a condition is an `assign`.
 */
export function combinationalPiece(net: Net, layer: Layer, scope: ModuleScope): Piece {
  const signal = scope.signalOf(net);
  const steps = lowerStatements(net.drive, { keeps: () => true, term: layer.lowering.term, signalOf: scope.signalOf, single: true });
  const [only] = steps;
  if (steps.length === 1 && only!.kind === 'assign') return assignPiece(only, scope);
  return {
    roots: rootsOf(steps),
    print(lines) {
      if (steps.length === 0) return;
      scope.procedural.add(signal);
      lines.blank();
      lines.line('always @* begin');
      lines.indented(() => printSteps(steps, { ...scope, lines, operator: '=' }));
      lines.line('end');
      lines.blank();
    },
  };
}

function assignPiece({ target, value, at }: AssignStep, scope: ModuleScope): Piece {
  return {
    roots: [{ term: value, base: target.name, drives: target, place: 'continuous' }],
    print(lines) {
      const out: StatementText = { ...scope, lines, operator: '=' };
      const driver = definedBy(target, value);
      if (isStatement(driver) && (driver.signal === undefined || driver.signal === target)) {
        scope.procedural.add(target);
        lines.blank();
        printBlock(target, driver, scope, out, at);
        lines.blank();
      } else {
        lines.line(`assign ${target.name} = ${scope.expressions.definition(target, value)};`, at);
      }
    },
  };
}
