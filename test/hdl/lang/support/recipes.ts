/** A right call of every function and method of the language, to be made wrong in one place. */
import * as hdl from '@vtoe/hdl';

const { Bool, Bundle, Enum, In, Interface, Out, Stream, UInt, Valid, Vec } = hdl;

const State = Enum('State', ['Idle', 'Run', 'Drain']);
const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });
const Bus = Interface('Bus', { request: Out(Stream(Pair)), busy: In(Bool) });

const PORTS = { x: In(UInt(8)), on: In(Bool), state: In(State), pair: In(Pair), row: In(Vec(UInt(8), 3)), n: In(UInt(2)), in: In(Stream(Pair)), rx: In(Valid(Pair)), bus: In(Bus) };

const part = hdl.module('part', {}, { x: In(UInt(8)), y: Out(UInt(8)), in: In(Stream(Pair)) }, (io) => { io.y.set(io.x); io.in.ready.set(true); });

const nothing = () => {};

/** Name of what is called, what it is called on (nothing for a function of the language), right arguments, and what is to be done with the result. */
export type Recipe = readonly [name: string, on: unknown, args: readonly unknown[], after?: (result: never) => void];

/** What the calls are made on. */
function subjects() {
  const made = {
    words: hdl.mem(Pair, 10), octets: hdl.mem(UInt(32), 16), lanes: hdl.mem(UInt(32), 16), word: hdl.wire(UInt(8)), joined: hdl.wire(UInt(8)), row: hdl.wire(Vec(Pair, 2)), stream: hdl.wire(Stream(Pair)), next: hdl.wire(Stream(Pair)),
    valid: hdl.wire(Valid(Pair)), members: hdl.wire(Bus), count: hdl.reg(UInt(8)), pairs: hdl.reg(Vec(Pair, 2)),
  };
  made.members.request.ready.set(true);
  made.members.busy.set(false);
  return made;
}

/** Right calls of everything; all together they make a right module. */
function recipes(io: hdl.InnerPorts<typeof PORTS>, { words, octets, lanes, word, joined, row, stream, next, valid, members, count, pairs }: ReturnType<typeof subjects>): Recipe[] {
  const functions: [keyof typeof hdl, unknown[], ((result: never) => void)?][] = [
    ['UInt', [8]], ['Bundle', ['B', { a: UInt(8), b: Bool }]], ['Enum', ['E', ['A', 'B'], { width: 4, illegal: 'B' }]], ['Enum', ['E', { A: 1, B: 2n }]], ['Vec', [Pair, 3]], ['Vec', [Bus, 2]],
    ['Packet', [64]], ['clog2', [5]], ['In', [UInt(8), { prefix: 'x_' }]], ['Out', [Bus, { prefix: '' }]], ['Stream', [Pair, { prefix: 't' }]], ['Valid', [Pair]],
    ['Interface', ['I', { a: In(UInt(8)), b: Out(Stream(Pair)) }]], ['flip', [In(Bus)]], ['flip', [Bus]],
    ['module', ['m', { w: 3, t: Pair, name: 'x', on: true, big: 1n }, { a: In(UInt(8)) }, nothing, { attributes: { keep: 1 } }]],
    ['external', ['e', { a: In(UInt(8)) }, { parameters: { A: 1, B: 'x', C: 1n }, clock: 'c', reset: 'r' }]],
    ['inst', [part, { x: io.x, in: next }, { name: 'unit', attributes: { keep: true } }]], ['connect', [next, stream]], ['connect', [members, io.bus]], ['connect', [joined, io.x]],
    ['wire', [UInt(8), { attributes: { keep: 'yes' } }], (made: hdl.Wire<ReturnType<typeof UInt>>) => made.set(1)], ['wire', [Valid(Pair)], (made: hdl.ValidSink<typeof Pair>) => made.from(io.rx)], ['reg', [Pair, { init: { high: 1, low: 2 } }]], ['reg', [UInt(8), { reset: false, attributes: { keep: 1 } }]],
    ['mem', [Pair, 10, { collision: 'old', style: 'block', outputRegister: true, init: [{ high: 1, low: 2 }], attributes: { a: 1 } }]],
    ['when', [io.on, nothing]], ['match', [io.state, { Idle: nothing, otherwise: nothing }]], ['match', [io.n, { 0: nothing, 1: nothing }]], ['match', [io.n, [[0, nothing], [[1, 2n], nothing]], nothing]],
    ['lit', [Pair, { high: 1, low: 2n }]], ['lit', [Vec(Bool, 2), [true, false]]], ['mux', [io.on, io.pair, { high: io.x, low: 3 }]], ['mux', [io.on, 'Idle', io.state]], ['cat', [io.x, io.on, io.pair]],
    ['pack', [io.pair]], ['unpack', [Pair, hdl.cat(io.x, io.x)]], ['networkOrder', [io.x]], ['allOf', [io.on, true]], ['anyOf', [io.on, io.x.bit(0)]],
    ['scope', ['helper', () => ({ r: hdl.reg(Bool) })]], ['assert', [io.on, 'it is on']], ['assume', [io.on, 'it is on']], ['cover', [io.on, 'it is on']], ['past', [io.pair, 2]], ['stable', [io.x]], ['still', [{ except: [] }]],
    ['rose', [io.on]], ['fell', [io.on]], ['anyConst', [Pair]], ['probe', ['p', io.on, { x: io.x, pair: io.pair }]], ['elaborate', [part]],
  ];
  const methods: Recipe[] = [
    ...['add', 'sub', 'and', 'or', 'xor', 'addc', 'subb', 'mul', 'eq', 'ne', 'lt', 'le', 'gt', 'ge', 'slt', 'sle', 'sgt', 'sge', 'min', 'max', 'smin', 'smax'].map((name): Recipe => [name, io.x, [count]]),
    ...['shl', 'shr', 'sra', 'rotl', 'rotr', 'bit'].map((name): Recipe => [name, io.x, [io.n]]),
    ...['zext', 'sext', 'oneHot', 'repeat', 'trunc'].map((name): Recipe => [name, io.x, [8]]),
    ...['not', 'andR', 'orR', 'xorR', 'popcount', 'priority'].map((name): Recipe => [name, io.x, []]),
    ['bits', io.x, [7, 4]], ['asBool', io.x.bit(1).toUInt(), []], ['toUInt', io.on, []], ['is', io.state, ['Idle', 'Run']], ['and', io.on, [true]], ['eq', io.pair, [{ high: 1, low: io.x }]], ['ne', io.row, [[1, 2, io.x]]],
    ['at', io.row, [io.n]], ['at', row, [1]], ['set', word, [3]], ['set', row, [[io.pair, { high: 1, low: io.x }]]], ['set', row.at(io.x.bit(0).toUInt()), [io.pair]],
    ['from', stream, [io.in]], ['from', valid, [io.rx]], ['read', words, [3, 'peek']], ['readSync', octets, [io.x.trunc(4), 'look']],
    ['write', words, [io.x.trunc(4), { high: 1, low: io.x }, { fields: { high: true, low: io.on } }]], ['write', octets, [3, 4n, { bytes: io.x.trunc(4) }]], ['write', lanes, [3, 4n, { lanes: io.n }]],
    ['elsewhen', hdl.when(io.on, nothing), [io.on, nothing]], ['otherwise', hdl.when(io.on, nothing), [nothing]],
    ['next', count, [3]], ['next', pairs, [[io.pair, { high: io.x, low: 2 }]]], ['next', pairs.at(0), [{ high: io.x, low: 2 }]],
  ];
  return [...functions.map(([name, args, after]): Recipe => [name, undefined, args, after]), ...methods];
}

/** Elaborates a module whose body is `body`, with right calls; what they return should be returned, so that it has names. */
export function withRecipes(body: (recipes: readonly Recipe[]) => readonly unknown[]): void {
  hdl.elaborate(hdl.module('subject', {}, PORTS, (io) => {
    const made = subjects();
    return { made, results: body(recipes(io, made)) };
  }));
}

/** Makes a call. */
export function call([name, on, args, after]: Recipe): unknown {
  if (name === 'next') return Reflect.set(on as object, name, args[0]);
  const result: unknown = Reflect.apply(Reflect.get(on ?? hdl, name) as () => unknown, on, args);
  after?.(result as never);
  return result;
}

/** The same call with `wrong` in one place of its arguments, which `place` chooses. */
export function spoilt([name, on, args]: Recipe, place: number, wrong: unknown): Recipe {
  const places = placesOf(args);
  const path = places[place % places.length] ?? [];
  return [name, on, path.length === 0 ? [wrong] : replaced(args, path, wrong) as unknown[]];
}

type Steps = readonly (string | number)[];

/** Everything inside of `x` that is a record or an array the caller made, as paths. */
function placesOf(x: unknown, path: Steps = []): Steps[] {
  const isRecord = typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype && !Object.isFrozen(x);
  if (!Array.isArray(x) && !isRecord) return [];
  return Object.entries(x).flatMap(([key, part]) => [[...path, key], ...placesOf(part, [...path, key])]);
}

function replaced(x: unknown, [step, ...rest]: Steps, wrong: unknown): unknown {
  if (step === undefined) return wrong;
  const part = replaced(Reflect.get(x as object, step), rest, wrong);
  if (Array.isArray(x)) return x.map((element: unknown, i) => (String(i) === String(step) ? part : element));
  return { ...(x as object), [step]: part };
}
