/** Places in test files, to compare with the place that an error names. */
import { fileURLToPath } from 'node:url';

/** `file.ts:12` of the caller of `callee`, as errors write it: the last two parts of the path. */
export function placeOfCaller(callee: (...args: never[]) => unknown): string {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  const [, scheme = '', path, line] = /at (?:.* \()?(file:\/\/)?(\/[^\n]*?):(\d+):\d+\)?(?:\n|$)/.exec(holder.stack ?? '') ?? [];
  if (path === undefined) throw new Error(`no place in ${holder.stack}`);
  const file = scheme === '' ? path : fileURLToPath(scheme + path);
  return `${file.split('/').slice(-2).join('/')}:${line}`;
}
