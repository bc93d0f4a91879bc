/** A counterexample, from the WaveJSON of yosys' `sat`, as text: a line a signal, a column a cycle. */

interface Wave {
  readonly name: string;
  readonly wave: string;
  readonly data?: readonly string[];
}

export interface Trace {
  /** What was violated at the end. */
  readonly sentences: readonly string[];
  /** Cycles up to the violation, with the reset. */
  readonly cycles: number;
  readonly trace: string;
}

/** @param sentences by the last part of the name of the wire that says that one is violated */
export function traceOf(json: string, sentences: ReadonlyMap<string, string>): Trace {
  const { signal } = JSON.parse(json) as { signal: Wave[] };
  const values = new Map(signal.map((wave) => [wave.name, expand(wave)]));
  const violated = [...values].flatMap(([name, bits]) => {
    const [path, own] = [name.split('.').slice(0, -1).join('.'), name.split('.').at(-1)!];
    const sentence = sentences.get(own);
    return sentence === undefined ? [] : [{ sentence: path === '' ? sentence : `${path}: ${sentence}`, at: bits.indexOf('1') }];
  }).filter(({ at }) => at > 0);
  const end = Math.min(...violated.map(({ at }) => at));
  const shown = [...values].filter(([name]) => !/^\$| |(^|\.)(clk|unused_\w+|violated_\d+|assert_t\d+)$/.test(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.filter(([, bits]) => bits.some((value) => value !== '?')).map(([name, bits]) => {
    // Column 0 is the time before the first cycle.
    const columns = bits.slice(1, end + 1);
    const wide = Math.max(...columns.map((value) => value.length));
    return `${name.padEnd(width)} ${columns.map((value) => value.padStart(wide)).join(wide > 1 ? ' ' : '')}`;
  });
  return { sentences: violated.filter(({ at }) => at === end).map(({ sentence }) => sentence), cycles: end, trace: lines.join('\n') };
}

/** One value a column: a bit, or a hexadecimal word. */
function expand({ wave, data = [] }: Wave): string[] {
  const values: string[] = [];
  let next = 0;
  for (const symbol of wave) {
    if (symbol === '.') values.push(values.at(-1) ?? '?');
    else if (symbol === '0' || symbol === '1') values.push(symbol);
    else values.push(symbol === '=' ? hexadecimal(data[next++] ?? '') : (wave.includes('=') ? (next++, '?') : '?'));
  }
  return values;
}

function hexadecimal(bits: string): string {
  return /^[01]+$/.test(bits) ? BigInt(`0b${bits}`).toString(16) : bits === '' ? '?' : bits;
}
