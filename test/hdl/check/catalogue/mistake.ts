/** A mistake in a design, and the words that the language has for it. */
import type { ErrorCode } from '@vtoe/hdl';
import { expect } from 'vitest';
import { placeOfCaller } from '../../lang/support/place.ts';
import { errorOf } from '../../support/error-of.ts';

/** Marks its own line: as the place of the mistake, or under a name as another place that the sentence mentions. */
export type Here = (name?: string) => void;

export interface Mistake {
  readonly code: ErrorCode;
  readonly sentence: string;
  /** @throws unless the mistake is reported in these words and at that place */
  check(): void;
}

/**
 * `make` makes a mistake: an HdlError with `code` and `sentence`, whole and word for word, at the line where `here()`
 * was called, or else at the line of `mistake` itself. `{name}` in the sentence stands for a line marked by `here(name)`.
 */
export function mistake(code: ErrorCode, sentence: string, make: (here: Here) => unknown): Mistake {
  const ownPlace = placeOfCaller(mistake);
  return {
    code,
    sentence,
    check() {
      const places = new Map([['', ownPlace]]);
      const here: Here = (name = '') => { places.set(name, placeOfCaller(here)); };
      const error = errorOf(() => make(here));
      const said = sentence.replaceAll(/\{(\w+)\}/g, (text, name: string) => places.get(name) ?? text);
      expect(error.message).toBe(`${places.get('')}: ${said} [${code}]`);
      expect(error).toMatchObject({ name: 'HdlError', code, sentence: said });
    },
  };
}
