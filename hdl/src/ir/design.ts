/** Modules of the elaborated design and what is in them. Names are final; nothing in here refers to host closures. */
import type { Expression } from './expression.ts';
import type { Locator } from './locator.ts';
import type { Net, Statement } from './net.ts';

/** `modules` lists every distinct module once, children before parents; `top` is the last. */
export interface Design {
  readonly top: Module;
  readonly modules: readonly Module[];
}

/** The one clock domain of today: ports `clk` and `rst` (synchronous, active high) are implicit in every module. */
export const DEFAULT_DOMAIN = 'clk';

export interface Module {
  /** Emitted name, unique in the design: the name and its rendered parameters. */
  readonly name: string;
  /** Parameters as rendered, for the header: `w = 64`. */
  readonly parameters: readonly { readonly name: string; readonly text: string }[];
  /** Leaves of the port record, in its order; without `clk` and `rst`. */
  readonly ports: readonly Net[];
  readonly wires: readonly Net[];
  readonly registers: readonly Net[];
  /** Joint program of all registers, in program order; what it does not assign holds. Reset overrides it for registers with a reset value. */
  readonly clocked: readonly Statement[];
  readonly memories: readonly Memory[];
  readonly instances: readonly Instance[];
  /** Expressions with a name of their own, in the order of naming. */
  readonly named: readonly Expression[];
  readonly assertions: readonly Assertion[];
  readonly probes: readonly Probe[];
  readonly attributes: ReadonlyMap<string, string>;
  /** Set for a module whose text comes from elsewhere (vendor IP): only the ports above are known. */
  readonly external: External | undefined;
  readonly at: Locator;
}

export interface External {
  /** Verilog parameters of the instances. */
  readonly parameters: readonly { readonly name: string; readonly value: bigint | string }[];
  /** Names of the clock and reset ports, if it has them. */
  readonly clock: string | undefined;
  readonly reset: string | undefined;
  /** What the built-in simulator runs in its place; same ports. */
  readonly model: Module | undefined;
}

export interface Instance {
  name: string;
  readonly module: Module;
  readonly domain: string;
  /** One net per leaf port of `module`, same order and direction: `instanceInput` for its inputs, `instanceOutput` for its outputs. */
  readonly nets: readonly Net[];
  readonly attributes: ReadonlyMap<string, string>;
  readonly at: Locator;
}

export interface Memory {
  name: string;
  readonly width: number;
  readonly depth: number;
  /** Fields of a word, most significant first, for waveforms and typed access. One entry for a plain word. */
  readonly fields: readonly { readonly name: string; readonly lo: number; readonly width: number }[];
  /**
   * A synchronous read of a word that is written in the same cycle gives the old word. With `asserted` the design
   * promises not to let that word matter: simulation stops when it does.
   */
  readonly collision: 'old' | 'asserted';
  /** Start contents, word by word from 0; the rest (or everything) is random in simulation. */
  readonly init: readonly bigint[] | undefined;
  readonly reads: readonly MemoryRead[];
  /** At most one write per cycle (checked): sites of exclusive branches were merged into one. */
  readonly write: MemoryWrite | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly at: Locator;
}

export interface MemoryRead {
  readonly name: string;
  readonly address: Expression;
  /** `asynchronous`: data follows the address. `synchronous`: data is registered, holds while not enabled, not reset. */
  readonly kind: 'asynchronous' | 'synchronous';
  /** Of a synchronous read; undefined = always. */
  readonly enable: Expression | undefined;
  /** One more register behind a synchronous read (block RAM's own): latency 2. Always enabled, not reset. */
  readonly outputRegister: boolean;
  readonly data: Net;
  readonly domain: string;
  readonly at: Locator;
}

export interface MemoryWrite {
  /** undefined = always. */
  readonly enable: Expression | undefined;
  readonly address: Expression;
  readonly data: Expression;
  /** One bit per lane; undefined = whole word. */
  readonly mask: Expression | undefined;
  /** Lanes that partition the word; lane i is written when bit i of `mask` is set. */
  readonly lanes: readonly { readonly lo: number; readonly width: number }[];
  readonly domain: string;
}

/** Checked at every clock edge outside reset while `enable` (undefined = always) holds. */
export interface Assertion {
  readonly kind: 'assert' | 'assume' | 'cover';
  readonly enable: Expression | undefined;
  readonly condition: Expression;
  readonly message: string;
  readonly domain: string;
  readonly at: Locator;
}

/** A record for simulation builds only: becomes output ports `sim_<path>_<name>_<field>` of every module above. */
export interface Probe {
  readonly name: string;
  readonly enable: Expression;
  readonly fields: readonly { readonly name: string; readonly value: Expression; readonly isBool: boolean; readonly labels: import('./net.ts').EnumLabels | undefined }[];
  readonly at: Locator;
}
