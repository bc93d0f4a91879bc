/** Every error of the language, word for word and with its place: an unclear message is a bug, whatever the user did. */
import { CATALOGUE } from '@vtoe/hdl/internal/check/catalogue';
import { describe, expect, test } from 'vitest';
import { assignment } from './catalogue/assignment.ts';
import { control } from './catalogue/control.ts';
import { memories } from './catalogue/memories.ts';
import { names } from './catalogue/names.ts';
import { shapes } from './catalogue/shapes.ts';
import { structure } from './catalogue/structure.ts';
import { values } from './catalogue/values.ts';

const themes = { shapes, values, assignment, control, memories, structure, names };

for (const [theme, mistakes] of Object.entries(themes)) {
  describe(`${theme}`, () => {
    for (const { code, sentence, check } of mistakes) test(`${code}: ${sentence}`, check);
  });
}

test('every error of the catalogue is provoked', () => {
  const provoked = new Set(Object.values(themes).flatMap((mistakes) => mistakes.map(({ code }) => code)));
  expect([...provoked].toSorted()).toEqual(Object.keys(CATALOGUE).toSorted());
});
