/**
 * Assertions: stop a simulation (`VTOE_ASSERT`) or are proven (`FORMAL`, immediate assertions as yosys reads them in
 * Verilog). The text between the directives is all that there is of them: without the macros nothing is left.
 *
 * A violated assertion says module path and sentence and calls `$stop`, not `$finish`: both Verilator and `vvp -N`
 * then exit with an error, while `$finish` looks like success. It runs at the clock edge on the values before it, so
 * the cycle that violates it is not committed.
 */
import type { Assertion, Module } from '../ir/design.ts';
import type { Root } from './intermediates.ts';
import type { Layer, ModuleScope, Piece } from './layer.ts';
import type { Lines } from './lines.ts';
import { printSink } from './sinks.ts';
import type { Term } from './term.ts';

export const SIMULATED = 'VTOE_ASSERT';
export const PROVEN = 'FORMAL';

interface Check {
  readonly assertion: Assertion;
  readonly enable: Term | undefined;
  readonly condition: Term;
}

/** @param base names the intermediates */
export function assertionPieces(module: Module, layer: Layer, scope: ModuleScope): Piece[] {
  const { term } = layer.lowering;
  const checks = module.assertions.map((assertion) => ({
    assertion,
    enable: assertion.enable === undefined ? undefined : term(assertion.enable),
    condition: term(assertion.condition),
  }));
  const roots = checks.flatMap(({ assertion, enable, condition }): Root[] => {
    const base = assertion.kind;
    const own: Root[] = [{ term: condition, base, place: 'inside' }];
    return enable === undefined ? own : [{ term: enable, base, place: 'inside' }, ...own];
  });
  return [{
    roots,
    print(lines) {
      const stopping = checks.filter(({ assertion }) => assertion.kind !== 'cover');
      lines.blank();
      const { text } = scope.expressions;
      const covered = checks.filter(({ assertion }) => assertion.kind === 'cover').flatMap(({ enable, condition }) => [enable, condition]);
      lines.directive(`\`ifdef ${SIMULATED}`);
      if (stopping.length > 0) block(lines, () => stopping.forEach((check) => printSimulated(check, scope, lines)));
      printSink('unused_cover', covered.filter((term) => term !== undefined).map((term) => text(term)), scope.names, lines);
      lines.directive('`endif');
      lines.directive(`\`ifdef ${PROVEN}`);
      block(lines, () => checks.forEach((check) => printProven(check, scope, lines)));
      lines.directive('`endif');
    },
  }];
}

function block(lines: Lines, body: () => void): void {
  lines.line('always @(posedge clk) begin');
  lines.indented(() => {
    lines.line('if (!rst) begin');
    lines.indented(body);
    lines.line('end');
  });
  lines.line('end');
}

function printSimulated({ assertion, enable, condition }: Check, scope: ModuleScope, lines: Lines): void {
  const { text } = scope.expressions;
  const violated = `!(${text(condition)})`;
  lines.line(`if (${enable === undefined ? violated : `(${text(enable)}) && ${violated}`}) begin`, assertion.at);
  lines.indented(() => {
    lines.line(`$display("%m: ${assertion.kind === 'assume' ? 'assumption' : 'assertion'} violated: ${inString(assertion.message)}");`);
    lines.line('$stop;');
  });
  lines.line('end');
}

function printProven({ assertion, enable, condition }: Check, scope: ModuleScope, lines: Lines): void {
  const { text } = scope.expressions;
  const guard = enable === undefined ? '' : `if (${text(enable)}) `;
  lines.line(`${guard}${assertion.kind}(${text(condition)});`, assertion.at, assertion.message.replace(/\s+/g, ' '));
}

function inString(message: string): string {
  return message.replace(/\s+/g, ' ').replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/%/g, '%%');
}
