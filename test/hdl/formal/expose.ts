/**
 * Makes visible which assertion a counterexample violates: yosys does not say, so each gets a wire that is 1 when it is
 * violated. Relies on the form that the emitter gives to an assertion, `if (guard) assert(condition); // sentence`, which
 * may be broken into several lines.
 */

export interface Exposed {
  readonly text: string;
  /** By the name of the wire. */
  readonly sentences: ReadonlyMap<string, string>;
  /** Names of the wires by module. */
  readonly wires: ReadonlyMap<string, readonly string[]>;
}

const ASSERTION = /^ *(?:if \((.*)\) )?assert\((.*)\); \/\/ (.*)$/;

export function exposeAssertions(verilog: string): Exposed {
  const sentences = new Map<string, string>();
  const byModule = new Map<string, string[]>();
  const lines: string[] = [];
  let wires: string[] = [];
  let own: string[] = [];
  let broken = '';
  for (const line of verilog.split('\n')) {
    const module = /^module (\w+)/.exec(line)?.[1];
    if (module !== undefined) byModule.set(module, (own = []));
    const joined = broken === '' ? line : `${broken} ${line.trim()}`;
    broken = /^ *(if|assert|assume) ?\(/.test(joined) && !/; \/\/|;$|begin$/.test(joined) ? joined : '';
    const found = ASSERTION.exec(joined);
    if (found !== null) {
      const [, guard, condition, sentence] = found;
      const name = `violated_${sentences.size}`;
      sentences.set(name, sentence!);
      own.push(name);
      wires.push(`  (* keep *) wire ${name} = !rst${guard === undefined ? '' : ` && (${guard})`} && !(${condition});`);
    }
    if (line === 'endmodule') {
      lines.push(...wires);
      wires = [];
    }
    lines.push(line);
  }
  const assertions = verilog.match(/\bassert\(/g)?.length ?? 0;
  if (assertions === 0) throw new Error('there is nothing to prove: the design has no assertion');
  if (assertions !== sentences.size) throw new Error(`${assertions} assertions, but ${sentences.size} were understood`);
  return { text: lines.join('\n'), sentences, wires: byModule };
}
