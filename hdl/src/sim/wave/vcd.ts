/**
 * Value change dump (IEEE 1364-2005, clause 18). Instances are scopes. An enum is a vector and, beside it, a string
 * variable `<name>_label`: GTKWave's extension, which vcd2fst takes, too.
 */
import { SimulationError } from '../error.ts';
import { type TraceSignal, valueText } from './trace.ts';
import type { TraceReading, TraceRecording } from './trace-recording.ts';

/** Text is handed on in parts of about this many characters. */
const PART_CHARACTERS = 1 << 16;

/** Signals change at the rising edge of `clk` that starts their cycle; time 0 is the start of cycle 0. In parts: it may be long. */
export function* vcdParts(recording: TraceRecording, top: string, periodNs: number): Iterable<string> {
  if (!Number.isSafeInteger(periodNs) || periodNs < 2 || periodNs % 2 !== 0) {
    throw new SimulationError(`a VCD's clock period is an even number of nanoseconds from 2 up, not ${String(periodNs)}`);
  }
  const { from, to } = recording;
  const reading = recording.read(from, to);
  let next = 1;
  const variables = recording.signals.map((signal): Variable => {
    const bits = identifier(next);
    const label = signal.labels === undefined ? undefined : identifier(next + 1);
    next += label === undefined ? 1 : 2;
    return { signal, bits, label };
  });
  yield `${['$timescale 1 ns $end', ...declarations(top, variables.flatMap(declarationsOf)), '$enddefinitions $end'].join('\n')}\n`;

  let part = '';
  let cycle = from;
  /** The clock of cycles in which nothing else changes, up to the given one, which may be much later. */
  function* quietUntil(end: number): Iterable<string> {
    for (; cycle < end; cycle += 1) {
      part += `#${cycle * periodNs}\n1${CLOCK}\n#${cycle * periodNs + periodNs / 2}\n0${CLOCK}\n`;
      if (part.length < PART_CHARACTERS) continue;
      yield part;
      part = '';
    }
  }
  for (const { cycle: now, signals } of reading.cycles()) {
    yield* quietUntil(now);
    part += `#${now * periodNs}\n1${CLOCK}\n`;
    for (const signal of signals) part += changeText(variables[signal]!, reading, signal);
    part += `#${now * periodNs + periodNs / 2}\n0${CLOCK}\n`;
    cycle = now + 1;
    if (part.length < PART_CHARACTERS) continue;
    yield part;
    part = '';
  }
  yield* quietUntil(to);
  yield `${part}#${to * periodNs}\n`;
}

/** A signal and its short names: of its bits, and of its label if it is an enum. */
interface Variable {
  readonly signal: TraceSignal;
  readonly bits: string;
  readonly label: string | undefined;
}

interface Declaration {
  readonly path: string;
  readonly text: string;
}

function declarationsOf({ signal: { path, width }, bits, label }: Variable): Declaration[] {
  const leaf = path.slice(path.lastIndexOf('.') + 1);
  const ofBits = { path, text: `$var wire ${width} ${bits} ${leaf}${width === 1 ? '' : ` [${width - 1}:0]`} $end` };
  return label === undefined ? [ofBits] : [ofBits, { path, text: `$var string 1 ${label} ${leaf}_label $end` }];
}

function changeText({ signal, bits, label }: Variable, reading: TraceReading, number: number): string {
  if (signal.width === 1 && label === undefined) return `${reading.smallValue(number)}${bits}\n`;
  const digits = signal.width <= 32 ? reading.smallValue(number).toString(2) : reading.value(number).toString(2);
  const ofBits = signal.width === 1 ? `${digits}${bits}\n` : `b${digits} ${bits}\n`;
  return label === undefined ? ofBits : `${ofBits}s${valueText(signal, reading.value(number))} ${label}\n`;
}

interface ScopeTree {
  readonly variables: string[];
  readonly scopes: Map<string, ScopeTree>;
}

function declarations(top: string, variables: readonly Declaration[]): string[] {
  const root: ScopeTree = { variables: [`$var wire 1 ${CLOCK} clk $end`], scopes: new Map() };
  for (const { path, text } of variables) {
    let scope = root;
    for (const part of path.split('.').slice(0, -1)) {
      let inner = scope.scopes.get(part);
      if (inner === undefined) scope.scopes.set(part, (inner = { variables: [], scopes: new Map() }));
      scope = inner;
    }
    scope.variables.push(text);
  }
  const print = (name: string, scope: ScopeTree): string[] => [
    `$scope module ${name} $end`, ...scope.variables, ...[...scope.scopes].flatMap(([inner, tree]) => print(inner, tree)), '$upscope $end',
  ];
  return print(top, root);
}

/** Short names of variables: printable characters from `!` on, as the standard has it. */
function identifier(index: number): string {
  let rest = index;
  let name = '';
  do {
    name += String.fromCharCode(33 + (rest % 94));
    rest = Math.floor(rest / 94) - 1;
  } while (rest >= 0);
  return name;
}

const CLOCK = identifier(0);
