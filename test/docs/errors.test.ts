/** docs/reference/hdl/errors.md is the catalogue, printed: `npx vitest run test/docs -u` writes it anew. */
import { CATALOGUE } from '@vtoe/hdl/internal/check/catalogue';
import { expect, test } from 'vitest';

const INTRODUCTION = `# Errors

Every mistake in a design is reported as an \`HdlError\` with one sentence: where (\`file.ts:12\`), what is wrong, what is
allowed, and a code that does not change. Names in angle brackets stand for what the sentence is about. This page is made
from the catalogue, \`hdl/src/check/catalogue.ts\`; each sentence is tested word for word.

| code | sentence |
| --- | --- |
`;

test('errors.md lists the catalogue', async () => {
  const rows = Object.entries(CATALOGUE).map(([code, sentence]) => `| \`${code}\` | \`${filledIn(sentence).replaceAll("|", "\\|")}\` |`);
  await expect(`${INTRODUCTION}${rows.join('\n')}\n`).toMatchFileSnapshot('../../docs/reference/hdl/errors.md');
});

/** The sentence with its parameters' names for facts. */
function filledIn(sentence: (...facts: never[]) => string): string {
  const names = /^\(?([^)=]*)\)?\s*=>/.exec(String(sentence))?.[1]?.split(',').map((name) => `<${name.trim()}>`) ?? [];
  return sentence(...(names as never[]));
}
