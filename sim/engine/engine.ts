/**
 * What runs a design: the built-in simulator, Verilator on the emitted Verilog, or both in lockstep. Bus models and
 * test benches see this only.
 *
 * A clock cycle: inputs that were written are applied, logic settles, outputs are sampled, the edge comes. Bus models
 * run between two edges: they read what the last edge sampled and write what the next one sees, as registers do.
 */

/** A failure of the run, by which it stopped before the edge of `cycle`. */
export interface EngineFailure {
  readonly cycle: number;
  /** One sentence: what, where, in which cycle. */
  readonly message: string;
}

/**
 * One leaf port of the top module. Values are 8-byte limbs, little-endian, least significant first; bits above the
 * width are zero, and who writes keeps them so.
 */
export interface EnginePort {
  readonly name: string;
  readonly width: number;
  /** As the design sees it; `rst` is an input, the clock is none of the ports. */
  readonly direction: 'in' | 'out';
  /** Byte offset in `Ports.buffer` of an input's value for the next edge, or of an output as sampled at the last edge. */
  readonly offset: number;
  /** Byte offset of an output as of the last `settle()`; of an input the same as `offset`. */
  readonly nowOffset: number;
}

/** All ports of the top in one buffer, which never moves while the engine lives. */
export interface Ports {
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  /** By `offset >> 2`. */
  readonly words: Uint32Array;
  /** By `offset >> 3`. */
  readonly limbs: BigUint64Array;
  /** In the order of the design's ports, inputs first, `rst` before them. */
  readonly all: readonly EnginePort[];
  /** @throws Error naming the nearest ports if there is no such port */
  port(name: string): EnginePort;
}

/** Stops a run when a one-bit output changes to 1 at an edge. */
export interface Watch {
  readonly output: string;
}

export interface TraceOptions {
  /** `.vcd` (built-in) or `.vcd` and `.fst` (Verilator), by the name's end. */
  readonly file: string;
  /** Hierarchical name of an instance; the whole design without it. */
  readonly scope?: string;
  /** First cycle; now without it. */
  readonly from?: number;
  /** How many cycles, the latest; all from `from` on without it. */
  readonly cycles?: number;
}

export interface Engine {
  /** `built-in`, `verilator` or `lockstep`. */
  readonly name: string;
  readonly ports: Ports;
  /** Clock edges so far. */
  readonly cycle: number;
  /**
   * Why the last run stopped early, if it was a failure. The built-in simulator goes on if inputs are changed so that
   * it does not fail; Verilator and lockstep stay there, and only `restore` leads away.
   */
  readonly failure: EngineFailure | undefined;
  /**
   * Up to `cycles` clock cycles with the inputs as they are; returns how many were done. Ends early, after the edge at
   * which a watched output was sampled as 1, or before the edge of a failure.
   */
  run(cycles: number, watch?: Watch): number;
  /** Brings the outputs' values as of now up to date. */
  settle(): void;
  /** @throws Error if there is no such signal, or the engine cannot look inside */
  peek(path: string): bigint;
  /** @throws Error if it is too late for it, or the file's kind is none of this engine's */
  trace(options: TraceOptions): void;
  save(): Uint8Array;
  /** @throws Error if the state is not of this design and engine */
  restore(state: Uint8Array): void;
  /** Ends traces and frees what is not the garbage collector's. Idempotent. */
  close(): void;
}
