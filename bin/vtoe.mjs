#!/usr/bin/env node
// The `vtoe` of a checkout: what TypeScript's compiler made of vtoe.ts. Generator locators need its source maps.
import { existsSync } from 'node:fs';

const compiled = new URL('../dist/bin/main.js', import.meta.url);
if (existsSync(compiled)) {
  process.setSourceMapsEnabled(true);
  await import(compiled);
} else {
  console.error('vtoe is not built; build it with `npm run build`.');
  process.exitCode = 2;
}
