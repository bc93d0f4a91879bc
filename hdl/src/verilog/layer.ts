/**
 * A layer: a part of a module's text with declarations, intermediates and sinks of its own.
 *
 * The main layer is the hardware. Probes and verification are layers on top: they may name what earlier layers
 * declare, and repeat what those inlined; nothing in an earlier layer depends on whether they are there.
 */
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { definedBy, type ExpressionText } from './expression-text.ts';
import { type Definition, planIntermediates, type Root } from './intermediates.ts';
import { type Labels, labelsOf } from './labels.ts';
import { type Lines, textLines } from './lines.ts';
import { range } from './literal.ts';
import { type Lowering, lowering } from './lower.ts';
import type { Names } from './names.ts';
import { printBlock } from './statement-text.ts';
import { isStatement, type Signal, signal, type Term } from './term.ts';

/** A part of the text and the expressions in it. */
export interface Piece {
  readonly roots: readonly Root[];
  print(lines: Lines): void;
}

/** What all layers of a module share. */
export interface ModuleScope {
  readonly names: Names;
  readonly labels: Labels;
  readonly expressions: ExpressionText;
  readonly locators: boolean;
  signalOf(net: Net): Signal;
  readonly elided: ReadonlyMap<Net, Expression>;
  /** Driven by an `always` block, so declared as `reg`. */
  readonly procedural: Set<Signal>;
  readonly named: ReadonlySet<Expression>;
  /** Of the `for` loops; declared inside their blocks. */
  readonly loopVariable: string;
}

export interface Layer {
  readonly index: number;
  readonly lowering: Lowering;
  /** Everything that it declares and that somebody should read: its nets, then what it adds itself. */
  readonly signals: readonly Signal[];
  /** Plans and prints the pieces, in this order. */
  print(pieces: readonly Piece[]): Lines;
}

/**
 * @param below the layer whose signals can be read too
 * @param nets signals of the nets that the layer declares, outputs excepted
 */
export function layer(scope: ModuleScope, index: number, below: Layer | undefined, nets: readonly Signal[]): Layer {
  const signals = [...nets];

  function nameOf(expression: Expression, value: Term): Signal | undefined {
    if (!scope.named.has(expression)) return undefined;
    const made = signal(expression.name!, expression.width, labelsOf(value), index);
    signals.push(made);
    return made;
  }

  function earlier(expression: Expression): Signal | undefined {
    return expression.op === 'net' ? undefined : below?.lowering.signalOf(expression);
  }

  function print(pieces: readonly Piece[]): Lines {
    const plan = planIntermediates(pieces.map(({ roots }) => roots), scope.names, index, labelsOf);
    const lines = textLines(scope.locators, 1);
    pieces.forEach((piece, i) => {
      for (const definition of plan.definitions[i]!) {
        if (definition.term.op !== 'alias') signals.push(definition.signal);
        printDefinition(definition, scope, lines);
      }
      piece.print(lines);
    });
    return lines;
  }

  return { index, lowering: lowering({ signalOfNet: scope.signalOf, elided: scope.elided, nameOf, earlier }), signals, print };
}

/** Declaration and value in one line; a choice needs a block. */
function printDefinition({ signal: of, term }: Definition, scope: ModuleScope, lines: Lines): void {
  const { expressions, labels } = scope;
  const value = definedBy(of, term);
  if (isStatement(value) && (value.signal === undefined || value.signal === of)) {
    lines.line(`reg ${range(of.width)}${of.name};`);
    printBlock(of, value, scope, { lines, expressions, labels, operator: '=' });
  } else {
    lines.line(`wire ${range(of.width)}${of.name} = ${expressions.definition(of, term)};`);
  }
}
