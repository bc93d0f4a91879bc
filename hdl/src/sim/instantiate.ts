/** WebAssembly as the host provides it. Synchronous: elaboration and tests are, too. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Code that can run on any number of memories. */
export type WasmModule = object;

/** What is used of the host's global; the compiler's own declaration of it comes only with the browser's library. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => WasmModule;
  readonly Instance: new (module: WasmModule, imports: object) => { readonly exports: unknown };
};

/** Zeroed memory; never grows, so views on it stay valid. */
export function createMemory(pages: number): WasmMemory {
  return new WebAssembly.Memory({ initial: pages });
}

export function compileModule(bytes: Uint8Array<ArrayBuffer>): WasmModule {
  return new WebAssembly.Module(bytes);
}

/** The exports of the code, running on that memory. */
export function instantiate<T>(module: WasmModule, memory: WasmMemory): T {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as T;
}
