import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createPcapng } from '../../../sim/link/pcapng.ts';
import { complaintsOfTshark, hasTshark, NO_TSHARK } from '../link/tshark.ts';
import { runHere } from './run-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'vtoe-tcp-buffer-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CLEAN = ['loss=0', 'corruption=0', 'duplication=0', 'reorder=0'];

test.each([
  [['connections=1', 'bytes=200000', 'depth=4096', 'pause=0', ...CLEAN], 1],
  [['connections=20', 'bytes=10000', 'depth=256', 'pause=40'], 2],
  [['connections=3', 'bytes=50000', 'loss=0.02', 'corruption=0.02', 'duplication=0.02', 'reorder=0.05'], 3],
  [['connections=50', 'bytes=0'], 4],
] as const)('%s', async (settings, seed) => {
  const { report, figure } = await runHere('tcp-buffer', { settings, seed });
  expect(report.problems).toEqual([]);
  const [connections, bytes] = settings.map((setting) => Number(setting.split('=')[1]));
  expect(figure['bytes']).toBe(2 * connections! * bytes!);
  expect(report.tables![0]!.rows.length).toBe(connections);
  if (seed === 1) expect(figure).toMatchObject({ framesOverflowed: 0, retransmissions: 0 });
  if (seed === 2) expect(figure['framesOverflowed']).toBeGreaterThan(0);
  if (seed === 3) expect(figure['framesBad']).toBeGreaterThan(0);
});

test('what does not come is found', async () => {
  const { report } = await runHere('tcp-buffer', { settings: ['connections=1', 'bytes=100', 'loss=1'] });
  expect(report.problems).toEqual(['client 0: 0 of 100 bytes came, and no end', '1 and 0 connections were not closed in the end']);
});

test('what the FIFO lets through wrongly, TCP does not take; what it counts wrongly is found', async () => {
  const { report, figure } = await runHere('tcp-buffer', { settings: ['connections=1', 'bytes=30000', 'pause=0', ...CLEAN], fault: { output: 'm_axis_tdata', bit: 3, from: 3000, to: 3050 } });
  expect(report.problems).toEqual([]);
  expect(figure['retransmissions']).toBeGreaterThan(0);
  const counted = await runHere('tcp-buffer', { settings: ['connections=1', 'bytes=1000', ...CLEAN], fault: { output: 'bad', bit: 4, from: 0, to: Infinity } });
  expect(counted.report.problems).toEqual(['0 frames arrived with a bad FCS, and the FIFO counts 16']);
});

test('tshark finds nothing in the capture', async (context) => {
  if (!hasTshark()) context.skip(NO_TSHARK);
  const file = join(folder, 'tcp.pcapng');
  const capture = createPcapng(file);
  await runHere('tcp-buffer', { settings: ['connections=2', 'bytes=20000', 'depth=4096', 'pause=0', ...CLEAN], capture });
  capture.close();
  // Both ends of the link are in it: a segment that is seen a second time is taken for its repetition.
  expect(complaintsOfTshark(file, 'tcp.analysis.retransmission || tcp.analysis.spurious_retransmission || tcp.analysis.out_of_order || tcp.analysis.fast_retransmission || tcp.analysis.duplicate_ack || tcp.analysis.reused_ports')).toEqual([]);
});
