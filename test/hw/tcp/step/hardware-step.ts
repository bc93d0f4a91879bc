/**
 * The step in hardware in the form of the model's `step`: for everything that was written for the model - tables, scenarios,
 * two ends and a lossy link - to run against the hardware alone.
 */
import { type BuiltinEngine, createEngine, type Data, elaborate } from '@vtoe/hdl';
import { Actions as ActionsShape, Refusal, SendKind } from '../../../../hw/tcp/actions.ts';
import { Constants as ConstantsShape } from '../../../../hw/tcp/constants.ts';
import { Event as EventShape } from '../../../../hw/tcp/event.ts';
import { Tcb as TcbShape } from '../../../../hw/tcp/tcb.ts';
import { type Actions, COUNTERS, NOTIFY, type Refusal as ModelRefusal } from '../../../../sim/tcp/actions.ts';
import { after, ticksOf } from '../../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../../sim/tcp/constants.ts';
import { ACK, FIN, PSH, RST, type SegmentOptions, type SendKind as ModelSendKind, SYN } from '../../../../sim/tcp/segment.ts';
import type { step as model } from '../../../../sim/tcp/step.ts';
import { CLOSED_TCB, NEVER, STATES, type Tcb } from '../../../../sim/tcp/tcb.ts';
import { Noise, stepUnderTest, Writer } from './compare.ts';
import { about, CONSTANTS, EVENT, RECORD } from './encode.ts';
import { leavesOf, sampledWords } from './leaves.ts';

export type Step = typeof model;

/** @param engine of a `stepUnderTest`, perhaps with a fault planted */
export function hardwareStep(engine: BuiltinEngine = createEngine(elaborate(stepUnderTest()), { gating: 'never' })): Step {
  const words = new Uint32Array(engine.buffer);
  const noise = new Noise(1);
  const input = {
    tcb: new Writer(engine, 'tcb', TcbShape, RECORD),
    event: new Writer(engine, 'event', EventShape, EVENT),
    constants: new Writer(engine, 'constants', ConstantsShape, CONSTANTS),
    now: engine.input('now').offset >>> 2,
  };
  const output = { record: leafReader(engine, 'record', TcbShape, words), actions: leafReader(engine, 'actions', ActionsShape, words), eligible: engine.output('eligible').sampledOffset >>> 2 };
  let given: TcpConstants | undefined;
  return (tcb, event, now, constants = TCP_CONSTANTS) => {
    about(noise.next() & 0xffff);
    input.tcb.write(words, tcb, noise);
    input.event.write(words, event, noise);
    if (constants !== given) input.constants.write(words, constants, noise);
    given = constants;
    words[input.now] = now;
    words[input.now + 1] = now / 2 ** 32;
    engine.run(1);
    const actions = actionsOf(output.actions, now, constants.timeWaitTicks);
    return { tcb: recordOf(output.record, now, words[output.eligible] === 1), actions };
  };
}

/** The value of a leaf at the last edge. */
type Leaf = (name: string) => number;

function leafReader(engine: BuiltinEngine, port: string, shape: Data, words: Uint32Array): Leaf {
  const addresses = sampledWords(engine, port, shape);
  const at = new Map(leavesOf(shape).map(({ name }, i) => [name, addresses[i]!]));
  return (name) => words[at.get(name)!]!;
}

/** The time nearest to `now` that has these lower bits. */
function nearest(bits: number, width: number, now: number): number {
  const shift = 32 - width;
  return now + (((bits - now) << shift) >> shift);
}

function recordOf(leaf: Leaf, now: number, eligible: boolean): Tcb {
  const ticks = ticksOf(now);
  const deadline = (name: string, width: number, at: number) => (leaf(`${name}_armed`) === 0 ? NEVER : nearest(leaf(`${name}_at`), width, at));
  // A free slot has no rings.
  const ring = (name: string) => (leaf('state') === 0 && leaf(name) === 0 ? 0 : 2 ** leaf(name));
  const special: Partial<Record<keyof Tcb, Tcb[keyof Tcb]>> = {
    state: STATES[leaf('state')]!,
    retransmit_deadline: deadline('retransmit_deadline', 32, now), delayed_ack_deadline: deadline('delayed_ack_deadline', 32, now),
    keepalive_deadline: deadline('keepalive_deadline', 24, ticks), user_deadline: deadline('user_deadline', 24, ticks),
    last_received: nearest(leaf('last_received'), 24, ticks), rtt_start: nearest(leaf('rtt_start'), 32, now),
    intervals: Array.from({ length: leaf('interval_count') }, (_, i) => ({ start: leaf(`intervals_${i}_start`), end: leaf(`intervals_${i}_end`) })),
    rx_size: ring('rx_size'), tx_size: ring('tx_size'),
    offer_wscale: leaf('offer_wscale') === 1 ? leaf('offer_shift') : -1,
    eligible,
  };
  return Object.fromEntries(Object.entries(CLOSED_TCB).map(([name, sample]: [string, unknown]) => {
    const given = special[name as keyof Tcb];
    return [name, given ?? (typeof sample === 'boolean' ? leaf(name) === 1 : leaf(name))];
  })) as unknown as Tcb;
}

function actionsOf(leaf: Leaf, now: number, timeWaitTicks: number): Actions {
  const on = (name: string) => leaf(name) === 1;
  const flags = (of: string) => (on(`${of}_ack_flag`) ? ACK : 0) | (on(`${of}_psh`) ? PSH : 0) | (on(`${of}_rst`) ? RST : 0) | (on(`${of}_syn`) ? SYN : 0) | (on(`${of}_fin`) ? FIN : 0);
  const snake = (label: string) => label.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  const options: SegmentOptions = {
    ...(on('send_has_mss') ? { mss: leaf('send_mss') } : {}), ...(on('send_has_wscale') ? { wscale: leaf('send_wscale') } : {}),
    ...(on('send_has_ts') ? { tsval: leaf('send_tsval'), tsecr: leaf('send_tsecr') } : {}),
  };
  const group = <K extends string>(name: string, fields: readonly K[]) => Object.fromEntries(fields.map((field) => [field, leaf(`${name}_${field}`)])) as Record<K, number>;
  const refused = Refusal.labels[leaf('refused')]!;
  return {
    place: on('has_place') ? group('place', ['offset', 'skip', 'length']) : undefined,
    send: on('has_send') ? { ...group('send', ['seq', 'ack', 'window', 'length', 'offset']), kind: snake(SendKind.labels[leaf('send_kind')]!) as ModelSendKind, flags: flags('send'), options } : undefined,
    reset: on('has_reset') ? { ...group('reset', ['seq', 'ack']), flags: RST | (on('reset_ack_flag') ? ACK : 0) } : undefined,
    notify: on('has_notify') ? Object.entries(NOTIFY).reduce((bits, [name, bit]) => bits | (on(`notify_${name.toLowerCase()}`) ? bit : 0), 0) : 0,
    rx_filled: leaf('notify_rx_filled'), tx_freed: leaf('notify_tx_freed'), final: on('has_notify') && on('notify_final'),
    // When the small record expires is the cache's affair.
    time_wait: on('has_time_wait') ? { ...group('time_wait', ['snd_nxt', 'rcv_nxt', 'rcv_wnd', 'window', 'ts_offset', 'ts_recent']), ts_ok: on('time_wait_ts_ok'), expires: after(ticksOf(now), timeWaitTicks) } : undefined,
    free: on('free'),
    refused: refused === 'None' ? undefined : snake(refused) as ModelRefusal,
    counters: COUNTERS.filter((name) => on(`counters_${name}`)),
  };
}
