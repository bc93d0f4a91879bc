/**
 * Checks the rules of AXI4 on a connection that it only watches, or on its write or its read channels alone, each side's on its own.
 *
 * It checks every cycle outside of reset, adds no latency and makes no hardware: assertions are left out of synthesis.
 * It does not know what memory holds; it says nothing of EXOKAY, AxQOS, AxPROT and AxUSER, nor of order between IDs.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { In, Interface, module, Out } from '../index.ts';
import { AXI_PAGE_BYTES, Axi, type AxiParameters, axiParameters } from './axi.ts';
import { type AddressLimits, addressRules } from './axi-address-rules.ts';
import { type ObservedAxiRead, readRules } from './axi-read-rules.ts';
import { afterFirstCycle, AXI_CLAUSES, handshakeRules, type Rule, rules, type Verdict, Watched } from './axi-rules.ts';
import { type ObservedAxiWrite, writeRules } from './axi-write-rules.ts';

export interface AxiRules extends AddressLimits {
  /** Put before each sentence, to tell several connections of a module apart. */
  readonly name?: string;
  /** What becomes of the rules for the master (`assert`, or `assume` in a proof of the slave). */
  readonly master?: Verdict;
  /** What becomes of the rules for the slave (`assert`, or `assume` in a proof of the master). */
  readonly slave?: Verdict;
  /** Most bursts each way that the checker can follow, 1 to 64 (default 16); one more is reported. */
  readonly outstanding?: number;
}

/** Attaches the rules to an AXI4 connection, inside the body of a module. The result names the checker's state, if it is returned. */
export function checkAxi(port: ObservedAxiWrite & ObservedAxiRead, options: AxiRules = {}) {
  return { write: checkAxiWrite(port, options), read: checkAxiRead(port, options) };
}

/** As {@link checkAxi}, of the channels AW, W and B. */
export function checkAxiWrite(port: ObservedAxiWrite, options: AxiRules = {}) {
  const { master, slave, outstanding } = checked(options);
  const running = afterFirstCycle();
  handshakeRules(master, running, 'AW', port.aw, AXI_CLAUSES);
  handshakeRules(master, running, 'W', port.w, AXI_CLAUSES);
  handshakeRules(slave, running, 'B', port.b, AXI_CLAUSES);
  addressRules(master, 'AW', port.aw, port.w.payload.strb.width, options);
  return { running, ...writeRules(master, slave, port, outstanding) };
}

/** As {@link checkAxi}, of the channels AR and R. */
export function checkAxiRead(port: ObservedAxiRead, options: AxiRules = {}) {
  const { master, slave, outstanding } = checked(options);
  const running = afterFirstCycle();
  handshakeRules(master, running, 'AR', port.ar, AXI_CLAUSES);
  handshakeRules(slave, running, 'R', port.r, AXI_CLAUSES);
  addressRules(master, 'AR', port.ar, port.r.payload.data.width / 8, options);
  return { running, ...readRules(master, slave, port, outstanding) };
}

/** The checker as a module of inputs only, under the names of the specification, for test benches and foreign Verilog. */
export function axiChecker(parameters: AxiParameters, options: Omit<AxiRules, 'name' | 'master' | 'slave'> = {}) {
  const { outstanding } = checked(options);
  const { addressWidth, dataWidth, idWidth, userWidth } = axiParameters(parameters);
  const { aw, w, b, ar, r } = Axi(parameters).members;
  const port = Interface('WatchedAxi', {
    aw: Out(Watched(aw.shape.payload), { prefix: 'aw' }), w: Out(Watched(w.shape.payload), { prefix: 'w' }), b: Out(Watched(b.shape.payload), { prefix: 'b' }),
    ar: Out(Watched(ar.shape.payload), { prefix: 'ar' }), r: Out(Watched(r.shape.payload), { prefix: 'r' }),
  });
  return module('axi_checker', {
    i: idWidth, a: addressWidth, d: dataWidth, u: userWidth, o: outstanding,
    incr: options.incrementing ?? false, m: options.maximumBytes ?? AXI_PAGE_BYTES,
  }, { s: In(port, { prefix: '' }) }, ({ s }) => ({ rules: checkAxi(s, options) }));
}

function checked({ name, master = 'assert', slave = 'assert', outstanding = 16, maximumBytes }: AxiRules): { master: Rule; slave: Rule; outstanding: number } {
  if (!Number.isInteger(outstanding) || outstanding < 1 || outstanding > 64) {
    usage(`checkAxi: outstanding must be a whole number from 1 to 64, not ${describe(outstanding)}`);
  }
  if (maximumBytes !== undefined && (!Number.isInteger(maximumBytes) || maximumBytes < 1 || maximumBytes > AXI_PAGE_BYTES)) {
    usage(`checkAxi: maximumBytes must be a whole number from 1 to ${AXI_PAGE_BYTES}, not ${describe(maximumBytes)}`);
  }
  return { master: rules(master, name), slave: rules(slave, name), outstanding };
}
