/** What a checker says to a sequence of cycles. */
import { type PortRecord, SimulationError, type Simulation } from '@vtoe/hdl';

/** Resets `simulation`, plays, and returns the rule that was violated with its cycle counted from the reset; undefined if all went well. */
export function violation<P extends PortRecord>(simulation: Simulation<P>, play: () => void): string | undefined {
  simulation.reset();
  const start = simulation.cycle;
  try {
    play();
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    const found = /^(?:assertion|assumption) in the top failed in cycle (\d+): (.*) \([^()]*\)$/.exec(error.message);
    if (found === null) throw error;
    return `cycle ${Number(found[1]) - start}: ${found[2]}`;
  }
  return undefined;
}

/** Makes one of each kind, by the JSON of what tells them apart: checkers take long to compile and are reset between cases. */
export function kept<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<string, V>();
  return (key) => {
    const text = JSON.stringify(key);
    let value = made.get(text);
    if (value === undefined) made.set(text, (value = make(key)));
    return value;
  };
}

/** The same cycle several times. */
export function times<C>(count: number, cycle: C): C[] {
  return Array.from({ length: count }, () => cycle);
}
