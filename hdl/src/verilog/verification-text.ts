/** The verification layer's text: registers, wires and assertions that exist only under `VTOE_ASSERT` or `FORMAL`. */
import type { Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { declareAnyConstant, isAnyConstant } from './any-constant.ts';
import { assertionPieces, PROVEN, SIMULATED } from './assertion-text.ts';
import { attributesText } from './attributes-text.ts';
import { combinationalPiece } from './combinational-text.ts';
import type { Root } from './intermediates.ts';
import type { Layer, ModuleScope, Piece } from './layer.ts';
import { type Lines, textLines } from './lines.ts';
import { range } from './literal.ts';
import { registerPieces } from './register-text.ts';
import { printSink, unreadBits } from './sinks.ts';
import { printStartValues, RANDOM_INIT, type StartPlan } from './start-text.ts';
import type { Verification } from './verification.ts';

/** Defined by the text itself if one of both is: Verilog has no "or" of macros. */
const VERIFIED = 'VTOE_VERIFY';

function printMacro(lines: Lines): void {
  for (const macro of [SIMULATED, PROVEN]) {
    lines.directive(`\`ifdef ${macro}`);
    lines.directive(`\`define ${VERIFIED}`);
    lines.directive('`endif');
  }
}

/** Undefined if the module has nothing to verify. */
export function verificationText(module: Module, { nets, named }: Verification, start: StartPlan, layer: Layer, scope: ModuleScope): Lines | undefined {
  if (nets.size === 0 && named.size === 0 && module.assertions.length === 0) return undefined;
  const registers = module.registers.filter((net) => nets.has(net));
  const ordinary = registers.filter((net) => !isAnyConstant(net));
  const wires = module.wires.filter((net) => nets.has(net));
  const body = layer.print([
    ...module.named.filter((expression) => named.has(expression)).map((expression): Piece => ({ roots: [namedRoot(expression, layer)], print: () => {} })),
    ...wires.map((net) => combinationalPiece(net, layer, scope)),
    ...registerPieces(ordinary, module.clocked, layer, scope),
    ...assertionPieces(module, layer, scope),
  ]);

  const shared = textLines(scope.locators, 1);
  for (const declaration of scope.labels.takeDeclarations()) shared.line(declaration);
  for (const net of registers) (isAnyConstant(net) ? declareAnyConstant : declareRegister)(net, shared);
  for (const net of wires) shared.line(`${scope.procedural.has(scope.signalOf(net)) ? 'reg' : 'wire'} ${range(net.width)}${net.name};`, net.at);
  // Assertions stand under their own macros; what they share stands above them.
  const shares = shared.lines.length > 0 || body.lines.find((line) => line !== '')?.startsWith('`ifdef') !== true;
  if (!shares) return body;
  const lines = textLines(scope.locators, 1);
  printMacro(lines);
  lines.directive(`\`ifdef ${VERIFIED}`);
  lines.append(shared);
  lines.blank();
  lines.append(body);
  printSink('unused_verify', unreadBits(layer.signals), scope.names, lines);
  printStart(start, lines);
  lines.directive('`endif');
  return lines;
}

/** A named expression is defined by being asked for. */
export function namedRoot(expression: Expression, layer: Layer): Root {
  return { term: layer.lowering.term(expression), base: expression.name!, place: 'continuous', unread: true };
}

function declareRegister(net: Net, lines: Lines): void {
  const attributes = attributesText(net.attributes);
  lines.line(`${attributes}${attributes === '' ? '' : ' '}reg ${range(net.width)}${net.name};`, net.at);
}

/** Proofs choose their own start: all but what they may not touch starts as in simulation. */
function printStart({ verification, names }: StartPlan, lines: Lines): void {
  if (verification.length === 0) return;
  lines.directive(`\`ifdef ${RANDOM_INIT}`);
  lines.directive(`\`ifndef ${PROVEN}`);
  printStartValues(verification, names, lines);
  lines.directive('`endif');
  lines.directive('`endif');
}
