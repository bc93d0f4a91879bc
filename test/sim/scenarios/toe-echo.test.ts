import { expect, test } from 'vitest';
import { runHere } from './run-here.ts';

test('what comes back is what was sent, also when frames are lost', async () => {
  const { report, figure, interims } = await runHere('toe-echo', { settings: ['clients=12', 'bytes=9000', 'loss=0.02'] });
  expect(report.problems).toEqual([]);
  expect(figure).toMatchObject({ connections: 12, bytes: 12 * 9000 });
  expect(figure['framesLost']).toBeGreaterThan(2);
  expect(interims).toBeGreaterThan(5);
});

test('more connections than the engine has at once, one behind the other', async () => {
  const { report, figure } = await runHere('toe-echo', { settings: ['connections=4', 'atOnce=2', 'clients=10', 'bytes=64'] });
  expect([report.problems, figure['connections'], figure['framesLost']]).toEqual([[], 10, 0]);
});

test.each([
  ['what it reads of memory', { output: 'm_axi_araddr', bit: 5, from: 3000, to: 6000 }, /^the peer: byte \d+ of stream \d+ is \d+, not \d+$|^the TOE reads/],
  ['what it sends', { output: 'm_axis_tx_tdata', bit: 3, from: 3000, to: 6000 }, /^the TOE sends a segment whose checksum or length is wrong$/],
])('a fault in %s is found', async (_, fault, problem) => {
  const { report } = await runHere('toe-echo', { fault });
  expect(report.problems).toContainEqual(expect.stringMatching(problem));
});

test('what makes no sense is refused', async () => {
  await expect(runHere('toe-echo', { settings: ['connections=3'] })).rejects.toThrow(new RangeError('connections must be a power of two from 4 to 32768, not 3'));
});
