import { expect, test } from 'vitest';
import { type Figure, figuresJson, figuresText, type Table, tableJson, tableText } from '../../../sim/scenarios/report.ts';

const figures: readonly Figure[] = [
  { key: 'frames', label: 'frames sent', value: 1_234_567 },
  { key: 'goodputGbitPerSecond', label: 'goodput', value: 9.41482, unit: 'Gbit/s' },
  { key: 'state', label: 'it is', value: 'fine' },
];

const table: Table = {
  title: 'By VM',
  columns: [{ key: 'vm', label: 'VM' }, { key: 'gbitPerSecond', label: 'Gbit/s' }, { key: 'policy', label: 'policy' }],
  rows: [[0, 4.7, 'dwrr'], [11, 1234, 'fifo']],
};

test('figures stand below each other', () => {
  expect(figuresText(figures)).toBe(['frames sent  1,234,567', 'goodput          9.415 Gbit/s', 'it is             fine'].join('\n'));
});

test('numbers of a table stand right, words left', () => {
  expect(tableText(table)).toBe(['By VM', 'VM  Gbit/s  policy', ' 0   4.700  dwrr', '11   1,234  fifo'].join('\n'));
});

test('programs get keys, and numbers as they are', () => {
  expect(figuresJson(figures)).toEqual({ frames: 1_234_567, goodputGbitPerSecond: 9.41482, state: 'fine' });
  expect(tableJson(table)).toEqual({ title: 'By VM', rows: [{ vm: 0, gbitPerSecond: 4.7, policy: 'dwrr' }, { vm: 11, gbitPerSecond: 1234, policy: 'fifo' }] });
});
