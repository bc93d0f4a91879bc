/** What the TIME_WAIT cache says to a segment that belongs to no connection. */
import { Enum } from '@vtoe/hdl';

/** Miss: it knows nothing of it. Reuse: its record is gone, and the SYN goes on to the listeners. All others: done with the segment. */
export const TimeWaitAnswer = Enum('TimeWaitAnswer', ['Miss', 'Drop', 'Ack', 'Reuse', 'Close']);
