/** Conditions that processes wait for and that time alone can fulfil: whoever skips idle time must know when. */

export interface TimedCondition {
  (): boolean;
  /** From when on it holds whatever happens, in nanoseconds of the clock that it looks at; without it, time alone does not fulfil it. */
  readonly deadlineNs?: number;
}

/** The condition, which holds at `deadlineNs` at the latest. */
export function until(deadlineNs: number, condition: () => boolean): TimedCondition {
  return Object.assign(condition, { deadlineNs });
}
