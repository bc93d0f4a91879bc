// Prints `N passed, N failed` from vitest's JSON report and the status of `npm test`.
import { existsSync, readFileSync } from 'node:fs';

const [path, status] = process.argv.slice(2);
let passed = 0;
let failed = 0;

if (existsSync(path)) {
  const report = JSON.parse(readFileSync(path, 'utf8'));
  // Tests run after build and lint, which have passed then.
  passed = report.numPassedTests + 2;
  // A file that cannot be loaded fails without a test in it.
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  failed = report.numFailedTests + broken.length;
}
// Build or lint failed, or an error outside of any test.
if (status !== '0' && failed === 0) failed = 1;

console.log(`${passed} passed, ${failed} failed`);
