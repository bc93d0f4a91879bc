/**
 * Checks the rules of AXI4-Stream, and those of a packed packet stream, on a connection that it only watches.
 *
 * It checks every cycle outside of reset, adds no latency and makes no hardware: assertions are left out of synthesis.
 * It does not look into packets; lengths and contents are for the blocks that know them.
 */
import { Bool, In, module, type Packet, when } from '../index.ts';
import { AxiStream } from './axi-stream.ts';
import { afterFirstCycle, AXI_STREAM_CLAUSES, ghost, handshakeRules, implies, type Observed, rules, type Verdict, Watched } from './axi-rules.ts';

export interface AxiStreamRules {
  /** Put before each sentence, to tell several connections of a module apart. */
  readonly name?: string;
  /** Of a proof's environment: `assume` (default `assert`). */
  readonly verdict?: Verdict;
  /** `packed` (default): tkeep is all ones before tlast, and there without a hole from byte 0. `any`: as AXI4-Stream allows. */
  readonly keep?: 'packed' | 'any';
  /** tvalid may not pause inside of a packet, as a MAC wants it (default false). */
  readonly gapless?: boolean;
}

/** Attaches the rules to a stream of packets, inside the body of a module. The result names the checker's state, if it is returned. */
export function checkAxiStream(stream: Observed<ReturnType<typeof Packet>>, options: AxiStreamRules = {}) {
  const { keep = 'packed', gapless = false } = options;
  const rule = rules(options.verdict ?? 'assert', options.name);
  const running = afterFirstCycle();
  handshakeRules(rule, running, 'T', stream, AXI_STREAM_CLAUSES);

  const { valid, payload } = stream;
  if (keep === 'packed') {
    const { width } = payload.keep;
    const present = payload.keep.zext(width + 1);
    rule(implies(valid.and(payload.last.not()), payload.keep.andR()), 'TKEEP must be all ones on a beat without TLAST (packed stream, AMBA AXI4-Stream 2.4.1)');
    rule(implies(valid.and(payload.last), present.and(present.add(1)).eq(0).and(present.ne(0))),
      'TKEEP must be ones from byte 0 up, at least one, on the beat with TLAST (packed stream, AMBA AXI4-Stream 2.4.1)');
  }

  const inside = ghost(Bool);
  when(valid.and(stream.ready), () => { inside.next = payload.last.not(); });
  if (gapless) rule(implies(inside, valid), 'TVALID must not pause inside of a packet (gapless stream)');
  return { running, inside };
}

/** The checker as a module of inputs only, under the names of the specification, for test benches and foreign Verilog. */
export function axiStreamChecker(width: number, options: Omit<AxiStreamRules, 'name' | 'verdict'> = {}) {
  const { keep = 'packed', gapless = false } = options;
  const { payload } = AxiStream(width);
  return module('axi_stream_checker', { d: width, keep, gapless }, { s: In(Watched(payload), { prefix: 't' }) }, ({ s }) => ({
    rules: checkAxiStream(s, options),
  }));
}
