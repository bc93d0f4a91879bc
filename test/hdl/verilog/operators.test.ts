import { describe, expect, test } from 'vitest';
import { evaluate } from '@vtoe/hdl/internal/ir/evaluate';
import { emit } from '@vtoe/hdl/internal/verilog/emit';
import { icarus } from '../engines/icarus.ts';
import { row, type Subject } from '../engines/subject.ts';
import { verilator } from '../engines/verilator.ts';
import { type Case, pairs, pool, type Pool } from './expressions.ts';
import { design, module, output } from './ir.ts';

const WIDTHS = [1, 8, 33, 64, 100];
const CYCLES = 24;
const OUTPUTS = 300;

interface Expected {
  readonly subject: Subject;
  readonly rows: readonly string[];
  readonly cases: readonly Case[];
}

/** Corner values first, then random ones. */
function stimulus(from: Pool): bigint[][] {
  return Array.from({ length: CYCLES }, (_, cycle) => from.inputs.map(({ width }, i) => {
    const ones = (1n << BigInt(width)) - 1n;
    if (cycle < 3) return [0n, ones, 1n << BigInt(width - 1)][cycle]!;
    if (cycle < 8) return BigInt.asUintN(width, BigInt(from.random(10)) * (i % 2 === 0 ? 1n : -1n));
    let word = 0n;
    for (let bit = 0; bit < width; bit += 16) word = (word << 16n) | BigInt(from.random(65536));
    return word & ones;
  }));
}

function subjectOf(cases: readonly Case[], index: number, from: Pool): Expected {
  const outputs = cases.map(({ expression }, i) => output(`y${i}`, expression.width, expression));
  const name = `operators_${index}`;
  const emitted = emit(design(module(name, { ports: [...from.inputs, ...outputs] })));
  const cycles = stimulus(from);
  const ports = outputs.map(({ name: port, width }) => ({ name: port, width }));
  const rows = cycles.map((inputs) => {
    const of = new Map(from.inputs.map((net, i) => [net, inputs[i]!]));
    return row(ports, cases.map(({ expression }) => evaluate(expression, (net) => of.get(net)!)));
  });
  const subject: Subject = {
    name, top: emitted.top, files: [...emitted.files].map(([file, text]) => ({ name: file, text })),
    inputs: from.inputs.map(({ name: port, width }) => ({ name: port, width })), outputs: ports,
    stimulus: { cycles: cycles.map((inputs) => ({ reset: false, inputs })) },
  };
  return { subject, rows, cases };
}

function subjects(seed: number, sampled: boolean): Expected[] {
  const from = pool(WIDTHS, seed);
  const all = pairs(from, WIDTHS, sampled);
  const result: Expected[] = [];
  for (let start = 0; start < all.length; start += OUTPUTS) result.push(subjectOf(all.slice(start, start + OUTPUTS), result.length, from));
  return result;
}

/** Labels of the outputs that differ, with both values. */
function differences(expected: readonly Expected[], outcomes: Awaited<ReturnType<typeof icarus>>): string[] {
  return expected.flatMap(({ subject, rows, cases }, i) => {
    const outcome = outcomes[i]!;
    if ('error' in outcome) return [outcome.error];
    const wrong = new Map<string, string>();
    rows.forEach((wanted, cycle) => {
      const got = (outcome.rows[cycle] ?? '').trim().split(/ +/);
      wanted.split(' ').forEach((field, k) => {
        if (got[k] !== field) wrong.set(cases[k]!.label, `${subject.name}.y${k} ${cases[k]!.label}: cycle ${cycle}: ${got[k]} instead of ${field}`);
      });
    });
    return [...wrong.values()];
  });
}

describe('every operator at every position of every other means in Verilog what it means in the reference', () => {
  test('Icarus', async () => {
    const expected = subjects(1, false);
    expect(expected.length).toBeGreaterThan(20);
    expect(differences(expected, await icarus(expected.map(({ subject }) => subject)))).toEqual([]);
  });

  // Its C++ takes time to compile: each pair at one width.
  test('Verilator', async () => {
    const expected = subjects(2, true);
    expect(differences(expected, await verilator(expected.map(({ subject }) => subject)))).toEqual([]);
  }, 180_000);
});
