/** A planted fault: what an engine or an emitter with that fault would do to any design. */
import type { Design } from '@vtoe/hdl';
import type { Activity } from '@vtoe/hdl/internal/sim/code/activity';
import type { AroundEdge } from '../../engines/builtin.ts';

export interface Plant {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** The design that the built-in engine runs instead. It must not change its argument. */
  readonly design?: (design: Design) => Design;
  /** Makes what meddles with the built-in engine's run of a design around its clock edges. */
  readonly edges?: (design: Design) => AroundEdge;
  /** The text that the native engines get instead of an emitted module's. */
  readonly verilog?: (text: string) => string;
  /** What is wrong with the built-in engine's gating: concerns its gated forms only. */
  readonly gating?: {
    readonly activity?: (activity: Activity) => Activity;
    /** Runs a design while the engine is at fault. */
    readonly around?: <T>(run: () => T) => T;
  };
}
