/** Nets: the named bit vectors of a module, and the statements that drive them. */
import type { Expression } from './expression.ts';
import type { Locator } from './locator.ts';

/**
 * * `input`, `output`: a leaf of a port.
 * * `wire`: combinational, driven by `drive`.
 * * `reg`: changes at the clock edge, as `Module.clocked` says; holds otherwise.
 * * `instanceInput`, `instanceOutput`: an instance's port as the parent sees it; the parent drives inputs.
 * * `memoryRead`: data of a memory's read port.
 */
export type NetKind = 'input' | 'output' | 'wire' | 'reg' | 'instanceInput' | 'instanceOutput' | 'memoryRead';

/** Names of an enum's values, for localparams and waveforms. */
export interface EnumLabels {
  readonly name: string;
  readonly width: number;
  readonly labels: readonly { readonly name: string; readonly value: bigint }[];
}

export interface Net {
  readonly kind: NetKind;
  /** Leaf name, unique in its module once elaboration is done (`in_payload_data`). For an instance's port: the port's leaf name with the instance's name before it. */
  name: string;
  readonly width: number;
  /** Shown as true/false in waveforms and typed views. */
  readonly isBool: boolean;
  readonly labels: EnumLabels | undefined;
  /** Combinational drivers in program order, last one wins; of `output`, `wire`, `instanceInput`. Covers every path. */
  readonly drive: Statement[];
  /** Of a `reg` only. */
  readonly register: Register | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly at: Locator;
}

export interface Register {
  /** Value after reset, or undefined: reset does not touch it; it starts random in simulation and its clocked statements go on during reset. */
  readonly reset: bigint | undefined;
  readonly domain: string;
  /** Exists for assertions only: absent from synthesizable output. */
  readonly verificationOnly: boolean;
}

/** Statements as the designer wrote them: the emitter prints them, the simulator executes them. */
export type Statement = Assign | If | Case;

/** Combinational for wires, outputs and instance inputs; at the clock edge for registers. */
export interface Assign {
  readonly kind: 'assign';
  readonly target: Net;
  readonly value: Expression;
  readonly at: Locator;
}

export interface If {
  readonly kind: 'if';
  readonly condition: Expression;
  readonly then: Statement[];
  readonly otherwise: Statement[];
  readonly at: Locator;
}

/** Arms are exclusive. A value that no arm names takes the arm `defaultArm`, or does nothing if that is -1. */
export interface Case {
  readonly kind: 'case';
  readonly subject: Expression;
  readonly labels: EnumLabels | undefined;
  readonly arms: readonly CaseArm[];
  readonly defaultArm: number;
  readonly at: Locator;
}

export interface CaseArm {
  /** Empty for an `otherwise` arm, which is then the default arm. */
  readonly values: readonly bigint[];
  readonly body: Statement[];
}
