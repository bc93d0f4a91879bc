/** Files of text that comes in parts. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { SimulationError } from '../error.ts';

/** @throws SimulationError if the file cannot be written */
export function writeParts(file: string, parts: Iterable<string>): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'w');
    for (const part of parts) writeSync(descriptor, part);
  } catch (error) {
    if (error instanceof SimulationError) throw error;
    throw new SimulationError(`cannot write ${file}: ${(error as Error).message}`);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
