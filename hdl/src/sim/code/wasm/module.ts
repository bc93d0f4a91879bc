/** Encodes a WebAssembly module: functions over one imported memory. */
import type { LocalType, ValueType } from './opcodes.ts';
import { ByteWriter } from './writer.ts';

export interface WasmFunction {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** Local variables after the parameters: runs of equal type. */
  readonly locals: readonly { readonly count: number; readonly type: LocalType }[];
  /** Instructions without the closing `end`. */
  readonly code: Uint8Array;
  /** Name under which JavaScript may call it. */
  readonly exportName: string | undefined;
}

const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const FUNCTION_TYPE = 0x60;
const EXTERNAL = { function: 0, memory: 2 } as const;
const END = 0x0b;

/** The imported memory is `env.memory`, at least `pages` x 64 kB. Functions are numbered in the order given. */
export function encodeModule(functions: readonly WasmFunction[], pages: number): Uint8Array<ArrayBuffer> {
  const { types, indices } = distinctTypes(functions);
  const out = new ByteWriter(1 << 16);
  out.append(Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00));

  section(out, SECTION.type, types.length, (body) => {
    for (const type of types) body.append(type);
  });
  section(out, SECTION.import, 1, (body) => {
    body.text('env');
    body.text('memory');
    body.byte(EXTERNAL.memory);
    body.byte(0);
    body.unsigned(pages);
  });
  section(out, SECTION.function, functions.length, (body) => {
    for (const index of indices) body.unsigned(index);
  });
  section(out, SECTION.export, functions.filter((one) => one.exportName !== undefined).length, (body) => {
    for (const [index, { exportName }] of functions.entries()) {
      if (exportName === undefined) continue;
      body.text(exportName);
      body.byte(EXTERNAL.function);
      body.unsigned(index);
    }
  });
  section(out, SECTION.code, functions.length, (body) => {
    for (const one of functions) {
      const header = new ByteWriter(16);
      header.unsigned(one.locals.length);
      for (const { count, type } of one.locals) {
        header.unsigned(count);
        header.byte(type);
      }
      body.unsigned(header.length + one.code.length + 1);
      body.append(header.bytes);
      body.append(one.code);
      body.byte(END);
    }
  });
  return new Uint8Array(out.bytes);
}

/** Each distinct signature once, and every function's index among them. */
function distinctTypes(functions: readonly WasmFunction[]): { types: readonly Uint8Array[]; indices: readonly number[] } {
  const numbers = new Map<string, number>();
  const types: Uint8Array[] = [];
  const indices = functions.map(({ parameters, results }) => {
    const type = Uint8Array.of(FUNCTION_TYPE, parameters.length, ...parameters, results.length, ...results);
    const key = type.join();
    let index = numbers.get(key);
    if (index === undefined) {
      index = types.length;
      numbers.set(key, index);
      types.push(type);
    }
    return index;
  });
  return { types, indices };
}

function section(out: ByteWriter, id: number, count: number, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter();
  body.unsigned(count);
  write(body);
  out.byte(id);
  out.unsigned(body.length);
  out.append(body.bytes);
}
