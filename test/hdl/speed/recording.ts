/**
 * Recorded inputs: a row a clock cycle, in it the values of all inputs but the reset, as the built-in engine has them in
 * memory (8-byte limbs, little-endian, bits above the width zero). So writing a cycle's inputs is one copy there; the
 * other drivers convert the rows before the clock starts. Replayed in a loop.
 */
import type { BuiltinEngine } from '@vtoe/hdl';

export interface RecordedPort {
  readonly name: string;
  readonly width: number;
  readonly limbs: number;
  /** Byte offset in a row. */
  readonly offset: number;
}

export interface RowLayout {
  readonly ports: readonly RecordedPort[];
  readonly rowBytes: number;
  /** Byte address of the row in the built-in engine's memory. */
  readonly address: number;
}

export interface Recording extends RowLayout {
  readonly rows: number;
  readonly limbs: BigUint64Array<ArrayBuffer>;
}

export function rowLayout(engine: BuiltinEngine): RowLayout {
  const inputs = [...engine.inputs.values()].filter(({ name }) => name !== 'rst').sort((a, b) => a.offset - b.offset);
  const address = inputs[0]?.offset ?? 0;
  let rowBytes = 0;
  const ports = inputs.map(({ name, width, limbs, offset }): RecordedPort => {
    if (offset !== address + rowBytes) throw new Error(`input ${name} does not follow the input before it in the engine's memory`);
    rowBytes += 8 * limbs;
    return { name, width, limbs, offset: offset - address };
  });
  return { ports, rowBytes, address };
}

/** An empty recording: all inputs 0 in all cycles. */
export function blankRecording(layout: RowLayout, rows: number): Recording {
  return { ...layout, rows, limbs: new BigUint64Array((layout.rowBytes >> 3) * rows) };
}

/** The recording's rows, as views. */
export function rowsOf({ limbs, rows, rowBytes }: Recording): readonly BigUint64Array[] {
  const length = rowBytes >> 3;
  return Array.from({ length: rows }, (_, row) => limbs.subarray(row * length, (row + 1) * length));
}

/** Row by row, 1 if it differs from the one before (the first: from the last). Others need not be written. */
export function changesOf(recording: Recording): Uint8Array {
  const rows = rowsOf(recording);
  return Uint8Array.from(rows, (row, i) => Number(row.some((limb, k) => limb !== rows.at(i - 1)![k])));
}

/** As `$readmemh` takes it: a line a row. */
export function hexText(recording: Recording): string {
  return rowsOf(recording).map((row) => `${[...row].reverse().map((limb) => limb.toString(16).padStart(16, '0')).join('')}\n`).join('');
}
