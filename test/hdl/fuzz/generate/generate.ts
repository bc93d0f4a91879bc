/** A random design from a seed. */
import { Bool, UInt } from '@vtoe/hdl';
import { Random } from '../../support/random.ts';
import { type Expr, type ModuleSpec, operation, type Spec } from '../spec.ts';
import { WIDTH_CLASSES, type WidthClass, widthIn } from '../widths.ts';
import { anywhere, inWhen } from './control.ts';
import { DesignWriter } from './design-writer.ts';
import { instantiate } from './instantiate.ts';
import { planOf, type PlannedConstruct, type PlannedOperator } from './plan.ts';
import { type ModuleWriter, plainly } from './writer.ts';

export interface GenerateOptions {
  readonly cycles?: number;
}

const DEFAULT_CYCLES = 80;

export function generate(seed: number, { cycles = DEFAULT_CYCLES }: GenerateOptions = {}): Spec {
  const random = new Random(seed, 'design');
  const design = new DesignWriter(random);
  const plan = planOf(seed);
  const palette = new Map(WIDTH_CLASSES.map((width) => [width, widthIn(width, random)]));
  const operators = random.shuffled(plan.operators);
  const third = Math.floor(operators.length / 3);
  const [below, top] = [plan.constructs.filter((entry) => entry.inChild), plan.constructs.filter((entry) => !entry.inChild)];
  const half = below.length >> 1;

  const part = (name: string, cells: readonly PlannedOperator[], constructs: readonly PlannedConstruct[], children: readonly ModuleSpec[]) =>
    writeModule(design, design.module(name), palette, cells, constructs, children);
  const leaf = part('leaf', operators.slice(0, third >> 1), below.slice(0, half), []);
  const middle = part('middle', operators.slice(third >> 1, third), below.slice(half), [leaf]);
  part('top', operators.slice(third), top, random.chance(0.5) ? [middle, leaf] : [middle]);
  return { seed, prefix: `fuzz${seed}`, cycles, resets: resetCycles(cycles, random), modules: design.modules };
}

function writeModule(
  design: DesignWriter, writer: ModuleWriter, palette: ReadonlyMap<WidthClass, number>,
  cells: readonly PlannedOperator[], constructs: readonly PlannedConstruct[], children: readonly ModuleSpec[],
): ModuleSpec {
  const { random } = writer;
  const { types } = design;
  for (let i = 0; i < 3; i += 1) writer.input(Bool);
  for (let i = 0; i < 2; i += 1) writer.input(UInt(random.between(2, 8)));
  for (const [width, bits] of palette) if (cells.some((cell) => cell.width === width)) writer.inputPair(bits);
  const registers = Array.from({ length: random.between(1, 3) }, () => writer.reg(random.chance(0.6) ? types.uint() : types.any()));

  const jobs = [
    ...cells.map((cell) => () => writeOperator(writer, cell, palette)),
    ...constructs.map(({ construct, inWhen: inside }) => () => construct({ writer, design, types, place: inside ? inWhen : plainly })),
    ...children.map((child) => () => { instantiate(writer, child, random.chance(0.5) ? anywhere : plainly); }),
  ];
  for (const job of random.shuffled(jobs)) job();
  for (const register of registers) {
    anywhere(writer, register, writer.maker(2).value(register.shape), 'next');
    writer.observe(register);
  }
  return design.add(writer);
}

function writeOperator(writer: ModuleWriter, { row, width }: PlannedOperator, palette: ReadonlyMap<WidthClass, number>): void {
  const bits = palette.get(width)!;
  const fits = bits >= row.least && bits <= row.most && bits % row.multiple === 0;
  const maker = writer.maker(writer.random.chance(0.6) ? 1 : 2);
  const value = row.make(maker, fits ? bits : widthIn({ ...width, least: Math.max(width.least, row.least) }, writer.random, row.multiple));
  writer.observe(writer.random.chance(0.5) ? wrapped(writer, value) : value, anywhere);
}

/** The value inside of another operator that lets every change of it through: precedence and inlining are tried. */
function wrapped(writer: ModuleWriter, value: Expr): Expr {
  const { shape } = value;
  const { random } = writer;
  const maker = writer.maker(1);
  if (shape.kind === 'bool') return random.chance(0.5) ? operation('not', Bool, [value]) : operation('xor', Bool, [value, maker.bool()]);
  const { width } = shape;
  // The mistake that made others' emitters known: a - (b - c).
  if (value.kind === 'op' && (value.op === 'sub' || value.op === 'add') && random.chance(0.6)) return operation('sub', shape, [maker.uint(width), value]);
  switch (random.below(6)) {
    case 0: return operation('sub', shape, [maker.uint(width), value]);
    case 1: return operation('sub', shape, [value, maker.uint(width)]);
    case 2: return operation('add', shape, [maker.uint(width), value]);
    case 3: return operation('xor', shape, [value, maker.uint(width)]);
    case 4: return operation('cat', UInt(width + 3), [maker.uint(3), value]);
    default: return operation('not', shape, [value]);
  }
}

/** None, one or two cycles at the start; mostly a pulse in mid-run too. */
function resetCycles(cycles: number, random: Random): number[] {
  const start = Array.from({ length: random.below(3) }, (_, i) => i);
  if (random.chance(0.2)) return start;
  const middle = random.between(Math.floor(cycles / 4), Math.floor(cycles / 2));
  return [...start, ...Array.from({ length: random.between(1, 2) }, (_, i) => middle + i)].filter((cycle) => cycle < cycles);
}
