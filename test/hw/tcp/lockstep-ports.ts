/** Where the pipeline's ports are in an engine's memory, and what the model says they show. */
import { type BuiltinEngine, Bundle, type Data } from '@vtoe/hdl';
import { Actions as ActionsShape, StepCounters } from '../../../hw/tcp/actions.ts';
import { Constants as ConstantsShape } from '../../../hw/tcp/constants.ts';
import { Event as EventShape, Segment as SegmentShape } from '../../../hw/tcp/event.ts';
import { type PipelineConfig, pipelineShapes } from '../../../hw/tcp/pipeline.ts';
import { Tcb as TcbShape } from '../../../hw/tcp/tcb.ts';
import { type Actions, noActions } from '../../../sim/tcp/actions.ts';
import type { TcpEvent } from '../../../sim/tcp/events.ts';
import { CLOSED_TCB, type Tcb } from '../../../sim/tcp/tcb.ts';
import { Reader, Writer } from './step/compare.ts';
import { ACTIONS, CONSTANTS, EVENT, RECORD } from './step/encode.ts';
import { type Getter, gettersOf, leavesOf } from './step/leaves.ts';

export const SOURCES = ['segments', 'timers', 'commands', 'grants'] as const;
/** Their places in that list. */
export const SEGMENTS = 0;
export const TIMERS = 1;
export const COMMANDS = 2;
export const GRANTS = 3;

export const NO_ACTIONS: Actions = Object.freeze(noActions());

export function sourceOf({ kind }: TcpEvent): number {
  return kind === 'segment' ? SEGMENTS : kind === 'timer' ? TIMERS : kind === 'grant' ? GRANTS : COMMANDS;
}

export function addresses(engine: BuiltinEngine) {
  const input = (name: string) => engine.input(name).offset >>> 2;
  const output = (name: string) => engine.output(name).sampledOffset >>> 2;
  const each = (suffix: string, of: (name: string) => number) => SOURCES.map((source) => of(`${source}_${suffix}`));
  return {
    now: input('now'),
    ready: output('ready'),
    valid: each('valid', input),
    accepted: each('ready', output),
    connection: each('payload_connection', input),
    generation: SOURCES.map((source) => (source === 'segments' || source === 'commands' ? input(`${source}_payload_generation`) : 0)),
    prepost: input('segments_payload_prepost'),
    taken: { verdict: input('verdict_taken'), granted: input('granted_taken') },
    counters: { stale_segment: output('pipeline_counters_stale_segment'), stale_command: output('pipeline_counters_stale_command') },
    retire: {
      valid: output('sim_retire_valid'), connection: output('sim_retire_connection'), stale: output('sim_retire_stale'), eligible: output('sim_retire_eligible'),
      stateBefore: output('sim_retire_before_state'), stateAfter: output('sim_retire_state_after'),
    },
  };
}

/** The getters of those leaves of the event that begin with `prefix`. */
function part(prefix: string): readonly Getter<TcpEvent>[] {
  return EVENT.filter((_, i) => EVENT_LEAVES[i]!.name.startsWith(prefix));
}

const EVENT_LEAVES = leavesOf(EventShape);

export function writers(engine: BuiltinEngine) {
  return {
    constants: new Writer(engine, 'constants', ConstantsShape, CONSTANTS),
    segment: new Writer(engine, 'segments_payload_segment', SegmentShape, part('segment_')),
    timer: new Writer(engine, 'timers_payload', Bundle('TimerOnly', { timer: EventShape.fields.timer }), part('timer')),
    command: new Writer(engine, 'commands_payload_event', EventShape, EVENT),
  };
}

/** What the ports show for an event that leaves. */
export interface PortsShown {
  readonly slot: number;
  readonly stale: boolean;
  readonly actions: Actions;
  readonly generation: number;
  readonly nextGeneration: number;
  readonly before: Tcb;
  readonly after: Tcb;
  readonly source: number;
}

export function readers(engine: BuiltinEngine, config: PipelineConfig) {
  const shapes = pipelineShapes(config);
  const actionLeaves = leavesOf(ActionsShape);
  /** Getters of an action's leaves, under the names that they have in a port. */
  const action = (prefix: string, as = prefix): Record<string, Getter<PortsShown>> =>
    Object.fromEntries(actionLeaves.map(({ name }, i) => [name, ACTIONS[i]!] as const).filter(([name]) => name.startsWith(`${prefix}_`)).map(([name, getter]) => [`${as}${name.slice(prefix.length)}`, (shown: PortsShown) => getter(shown.actions)]));
  const sample: PortsShown = { slot: 0, stale: false, actions: NO_ACTIONS, generation: 0, nextGeneration: 0, before: CLOSED_TCB, after: CLOSED_TCB, source: GRANTS };
  const state = RECORD[RECORD_LEAVES.findIndex(({ name }) => name === 'state')]!;
  const connection = (shown: PortsShown) => shown.slot;
  const port = (name: string, shape: Data, special: Record<string, Getter<PortsShown>>) => ({
    valid: engine.output(`${name}_valid`).sampledOffset >>> 2,
    reader: new Reader(engine, `${name}_payload`, shape, gettersOf(shape, sample, { connection, ...special })),
  });
  const deadlines = Object.fromEntries(RECORD_LEAVES.map(({ name }, i) => [name, i] as const).filter(([name]) => name.includes('_deadline_')).map(([name, i]) => [`deadlines_${name}`, ({ after }: PortsShown) => RECORD[i]!(after)]));
  const refused = ACTIONS[actionLeaves.findIndex(({ name }) => name === 'refused')]!;
  return {
    next: new Reader(engine, 'sim_retire_next', TcbShape, RECORD),
    before: new Reader(engine, 'sim_retire_before', TcbShape, RECORD),
    actions: new Reader(engine, 'sim_retire_actions', ActionsShape, ACTIONS),
    counters: new Reader(engine, 'counters', StepCounters, ACTIONS.filter((_, i) => actionLeaves[i]!.name.startsWith('counters_'))),
    ports: {
      verdict: port('verdict', shapes.Verdict, { has_place: ({ actions }) => Number(actions.place !== undefined), ...action('place'), look_up_again: ({ stale }) => Number(stale) }),
      granted: port('granted', shapes.Granted, { has_send: ({ actions }) => Number(actions.send !== undefined), ...action('send') }),
      commanded: port('commanded', shapes.Commanded, { kind: () => -1, refused: ({ stale, actions }) => (stale ? 1 : refused(actions)) }),
      reset_due: port('reset_due', shapes.ResetDue, action('reset')),
      notified: port('notified', shapes.Notified, { generation: ({ generation }) => generation, ...action('notify'), kind: () => -1, cause: () => -1, was: ({ before }) => state(before) }),
      expiring: port('expiring', shapes.Expiring, action('time_wait')),
      freed: port('freed', shapes.Freed, { generation: ({ nextGeneration }) => nextGeneration }),
      eligible: port('eligible', shapes.Eligible, { eligible: ({ after }) => Number(after.eligible), grant: ({ source }) => Number(source === GRANTS) }),
      write_back: port('write_back', shapes.WriteBack, { ...deadlines, timer: ({ source }) => Number(source === TIMERS) }),
      half_open_ended: engine.output('half_open_ended').sampledOffset >>> 2,
    },
  };
}

const RECORD_LEAVES = leavesOf(TcbShape);
