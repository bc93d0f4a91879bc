/** Faults of the pipeline around the step. */
import { always, more, never, only } from './changes.ts';
import { type Change, constant, operation, type Plant } from './plant.ts';

const one = (name: string, at: string, to: Change['to']): Plant => ({ name, changes: [{ at, to }] });

export const PIPELINE_PLANTS: readonly Plant[] = [
  { name: 'a connection with an event under way is not held back', changes: [0, 1, 2, 3].map((i) => ({ at: `admission_blocked_${i}`, to: never })) },
  one('only the grants of a busy connection are not held back', 'admission_blocked_3', never),
  one('settled fields are not forwarded', 'store_fixed_rd_out_hit', never),
  one('every record is taken for one that was just written', 'store_hot_rd_out_hit', always),
  one('the memory does not forward a write in the cycle of the read', 'store_hot_rd_hit', never),
  one('the memory does not forward a write in the cycle behind it', 'store_hot_rd_out_hit', never),
  one('intervals are not forwarded', 'store_outOfOrder_rd_out_hit', never),
  one('deadlines are not forwarded', 'store_deadlines_rd_out_hit', never),
  one('a stale event is not found', 'checked_0_stale', never),
  one('a stale event writes', 'acts', only(0)),
  one('the walker never walks', 'store_ready', always),
  one('the walker begins with another generation', 'store_hot_wr_data_generation', (right, other) => operation('mux', right.width, other('store_ready'), right, constant(1n, right.width))),
  one('a record is written to the next slot', 'chain_4_connection', more()),
  one('the sequence number of an event is one too many', 'reading_1_event_segment_seq', more()),
  one('every segment has a pre-posted ACCEPT', 'reading_0_event_prepost', always),
  one('a segment that is handed back does not say so', 'verdict_payload_look_up_again', never),
  one('the guest hears under the next generation', 'notified_payload_generation', more()),
  one('a freed slot keeps its generation', 'freed_payload_generation', more(-1n & 0xffffn)),
  one('the timer scan is not told that its event is done', 'write_back_payload_timer', never),
  one('timeouts are not counted', 'counters_timeout', never),
];
