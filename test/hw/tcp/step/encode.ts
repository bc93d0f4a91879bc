/**
 * The model's values as the hardware's words, leaf by leaf, after the bundles' own fields: what has the same name in both is
 * found by it, the rest stands here.
 *
 * A getter gives a negative number where the hardware's value does not matter: a field that no `has_…`, count or armed bit
 * makes count. Such an input is filled with random bits, such an output is not compared.
 */
import { Actions as ActionsShape, Place, Refusal, Send, SendKind, StatelessReset, STEP_COUNTERS, TimeWait } from '../../../../hw/tcp/actions.ts';
import { Constants as ConstantsShape } from '../../../../hw/tcp/constants.ts';
import { Event as EventShape, OpenParameters as OpenShape, Segment as SegmentShape } from '../../../../hw/tcp/event.ts';
import { INTERVALS, State, Tcb as TcbShape } from '../../../../hw/tcp/tcb.ts';
import { type Actions, COUNTERS, NOTIFY, noActions, type Refusal as ModelRefusal } from '../../../../sim/tcp/actions.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../../sim/tcp/constants.ts';
import type { OpenParameters, SetOptionEvent, TcpEvent } from '../../../../sim/tcp/events.ts';
import { ACK, FIN, PSH, RST, type Segment, type SentSegment, SYN } from '../../../../sim/tcp/segment.ts';
import { CLOSED_TCB, STATES, type Tcb } from '../../../../sim/tcp/tcb.ts';
import { type Getter, gettersOf } from './leaves.ts';

const ANY = -1;

const log2 = (bytes: number) => (bytes === 0 ? 0 : Math.log2(bytes));
const deadline = (of: (t: Tcb) => number): readonly [armed: Getter<Tcb>, at: Getter<Tcb>] => [(t) => Number(of(t) !== Infinity), (t) => (of(t) === Infinity ? ANY : of(t))];
const deadlines = (['retransmit_deadline', 'delayed_ack_deadline', 'keepalive_deadline', 'user_deadline'] as const).flatMap((name) => {
  const [armed, at] = deadline((t) => t[name]);
  return [[`${name}_armed`, armed], [`${name}_at`, at]] as const;
});
const intervals = Array.from({ length: INTERVALS }, (_, i) => (['start', 'end'] as const).map((end) => [`intervals_${i}_${end}`, ({ intervals }: Tcb) => (i < intervals.length ? intervals[i]![end] : ANY)] as const)).flat();

let generation = 0;
const recordGetters = gettersOf<Tcb>(TcbShape, CLOSED_TCB, {
  ...Object.fromEntries([...deadlines, ...intervals]),
  state: (t) => STATES.indexOf(t.state),
  generation: () => generation,
  interval_count: (t) => t.intervals.length,
  tx_size: (t) => log2(t.tx_size),
  rx_size: (t) => log2(t.rx_size),
  offer_wscale: (t) => Number(t.offer_wscale >= 0),
  offer_shift: (t) => t.offer_wscale, // -1: none
});

/** Of each leaf of the record; call `about` before. */
export const RECORD: readonly Getter<Tcb>[] = recordGetters;

/** The generation that `RECORD` gives. */
export function about(slot: number): void {
  generation = slot;
}

const flag = (bit: number) => ({ flags }: { readonly flags: number }) => Number((flags & bit) !== 0);
const options = {
  has_mss: ({ options }: Segment) => Number(options.mss !== undefined), mss: ({ options }: Segment) => options.mss ?? ANY,
  has_wscale: ({ options }: Segment) => Number(options.wscale !== undefined), wscale: ({ options }: Segment) => options.wscale ?? ANY,
  has_ts: ({ options }: Segment) => Number(options.tsval !== undefined),
  tsval: ({ options }: Segment) => options.tsval ?? ANY, tsecr: ({ options }: Segment) => options.tsecr ?? ANY,
};
const sampleSegment: Segment = { seq: 0, ack: 0, flags: 0, window: 0, length: 0, options: {} };
const segmentGetters = gettersOf<Segment>(SegmentShape, sampleSegment, {
  ...options, urg: () => ANY, ack_flag: flag(ACK), psh: flag(PSH), rst: flag(RST), syn: flag(SYN), fin: flag(FIN),
});
const sampleOpen: OpenParameters = { iss: 0, tsOffset: 0, mss: 0, rxSize: 1, txSize: 1, windowScale: undefined, timestamps: false, nagle: false };
const openGetters = gettersOf<OpenParameters>(OpenShape, sampleOpen, {
  ts_offset: (o) => o.tsOffset, rx_size: (o) => log2(o.rxSize), tx_size: (o) => log2(o.txSize),
  offer_wscale: (o) => Number(o.windowScale !== undefined), offer_shift: (o) => o.windowScale ?? ANY, offer_ts: (o) => Number(o.timestamps),
});

const KINDS: Readonly<Record<TcpEvent['kind'], number>> = { segment: 0, grant: 1, timer: 2, open: 3, accept: 4, send: 5, receive: 6, shutdown: 7, close: 8, abort: 9, set_option: 10, path_mtu: 11 };
const TIMERS = { retransmit: 0, delayed_ack: 1, keepalive: 2, user: 3 } as const;
const CAUSES = { guest: 0, fault: 1, silent: 2, unreachable: 3 } as const;
const setOption = (of: (e: SetOptionEvent) => boolean | number | undefined): readonly [set: Getter<TcpEvent>, value: Getter<TcpEvent>] => [
  (e) => (e.kind === 'set_option' ? Number(of(e) !== undefined) : ANY),
  (e) => (e.kind === 'set_option' ? Number(of(e) ?? ANY) : ANY),
];
const [set_nagle, nagle] = setOption((e) => e.nagle);
const [set_keepalive, keepalive] = setOption((e) => e.keepalive);
const [set_user_timeout, user_timeout] = setOption((e) => e.userTimeoutTicks);

function within<M, S>(shape: { readonly fields: object }, prefix: string, getters: readonly Getter<S>[], select: (from: M) => S | undefined): Record<string, Getter<M>> {
  return Object.fromEntries(Object.keys(shape.fields).map((field, i) => [`${prefix}_${field}`, (from: M) => {
    const part = select(from);
    return part === undefined ? ANY : getters[i]!(part);
  }]));
}

/** Of each leaf of the event. */
export const EVENT: readonly Getter<TcpEvent>[] = gettersOf<TcpEvent>(EventShape, { kind: 'grant' }, {
  kind: (e) => KINDS[e.kind],
  ...within<TcpEvent, Segment>(SegmentShape, 'segment', segmentGetters, (e) => (e.kind === 'segment' ? e : e.kind === 'accept' ? e.syn : undefined)),
  prepost: (e) => (e.kind === 'segment' ? Number(e.prepost ?? true) : ANY),
  timer: (e) => (e.kind === 'timer' ? TIMERS[e.timer] : ANY),
  ...within<TcpEvent, OpenParameters>(OpenShape, 'open', openGetters, (e) => (e.kind === 'open' || e.kind === 'accept' ? e : undefined)),
  position: (e) => (e.kind === 'send' ? e.tail : e.kind === 'receive' ? e.head : e.kind === 'path_mtu' ? e.seq : ANY),
  open_mss: (e) => (e.kind === 'open' || e.kind === 'accept' || e.kind === 'path_mtu' ? e.mss : ANY),
  cause: (e) => (e.kind === 'abort' ? CAUSES[e.cause] : ANY),
  options_set_nagle: set_nagle, options_nagle: nagle, options_set_keepalive: set_keepalive, options_keepalive: keepalive,
  options_set_user_timeout: set_user_timeout, options_user_timeout: user_timeout,
});

const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
/** Of each leaf of the constants. */
export const CONSTANTS: readonly Getter<TcpConstants>[] = Object.keys(ConstantsShape.fields).map((name) => {
  const key = [camel(name), `${camel(name)}Ticks`].find((key) => key in TCP_CONSTANTS);
  if (key === undefined) throw new Error(`the model has no constant ${name}`);
  return (c) => c[key as keyof TcpConstants];
});

const SEND_KINDS: Readonly<Record<SentSegment['kind'], number>> = { reset: 0, syn: 1, duplicate_ack: 2, retransmission: 3, data: 4, fin: 5, probe: 6, keepalive: 7, ack: 8 };
const REFUSALS: Readonly<Record<ModelRefusal, number>> = { no_connection: 1, in_use: 2, closing: 3, out_of_range: 4 };
const sampleSend: SentSegment = { ...sampleSegment, kind: 'ack', offset: 0 };
const sendGetters = gettersOf<SentSegment>(Send, sampleSend, {
  ...options, kind: (s) => SEND_KINDS[s.kind], ack_flag: flag(ACK), psh: flag(PSH), rst: flag(RST), syn: flag(SYN), fin: flag(FIN),
} as Record<string, Getter<SentSegment>>);
const placeGetters = gettersOf<NonNullable<Actions['place']>>(Place, { offset: 0, skip: 0, length: 0 }, {});
const resetGetters = gettersOf<NonNullable<Actions['reset']>>(StatelessReset, { seq: 0, ack: 0, flags: 0 }, { ack_flag: flag(ACK) });
const timeWaitGetters = gettersOf<NonNullable<Actions['time_wait']>>(TimeWait, { snd_nxt: 0, rcv_nxt: 0, rcv_wnd: 0, window: 0, ts_ok: false, ts_offset: 0, ts_recent: 0, expires: 0 }, {});
const notifyBits = Object.entries(NOTIFY).map(([name, bit]) => [`notify_${name.toLowerCase()}`, (a: Actions) => (a.notify === 0 ? ANY : Number((a.notify & bit) !== 0))] as const);

/** Of each leaf of the actions. */
export const ACTIONS: readonly Getter<Actions>[] = gettersOf<Actions>(ActionsShape, noActions(), {
  has_place: (a) => Number(a.place !== undefined), ...within<Actions, NonNullable<Actions['place']>>(Place, 'place', placeGetters, (a) => a.place),
  has_send: (a) => Number(a.send !== undefined), ...within<Actions, SentSegment>(Send, 'send', sendGetters, (a) => a.send),
  has_reset: (a) => Number(a.reset !== undefined), ...within<Actions, NonNullable<Actions['reset']>>(StatelessReset, 'reset', resetGetters, (a) => a.reset),
  has_notify: (a) => Number(a.notify !== 0), ...Object.fromEntries(notifyBits),
  notify_rx_filled: (a) => (a.notify === 0 ? ANY : a.rx_filled), notify_tx_freed: (a) => (a.notify === 0 ? ANY : a.tx_freed), notify_final: (a) => (a.notify === 0 ? ANY : Number(a.final)),
  has_time_wait: (a) => Number(a.time_wait !== undefined), ...within<Actions, NonNullable<Actions['time_wait']>>(TimeWait, 'time_wait', timeWaitGetters, (a) => a.time_wait),
  free: (a) => Number(a.free),
  refused: (a) => (a.refused === undefined ? 0 : REFUSALS[a.refused]),
  ...Object.fromEntries(COUNTERS.map((name) => [`counters_${name}`, (a: Actions) => Number(a.counters.includes(name))])),
});

/** That labels and order are the same on both sides, which the numbers above rest on. @throws what differs */
export function checkNames(): void {
  const differ = (what: string, hardware: readonly string[], model: readonly string[]) => {
    if (hardware.join() !== model.join()) throw new Error(`${what}: ${hardware.join()} in hardware, ${model.join()} in the model`);
  };
  const snake = (label: string) => label.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
  const byNumber = (numbers: Readonly<Record<string, number>>) => Object.entries(numbers).toSorted(([, a], [, b]) => a - b).map(([name]) => name);
  const { kind, timer, cause } = EventShape.fields;
  differ('states', State.labels, STATES);
  differ('kinds of events', kind.labels.map(snake), byNumber(KINDS));
  differ('timers', timer.labels.map(snake), byNumber(TIMERS));
  differ('causes', cause.labels.map(snake), byNumber(CAUSES));
  differ('kinds of segments', SendKind.labels.map(snake), byNumber(SEND_KINDS));
  differ('refusals', Refusal.labels.map(snake), ['none', ...byNumber(REFUSALS)]);
  differ('counters', STEP_COUNTERS, COUNTERS);
}
