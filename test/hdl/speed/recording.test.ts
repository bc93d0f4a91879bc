import { createEngine, elaborate, In, module, Out, UInt } from '@vtoe/hdl';
import { expect, test } from 'vitest';
import { toeLike } from '../support/toe-like.ts';
import { blankRecording, changesOf, hexText, rowLayout, rowsOf } from './recording.ts';
import { record } from './traffic.ts';

const wide = module('wide', {}, { a: In(UInt(70)), b: In(UInt(3)), y: Out(UInt(73)) }, (io) => { io.y.set(io.a.zext(73).add(io.b.zext(73))); });

test('a row is all inputs but the reset, in limbs, as the engine has them in memory', () => {
  const engine = createEngine(elaborate(wide));
  const layout = rowLayout(engine);
  expect(layout.rowBytes).toBe(24);
  expect(layout.ports).toEqual([{ name: 'a', width: 70, limbs: 2, offset: 0 }, { name: 'b', width: 3, limbs: 1, offset: 16 }]);
  const recording = blankRecording(layout, 2);
  const second = rowsOf(recording)[1]!;
  second.set([0x1234n, 0x3fn, 5n]);
  new BigUint64Array(engine.buffer, layout.address, 3).set(second);
  expect([engine.input('a').get(), engine.input('b').get()]).toEqual([(0x3fn << 64n) | 0x1234n, 5n]);
  expect(hexText(recording)).toBe(`${'0'.repeat(48)}\n${'5'.padStart(16, '0')}${'3f'.padStart(16, '0')}${'1234'.padStart(16, '0')}\n`);
});

test('only rows that differ from the one before are changes; the first is compared with the last', () => {
  const recording = blankRecording(rowLayout(createEngine(elaborate(wide))), 4);
  expect([...changesOf(recording)]).toEqual([0, 0, 0, 0]);
  for (const row of [1, 2]) rowsOf(recording)[row]![2] = 1n;
  expect([...changesOf(recording)]).toEqual([0, 1, 0, 1]);
  rowsOf(recording)[3]![2] = 2n;
  expect([...changesOf(recording)]).toEqual([1, 1, 0, 1]);
});

test('busy lanes have a beat in every cycle, the others none; the same seed gives the same', () => {
  const engine = createEngine(elaborate(toeLike(4)));
  const layout = rowLayout(engine);
  const recording = record(layout, { seed: 7, rows: 300, busyLanes: 1 });
  const cells = (name: string): bigint[] => {
    const { offset } = layout.ports.find((port) => port.name === name)!;
    return rowsOf(recording).map((row) => row[offset >> 3]!);
  };
  expect(new Set(cells('in_0_valid'))).toEqual(new Set([1n]));
  expect(new Set(cells('in_0_payload_data')).size).toBe(300);
  expect(cells('in_0_payload_last').filter((last) => last === 1n).length).toBeGreaterThan(2);
  for (const leaf of ['valid', 'payload_data', 'payload_keep']) expect(new Set(cells(`in_3_${leaf}`))).toEqual(new Set([0n]));
  expect(record(layout, { seed: 7, rows: 300, busyLanes: 1 }).limbs).toEqual(recording.limbs);
});
