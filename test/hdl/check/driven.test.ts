/** No latch: a net is accepted if and only if every path through its statements drives it. */
import { Bool, elaborate, Enum, HdlError, In, match, module, Out, UInt, when, wire } from '@vtoe/hdl';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const Closed = Enum('Closed', ['A', 'B', 'C', 'D']);
const Open = Enum('Open', ['A', 'B', 'C']);

/** A program that may drive the net: an assignment, nothing, several in a row, or a choice. */
type Program =
  | 'drive'
  | readonly Program[]
  | { readonly if: readonly Program[]; readonly otherwise: Program | undefined }
  | { readonly match: 'Closed' | 'Open' | 'UInt'; readonly arms: readonly Program[]; readonly otherwise: Program | undefined };

const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 5, arbitrary: fc.constant<Program>('drive') },
    { weight: 1, arbitrary: fc.constant<Program>([]) },
    { weight: 1, arbitrary: fc.array(tie('program'), { maxLength: 3 }) },
    { weight: 3, arbitrary: fc.record({ if: fc.array(tie('program'), { minLength: 1, maxLength: 3 }), otherwise: fc.option(tie('program'), { nil: undefined, freq: 8 }) }) },
    {
      weight: 3,
      arbitrary: fc.record({ match: fc.constantFrom('Closed' as const, 'Open' as const, 'UInt' as const), arms: fc.array(tie('program'), { minLength: 1, maxLength: 4 }), otherwise: fc.option(tie('program'), { nil: undefined, freq: 8 }) }),
    },
  ),
}));

/** What the choice of each condition is, in the order in which they are met; brute force runs through all. */
type Choose = (ways: number) => number;

/** Whether the path that `choose` takes drives the net. Conditions are independent of each other, as the check takes them. */
function drives(node: Program, choose: Choose): boolean {
  if (node === 'drive') return true;
  // All are walked, so that each path is a list of choices.
  if (Array.isArray(node)) return node.map((part: Program) => drives(part, choose)).includes(true);
  if ('if' in node) {
    const way = choose(node.if.length + 1);
    const taken = way < node.if.length ? node.if[way]! : node.otherwise;
    return taken !== undefined && drives(taken, choose);
  }
  if ('match' in node) {
    const [arms, otherwise] = armsOf(node);
    const way = choose(arms.length + (otherwise === undefined && isOpen(node, arms.length) ? 1 : 0) + (otherwise === undefined ? 0 : 1));
    const taken = way < arms.length ? arms[way] : otherwise;
    return taken !== undefined && drives(taken, choose);
  }
  return false;
}

type Match = Extract<Program, { readonly match: string }>;

/** Labels without an arm need `otherwise`, and with an arm for each there must be none. */
function armsOf(node: Match): [Program[], Program | undefined] {
  const most = { Closed: 4, Open: 3, UInt: 4 }[node.match];
  const arms = node.arms.slice(0, most);
  if (arms.length === most) return [arms, undefined];
  return [arms, node.match === 'UInt' ? node.otherwise : node.otherwise ?? []];
}

/** A UInt of two bits may have values without an arm; an enum's illegal value takes an arm. */
function isOpen(node: Match, arms: number): boolean {
  return node.match === 'UInt' && arms < 4;
}

/** All paths, by counting through the choices. */
function coversAll(node: Program): boolean {
  const script: number[] = [];
  for (;;) {
    let at = 0;
    const ways: number[] = [];
    const driven = drives(node, (count) => {
      ways.push(count);
      return script[at++] ?? 0;
    });
    if (!driven) return false;
    const path = ways.map((_, i) => script[i] ?? 0);
    let last = path.length - 1;
    while (last >= 0 && path[last]! + 1 >= ways[last]!) last -= 1;
    if (last < 0) return true;
    script.splice(0, script.length, ...path.slice(0, last), path[last]! + 1);
  }
}

const PORTS = { c: In(Bool), closed: In(Closed), open: In(Open), x: In(UInt(2)), y: Out(UInt(8)) };

function accepted(node: Program): boolean {
  const subject = module('subject', {}, PORTS, (io) => {
    const build = (part: Program): void => {
      if (part === 'drive') io.y.set(1);
      else if (Array.isArray(part)) part.forEach(build);
      else if ('if' in part) {
        const [first, ...others] = part.if;
        let chain = when(io.c, () => build(first!));
        for (const other of others) chain = chain.elsewhen(io.c, () => build(other));
        if (part.otherwise !== undefined) chain.otherwise(() => build(part.otherwise!));
      } else if ('match' in part) {
        const [arms, otherwise] = armsOf(part);
        const bodies = arms.map((arm) => () => build(arm));
        const rest = otherwise === undefined ? {} : { otherwise: () => build(otherwise) };
        if (part.match === 'UInt') match(io.x, { ...bodies, ...rest } as never as { readonly 0: () => void });
        else match((part.match === 'Closed' ? io.closed : io.open) as typeof io.open, { ...Object.fromEntries(bodies.map((body, i) => ['ABCD'[i]!, body])), ...rest } as never as { otherwise: () => void });
      }
    };
    build(node);
  });
  try {
    elaborate(subject);
    return true;
  } catch (error) {
    if (error instanceof HdlError && (error.code === 'latch' || error.code === 'undriven')) return false;
    throw error;
  }
}

describe('the latch check', () => {
  test('accepts a tree of conditions exactly if each path through it drives', () => {
    const seen = { accepted: 0, refused: 0 };
    fc.assert(fc.property(program, (node) => {
      const covered = coversAll(node);
      seen[covered ? 'accepted' : 'refused'] += 1;
      expect(accepted(node)).toBe(covered);
    }), { numRuns: 500 });
    // Both outcomes were tried often.
    expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(50);
  });

  test('takes an assignment before or after the conditions as a default', () => {
    expect(accepted([{ if: [[]], otherwise: undefined }, 'drive'])).toBe(true);
    expect(accepted(['drive', { match: 'UInt', arms: ['drive'], otherwise: undefined }])).toBe(true);
  });

  test('takes no two chains together, though their conditions may be opposites', () => {
    expect(accepted([{ if: ['drive'], otherwise: undefined }, { if: [[]], otherwise: 'drive' }])).toBe(false);
  });

  test('is of leaves: a field that is missing on a path is named', () => {
    const subject = module('subject', {}, { c: In(Bool), in: In(UInt(8)) }, (io) => {
      const w = wire(UInt(8));
      when(io.c, () => { w.set(io.in); });
      return { w };
    });
    expect(() => elaborate(subject)).toThrow('wire w is not driven when the condition does not hold');
  });
});
