/** The name by which a guest refers to a connection or a listener. */
import { layout, uint } from './layout.ts';

export const Handle = layout({ name: 'Handle', doc: 'A connection or a listener.', source: 'docs/reference/protocol/handle.md', order: 'little', bytes: 4 }, {
  index: uint(16, 'Slot: connections from 0, listeners behind the last connection.'),
  generation: uint(16, 'Counts how often the slot was used: a handle of an earlier use is refused.'),
});
