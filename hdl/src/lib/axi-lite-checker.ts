/**
 * Checks the rules of AXI4-Lite on a connection that it only watches, each side's on its own.
 *
 * It checks every cycle outside of reset, adds no latency and makes no hardware: assertions are left out of synthesis.
 * It does not know what a register holds, so it says nothing of data, and nothing of AxPROT.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { allOf, anyOf, type Bool, clog2, In, Interface, module, Out, type Read, type UIntShape, UInt, when } from '../index.ts';
import { AxiLite, type AxiLiteShape } from './axi-lite.ts';
import { afterFirstCycle, AXI_CLAUSES, ghost, handshakeRules, implies, type Observed, type Rule, rules, step, type Verdict, Watched } from './axi-rules.ts';

export interface AxiLiteRules {
  /** Put before each sentence, to tell several connections of a module apart. */
  readonly name?: string;
  /** What becomes of the rules for the master (`assert`, or `assume` in a proof of the slave). */
  readonly master?: Verdict;
  /** What becomes of the rules for the slave (`assert`, or `assume` in a proof of the master). */
  readonly slave?: Verdict;
  /** Most transactions each way that the checker can follow, 1 to 255 (default 15); one more is reported. */
  readonly outstanding?: number;
  /** Most cycles in which the slave may leave a transaction without progress while the master does all it can; unlimited by default. Not a rule of AMBA. */
  readonly patience?: number;
}

type Payload<C extends keyof AxiLiteShape['members']> = AxiLiteShape['members'][C]['shape']['payload'];

/** An AXI4-Lite connection of either side. */
export type ObservedAxiLite = { readonly [C in keyof AxiLiteShape['members']]: Observed<Payload<C>> };

/** Attaches the rules to an AXI4-Lite connection, inside the body of a module. The result names the checker's state, if it is returned. */
export function checkAxiLite({ aw, w, b, ar, r }: ObservedAxiLite, options: AxiLiteRules = {}) {
  const { outstanding, patience } = checked(options);
  const master = rules(options.master ?? 'assert', options.name);
  const slave = rules(options.slave ?? 'assert', options.name);
  const running = afterFirstCycle();
  handshakeRules(master, running, 'AW', aw, AXI_CLAUSES);
  handshakeRules(master, running, 'W', w, AXI_CLAUSES);
  handshakeRules(slave, running, 'B', b, AXI_CLAUSES);
  handshakeRules(master, running, 'AR', ar, AXI_CLAUSES);
  handshakeRules(slave, running, 'R', r, AXI_CLAUSES);
  slave(implies(b.valid, b.payload.resp.is('EXOKAY').not()), 'BRESP must not be EXOKAY (AMBA AXI B1.1.2)');
  slave(implies(r.valid, r.payload.resp.is('EXOKAY').not()), 'RRESP must not be EXOKAY (AMBA AXI B1.1.2)');

  // Handshakes of requests minus those of their responses.
  const count = UInt(clog2(outstanding + 1));
  const addresses = ghost(count), data = ghost(count), reads = ghost(count);
  step(addresses, fires(aw), fires(b));
  step(data, fires(w), fires(b));
  step(reads, fires(ar), fires(r));
  for (const [counter, channel, response] of [[addresses, aw, b], [data, w, b], [reads, ar, r]] as const) {
    master(implies(fires(channel), counter.lt(outstanding).or(fires(response))), `this checker follows at most ${outstanding} outstanding transactions each way; raise its option outstanding`);
  }
  slave(implies(b.valid, addresses.ne(0)), 'BVALID must wait for the handshake of AW (AMBA AXI A3.3.1)');
  slave(implies(b.valid, data.ne(0)), 'BVALID must wait for the handshake of W (AMBA AXI A3.3.1)');
  slave(implies(r.valid, reads.ne(0)), 'RVALID must wait for the handshake of AR (AMBA AXI A3.3.1)');
  if (patience === undefined) return { running, addresses, data, reads };

  // The master's part of a write is done once address and data are offered or taken.
  const writeDue = allOf(aw.valid.or(addresses.ne(0)), w.valid.or(data.ne(0)));
  const writeWait = progress(slave, 'write', patience, writeDue, b, fires(aw), fires(w));
  const readWait = progress(slave, 'read', patience, ar.valid.or(reads.ne(0)), r, fires(ar));
  return { running, addresses, data, reads, writeWait, readWait };
}

/** The checker as a module of inputs only, under the names of the specification, for test benches and foreign Verilog. */
export function axiLiteChecker(addressWidth: number, dataWidth = 32, options: Pick<AxiLiteRules, 'outstanding' | 'patience'> = {}) {
  const { outstanding, patience } = checked(options);
  const { aw, w, b, ar, r } = AxiLite(addressWidth, dataWidth).members;
  const port = Interface('WatchedAxiLite', {
    aw: Out(Watched(aw.shape.payload), { prefix: 'aw' }), w: Out(Watched(w.shape.payload), { prefix: 'w' }), b: Out(Watched(b.shape.payload), { prefix: 'b' }),
    ar: Out(Watched(ar.shape.payload), { prefix: 'ar' }), r: Out(Watched(r.shape.payload), { prefix: 'r' }),
  });
  return module('axi_lite_checker', { a: addressWidth, d: dataWidth, o: outstanding, p: patience ?? 0 }, { s: In(port, { prefix: '' }) }, ({ s }) => ({
    rules: checkAxiLite(s, options),
  }));
}

function fires({ valid, ready }: { readonly valid: Bool; readonly ready: Bool }): Bool {
  return valid.and(ready);
}

/** Counts cycles in which something is due, nothing moves, and it is not the master who holds a response up. */
function progress(slave: Rule, what: string, patience: number, due: Bool, response: { readonly valid: Bool; readonly ready: Bool }, ...moves: Bool[]): Read<UIntShape> {
  const waited = ghost(UInt(clog2(patience + 2)));
  when(anyOf(due.not(), response.valid, ...moves), () => { waited.next = 0; })
    .elsewhen(waited.le(patience), () => { waited.next = waited.add(1); });
  slave(waited.le(patience), `the slave has left a ${what} without progress for more than ${patience} cycles`);
  return waited;
}

function checked({ outstanding = 15, patience }: AxiLiteRules) {
  if (!Number.isInteger(outstanding) || outstanding < 1 || outstanding > 255) {
    usage(`checkAxiLite: outstanding must be a whole number from 1 to 255, not ${describe(outstanding)}`);
  }
  if (patience !== undefined && (!Number.isInteger(patience) || patience < 1 || patience > 65535)) {
    usage(`checkAxiLite: patience must be a whole number from 1 to 65535, not ${describe(patience)}`);
  }
  return { outstanding, patience };
}
