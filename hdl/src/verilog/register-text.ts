/** Registers: one clocked block for those with a reset value, one for those without. */
import type { Net, Statement } from '../ir/net.ts';
import type { Layer, ModuleScope, Piece } from './layer.ts';
import type { Lines } from './lines.ts';
import { literal } from './literal.ts';
import { printIf, printSteps, type StatementText } from './statement-text.ts';
import { lowerStatements, rootsOf, type Step } from './statements.ts';

/** @param registers those of the layer; each gets its statements of the joint program */
export function registerPieces(registers: readonly Net[], clocked: readonly Statement[], layer: Layer, scope: ModuleScope): Piece[] {
  const withReset = registers.filter((net) => net.register!.reset !== undefined);
  const without = registers.filter((net) => net.register!.reset === undefined);
  return [
    ...(withReset.length > 0 ? [blockWithReset(withReset, stepsOf(withReset, clocked, layer, scope), scope)] : []),
    ...(without.length > 0 ? [blockWithoutReset(without, stepsOf(without, clocked, layer, scope), scope)] : []),
  ];
}

function stepsOf(registers: readonly Net[], clocked: readonly Statement[], layer: Layer, scope: ModuleScope): Step[] {
  const kept = new Set(registers);
  const keeps = (net: Net): boolean => kept.has(net);
  return lowerStatements(clocked, { keeps, term: layer.lowering.term, signalOf: scope.signalOf, single: false });
}

function blockWithReset(registers: readonly Net[], steps: readonly Step[], scope: ModuleScope): Piece {
  return {
    roots: rootsOf(steps),
    print(lines) {
      clockedBlock(lines, () => {
        lines.line('if (rst) begin');
        lines.indented(() => {
          for (const net of registers) lines.line(`${net.name} <= ${resetValue(net, scope)};`);
        });
        const out: StatementText = { ...scope, lines, operator: '<=' };
        const [only] = steps;
        if (steps.length === 1 && only!.kind === 'if') {
          printIf(only, out, 'end else ');
        } else {
          if (steps.length > 0) {
            lines.line('end else begin');
            lines.indented(() => printSteps(steps, out));
          }
          lines.line('end');
        }
      });
    },
  };
}

/** The reset value as text, by its label if the register holds an enum. */
export function resetValue(net: Net, scope: ModuleScope): string {
  const value = net.register!.reset!;
  return (net.labels === undefined ? undefined : scope.labels.nameOf(net.labels, value)) ?? literal(net.width, value);
}

function blockWithoutReset(registers: readonly Net[], steps: readonly Step[], scope: ModuleScope): Piece {
  const assigned = new Set<string>();
  collectTargets(steps, assigned);
  return {
    roots: rootsOf(steps),
    print(lines) {
      clockedBlock(lines, () => {
        printSteps(steps, { ...scope, lines, operator: '<=' });
        // Never assigned: holds its start value for ever. Said aloud, for a register without a driver is an error to tools.
        for (const { name } of registers) if (!assigned.has(name)) lines.line(`${name} <= ${name};`);
      });
    },
  };
}

function collectTargets(steps: readonly Step[], into: Set<string>): void {
  for (const step of steps) {
    if (step.kind === 'assign') {
      into.add(step.target.name);
    } else {
      for (const { body } of step.kind === 'if' ? step.branches : step.arms) collectTargets(body, into);
      collectTargets(step.otherwise, into);
    }
  }
}

export function clockedBlock(lines: Lines, body: () => void): void {
  lines.blank();
  lines.line('always @(posedge clk) begin');
  lines.indented(body);
  lines.line('end');
  lines.blank();
}
