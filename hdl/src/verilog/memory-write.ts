/**
 * The write port of a memory: a word at once, lanes one by one, or many equal lanes in a generate loop.
 */
import type { Memory, MemoryWrite } from '../ir/design.ts';
import { bitsFor, select, zeroExtend } from './fold.ts';
import type { Root } from './intermediates.ts';
import type { Layer, ModuleScope } from './layer.ts';
import type { Lines } from './lines.ts';
import { bitsOfName } from './literal.ts';
import type { Term } from './term.ts';

export interface WriteText {
  readonly roots: readonly Root[];
  /** Stands outside of the memory's clocked block. */
  readonly separate: boolean;
  readonly print: (lines: Lines) => void;
}

/** From here on a loop is easier to read; and yosys needs time by the cube of the lanes of one block (64 lanes: 4 s). */
const LOOP_FROM = 16;

export function writeText(memory: Memory, write: MemoryWrite, layer: Layer, scope: ModuleScope): WriteText {
  const { term } = layer.lowering;
  const enable = write.enable === undefined ? undefined : term(write.enable);
  const address = addressTerm(term(write.address), memory.depth);
  const data = term(write.data);
  const mask = write.mask === undefined ? undefined : term(write.mask);
  const common: Root[] = [
    ...(enable === undefined ? [] : [{ term: enable, base: memory.name, place: 'inside' } as const]),
    { term: address, base: memory.name, place: 'index' },
  ];
  const word = (): string => `${memory.name}[${scope.expressions.text(address)}]`;
  if (mask !== undefined && isLoop(write, mask, data)) return loop(memory, write, { enable, mask, data, common, word }, scope);

  const { text } = scope.expressions;
  const lanes = lanesOf(memory, write, data, mask);
  return {
    separate: false,
    roots: [...common, ...lanes.flatMap((lane) => [lane.enable, lane.data]).filter((part) => part !== undefined).map((part): Root => ({ term: part, base: memory.name, place: 'inside' }))],
    print(lines) {
      guarded(enable, lines, text, () => {
        for (const lane of lanes) {
          const target = lane.width === memory.width ? word() : bitsOfName(word(), lane.lo, lane.width);
          const assign = `${target} <= ${text(lane.data)};`;
          lines.line(lane.enable === undefined ? assign : `if (${text(lane.enable)}) ${assign}`);
        }
      });
    },
  };
}

interface Lane {
  /** undefined = always. */
  readonly enable: Term | undefined;
  readonly lo: number;
  readonly width: number;
  readonly data: Term;
}

/** Lanes that are never written are left out; neighbours that are always written together are one. */
function lanesOf(memory: Memory, write: MemoryWrite, data: Term, mask: Term | undefined): Lane[] {
  if (mask === undefined) return [{ enable: undefined, lo: 0, width: memory.width, data }];
  const merged: { enable: Term | undefined; lo: number; width: number }[] = [];
  const inOrder = write.lanes.map((lane, i) => ({ ...lane, i })).sort((a, b) => a.lo - b.lo);
  for (const { lo, width, i } of inOrder) {
    const bit = select(mask, i, 1);
    if (bit.op === 'const' && bit.value === 0n) continue;
    const enable = bit.op === 'const' ? undefined : bit;
    const last = merged.at(-1);
    if (last !== undefined && last.lo + last.width === lo && sameBit(last.enable, enable)) last.width += width;
    else merged.push({ enable, lo, width });
  }
  return merged.map((lane) => ({ ...lane, data: select(data, lane.lo, lane.width) }));
}

function sameBit(a: Term | undefined, b: Term | undefined): boolean {
  if (a === b) return true;
  return a?.op === 'select' && b?.op === 'select' && a.args[0] === b.args[0] && a.lo === b.lo;
}

/** Equal lanes in order, with a mask and data of which bits can be taken. */
function isLoop({ lanes }: MemoryWrite, mask: Term, data: Term): boolean {
  const width = lanes[0]!.width;
  // One bit repeated is one lane.
  if (lanes.length < LOOP_FROM || mask.op === 'const' || mask.op === 'repeat' || data.op === 'const') return false;
  return lanes.every((lane, i) => lane.width === width && lane.lo === i * width);
}

interface LoopParts {
  readonly enable: Term | undefined;
  readonly mask: Term;
  readonly data: Term;
  readonly common: readonly Root[];
  readonly word: () => string;
}

/** Block RAM is inferred from it as from written-out lanes. */
function loop(memory: Memory, { lanes }: MemoryWrite, { enable, mask, data, common, word }: LoopParts, scope: ModuleScope): WriteText {
  const { width } = lanes[0]!;
  const variable = scope.names.claim(`${memory.name}_lane`);
  const label = scope.names.claim(`${memory.name}_lanes`);
  const { text } = scope.expressions;
  const named = (term: Term): Root => ({ term, base: memory.name, place: 'name' });
  const part = (offset: number): string => (width === 1 ? bit(offset) : `[${plus(`${variable} * ${width}`, offset)} +: ${width}]`);
  const bit = (offset: number): string => `[${plus(variable, offset)}]`;
  const of = (term: Term, bits: (offset: number) => string): string =>
    (term.op === 'select' ? text(term.args[0]!) + bits(term.lo) : text(term) + bits(0));
  return {
    separate: true,
    roots: [...common, named(mask), named(data)],
    print(lines) {
      lines.blank();
      lines.line(`genvar ${variable};`);
      lines.line('generate');
      lines.indented(() => {
        lines.line(`for (${variable} = 0; ${variable} < ${lanes.length}; ${variable} = ${variable} + 1) begin : ${label}`);
        lines.indented(() => {
          lines.line('always @(posedge clk) begin');
          lines.indented(() => guarded(enable, lines, text, () => {
            lines.line(`if (${of(mask, bit)}) ${word()}${part(0)} <= ${of(data, part)};`);
          }));
          lines.line('end');
        });
        lines.line('end');
      });
      lines.line('endgenerate');
      lines.blank();
    },
  };
}

function plus(position: string, offset: number): string {
  return offset === 0 ? position : `${position} + ${offset}`;
}

/** Exactly as many bits as the depth needs: lint compares. */
export function addressTerm(address: Term, depth: number): Term {
  const width = bitsFor(depth);
  return address.width > width ? select(address, 0, width) : zeroExtend(address, width);
}

/** @param enable undefined = always */
export function guarded(enable: Term | undefined, lines: Lines, text: (term: Term) => string, body: () => void): void {
  if (enable === undefined || (enable.op === 'const' && enable.value === 1n)) {
    body();
    return;
  }
  lines.line(`if (${text(enable)}) begin`);
  lines.indented(body);
  lines.line('end');
}
