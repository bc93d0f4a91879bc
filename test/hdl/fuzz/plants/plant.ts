/** A planted fault: what an engine or an emitter with that fault would do to any design. */
import type { Design } from '@vtoe/hdl';

export interface Plant {
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** The design that the built-in engine runs instead. It must not change its argument. */
  readonly design?: (design: Design) => Design;
  /** The text that the native engines get instead of an emitted module's. */
  readonly verilog?: (text: string) => string;
}
