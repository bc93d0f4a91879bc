/**
 * Memories, in the form that Vivado and yosys infer as block RAM: one clocked block with the write and all
 * synchronous reads, non-blocking, so that a read of the written word gives the old one.
 *
 * A memory with `collision: 'asserted'` carries `no_rw_check`: yosys may then leave out the bypass that ECP5 needs to
 * give the old word.
 */
import type { Memory, MemoryRead } from '../ir/design.ts';
import { readStageName } from '../ir/random-start.ts';
import { attributesText } from './attributes-text.ts';
import type { Layer, ModuleScope, Piece } from './layer.ts';
import type { Lines } from './lines.ts';
import { range } from './literal.ts';
import { addressTerm, guarded, writeText } from './memory-write.ts';
import { clockedBlock } from './register-text.ts';

export interface MemoryText {
  readonly memory: Memory;
  readonly declare: (lines: Lines) => void;
  readonly asynchronous: readonly Piece[];
  readonly clocked: readonly Piece[];
  /** Hidden first registers of reads with an output register. */
  readonly stages: readonly MemoryStage[];
}

export interface MemoryStage {
  readonly name: string;
  /** Under which it starts at random; the same in every engine. */
  readonly startName: string;
  readonly width: number;
}

export function memoryText(memory: Memory, layer: Layer, scope: ModuleScope): MemoryText {
  const synchronous = memory.reads.filter((read) => read.kind === 'synchronous');
  const stages = new Map<MemoryRead, MemoryStage>();
  for (const read of synchronous) {
    if (!read.outputRegister) continue;
    const startName = readStageName(read.data.name);
    stages.set(read, { name: scope.names.claim(startName), startName, width: memory.width });
  }
  const asynchronous = memory.reads.filter((read) => read.kind === 'asynchronous').map((read) => asynchronousRead(memory, read, layer, scope));
  const clocked = memory.write === undefined && synchronous.length === 0 ? [] : [clockedPiece(memory, synchronous, stages, layer, scope)];
  for (const read of synchronous) scope.procedural.add(scope.signalOf(read.data));
  return {
    memory,
    asynchronous,
    clocked,
    stages: [...stages.values()],
    declare(lines) {
      const more = memory.collision === 'asserted' && memory.write !== undefined && synchronous.length > 0 ? ['no_rw_check'] : [];
      const attributes = attributesText(memory.attributes, more);
      if (attributes !== '') lines.line(attributes);
      lines.line(`reg ${range(memory.width)}${memory.name} [0:${memory.depth - 1}];`, memory.at);
      for (const { name, width } of stages.values()) lines.line(`reg ${range(width)}${name};`);
    },
  };
}

function asynchronousRead(memory: Memory, read: MemoryRead, layer: Layer, scope: ModuleScope): Piece {
  const address = addressTerm(layer.lowering.term(read.address), memory.depth);
  return {
    roots: [{ term: address, base: read.data.name, place: 'index' }],
    print(lines) {
      lines.line(`assign ${read.data.name} = ${memory.name}[${scope.expressions.text(address)}];`, read.at);
    },
  };
}

function clockedPiece(
  memory: Memory, reads: readonly MemoryRead[], stages: ReadonlyMap<MemoryRead, MemoryStage>, layer: Layer, scope: ModuleScope,
): Piece {
  const ports = reads.map((read) => ({
    read,
    address: addressTerm(layer.lowering.term(read.address), memory.depth),
    enable: read.enable === undefined ? undefined : layer.lowering.term(read.enable),
  }));
  const write = memory.write === undefined ? undefined : writeText(memory, memory.write, layer, scope);
  const { text } = scope.expressions;
  const roots = [...(write?.roots ?? [])];
  for (const { read, address, enable } of ports) {
    if (enable !== undefined) roots.push({ term: enable, base: read.data.name, place: 'inside' });
    roots.push({ term: address, base: read.data.name, place: 'index' });
  }
  return {
    roots,
    print(lines) {
      if (write?.separate === true) write.print(lines);
      if (write?.separate === true && ports.length === 0) return;
      clockedBlock(lines, () => {
        if (write?.separate === false) write.print(lines);
        for (const { read, address, enable } of ports) {
          const stage = stages.get(read);
          const captured = `${stage?.name ?? read.data.name} <= ${memory.name}[${text(address)}];`;
          guarded(enable, lines, text, () => lines.line(captured, read.at));
          if (stage !== undefined) lines.line(`${read.data.name} <= ${stage.name};`);
        }
      });
    },
  };
}

/** Contents for `$readmemh`, a word a line. */
export function hexFile(width: number, words: readonly bigint[]): string {
  const digits = Math.ceil(width / 4);
  return words.map((word) => `${word.toString(16).padStart(digits, '0')}\n`).join('');
}
