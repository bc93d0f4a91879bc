/** The clock edge of the whole design: memory writes, from what evaluation left in scratch memory; then all state in one copy. */
import { STATUS, type Layout, type MemoryRegion } from '../layout.ts';
import { limbCount } from './lower/value.ts';
import type { WritePort } from './program.ts';
import { CodeWriter } from './wasm/code.ts';
import { OP, TYPE } from './wasm/opcodes.ts';

const PORTS_PER_FUNCTION = 100;

/** Memory writes come first, in functions of their own; the last function copies the state. */
export function emitCommit(ports: readonly WritePort[], layout: Layout): readonly CodeWriter[] {
  const functions: CodeWriter[] = [];
  for (let first = 0; first < ports.length; first += PORTS_PER_FUNCTION) {
    const code = new CodeWriter();
    const index = code.local(TYPE.i32);
    for (const port of ports.slice(first, first + PORTS_PER_FUNCTION)) emitWrite(code, index, port);
    functions.push(code);
  }
  const code = new CodeWriter();
  const { offset, bytes } = layout.stateArea;
  if (bytes > 0) code.copy(offset, offset + layout.nextDistance, bytes);
  code.i32(0);
  code.i32(0);
  code.access(OP.i64Load, STATUS.cycle);
  code.i64(1n);
  code.op(OP.i64Add);
  code.access(OP.i64Store, STATUS.cycle);
  functions.push(code);
  return functions;
}

/**
 * One write port.
 *
 * @param index a local i32
 * @param written emits what else happens if it writes
 */
export function emitWrite(code: CodeWriter, index: number, { enable, index: indexSlot, data, mask, region }: WritePort, written?: () => void): void {
  const { load, store, loadData, and, or, xor, ones } = instructions(region);
  code.i32(0);
  code.access(OP.i32Load, enable);
  code.open(OP.if);
  code.i32(0);
  code.access(OP.i32Load, indexSlot);
  code.indexed(OP.localSet, index);
  for (let k = 0; k < limbCount(region.memory.width); k += 1) {
    code.indexed(OP.localGet, index);
    code.i32(0);
    code.access(loadData, data.offset + 8 * k);
    if (mask !== undefined) {
      code.indexed(OP.localGet, index);
      code.access(load, region.offset + 8 * k);
      code.i32(0);
      code.access(loadData, mask.offset + 8 * k);
      ones(code);
      code.op(xor);
      code.op(and);
      code.op(or);
    }
    code.access(store, region.offset + 8 * k);
  }
  written?.();
  code.op(OP.end);
}

function instructions({ stride }: MemoryRegion) {
  if (stride >= 8) {
    return { load: OP.i64Load, store: OP.i64Store, loadData: OP.i64Load, and: OP.i64And, or: OP.i64Or, xor: OP.i64Xor, ones: (code: CodeWriter) => code.i64(-1n) };
  }
  const load = stride === 1 ? OP.i32Load8U : stride === 2 ? OP.i32Load16U : OP.i32Load;
  const store = stride === 1 ? OP.i32Store8 : stride === 2 ? OP.i32Store16 : OP.i32Store;
  return { load, store, loadData: OP.i32Load, and: OP.i32And, or: OP.i32Or, xor: OP.i32Xor, ones: (code: CodeWriter) => code.i32(-1) };
}
