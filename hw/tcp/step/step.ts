/**
 * One event of one connection: the record and the event go in, the next record and what is to be done come out.
 *
 * One event a cycle; latency is the number of cuts. All parts (a segment's arrival, a grant, a deadline, a command) are
 * worked out side by side, and the event's kind chooses in `update`.
 * It reads no memory and knows nothing of other events of the connection: that is `pipeline.ts`.
 */
import { lit, UInt, unpack, when, wire } from '@vtoe/hdl';
import { pipeline, type PipelineOptions } from '@vtoe/hdl/lib';
import { Actions } from '../actions.ts';
import { Constants } from '../constants.ts';
import { Event } from '../event.ts';
import { Now, Tcb } from '../tcb.ts';
import { arrivalDecisions, arrivalDifferences, arrivalUpdate } from './arrival.ts';
import { commandDecisions, commandDifferences, commandUpdate } from './command.ts';
import { grantDecisions, grantDifferences, grantUpdate } from './grant.ts';
import { commonDifferences } from './common.ts';
import { settle } from './settle.ts';
import type { Inputs, Outcome } from './stage.ts';
import { timerDecisions, timerDifferences, timerUpdate } from './timer.ts';

export const STEP_STAGES = ['differences', 'decisions', 'update', 'writeBack'] as const;
export type StepStage = (typeof STEP_STAGES)[number];

/** The stages P3 to P6. `out` has `record` (to be written), `actions` and `eligible`; `next` and `done` are both before `settle`. */
export function step({ tcb, event, now, constants }: Inputs, options: PipelineOptions<StepStage>) {
  return pipeline<typeof STEP_STAGES, { tcb: typeof Tcb; event: typeof Event; now: typeof Now; constants: typeof Constants }>(STEP_STAGES, { tcb, event, now, constants }, options)
    .stage('differences', (v) => {
      const common = commonDifferences(v);
      const shared = { ...v, ...common };
      return together(common, arrivalDifferences(shared), grantDifferences(shared), timerDifferences(v), commandDifferences(shared));
    })
    .stage('decisions', (v) => together(arrivalDecisions(v), grantDecisions(v), timerDecisions(v), commandDecisions(v)))
    .stage('update', (v) => {
      const outcome: Outcome = { next: wire(Tcb), actions: wire(Actions) };
      outcome.next.set(v.tcb);
      outcome.actions.set(unpack(Actions, lit(UInt(Actions.width), 0)));
      const { kind } = v.event;
      when(kind.eq('Segment'), () => { arrivalUpdate(v, outcome); });
      when(kind.eq('Grant'), () => { grantUpdate(v, outcome); });
      when(kind.eq('Timer'), () => { timerUpdate(v, outcome); });
      when(kind.is('Segment', 'Grant', 'Timer').not(), () => { commandUpdate(v, outcome); });
      return { next: outcome.next, done: outcome.actions };
    })
    .stage('writeBack', ({ next, done, now, constants, receiveMss, restartsRetransmit, event }) => settle({ next, actions: done, now, constants, receiveMss, restartsRetransmit: restartsRetransmit.and(event.kind.eq('Segment')) }));
}

/** Values of one stage out of several parts. @throws if two of them have the same name */
export function together<const P extends readonly object[]>(...parts: P): Together<P> {
  const values: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) {
      if (Object.hasOwn(values, name)) throw new Error(`two parts of the step have a value ${name}`);
      values[name] = value;
    }
  }
  return values as Together<P>;
}

type Together<P extends readonly object[]> = P extends readonly [infer F, ...infer R extends readonly object[]] ? F & Together<R> : object;
