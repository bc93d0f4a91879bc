/** The reference of a bank: a table of its registers, and one of the bits of each. */
import type { Bank } from './bank.ts';
import type { PlacedField, PlacedRegister, Section } from './layout.ts';
import { hex } from './names.ts';

export interface MarkdownOptions {
  /** Level of the first heading, 1 by default. */
  readonly level?: number;
}

/** Markdown with one heading for the bank, one for each group and one for each register with fields. */
export function markdown({ name, layout, answers }: Bank, { level = 1 }: MarkdownOptions = {}): string {
  const heading = (depth: number, text: string): string => `${'#'.repeat(level + depth)} ${text}`;
  const digits = (layout.size - 1).toString(16).length;
  const lines = [
    heading(0, name), '', layout.doc, '',
    `${hex(layout.size)} bytes, words of 32 bits, little endian. A hole is answered ${answers.hole}, an address beyond the map ${answers.beyond}, a misaligned one ${answers.misaligned},`,
    `a write to a read-only register ${answers.readOnly}; none of them changes anything, and reads of them give 0.`,
  ];
  for (const section of layout.sections) {
    lines.push('');
    if (section.name !== '') lines.push(heading(1, section.name), '', section.doc, '', placeText(section, digits), '');
    lines.push('| offset | register | access | what |', '| --- | --- | --- | --- |');
    for (const register of section.registers) {
      lines.push(`| ${hex(register.offset, section.name === '' ? digits : 2)} | \`${register.name}\` | ${accessText(register)} | ${cell(register.doc)} |`);
    }
    for (const register of section.registers) {
      if (!register.named) continue;
      const path = section.name === '' ? register.name : `${section.name}.${register.name}`;
      lines.push('', heading(section.name === '' ? 1 : 2, path), '', register.doc, '', '| bits | field | access | reset | what |', '| --- | --- | --- | --- | --- |');
      for (const field of register.fields) lines.push(`| ${bitsText(field)} | \`${field.name}\` | ${field.access} | ${resetText(field)} | ${cell(field.doc)}${labelsText(field)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function placeText({ base, count, stride }: Section, digits: number): string {
  if (count === undefined) return `At ${hex(base, digits)}.`;
  return `${count} elements; element i is at ${hex(base, digits)} + i x ${hex(stride)}.`;
}

function accessText({ data, words, writable, fields, named }: PlacedRegister): string {
  const wide = words === 2 ? ', 64 bits' : '';
  if (data.kind === 'counter') return `counter${writable ? ', a write clears' : ''}${wide}`;
  if (data.kind === 'mixed') return [...new Set(fields.map(({ access }) => access))].join(', ');
  const [field] = fields;
  const reset = !named && field!.reset !== 0n ? `, reset ${resetText(field!)}` : '';
  return `${data.access}${wide}${reset}`;
}

function bitsText({ lo, width }: PlacedField): string {
  return width === 1 ? String(lo) : `${lo + width - 1}:${lo}`;
}

function resetText({ access, reset, shape }: PlacedField): string {
  if (access === 'ro' || access === 'pulse') return '-';
  if (shape.kind === 'enum') return shape.encoding.labels.find(({ value }) => value === reset)!.name;
  return reset < 10n ? String(reset) : hex(reset);
}

function labelsText({ shape }: PlacedField): string {
  if (shape.kind !== 'enum') return '';
  return ` ${shape.encoding.labels.map(({ name, value }) => `${value} = ${name}`).join(', ')}.`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
