/**
 * Start values: contents of memories, and under `` `ifdef VTOE_RANDOM_INIT`` a value for everything that hardware
 * leaves undefined at power-up (and the reset value for the rest, so that engines agree before the first reset).
 *
 * The function is `mix32` of ir/random-start.ts. All values come through `initial` statements, not declarations: so
 * `always @*` blocks are already waiting when they arrive (Icarus).
 */
import type { Memory, Module } from '../ir/design.ts';
import type { Net } from '../ir/net.ts';
import { DEFAULT_SEED, limbCount, MIX_FACTORS, MIX_STEP, nameHash } from '../ir/random-start.ts';
import { type Lines, textLines } from './lines.ts';
import { literal } from './literal.ts';
import { hexFile, type MemoryText } from './memory-text.ts';
import type { Names } from './names.ts';

/** Puts contents into a file of (about) that name; returns the name it got. */
export type ContentsFile = (wanted: string, contents: string) => string;

export interface StartPlan {
  readonly names: StartNames;
  readonly values: readonly StartValue[];
  readonly memories: readonly StartMemory[];
  /** Registers of the verification layer. */
  readonly verification: readonly StartValue[];
}

interface StartValue {
  readonly name: string;
  readonly width: number;
  /** A name that starts at random (`<module>.<leaf>`), or the text of the reset value. */
  readonly from: { readonly startName: string } | { readonly reset: string };
}

interface StartMemory {
  readonly memory: Memory;
  readonly startName: string;
  /** Name of the file with its contents, if it has any. */
  readonly file: string | undefined;
}

/** Names of the helpers, those inside the function too: lint wants none hidden. */
interface StartNames {
  readonly word: string;
  readonly hash: string;
  readonly counter: string;
  readonly mixed: string;
  readonly round: string;
  /** Takes the bits of the last word that a value does not need. */
  readonly unused: string;
  readonly index: string;
}

export const RANDOM_INIT = 'VTOE_RANDOM_INIT';

export function startPlan(
  module: Module, memories: readonly MemoryText[], verification: ReadonlySet<Net>,
  resetValue: (net: Net) => string, file: ContentsFile, names: Names,
): StartPlan {
  const random = (name: string, width: number, leaf = name): StartValue => ({ name, width, from: { startName: `${module.name}.${leaf}` } });
  const register = (net: Net): StartValue =>
    net.register!.reset === undefined ? random(net.name, net.width) : { name: net.name, width: net.width, from: { reset: resetValue(net) } };
  const ports = memories.flatMap(({ memory, stages }) => [
    ...stages.map(({ name, startName, width }) => random(name, width, startName)),
    ...memory.reads.filter(({ kind }) => kind === 'synchronous').map(({ data }) => random(data.name, data.width)),
  ]);
  return {
    names: {
      word: names.claim('start_word'), hash: names.claim('start_hash'), counter: names.claim('start_counter'), mixed: names.claim('start_mixed'),
      round: names.claim('start_round'), unused: names.claim('unused_start'), index: names.claim('start_index'),
    },
    values: [...module.registers.filter((net) => !verification.has(net)).map(register), ...ports],
    memories: memories.map(({ memory }) => ({
      memory,
      startName: `${module.name}.${memory.name}`,
      file: (memory.init?.length ?? 0) === 0 ? undefined : file(`${module.name}_${memory.name}`, hexFile(memory.width, memory.init!)),
    })),
    verification: module.registers.filter((net) => verification.has(net)).map(register),
  };
}

/** Undefined if nothing has a start value. */
export function startText({ names, values, memories, verification }: StartPlan): Lines | undefined {
  const lines = textLines(false, 1);
  const open = memories.filter(({ memory }) => (memory.init?.length ?? 0) < memory.depth);
  const random = open.length > 0 || [...values, ...verification].some(({ from }) => 'startName' in from);
  if (random || values.length > 0) {
    lines.directive(`\`ifdef ${RANDOM_INIT}`);
    if (random) printStartFunction(names, lines);
    if (open.length > 0) lines.line(`integer ${names.index};`);
    printStartValues(values, names, lines);
    for (const memory of open.filter(({ file }) => file === undefined)) initially(lines, () => printRandomWords(memory, names, lines));
    lines.directive('`endif');
  }
  for (const { memory } of open.filter(({ memory, file }) => file === undefined && memory.write === undefined)) {
    // Nothing ever writes it: to tools a signal without a driver, unless some word of it has a value.
    lines.directive(`\`ifndef ${RANDOM_INIT}`);
    lines.line(`initial ${memory.name}[0] = ${literal(memory.width, 0n)};`);
    lines.directive('`endif');
  }
  for (const memory of memories) if (memory.file !== undefined) initially(lines, () => printContents(memory, names, lines));
  return lines.lines.length === 0 ? undefined : lines;
}

function initially(lines: Lines, body: () => void): void {
  lines.line('initial begin');
  lines.indented(body);
  lines.line('end');
}

export function printStartValues(values: readonly StartValue[], names: StartNames, lines: Lines): void {
  if (values.length === 0) return;
  initially(lines, () => {
    for (const { name, width, from } of values) {
      if ('reset' in from) lines.line(`${name} = ${from.reset};`);
      else lines.line(assignment(name, width, words(from.startName, width, (k) => `32'd${k}`, names), names));
    }
  });
}

function printStartFunction({ word, hash, counter, mixed, round, unused }: StartNames, lines: Lines): void {
  const hex = (value: number): string => `32'h${(value >>> 0).toString(16)}`;
  lines.directive('`ifndef VTOE_RANDOM_SEED');
  lines.directive(`\`define VTOE_RANDOM_SEED ${DEFAULT_SEED}`);
  lines.directive('`endif');
  lines.line(`reg [30:0] ${unused};`);
  lines.line(`function [31:0] ${word};`);
  lines.indented(() => {
    lines.line(`input [31:0] ${hash};`);
    lines.line(`input [31:0] ${counter};`);
    lines.line(`reg [31:0] ${mixed};`);
    lines.line(`integer ${round};`);
    lines.line('begin');
    lines.indented(() => {
      lines.line(`${mixed} = \`VTOE_RANDOM_SEED ^ ${hash};`);
      lines.line(`for (${round} = 0; ${round} < 2; ${round} = ${round} + 1) begin`);
      lines.indented(() => {
        lines.line(`if (${round} == 1) ${mixed} = ${mixed} + (${counter} * ${hex(MIX_STEP)});`);
        lines.line(`${mixed} = (${mixed} ^ (${mixed} >> 16)) * ${hex(MIX_FACTORS[0])};`);
        lines.line(`${mixed} = (${mixed} ^ (${mixed} >> 13)) * ${hex(MIX_FACTORS[1])};`);
        lines.line(`${mixed} = ${mixed} ^ (${mixed} >> 16);`);
      });
      lines.line('end');
      lines.line(`${word} = ${mixed};`);
    });
    lines.line('end');
  });
  lines.line('endfunction');
}

/** Contents of the memory's file; the words after them start at random. */
function printContents(start: StartMemory, names: StartNames, lines: Lines): void {
  const { memory, file } = start;
  const given = memory.init!.length;
  if (given < memory.depth) {
    lines.directive(`\`ifdef ${RANDOM_INIT}`);
    printRandomWords(start, names, lines);
    lines.directive('`endif');
  }
  lines.line(`$readmemh("${file!}", ${memory.name}, 0, ${given - 1});`);
}

function printRandomWords({ memory, startName }: StartMemory, names: StartNames, lines: Lines): void {
  const { index } = names;
  const limbs = limbCount(memory.width);
  const counter = (k: number): string => (limbs === 1 ? index : `(${index} * ${limbs}) + ${k}`);
  lines.line(`for (${index} = ${memory.init?.length ?? 0}; ${index} < ${memory.depth}; ${index} = ${index} + 1) begin`);
  lines.indented(() => lines.line(assignment(`${memory.name}[${index}]`, memory.width, words(startName, memory.width, counter, names), names)));
  lines.line('end');
}

/** Words of a value, most significant first. */
function words(startName: string, width: number, counter: (k: number) => string, names: StartNames): string {
  const hash = `32'h${nameHash(startName).toString(16)}`;
  const calls = Array.from({ length: limbCount(width) }, (_, k) => `${names.word}(${hash}, ${counter(k)})`);
  return calls.length === 1 ? calls[0]! : `{${calls.reverse().join(', ')}}`;
}

/** A function's value has no bits to select in Verilog: the surplus goes to a variable of its own. */
function assignment(target: string, width: number, value: string, names: StartNames): string {
  const surplus = limbCount(width) * 32 - width;
  if (surplus === 0) return `${target} = ${value};`;
  return `{${names.unused}${surplus === 1 ? '[0]' : `[${surplus - 1}:0]`}, ${target}} = ${value};`;
}
