/** The compiled model as JavaScript sees it; `addon-text.ts` is the other side. */
import { createRequire } from 'node:module';

export interface NativeModel {
  /** Returns how many cycles were done. `watch` is the byte offset of a one-bit output, or -1. */
  run(cycles: number, watch: number): number;
  settle(): void;
  /** File, line and what was printed of every `$stop` of the cycle that failed, one after the other. */
  stops(): readonly (string | number)[];
  save(): ArrayBuffer;
  restore(state: Uint8Array): void;
  openWave(file: string, scope: string, from: number): void;
  closeWave(): void;
  close(): void;
}

export interface NativeLibrary {
  create(ports: ArrayBuffer, seed: number): NativeModel;
}

/** The same file gives the same library. */
export function loadLibrary(file: string): NativeLibrary {
  return createRequire(import.meta.url)(file) as NativeLibrary;
}
