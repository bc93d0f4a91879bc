/** Words for a value that someone passed: errors say what was given, whatever it was. */
import { isGenuine } from '../lang/genuine.ts';

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
  return describeObject(x as Described);
}

/** What the language's own objects have. */
interface Described {
  readonly shape?: { readonly kind?: unknown; readonly width?: unknown };
  readonly kind?: unknown;
  readonly name?: unknown;
}

function describeObject(x: Described): string {
  if (isGenuine(x)) {
    if ('elaborated' in x) return `module ${String(x.name)}`;
    return 'direction' in x ? 'a port' : `a shape of kind ${String(x.kind)}`;
  }
  // Values are of classes: records of the user may have such keys too.
  if (Object.prototype.toString.call(x) === '[object Memory]') return 'a memory';
  if (Object.getPrototypeOf(x) !== Object.prototype && typeof x.shape === 'object' && isGenuine(x.shape)) {
    return x.shape.width === undefined ? `an interface of kind ${String(x.shape.kind)}` : `a value of kind ${String(x.shape.kind)}, ${String(x.shape.width)} bits`;
  }
  return `an object with ${keys(x)}`;
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
