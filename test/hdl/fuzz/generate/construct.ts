/** What a construct of the language is given when it writes itself into a module. */
import type { DesignWriter } from './design-writer.ts';
import type { Types } from './types.ts';
import type { ModuleWriter, Placement } from './writer.ts';

export interface Site {
  readonly writer: ModuleWriter;
  readonly design: DesignWriter;
  readonly types: Types;
  /** Plainly or inside a `when`: how the construct's own assignments are to be placed. */
  readonly place: Placement;
}

export type Construct = (site: Site) => void;
