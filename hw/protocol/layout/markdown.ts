/** A layout, or a set of codes, as the reference shows it. */
import type { Codes } from '../codes.ts';
import { picture } from './picture.ts';
import type { PlacedLayout, Slot } from './place.ts';

/** What it is, the standard's picture, and a table of the fields. */
export function layoutMarkdown(layout: PlacedLayout): string {
  const { doc, source, bytes, order, slots } = layout;
  const numbers = order === 'network' ? 'network byte order' : 'little endian';
  return [
    `${doc} ${bytes} bytes, ${numbers}; ${source}.`, '',
    '```text', picture(layout), '```', '',
    '| bytes | bits | field | what |', '| --- | --- | --- | --- |',
    ...slots.map((slot) => `| ${slot.first === slot.last ? slot.first : `${slot.first}-${slot.last}`} | ${bitsText(slot)} | ${slot.field.kind === 'reserved' ? '' : `\`${slot.name}\``} | ${cell(whatText(slot))} |`),
  ].join('\n');
}

export function codesMarkdown({ doc, source, width, entries }: Codes): string {
  const digits = Math.ceil(width / 4);
  return [
    `${doc} ${width} bits; ${source}.`, '',
    '| value | name | what |', '| --- | --- | --- |',
    ...entries.map(({ value, label, doc }) => `| 0x${value.toString(16).padStart(digits, '0')} | \`${label}\` | ${cell(doc)} |`),
  ].join('\n');
}

/** Within the number that the field's bytes make. */
function bitsText({ shift, field: { width } }: Slot): string {
  return width === 1 ? String(shift) : `${shift + width - 1}:${shift}`;
}

function whatText({ field }: Slot): string {
  const named = field.kind === 'uint' && field.codes !== undefined ? field.codes : undefined;
  const value = 'preset' in field ? ` Default: ${named?.labelOf(field.preset) ?? field.preset}.` : '';
  const kind = field.kind === 'part' ? ` Laid out as \`${field.layout.name}\`.` : named === undefined ? '' : ` Codes: \`${named.name}\`.`;
  return `${field.doc}${value}${kind}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
