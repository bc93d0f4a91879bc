/**
 * A layout as the RFCs draw it, 32 bits a row. In network order bit 0 is the first on the wire and stands left; in little
 * endian, bit 0 is the least significant and stands right, as in a CPU's manual.
 */
import type { PlacedLayout, Slot } from './place.ts';

const COLUMNS = 32;

/** A field's bits in one row: columns `left` to `right`. */
interface Segment {
  readonly slot: Slot;
  readonly left: number;
  readonly right: number;
}

export function picture({ order, bytes, slots }: PlacedLayout): string {
  const count = Math.ceil((bytes * 8) / COLUMNS);
  const rows = Array.from({ length: count }, (_, row) => segmentsOf(slots, row, order === 'network'));
  const labelled = new Set(slots.map((slot) => widest(rows.flat().filter((segment) => segment.slot === slot))));
  const lines = rulers(order === 'network');
  rows.forEach((row, index) => {
    lines.push(border(rows[index - 1], row), ...content(row, labelled));
  });
  lines.push(border(rows.at(-1), undefined));
  return lines.map((line) => line.trimEnd()).join('\n');
}

function segmentsOf(slots: readonly Slot[], row: number, ascending: boolean): Segment[] {
  const segments: Segment[] = [];
  for (const slot of slots) {
    const from = Math.max(slot.start - row * COLUMNS, 0);
    const to = Math.min(slot.start + slot.field.width - row * COLUMNS, COLUMNS) - 1;
    if (from > to) continue;
    segments.push(ascending ? { slot, left: from, right: to } : { slot, left: COLUMNS - 1 - to, right: COLUMNS - 1 - from });
  }
  return segments.sort((a, b) => a.left - b.left);
}

function widest(segments: readonly Segment[]): Segment | undefined {
  return segments.toSorted((a, b) => b.right - b.left - (a.right - a.left))[0];
}

function rulers(ascending: boolean): string[] {
  const columns = Array.from({ length: COLUMNS }, (_, i) => (ascending ? i : COLUMNS - 1 - i));
  const tens = columns.map((bit) => ` ${bit % 10 === 0 ? Math.floor(bit / 10) : ' '}`).join('');
  return [tens, columns.map((bit) => ` ${bit % 10}`).join('')];
}

/** Between two rows: nothing where one field goes on. */
function border(above: readonly Segment[] | undefined, below: readonly Segment[] | undefined): string {
  const owner = (row: readonly Segment[] | undefined, column: number) => row?.find(({ left, right }) => left <= column && column <= right)?.slot;
  const kinds = Array.from({ length: COLUMNS }, (_, column) => {
    const [up, down] = [owner(above, column), owner(below, column)];
    if (up === undefined && down === undefined) return 'outside';
    return up === down ? 'open' : 'line';
  });
  let text = '';
  for (let column = 0; column <= COLUMNS; column++) {
    const [before, here] = [kinds[column - 1] ?? 'outside', kinds[column] ?? 'outside'];
    const corner = before === 'line' || here === 'line' || before !== here ? '+' : ' ';
    text += corner + (here === 'line' ? '-' : ' ');
  }
  return text;
}

/** As many lines as the label that is broken most often needs. */
function content(row: readonly Segment[], labelled: ReadonlySet<Segment | undefined>): string[] {
  const labels = row.map((segment) => (labelled.has(segment) && segment.slot.field.kind !== 'reserved' ? wrapped(segment.slot.name, room(segment)) : []));
  const height = Math.max(1, ...labels.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const texts = row.map((segment, i) => {
      const offset = Math.floor((height - labels[i]!.length) / 2);
      return centred(labels[i]![line - offset] ?? '', room(segment));
    });
    return `${' '.repeat(row[0]!.left * 2)}|${texts.join('|')}|`;
  });
}

function room({ left, right }: Segment): number {
  return (right - left + 1) * 2 - 1;
}

/** Broken at underscores, and within words that are too long: a flag's name runs downwards. */
function wrapped(name: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of name.split('_')) {
    const joined = lines.length > 0 ? `${lines.at(-1)!}_${word}` : word;
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined;
    else for (let i = 0; i < word.length; i += width) lines.push(word.slice(i, i + width));
  }
  return lines;
}

function centred(text: string, width: number): string {
  return text.padStart(Math.floor((width + text.length) / 2)).padEnd(width);
}
