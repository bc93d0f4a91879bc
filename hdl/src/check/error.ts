/** The one kind of error that the language throws for a mistake in a design: a sentence with the place of the mistake. */
import { Locator } from '../ir/locator.ts';
import { CATALOGUE, type Catalogue, type ErrorCode } from './catalogue.ts';

export class HdlError extends Error {
  override readonly name = 'HdlError';
  /** Key of the catalogue: stable, to look the error up in the reference. */
  readonly code: ErrorCode;
  /** The sentence without its place. */
  readonly sentence: string;
  readonly at: Locator;

  constructor(code: ErrorCode, sentence: string, at: Locator) {
    super(`${at.toString()}: ${sentence} [${code}]`);
    this.code = code;
    this.sentence = sentence;
    this.at = at;
  }
}

/** Throws the catalogue's sentence for `code`, at the user's statement that is running now. */
export function fail<C extends ErrorCode>(code: C, ...facts: Parameters<Catalogue[C]>): never {
  return failAt(Locator.ofMistake(), code, ...facts);
}

/** Throws the catalogue's sentence for `code` at `at`: for checks that run after the statement. */
export function failAt<C extends ErrorCode>(at: Locator, code: C, ...facts: Parameters<Catalogue[C]>): never {
  const sentence = (CATALOGUE[code] as (...facts: Parameters<Catalogue[C]>) => string)(...facts);
  throw new HdlError(code, sentence, at);
}

/** Throws `sentence` at the user's statement: for library blocks, whose arguments are their own affair. It names the block, what is wrong and what is allowed. */
export function usage(sentence: string): never {
  return failAt(Locator.ofCaller(), 'usage', sentence);
}
