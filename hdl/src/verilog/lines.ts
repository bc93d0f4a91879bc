/** Lines of text with indentation, line breaks and the designer's source line as a trailing comment. */
import type { Locator } from '../ir/locator.ts';

export interface Lines {
  readonly lines: readonly string[];
  /** A line at the current depth; `at` is said in a comment behind it. */
  line(text: string, at?: Locator, comment?: string): void;
  /** A blank line, unless there is one or nothing. */
  blank(): void;
  /** A compiler directive: never indented. */
  directive(text: string): void;
  indented(body: () => void): void;
  append(other: Lines): void;
}

/** Text beyond this column is continued on the next line. */
const COLUMNS = 120;
const INDENT = '  ';

export function textLines(locators: boolean, depth = 0): Lines {
  const lines: string[] = [];
  let indent = INDENT.repeat(depth);
  return {
    lines,
    line(text, at, comment) {
      const remarks = [comment, locators ? at?.toString() : undefined].filter((remark) => remark !== undefined);
      const tail = remarks.length === 0 ? '' : ` // ${remarks.join(', ')}`;
      const whole = indent + text;
      // A string or a comment cannot be continued.
      if (whole.length <= COLUMNS || text.includes('"') || text.startsWith('//')) lines.push(whole + tail);
      else lines.push(...wrapped(whole, indent + INDENT + INDENT, tail));
    },
    blank() {
      if (lines.length > 0 && lines.at(-1) !== '') lines.push('');
    },
    directive(text) {
      lines.push(text);
    },
    indented(body) {
      const outer = indent;
      indent += INDENT;
      body();
      indent = outer;
    },
    append(other) {
      for (const line of other.lines) lines.push(line);
    },
  };
}

/** Breaks at a blank, where the fewest brackets are open; a word longer than a line stays whole. */
function wrapped(text: string, continuation: string, tail: string): string[] {
  const result: string[] = [];
  let start = 0;
  let prefix = '';
  while (prefix.length + text.length - start > COLUMNS) {
    const end = breakAt(text, start, start + COLUMNS - prefix.length);
    if (end < 0) break;
    result.push(prefix + text.slice(start, end));
    start = end + 1;
    prefix = continuation;
  }
  result.push(prefix + text.slice(start) + tail);
  return result;
}

/** The best blank in the second half of the line, else the last one in it, else the next one after it; -1 if there is none. */
function breakAt(text: string, start: number, limit: number): number {
  let best = -1;
  let bestDepth = Infinity;
  let depth = 0;
  let i = start;
  while (text[i] === ' ') i += 1;
  const half = (start + limit) >> 1;
  for (; i <= limit; i += 1) {
    const character = text[i]!;
    if (character === '(' || character === '{' || character === '[') depth += 1;
    else if (character === ')' || character === '}' || character === ']') depth -= 1;
    else if (character === ' ' && (depth <= bestDepth || best < half)) {
      best = i;
      bestDepth = depth;
    }
  }
  return best >= 0 ? best : text.indexOf(' ', limit);
}
