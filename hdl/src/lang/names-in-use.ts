/** Names and what has them. */
export class NamesInUse {
  readonly #holders: Map<string, string>;
  /** Next suffix to try for a name that is in use. */
  readonly #suffixes = new Map<string, number>();

  constructor(names: ReadonlyMap<string, string> = new Map()) {
    this.#holders = new Map(names);
  }

  holder(name: string): string | undefined {
    return this.#holders.get(name);
  }

  add(name: string, holder: string): void {
    this.#holders.set(name, holder);
  }

  /** `name`, or `name_1`, `name_2`, … */
  free(name: string): string {
    if (!this.#holders.has(name)) return name;
    let suffix = this.#suffixes.get(name) ?? 1;
    while (this.#holders.has(`${name}_${suffix}`)) suffix += 1;
    this.#suffixes.set(name, suffix);
    return `${name}_${suffix}`;
  }
}
