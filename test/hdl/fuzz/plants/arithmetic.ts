/** Faults of operators: what goes wrong where values are cut into limbs, signs, amounts and orders. */
import type { Expression, Operation, Operator } from '@vtoe/hdl/internal/ir/expression';
import type { Plant } from './plant.ts';
import { bits, cat, constant, lowBits, mux, not, operation, rewriteDesign } from './rewrite.ts';

const LIMB = 64;

/** Replaces operations of the kinds given; `change` may return undefined to leave one as it is. */
function operators(name: string, description: string, kinds: readonly Operator[], change: (operation: Operation, args: readonly Expression[]) => Expression | undefined): Plant {
  return {
    name, description,
    design: (design) => rewriteDesign(design, {
      expression: (expression) => (kinds.includes(expression.op as Operator) ? change(expression as Operation, expression.args) ?? expression : expression),
    }),
  };
}

/** The operation on each limb by itself. */
function limbwise({ op, width }: Operation, [a, b]: readonly Expression[]): Expression | undefined {
  if (width <= LIMB) return undefined;
  const limbs: Expression[] = [];
  for (let lo = 0; lo < width; lo += LIMB) {
    const size = Math.min(LIMB, width - lo);
    limbs.unshift(operation(op, size, bits(a!, lo, size), bits(b!, lo, size)));
  }
  return cat(...limbs);
}

const isWide = (expression: Expression): boolean => expression.width > LIMB;

export const ARITHMETIC: readonly Plant[] = [
  operators('carry-lost', 'a sum wider than 64 bits loses the carry at each limb border', ['add'], limbwise),
  operators('borrow-lost', 'a difference wider than 64 bits loses the borrow at each limb border', ['sub'], limbwise),
  operators('mul-high-lost', 'of a product wider than 64 bits only the low limb is computed', ['mul'], (product) => (
    product.width > LIMB ? lowBits(product, LIMB) : undefined)),
  operators('mask-of-whole-limb', 'a result whose width is a multiple of 64 is masked with (1 << 0) - 1: its top limb is zero', ['add', 'sub', 'not', 'shl'], (result) => {
    if (result.width % LIMB !== 0) return undefined;
    return result.width === LIMB ? constant(LIMB, 0) : lowBits(result, result.width - LIMB);
  }),
  operators('shift-modulo', 'the amount of a shift is taken modulo a power of two: shifts by the width and more come out as shifts by less', ['shl', 'shr', 'sra'], (shift, [value, amount]) => {
    const needed = Math.max(1, Math.ceil(Math.log2(value!.width)));
    return amount!.width <= needed ? undefined : operation(shift.op, shift.width, value!, bits(amount!, 0, needed));
  }),
  operators('sra-zeros', 'an arithmetic shift to the right fills with zeros', ['sra'], ({ width }, args) => operation('shr', width, ...args)),
  operators('shift-limb-border', 'a shift to the left of more than 64 bits loses what crosses a limb border', ['shl'], ({ width }, [value, amount]) => (
    width > LIMB ? cat(operation('shl', width - LIMB, bits(value!, LIMB, width - LIMB), amount!), operation('shl', LIMB, bits(value!, 0, LIMB), amount!)) : undefined)),
  operators('signed-compare', 'signed comparisons compare unsigned', ['lts', 'les', 'gts', 'ges'], ({ op }, args) => (
    operation(`${op.slice(0, 2)}u` as Operator, 1, ...args))),
  operators('compare-equal', 'less-or-equal and greater-or-equal do without the equal', ['leu', 'geu', 'les', 'ges'], ({ op }, args) => (
    operation(`${op[0]}t${op[2]}` as Operator, 1, ...args))),
  operators('compare-top-limb', 'comparisons of more than 64 bits look at the top limb alone', ['ltu', 'leu', 'gtu', 'geu', 'lts', 'les', 'gts', 'ges'], ({ op }, [a, b]) => {
    if (!isWide(a!)) return undefined;
    const lo = Math.floor((a.width - 1) / LIMB) * LIMB;
    return operation(op, 1, bits(a, lo, a.width - lo), bits(b!, lo, a.width - lo));
  }),
  operators('equal-low-limb', 'equality of more than 64 bits looks at the low limb alone', ['eq', 'ne'], ({ op }, [a, b]) => (
    isWide(a!) ? operation(op, 1, bits(a, 0, LIMB), bits(b!, 0, LIMB)) : undefined)),
  operators('cat-reversed', 'the first part of a concatenation lands in the least significant bits', ['cat'], (_, args) => cat(...[...args].reverse())),
  operators('repeat-short', 'a repetition leaves its topmost copy out', ['repeat'], (repeated, [value]) => (
    repeated.width > value!.width ? lowBits(repeated, repeated.width - value!.width) : undefined)),
  operators('sext-zeros', 'sign extension extends by zeros', ['sext'], ({ width }, args) => operation('zext', width, ...args)),
  operators('slice-border', 'a part select across a limb border takes the bits above the border as zeros', ['bits'] as unknown as Operator[], (expression) => {
    const { lo, width } = expression as unknown as { lo: number; width: number };
    const border = (Math.floor(lo / LIMB) + 1) * LIMB;
    return lo + width > border && lo % LIMB !== 0 ? lowBits(expression as Expression, border - lo) : undefined;
  }),
  operators('popcount-top', 'the topmost bit is not counted', ['popcount'], ({ width }, [value]) => (
    value!.width > 1 ? operation('popcount', width, lowBits(value!, value!.width - 1)) : undefined)),
  operators('priority-highest', 'priority gives the highest one instead of the lowest', ['priority'], ({ width }, [value]) => {
    const size = value!.width;
    if (size === 1) return undefined;
    const mirrored = cat(...Array.from({ length: size }, (_, i) => bits(value!, i, 1)));
    const highest = operation('sub', width, constant(width, size - 1), operation('priority', width, mirrored));
    return mux(operation('reduceOr', 1, value!), highest, constant(width, 0));
  }),
  operators('reduce-top-limb', 'a reduction of more than 64 bits leaves the top limb out', ['reduceAnd', 'reduceOr', 'reduceXor'], ({ op }, [value]) => (
    isWide(value!) ? operation(op, 1, bits(value, 0, Math.floor((value.width - 1) / LIMB) * LIMB)) : undefined)),
  operators('index-wraps', 'an index beyond the end of a vector wraps around', ['choose'], ({ width }, [index, ...elements]) => {
    const reach = Math.min(2 ** Math.min(index!.width, 10), 1024);
    if (reach <= elements.length) return undefined;
    return operation('choose', width, index!, ...Array.from({ length: reach }, (_, i) => elements[i % elements.length]!));
  }),
  operators('mux-wide-low-limb', 'a mux of more than 64 bits selects the low limb alone', ['mux'], ({ width }, [condition, a, b]) => (
    width > LIMB ? cat(bits(a!, LIMB, width - LIMB), mux(condition!, bits(a!, 0, LIMB), bits(b!, 0, LIMB))) : undefined)),
  operators('not-top-limb', 'the complement of more than 64 bits leaves the top limb as it is', ['not'], ({ width }, [value]) => {
    const lo = Math.floor((width - 1) / LIMB) * LIMB;
    return width > LIMB ? cat(bits(value!, lo, width - lo), not(bits(value!, 0, lo))) : undefined;
  }),
];
