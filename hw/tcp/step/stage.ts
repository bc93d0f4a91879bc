/** What the stages of `step` hand to each other: every part of it has this form. */
import type { Read, Wire } from '@vtoe/hdl';
import type { Actions } from '../actions.ts';
import type { Constants } from '../constants.ts';
import type { Event } from '../event.ts';
import type { Now, Tcb } from '../tcb.ts';

/** What every stage reads: the record as it was, and the event. */
export interface Inputs {
  readonly tcb: Read<typeof Tcb>;
  readonly event: Event;
  readonly now: Read<typeof Now>;
  readonly constants: Constants;
}

/**
 * What the update stage changes: `next` begins as the record was, `actions` as none. A part sets fields inside of `when`;
 * the last one wins. Reading a field gives its final value, so a part reads `tcb` and the stages before, never these.
 */
export interface Outcome {
  readonly next: Wire<typeof Tcb>;
  readonly actions: Wire<typeof Actions>;
}
