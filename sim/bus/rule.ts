/** A rule of a bus protocol, which a model checks of the other side. */

/** The sentence says what must be; the clause is its place in the specification. */
export class Rule {
  readonly sentence: string;
  readonly clause: string;
  /** How often it was looked at: a rule at 0 has shown nothing. */
  checks = 0;

  constructor(sentence: string, clause: string) {
    this.sentence = sentence;
    this.clause = clause;
  }

  /** `but` goes on from the sentence with what happened. */
  broken(but: string): never {
    throw new ProtocolError(this, but);
  }
}

/** The other side broke a rule: `WLAST must be …, but it came on beat 3 of 8 (AMBA AXI A3.2.2)`. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly rule: Rule;

  constructor(rule: Rule, but: string) {
    super(`${rule.sentence}, but ${but} (${rule.clause})`);
    this.rule = rule;
  }
}

/** How often each rule was looked at, by its sentence. */
export function checksOf(rules: Iterable<Rule>): Record<string, number> {
  return Object.fromEntries(Array.from(rules, ({ sentence, checks }) => [sentence, checks]));
}
