// Brings a checkout to where its commands can run: packages as the lock file says, sources compiled.
// Runs before `npm start`, `npm test` and the like, in a bare clone too: so nothing but Node's own modules.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const LOCK = 'package-lock.json';
/** npm writes it as the last step of an installation: its absence shows one that was cut short. */
const INSTALLED = 'node_modules/.package-lock.json';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));

if (!existsSync(INSTALLED) || statSync(LOCK).mtimeMs > statSync(INSTALLED).mtimeMs) {
  console.log('packages: npm ci');
  // Development packages are needed to compile, also where NODE_ENV=production.
  const options = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const ok = npm === undefined ? run('npm', options) : run(process.execPath, [npm, ...options]);
  if (!ok) fail('The packages could not be installed: see what npm said above.');
}

console.log('build: tsc -b');
if (!run(process.execPath, ['node_modules/typescript/bin/tsc', '-b'])) {
  fail('The sources do not compile: see the errors above.');
}

function run(command, options) {
  return spawnSync(command, options, { stdio: 'inherit' }).status === 0;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
