/**
 * Proofs: does any input, over any time, violate an assertion of a module? Asked of yosys' SAT solver, in this
 * process, on the emitted Verilog with `FORMAL` defined.
 *
 * The first cycle is a reset, and it may come again at any time. Registers without reset, memories and `anyConst` may
 * start with anything; assumptions are taken for granted. Proof is by k-induction: no violation within k cycles of a
 * reset (base), and none after any k cycles without one in which no state comes twice (step).
 */
import { elaborate, emit, type Module, type ModuleDefinition, type PortRecord } from '@vtoe/hdl';
import { runYosys } from '../engines/yosys.ts';
import { exposeAssertions, type Exposed } from './expose.ts';
import { traceOf } from './trace.ts';

export interface ProveOptions {
  /** Cycles: the longest induction that is tried, and how far the base case looks. */
  readonly depth: number;
  /** `bounded`: only the base case, for what does not close by induction. */
  readonly method?: 'induction' | 'bounded';
  /** What a trace shows: the state and ports of the top (default), or of all modules, which takes twice the time. */
  readonly trace?: 'top' | 'all';
  /** Rewrites the Verilog, to plant a bug. @throws Error if that changes nothing */
  readonly plant?: (verilog: string) => string;
  /** By the name of a module: what is known of its inside, in the names of its Verilog, without which induction does not close. */
  readonly inside?: { readonly [module: string]: Inside };
}

export interface Inside {
  /**
   * Verilog declarations. `(* hierconn *) wire [1:0] \\dut.rd ;` is what an instance has inside;
   * `(* anyconst *) reg [1:0] slot;` stands for every value.
   */
  readonly declare?: readonly string[];
  /** Verilog conditions that hold in every cycle: proven along with the rest. */
  readonly invariants?: readonly string[];
}

export type Proof =
  /** No input ever violates an assertion; by induction over so many cycles. */
  | { readonly result: 'proven'; readonly induction: number }
  /** No input violates an assertion within so many cycles of a reset. */
  | { readonly result: 'bounded'; readonly cycles: number }
  /** An input from reset that does. */
  | { readonly result: 'violated'; readonly sentences: readonly string[]; readonly cycles: number; readonly trace: string }
  /** No violation from a reset within `cycles`, but induction did not close: `trace` starts in a state that may not be reachable. */
  | { readonly result: 'open'; readonly sentences: readonly string[]; readonly cycles: number; readonly trace: string };

/** @throws Error when yosys says anything unexpected */
export async function prove<P extends PortRecord>(definition: ModuleDefinition<P>, options: ProveOptions): Promise<Proof> {
  const { depth, method = 'induction', trace = 'top' } = options;
  const design = elaborate(definition);
  const { top } = design;
  const emitted = emit(design, { locators: false });
  const exposed = exposeAssertions(extended(emitted.text, options));
  const contents = [...emitted.files].filter(([name]) => !name.endsWith('.v')).map(([name, words]) => ({ name, text: words }));
  const kind = method === 'induction' ? '-tempinduct' : '-tempinduct-baseonly';
  const script = [
    'read_verilog -formal design.v',
    `prep -top ${top.name} -nordff -flatten`,
    // What is undefined may be anything; to optimise it away, or registers whose start is unknown, would prove too much.
    'memory_map', 'async2sync', 'dffunmap', 'setundef -undriven -anyseq', 'opt -full -noff', 'opt_clean',
    `select -set shown ${trace === 'all' ? 'w:*' : signals(top, exposed).map((name) => `w:${name}`).join(' ')}`,
    `tee -q -o log sat -prove-asserts -set-assumes ${kind} -seq 1 -maxsteps ${depth} -set-at 1 rst 1 -show @shown -dump_json trace ${top.name}`,
  ];
  const { ok, output, files } = await runYosys(`${script.join('\n')}\n`, [{ name: 'design.v', text: exposed.text }, ...contents]);
  const log = text(files['log']);
  if (!ok || log === '') throw new Error(`yosys: ${output}`);
  return verdict(log, text(files['trace']), exposed, depth);
}

/** The Verilog with what is known of the inside, and the planted bug. */
function extended(emitted: string, { plant, inside = {} }: ProveOptions): string {
  let source = emitted;
  for (const [module, { declare = [], invariants = [] }] of Object.entries(inside)) {
    const start = source.indexOf(`\nmodule ${module} (`);
    const end = source.indexOf('endmodule\n', start);
    if (start < 0) throw new Error(`there is no module ${module}`);
    const checks = invariants.map((condition) => `      assert(${condition}); // invariant: ${condition}\n`).join('');
    const block = `${declare.join('\n')}\n  always @(posedge clk) begin\n    if (!rst) begin\n${checks}    end\n  end\n`;
    source = source.slice(0, end) + block + source.slice(end);
  }
  if (plant === undefined) return source;
  const planted = plant(source);
  if (planted === source) throw new Error('the planted bug changes nothing');
  return planted;
}

/** Ports and state of the top, and the wires that say what was violated anywhere. */
function signals(top: Module, { wires }: Exposed): string[] {
  const names = ['rst', ...[...top.ports, ...top.registers, ...top.named].map(({ name }) => name!)];
  const visit = (module: Module, path: string): void => {
    names.push(...(wires.get(module.name) ?? []).map((wire) => path + wire));
    for (const { name, module: below } of module.instances) visit(below, `${path}${name}.`);
  };
  visit(top, '');
  return names;
}

function verdict(log: string, json: string, exposed: Exposed, depth: number): Proof {
  const proven = /Induction step proven: SUCCESS!/.test(log);
  if (proven) return { result: 'proven', induction: Number([...log.matchAll(/Trying induction with length (\d+)/g)].at(-1)![1]) };
  if (/proved base case for \d+ steps: SUCCESS!/.test(log)) return { result: 'bounded', cycles: depth };
  const result = /model found for base case: FAIL!/.test(log) ? 'violated' : /Reached maximum number of time steps -> proof failed/.test(log) ? 'open' : undefined;
  if (result === undefined) throw new Error(`yosys: ${log.slice(-2000)}`);
  return { result, ...traceOf(json, exposed.sentences) };
}

function text(file: unknown): string {
  return file instanceof Uint8Array ? new TextDecoder().decode(file) : typeof file === 'string' ? file : '';
}

/** A proof in one line, or with its counterexample: what tests show when they expected something else. */
export function proofText(proof: Proof): string {
  switch (proof.result) {
    case 'proven': return `proven by induction over ${proof.induction} cycles`;
    case 'bounded': return `holds for ${proof.cycles} cycles after a reset`;
    case 'violated': return `violated in cycle ${proof.cycles}: ${proof.sentences.join('; ')}\n${proof.trace}`;
    case 'open': return `not inductive within ${proof.cycles} cycles: ${proof.sentences.join('; ')}\n${proof.trace}`;
  }
}

/** Rewrites one place of a text: a planted bug. */
export function rewriting(from: string, to: string): (verilog: string) => string {
  return (verilog) => verilog.replace(from, to);
}
