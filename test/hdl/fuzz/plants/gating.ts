/** Faults of activity gating. */
import type { Activity, EdgeWork, Groups } from '@vtoe/hdl/internal/sim/code/activity';
import { ActivityControl } from '@vtoe/hdl/internal/sim/code/activity-control';
import type { Plant } from './plant.ts';

/** Of all that have several readers, or one, the middle one forgets its last. */
function forgetReader<T extends { readonly readers: Groups }>(pieces: readonly T[]): T[] {
  const read = pieces.filter(({ readers }) => readers !== 0n);
  const victim = read[read.length >> 1];
  return pieces.map((piece) => (piece === victim ? { ...piece, readers: piece.readers & (piece.readers - 1n) } : piece));
}

function edges(activity: Activity, change: (edge: EdgeWork) => EdgeWork): Activity {
  return { ...activity, edges: activity.edges.map(change) };
}

export const GATING: readonly Plant[] = [
  {
    name: 'dirty-edge-forgotten',
    description: 'one group of code does not learn that a register which it reads has changed',
    gating: {
      activity: (activity) => {
        const at = activity.edges.findIndex(({ state }) => state.some(({ readers }) => readers !== 0n));
        return edges(activity, (edge) => (edge === activity.edges[at] ? { ...edge, state: forgetReader(edge.state) } : edge));
      },
    },
  },
  {
    name: 'dirty-input-forgotten',
    description: 'one group of code does not learn that an input which it reads has changed',
    gating: { activity: (activity) => ({ ...activity, inputs: forgetReader(activity.inputs) }) },
  },
  {
    name: 'dirty-memory-forgotten',
    description: 'readers of a memory do not learn of writes',
    gating: { activity: (activity) => edges(activity, (edge) => ({ ...edge, writes: edge.writes.map((write) => ({ ...write, readers: 0n })) })) },
  },
  {
    name: 'stale-sampled-view',
    description: 'what was evaluated to look at outputs is not evaluated again for the edge',
    gating: {
      around: (run) => {
        const { recall } = ActivityControl.prototype;
        ActivityControl.prototype.recall = () => {};
        try {
          return run();
        } finally {
          ActivityControl.prototype.recall = recall;
        }
      },
    },
  },
];
