/** Text of one module: declarations, combinational logic, instances, registers, memories; then probes and verification. */
import type { Module } from '../ir/design.ts';
import type { Expression } from '../ir/expression.ts';
import type { Net } from '../ir/net.ts';
import { namesOf } from '../ir/traverse.ts';
import { isAnyConstant } from './any-constant.ts';
import { combinationalPiece } from './combinational-text.ts';
import { declareNets, printHeader, printPorts } from './declaration-text.ts';
import { expressionText } from './expression-text.ts';
import { elidedInputs, instancePiece, readsClock } from './instance-text.ts';
import { labelTable } from './labels.ts';
import { type Layer, layer, type ModuleScope, type Piece } from './layer.ts';
import { textLines } from './lines.ts';
import { memoryText, type MemoryText } from './memory-text.ts';
import { nameTable } from './names.ts';
import { probeText } from './probe-text.ts';
import { registerPieces, resetValue } from './register-text.ts';
import { printSink, unreadBits } from './sinks.ts';
import { startPlan, startText, type ContentsFile } from './start-text.ts';
import { type Signal, signal } from './term.ts';
import { namedRoot, verificationText } from './verification-text.ts';
import { verificationOnly } from './verification.ts';

export interface ModuleTextOptions {
  readonly generator: string;
  readonly locators: boolean;
  /** External modules with a model are ordinary modules. */
  readonly models: boolean;
  /** Ports and instance outputs that were made for probes. */
  readonly probeNets: ReadonlySet<Net>;
  /** Puts a memory's contents into a file; returns its name. */
  readonly contentsFile: ContentsFile;
}

const MAIN = 0;
const PROBES = 1;
const VERIFICATION = 2;

/** @param name under which it is emitted: its own, or that of the external module that it stands in for */
export function moduleText(module: Module, name: string, options: ModuleTextOptions): string {
  const verification = verificationOnly(module);
  const layerOf = (net: Net): number => (options.probeNets.has(net) ? PROBES : verification.nets.has(net) ? VERIFICATION : MAIN);
  const scope = moduleScope(module, layerOf, options.locators);
  const readable = netsOf(module).filter((net) => net.kind !== 'output' && !scope.elided.has(net));
  const signalsOf = (index: number): Signal[] => readable.filter((net) => layerOf(net) === index).map(scope.signalOf);

  const main = layer(scope, MAIN, undefined, signalsOf(MAIN));
  const memories = module.memories.map((memory) => memoryText(memory, main, scope));
  const inMain = (net: Net): boolean => layerOf(net) === MAIN;
  const body = main.print(mainPieces(module, verification.named, memories, inMain, main, scope, options.models));
  const localparams = scope.labels.takeDeclarations();
  const unread = [...implicitUnread(module, inMain, options.models), ...unreadBits(main.signals), ...unreadMemories(module)];

  const probeNets = netsOf(module).filter((net) => layerOf(net) === PROBES);
  const probes = probeText(probeNets, layer(scope, PROBES, main, signalsOf(PROBES)), scope);
  const start = startPlan(module, memories, verification.nets, (net) => resetValue(net, scope), options.contentsFile, scope.names);
  const verified = layer(scope, VERIFICATION, main, signalsOf(VERIFICATION));
  const verificationBody = verificationText(module, verification, start, verified, scope);

  const lines = textLines(options.locators);
  printHeader(module, name, options.generator, lines);
  printPorts(module, name, scope, lines);
  lines.indented(() => {
    for (const declaration of localparams) lines.line(declaration);
    lines.blank();
    // Instances of the hardware's text name what the probes read, so that stands here too.
    declareNets(module, memories, (net) => layerOf(net) !== VERIFICATION, scope, lines);
    lines.blank();
  });
  lines.append(body);
  lines.blank();
  lines.indented(() => printSink('unused_ok', unread, scope.names, lines));
  for (const part of [startText(start), probes, verificationBody]) {
    if (part === undefined) continue;
    lines.blank();
    lines.append(part);
  }
  lines.line('endmodule');
  return `${lines.lines.join('\n')}\n`;
}

function moduleScope(module: Module, layerOf: (net: Net) => number, locators: boolean): ModuleScope {
  const names = nameTable(namesOf(module));
  const labels = labelTable(names);
  const signals = new Map<Net, Signal>();
  return {
    names,
    labels,
    locators,
    expressions: expressionText(labels),
    elided: elidedInputs(module),
    procedural: new Set(),
    named: new Set(module.named),
    loopVariable: names.claim('i'),
    signalOf(net) {
      let found = signals.get(net);
      if (found === undefined) signals.set(net, (found = signal(net.name, net.width, net.labels, layerOf(net))));
      return found;
    },
  };
}

/** All nets in order of declaration. */
function netsOf(module: Module): Net[] {
  const reads = module.memories.flatMap((memory) => memory.reads.map(({ data }) => data));
  return [...module.ports, ...module.registers, ...reads, ...module.wires, ...module.instances.flatMap(({ nets }) => nets)];
}

function mainPieces(
  module: Module, verificationNamed: ReadonlySet<Expression>, memories: readonly MemoryText[],
  inMain: (net: Net) => boolean, main: Layer, scope: ModuleScope, models: boolean,
): Piece[] {
  const named = module.named.filter((expression) => !verificationNamed.has(expression));
  const instanceInputs = module.instances.flatMap(({ nets }) => nets.filter((net) => net.kind === 'instanceInput' && !scope.elided.has(net)));
  const outputs = module.ports.filter((net) => net.kind === 'output');
  const combinational = [...module.wires, ...instanceInputs, ...outputs].filter(inMain);
  return [
    ...named.map((expression): Piece => ({ roots: [namedRoot(expression, main)], print: () => {} })),
    ...combinational.map((net) => combinationalPiece(net, main, scope)),
    ...memories.flatMap(({ asynchronous }) => asynchronous),
    ...module.instances.map((instance) => instancePiece(instance, models, main, scope)),
    ...registerPieces(module.registers.filter((net) => inMain(net) && !isAnyConstant(net)), module.clocked, main, scope),
    ...memories.flatMap(({ clocked }) => clocked),
  ];
}

/** Clock and reset, if nothing of the hardware reads them. */
function implicitUnread(module: Module, inMain: (net: Net) => boolean, models: boolean): string[] {
  const registers = module.registers.filter(inMain);
  const clocked = registers.length > 0 || module.memories.some(({ write, reads }) => write !== undefined || reads.some(({ kind }) => kind === 'synchronous'));
  const resets = registers.some((net) => net.register!.reset !== undefined);
  const below = module.instances.map((instance) => readsClock(instance, models));
  return [
    ...(clocked || below.some(({ clock }) => clock) ? [] : ['clk']),
    ...(resets || below.some(({ reset }) => reset) ? [] : ['rst']),
  ];
}

/** A memory that is only written. */
function unreadMemories(module: Module): string[] {
  return module.memories.filter(({ reads }) => reads.length === 0).map(({ name }) => `${name}[0]`);
}
