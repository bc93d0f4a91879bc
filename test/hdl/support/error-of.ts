import { HdlError } from '@vtoe/hdl';

/** The language's error that `run` throws; anything else is thrown on. */
export function errorOf(run: () => unknown): HdlError {
  try {
    run();
  } catch (error) {
    if (error instanceof HdlError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}
