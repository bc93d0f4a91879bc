/** `when` and `match`: conditions on what is assigned, written, read and asserted inside of them. */
import { describe } from '../check/describe.ts';
import { fail } from '../check/error.ts';
import { Locator } from '../ir/locator.ts';
import { constant, eq, or } from './build.ts';
import { encoding, literalBits } from './coerce.ts';
import { runBody } from './body.ts';
import { type Builder, current } from './context.ts';
import type { Bool, EnumValue, UInt } from './types.ts';
import type { Frame, Step } from './statement-tree.ts';
import { Bit, Bits, Label } from './value.ts';

type Body = () => void;

export interface WhenChain {
  /** Runs if no condition before held and this one does. */
  elsewhen(condition: Bool, body: Body): WhenChain;
  otherwise(body: Body): void;
}

/** Statements of `body` apply in cycles in which `condition` holds. */
export function when(condition: Bool, body: Body): WhenChain {
  return chain(current('when'), [], condition, body, 'when');
}

/** `before`: steps into the otherwise-branches of the conditions before. */
function chain(builder: Builder, before: readonly Step[], condition: Bool, body: Body, what: string): WhenChain {
  if (!((condition as unknown) instanceof Bit)) fail('condition', what, describe(condition));
  const frame: Frame = { kind: 'if', condition: (condition as unknown as Bit).expression, at: Locator.here() };
  inside(builder, [...before, { frame, branch: 0 }], body, what);
  const rest: readonly Step[] = [...before, { frame, branch: 1 }];
  const { path } = builder;
  let ended = false;
  const once = (next: string) => {
    if (ended) fail('when-ended', next);
    const running = current(next);
    if (running !== builder || running.path !== path) fail('when-elsewhere', next);
    ended = true;
  };
  return {
    elsewhen: (other, otherBody) => {
      once('elsewhen');
      return chain(builder, rest, other, otherBody, 'elsewhen');
    },
    otherwise: (otherBody) => {
      once('otherwise');
      inside(builder, rest, otherBody, 'otherwise');
    },
  };
}

function inside(builder: Builder, steps: readonly Step[], body: Body, what: string): void {
  if (typeof body !== 'function') fail('argument', what, 'body', 'a function', describe(body));
  const outer = builder.path;
  builder.path = [...outer, ...steps];
  try {
    runBody(what, body);
  } finally {
    builder.path = outer;
  }
}

/** All labels; or some of them and `otherwise`. */
export type EnumArms<L extends string> =
  | { readonly [K in L]: Body }
  | ({ readonly [K in L]?: Body } & { readonly otherwise: Body });

/** Numbers as keys, and what happens for all others. */
export interface UIntArms {
  readonly [value: number | `${number}`]: Body;
  readonly otherwise?: Body;
}

/** A list of arms, each for one or several values. */
export type UIntCases = readonly (readonly [value: number | bigint | readonly (number | bigint)[], body: Body])[];

/**
 * One arm by the value of `subject`. Of an enum, all labels must have an arm (or `otherwise` stand for the rest); a
 * value without a label is asserted not to occur, and takes the arm of the enum's `illegal` label in hardware.
 * Of a UInt, values without an arm take `otherwise`, or do nothing.
 */
export function match<L extends string>(subject: EnumValue<L>, arms: EnumArms<L>): void;
export function match(subject: UInt, arms: UIntArms): void;
export function match(subject: UInt, arms: UIntCases, otherwise?: Body): void;
export function match(subject: unknown, arms: unknown, otherwise?: Body): void {
  const builder = current('match');
  if (typeof arms !== 'object' || arms === null) fail('argument', 'match', 'arms', 'a record or a list of arms', describe(arms));
  if (otherwise !== undefined && !(subject instanceof Bits && Array.isArray(arms))) fail('argument', 'match', 'otherwise', 'a key of the arms', 'a third argument; that goes with a list of arms');
  if (subject instanceof Label) return matchEnum(builder, subject, arms as Record<string, Body>);
  if (subject instanceof Bits) return matchUInt(builder, subject, arms as UIntArms | UIntCases, otherwise);
  fail('argument', 'match', 'subject', 'an enum or a UInt', describe(subject));
}

function matchEnum(builder: Builder, subject: Label, arms: Record<string, Body>): void {
  const { shape } = subject;
  const given = Object.keys(arms).filter((label) => label !== 'otherwise');
  for (const label of given) encoding(shape, label, 'match');
  const rest = shape.labels.filter((label) => !given.includes(label));
  if (rest.length > 0 && arms['otherwise'] === undefined) fail('match-missing', shape.name, rest.join(', '));
  if (rest.length === 0 && arms['otherwise'] !== undefined) fail('match-otherwise', `enum ${shape.name}`);

  const values = given.map((label) => [encoding(shape, label, 'match')]);
  const bodies = given.map((label) => arms[label]!);
  if (rest.length > 0) {
    values.push(rest.map((label) => encoding(shape, label, 'match')));
    bodies.push(arms['otherwise']!);
  }
  const closed = BigInt(shape.labels.length) === 1n << BigInt(shape.width);
  const illegal = given.indexOf(shape.illegal);
  const defaultArm = closed ? -1 : illegal >= 0 ? illegal : values.length - 1;
  if (!closed) assertLegal(builder, subject);
  runArms(builder, { kind: 'case', subject: subject.expression, labels: shape.encoding, arms: values, defaultArm, at: Locator.here() }, bodies);
}

function assertLegal(builder: Builder, subject: Label): void {
  const { shape } = subject;
  const hits = shape.encoding.labels.map(({ value }) => eq(subject.expression, constant(shape.width, value)));
  builder.assertions.push({
    kind: 'assert', enable: builder.enable(), condition: hits.reduce(or), domain: 'clk', at: Locator.here(),
    message: `match on enum ${shape.name}: the value has no label`,
  });
}

function matchUInt(builder: Builder, subject: Bits, arms: UIntArms | UIntCases, last: Body | undefined): void {
  const cases: UIntCases = Array.isArray(arms)
    ? arms as UIntCases
    : Object.entries(arms as UIntArms).filter(([key]) => key !== 'otherwise').map(([key, body]) => [keyValue(key), body] as const);
  const otherwise = Array.isArray(arms) ? last : (arms as UIntArms).otherwise;
  const seen = new Set<bigint>();
  const values = cases.map((entry) => {
    if (!Array.isArray(entry) || entry.length !== 2) fail('argument', 'match', 'arms', 'pairs of a value and a function', describe(entry));
    const [value] = entry;
    if (Array.isArray(value) && value.length === 0) fail('argument', 'match', 'arms', 'pairs of a value and a function', 'an arm of no values');
    return Array.from(Array.isArray(value) ? value : [value], (one: unknown) => {
      const bits = literalBits(subject.width, one, 'match');
      if (seen.has(bits)) fail('match-twice', `${bits}`);
      seen.add(bits);
      return bits;
    });
  });
  const bodies = cases.map(([, body]) => body);
  if (values.length === 0 && otherwise === undefined) fail('argument', 'match', 'arms', 'at least one arm', 'none');
  let defaultArm = -1;
  if (otherwise !== undefined) {
    if (BigInt(seen.size) === 1n << BigInt(subject.width)) fail('match-otherwise', `UInt(${subject.width})`);
    defaultArm = values.length;
    values.push([]);
    bodies.push(otherwise);
  }
  runArms(builder, { kind: 'case', subject: subject.expression, labels: undefined, arms: values, defaultArm, at: Locator.here() }, bodies);
}

/** JavaScript turns number keys into strings; `0x10` as a key arrives as "16". */
function keyValue(key: string): bigint {
  if (!/^\d+$/.test(key)) fail('match-key', describe(key));
  return BigInt(key);
}

function runArms(builder: Builder, frame: Frame & { kind: 'case' }, bodies: readonly Body[]): void {
  for (const [branch, body] of bodies.entries()) inside(builder, [{ frame, branch }], body, 'match');
}
