import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { LineProcess } from './line-process.ts';

function shell(script: string): LineProcess {
  return new LineProcess('sh', ['-c', script], tmpdir());
}

test('answers line by line until its input ends', async () => {
  const echo = shell('while read line; do echo "got $line"; done');
  expect(await echo.ask('one')).toBe('got one');
  expect(await echo.ask('two')).toBe('got two');
  await echo.close();
});

test('a process that dies says how', async () => {
  const dying = shell('read line; echo "no memory" >&2; exit 3');
  await expect(dying.ask('one')).rejects.toThrow('sh ended with status 3: no memory');
  await expect(dying.ask('two')).rejects.toThrow('sh ended with status 3');
  await dying.close();
});

test('a missing tool is one sentence with the command that installs it', async () => {
  const missing = new LineProcess('no-such-tool', [], tmpdir());
  await expect(missing.ask('one')).rejects.toThrow('no-such-tool is not installed; install it with `sudo apt-get install no-such-tool`');
  await missing.close();
});
