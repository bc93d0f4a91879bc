/**
 * The steps of a test bench as one function, written for that bench.
 *
 * V8 compiles a call for the targets that it has seen there. A loop over all models calls all of them from one place, which
 * has seen too many; in a function with a line for each model every call has one target and is compiled into its caller. That
 * is some 60 ns a cycle for four models, half of what four models cost that wait.
 */

export interface Step {
  step(cycle: number): void;
  /** As that of a bus model. */
  nextCycle?(cycle: number): number;
}

/** Whose turn it is: who looks after an error finds it here. */
export interface Turn {
  at: number;
}

export type Row = (cycle: number) => void;

/** Steps of a bench that changes are run one by one: writing a function and compiling it takes longer than so many cycles. */
export const STABLE_CYCLES = 1000;

export function rowOf(steps: readonly Step[], turn: Turn): Row {
  const names = steps.map((_, i) => `step${i}`);
  const lines = names.map((name, i) => `turn.at = ${i}; ${name}.step(cycle);`);
  // Nothing of what is compiled here comes from outside: names are numbers.
  const make = new Function('turn', ...names, `return (cycle) => { ${lines.join(' ')} };`) as (turn: Turn, ...steps: readonly Step[]) => Row;
  return make(turn, ...steps);
}
