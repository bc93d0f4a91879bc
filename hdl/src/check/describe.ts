/** Words for a value that someone passed: errors say what was given, whatever it was. */

export function describe(x: unknown): string {
  switch (typeof x) {
    case 'string': return JSON.stringify(x);
    case 'number':
    case 'boolean':
    case 'undefined': return String(x);
    case 'bigint': return `${x}n`;
    case 'function': return x.name === '' ? 'a function' : `function ${x.name}`;
    case 'symbol': return 'a symbol';
    default: break;
  }
  if (x === null) return 'null';
  if (Array.isArray(x)) return `an array of ${x.length}`;
  const shape = (x as { shape?: { kind?: unknown; width?: unknown } }).shape;
  if (typeof shape === 'object' && shape !== null) return `a value of kind ${String(shape.kind)}, ${String(shape.width)} bits`;
  if (typeof (x as { kind?: unknown }).kind === 'string') return `a shape of kind ${(x as { kind: string }).kind}`;
  return `an object with ${keys(x as object)}`;
}

function keys(x: object): string {
  const names = Object.keys(x);
  if (names.length === 0) return 'no keys';
  return names.length <= 4 ? `keys ${names.join(', ')}` : `keys ${names.slice(0, 4).join(', ')}, …`;
}

/** Letters, digits and underscores, no digit first: legal in Verilog, C and TypeScript alike. */
export function isIdentifier(x: unknown): x is string {
  return typeof x === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(x);
}

/** The name that is nearest to `wanted` (edit distance), as ` (did you mean x?)`; nothing if none is near. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  let best = '';
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase(), least);
    if (distance < least) [best, least] = [name, distance];
  }
  return best === '' ? '' : ` (did you mean ${best}?)`;
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
