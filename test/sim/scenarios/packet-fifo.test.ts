import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createPcapng } from '../../../sim/link/pcapng.ts';
import { scenarioNamed } from '../../../sim/scenarios/index.ts';
import { readPcapng } from '../link/pcapng-reader.ts';
import { complaintsOfTshark, hasTshark, NO_TSHARK } from '../link/tshark.ts';
import { runHere } from './run-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-packet-fifo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLEAN = ['loss=0', 'corruption=0', 'duplication=0', 'reorder=0'];

describe.each([64, 128, 512])('%i bits', (width) => {
  test.each([0, 5, 60])('a sink that pauses in %i of 100 cycles', async (pause) => {
    const { report, figure } = await runHere('packet-fifo', { settings: [`width=${width}`, 'frames=300', `pause=${pause}`], seed: width + pause });
    expect(report.problems).toEqual([]);
    const { framesSent, framesArrived, framesBad, framesOverflowed, framesDelivered } = figure as Record<string, number>;
    expect(framesSent).toBe(300);
    expect(framesArrived).toBe(framesBad! + framesOverflowed! + framesDelivered!);
    expect(framesOverflowed! > 0).toBe(width === 64 ? pause > 0 : width === 128 && pause === 60);
  });
});

test('at 100 Gbit/s the link is full, and nothing is lost on a clean one', async () => {
  const { report, figure, interims } = await runHere('packet-fifo', { settings: ['width=512', 'rate=100', 'clock=250000', 'frames=500', 'least=1514', 'pause=0', ...CLEAN] });
  expect(report.problems).toEqual([]);
  expect(figure).toMatchObject({ framesDelivered: 500, bytesDelivered: 500 * 1514, framesOverflowed: 0 });
  // 1514 of 1538 bytes, less the microsecond and the frame until the first came.
  expect(figure['linkUtilization']).toBeGreaterThan(99);
  expect(figure['goodputGbitPerSecond']).toBeGreaterThan(96);
  expect(figure['goodputGbitPerSecond']).toBeLessThan(98.44);
  expect(interims).toBeGreaterThan(5);
});

test('what the link does is told by its figures', async () => {
  const { report, figure } = await runHere('packet-fifo', { settings: ['frames=400', 'pause=0', 'loss=0.2', 'corruption=0.2', 'duplication=0.2', 'reorder=0.2'] });
  expect(report.problems).toEqual([]);
  for (const key of ['framesLost', 'framesBad']) expect(figure[key]).toBeGreaterThan(20);
  expect(figure['framesArrived']).toBeGreaterThan(320);
});

test.each([
  ['a byte of a frame', { output: 'm_axis_tdata', bit: 13, from: 900, to: 910 }, /^a frame of \d+ bytes came out in cycle \d+ that is none of those that went in and are owed$/],
  ['the counter of overflows', { output: 'overflow', bit: 0, from: 0, to: Infinity }, /^0 good frames did not come out, and the FIFO counts 1 for want of room$/],
  ['the counter of bad frames', { output: 'bad', bit: 6, from: 0, to: Infinity }, /^\d+ frames arrived with a bad FCS, and the FIFO counts \d+$/],
])('a fault in %s is found', async (_, fault, problem) => {
  const { report } = await runHere('packet-fifo', { settings: ['frames=100', 'pause=0', 'corruption=0.1'], fault });
  expect(report.problems).toContainEqual(expect.stringMatching(problem));
});

test('the capture has every frame where it was, and tshark finds nothing in it', async (context) => {
  const file = join(folder, 'frames.pcapng');
  const capture = createPcapng(file);
  const { figure } = await runHere('packet-fifo', { settings: ['frames=200', 'pause=0', ...CLEAN], capture });
  capture.close();
  const packets = readPcapng(readFileSync(file)).filter(({ type }) => type === 'packet');
  expect(packets.length).toBe(3 * 200);
  expect(figure['framesDelivered']).toBe(200);
  if (!hasTshark()) context.skip(NO_TSHARK);
  expect(complaintsOfTshark(file)).toEqual([]);
});

test.each([
  [['most=100', 'least=200'], 'most must be at least least, which is 200, not 100'],
  [['most=9600', 'least=60'], 'most must be no more than the FIFO holds, 4096 bytes, not 9600'],
  [['rate=25'], 'clock must be 390625 or more with 64 bits at 25 Gbit/s, not 156250'],
])('%s makes no sense', (settings, message) => {
  expect(() => scenarioNamed('packet-fifo').check(settings)).toThrow(new RangeError(message));
});
