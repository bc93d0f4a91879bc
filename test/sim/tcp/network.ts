/**
 * Two step models and a bad network between them: no hardware, no bytes but those of a pattern.
 *
 * Everything that is asserted here is computed apart from the model: what was received comes from a bitmap of placed bytes,
 * what may be sent from the right edges that were delivered.
 */
import type { Random } from '../../../sim/random.ts';
import { type Actions, NOTIFY } from '../../../sim/tcp/actions.ts';
import { TICK } from '../../../sim/tcp/clock.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../sim/tcp/constants.ts';
import type { OpenParameters, TcpEvent, Timer } from '../../../sim/tcp/events.ts';
import { closed, listen } from '../../../sim/tcp/listen.ts';
import { ACK, FIN, RST, type Segment, type SentSegment, SYN } from '../../../sim/tcp/segment.ts';
import { step as model } from '../../../sim/tcp/step.ts';
import { CLOSED_TCB, nextDeadline, type Tcb } from '../../../sim/tcp/tcb.ts';
import { stepTimeWait, type TimeWait } from '../../../sim/tcp/time-wait.ts';
import { deadlineOf } from '../../../sim/tcp/timers.ts';

export interface LinkOptions {
  readonly loss: number;
  readonly duplication: number;
  /** Microseconds; segments overtake each other within it. */
  readonly jitter: number;
  readonly delay: number;
}

export interface RunOptions {
  readonly link: LinkOptions;
  readonly a: OpenParameters;
  readonly b: OpenParameters;
  readonly bytesA: number;
  readonly bytesB: number;
  readonly simultaneous: boolean;
  /** Microseconds between two reads of a guest, on average. */
  readonly readEvery: number;
  readonly constants?: Partial<TcpConstants>;
  readonly step?: typeof model;
  /** Sees each step. */
  readonly onStep?: (before: Tcb, event: TcpEvent, after: Tcb, actions: Actions) => void;
}

export interface RunResult {
  readonly events: number;
  readonly microseconds: number;
  readonly counters: Map<string, number>;
}

interface Packet {
  readonly at: number;
  readonly order: number;
  readonly to: 0 | 1;
  readonly segment: Segment;
  readonly payload: Uint8Array;
}

const TIMERS: readonly Timer[] = ['retransmit', 'delayed_ack', 'keepalive', 'user'];
const NO_BYTES = new Uint8Array(0);

/** Byte `position` of the stream of a side. */
function byteOf(side: number, position: number): number {
  return (Math.imul(position + 1, 0x9e3779b1) >>> 24) ^ (side * 0x5a);
}

class Side {
  tcb: Tcb = CLOSED_TCB;
  timeWait: TimeWait | undefined;
  opened = false;
  finished = false;
  given = 0;
  shut = false;
  read = 0;
  filled = 0;
  peerClosed = false;
  grantAt = Infinity;
  appAt = 0;
  patience = 1;
  /** Right edge that the peer was heard to allow, relative to iss. */
  edge = 0;
  peerShift = 0;
  peerOffered = false;
  irs = -1;
  finAt = -1;
  readonly tx: Uint8Array;
  readonly rx: Uint8Array;
  /** Stream bytes that were placed, and how many of them in a row from 0. */
  readonly placed: Uint8Array;
  prefix = 0;

  readonly index: 0 | 1;
  readonly parameters: OpenParameters;
  readonly bytes: number;

  constructor(index: 0 | 1, parameters: OpenParameters, bytes: number, expected: number) {
    this.index = index;
    this.parameters = parameters;
    this.bytes = bytes;
    this.tx = new Uint8Array(parameters.txSize);
    this.rx = new Uint8Array(parameters.rxSize);
    this.placed = new Uint8Array(expected);
  }
}

export class NetworkError extends Error {}

function check(holds: boolean, message: () => string): void {
  if (!holds) throw new NetworkError(message());
}

export function run(random: Random, options: RunOptions): RunResult {
  const { link } = options;
  const step = options.step ?? model;
  // Nothing may give up: an end that gave up would be no deadlock, but no delivery either.
  const constants: TcpConstants = { ...TCP_CONSTANTS, retries: 60, synRetries: 60, ...options.constants };
  const sides = [new Side(0, options.a, options.bytesA, options.bytesB), new Side(1, options.b, options.bytesB, options.bytesA)] as const;
  const counters = new Map<string, number>();
  let packets: Packet[] = [];
  let now = 1;
  let order = 0;
  let events = 0;
  /** Looks of guests in a row that found nothing to do, while nothing else was to happen either. */
  let idleLooks = 0;

  const transmit = (side: Side, segment: Segment, payload: Uint8Array) => {
    const copies = random.chance(link.loss) ? 0 : random.chance(link.duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      packets.push({ at: now + link.delay + random.below(link.jitter + 1), order: order++, to: side.index === 0 ? 1 : 0, segment, payload });
    }
  };

  const sent = (side: Side, segment: SentSegment) => {
    const { iss, tx_size } = side.tcb.state === 'CLOSED' ? last[side.index]! : side.tcb;
    const start = (segment.seq - iss - 1) | 0;
    const fin = (segment.flags & FIN) !== 0 ? 1 : 0;
    if ((segment.flags & (SYN | RST)) === 0) {
      check(segment.length === 0 || start + segment.length <= side.given, () => `side ${side.index} sends byte ${start + segment.length - 1}, but has ${side.given}`);
      check(fin === 0 || (side.shut && start + segment.length === side.bytes), () => `side ${side.index} sends FIN at ${start + segment.length} of ${side.bytes}`);
      // No send beyond the window: what was heard, but for one octet of a probe.
      const probe = segment.kind === 'probe' && segment.length + fin <= 1;
      if (segment.length + fin > 0 && !probe) {
        check(start + segment.length + fin <= side.edge, () => `side ${side.index} sends up to ${start + segment.length + fin}, beyond the window's edge at ${side.edge}`);
      }
    }
    if ((segment.flags & ACK) !== 0 && (segment.flags & RST) === 0) {
      const acknowledged = (segment.ack - side.irs - 1) | 0;
      const received = side.prefix + (side.finAt >= 0 && side.prefix >= side.finAt ? 1 : 0);
      check(acknowledged <= received, () => `side ${side.index} acknowledges ${acknowledged}, but received ${received}`);
    }
    check(segment.length <= sides[side.index === 0 ? 1 : 0].parameters.mss, () => `side ${side.index} sends ${segment.length} bytes in a segment, more than the peer's MSS`);
    const payload = new Uint8Array(segment.length);
    for (let i = 0; i < segment.length; i++) payload[i] = side.tx[(segment.offset + i) & (tx_size - 1)]!;
    transmit(side, segment, payload);
  };

  const last: (Tcb | undefined)[] = [undefined, undefined];

  const apply = (side: Side, event: TcpEvent, payload: Uint8Array = NO_BYTES) => {
    const before = side.tcb;
    last[side.index] = before;
    const { tcb, actions } = step(before, event, now, constants);
    events++;
    idleLooks = 0;
    side.tcb = tcb;
    for (const counter of actions.counters) counters.set(counter, (counters.get(counter) ?? 0) + 1);
    options.onStep?.(before, event, tcb, actions);
    if (actions.place !== undefined) {
      const { offset, skip, length } = actions.place;
      const segment = event as Segment;
      const syn = (segment.flags & SYN) !== 0 ? 1 : 0;
      const position = (segment.seq + syn + skip - side.irs - 1) | 0;
      check(position >= 0 && position + length <= side.read + side.rx.length, () => `side ${side.index} places ${position}+${length} outside of its ring from ${side.read}`);
      for (let i = 0; i < length; i++) {
        side.rx[(offset + i) & (side.rx.length - 1)] = payload[skip + i]!;
        side.placed[position + i] = 1;
      }
      while (side.prefix < side.placed.length && side.placed[side.prefix] === 1) side.prefix++;
    }
    if (actions.notify !== 0) {
      if (side.patience > 1 && side.appAt !== Infinity) {
        // An interrupt.
        side.patience = 1;
        side.appAt = Math.min(side.appAt, now + 1 + random.below(2 * options.readEvery));
      }
      const filled = actions.rx_filled;
      check(filled <= side.prefix, () => `side ${side.index} reports ${filled} bytes, received ${side.prefix}`);
      for (; side.filled < filled; side.filled++) {
        const got = side.rx[side.filled & (side.rx.length - 1)]!;
        check(got === byteOf(1 - side.index, side.filled), () => `side ${side.index} delivers a wrong byte at ${side.filled}`);
      }
      if ((actions.notify & NOTIFY.PEER_CLOSED) !== 0) side.peerClosed = true;
      check((actions.notify & (NOTIFY.RESET | NOTIFY.ERROR)) === 0, () => `side ${side.index} was told of an error (${actions.notify}) in ${before.state}`);
    }
    if (actions.send !== undefined) sent(side, actions.send);
    if (actions.reset !== undefined) transmit(side, { ...actions.reset, window: 0, length: 0, options: {} }, NO_BYTES);
    if (actions.time_wait !== undefined) side.timeWait = actions.time_wait;
    if (actions.free && (before.state !== 'SYN_RECEIVED' || !before.passive)) side.finished = true;
    if (side.tcb.eligible) {
      if (side.grantAt === Infinity) side.grantAt = now + 1 + random.below(12);
    } else side.grantAt = Infinity;
  };

  const hear = (side: Side, segment: Segment) => {
    if ((segment.flags & SYN) !== 0) {
      side.irs = segment.seq;
      side.peerOffered = segment.options.wscale !== undefined && side.parameters.windowScale !== undefined;
      side.peerShift = side.peerOffered ? segment.options.wscale! : 0;
    }
    const shift = (segment.flags & SYN) !== 0 ? 0 : side.peerShift;
    if ((segment.flags & ACK) !== 0) {
      const edge = ((segment.ack - side.parameters.iss - 1) | 0) + segment.window * 2 ** shift;
      side.edge = Math.max(side.edge, edge);
    } else if ((segment.flags & SYN) !== 0) side.edge = Math.max(side.edge, segment.window);
    if ((segment.flags & FIN) !== 0) side.finAt = (segment.seq + segment.length - side.irs - 1) | 0;
  };

  const deliver = ({ to, segment, payload }: Packet) => {
    const side = sides[to];
    hear(side, segment);
    if (side.timeWait !== undefined) {
      const { record, verdict } = stepTimeWait(side.timeWait, segment, now, constants);
      side.timeWait = record;
      if (verdict.kind === 'ack') transmit(side, verdict.ack, NO_BYTES);
      check(verdict.kind !== 'reuse', () => 'a SYN reuses TIME_WAIT, but there was one connection only');
      return;
    }
    if (side.tcb.state === 'CLOSED' && to === 1 && !options.simultaneous && !side.finished) {
      const verdict = listen(segment);
      if (verdict.kind === 'accept') {
        side.opened = true;
        apply(side, { kind: 'accept', syn: segment, ...side.parameters });
      } else if (verdict.kind === 'reset') transmit(side, { ...verdict.reset, window: 0, length: 0, options: {} }, NO_BYTES);
      return;
    }
    if (side.tcb.state === 'CLOSED' && !side.tcb.rst_due) {
      const reset = closed(segment);
      if (reset !== undefined && side.finished) transmit(side, { ...reset, window: 0, length: 0, options: {} }, NO_BYTES);
      return;
    }
    apply(side, { ...segment, kind: 'segment' }, payload);
  };

  const application = (side: Side) => {
    // A guest with nothing to do looks less and less often: simulated seconds pass in a few looks.
    side.patience = Math.min(side.patience * 2, 2 ** 20);
    side.appAt = side.finished || (side.shut && side.peerClosed && side.read === side.placed.length) ? Infinity : now + 1 + random.below(2 * options.readEvery) + side.patience;
    if (!side.opened) {
      if (side.index === 0 || options.simultaneous) {
        side.opened = true;
        apply(side, { kind: 'open', ...side.parameters });
      }
      return;
    }
    const { tcb } = side;
    if (tcb.state === 'CLOSED') return;
    if (side.read < side.filled && !random.chance(0.3)) {
      side.read += 1 + random.below(side.filled - side.read);
      side.patience = 1;
      apply(side, { kind: 'receive', head: side.read });
    }
    if (!side.shut) {
      const freed = tcb.snd_una === tcb.iss ? 0 : (tcb.snd_una - tcb.iss - 1) >>> 0;
      const room = Math.min(freed + tcb.tx_size, side.bytes) - side.given;
      if (room > 0) {
        const more = 1 + random.below(room);
        for (let i = side.given; i < side.given + more; i++) side.tx[i & (tcb.tx_size - 1)] = byteOf(side.index, i);
        side.given += more;
        side.patience = 1;
        apply(side, { kind: 'send', tail: side.given });
      } else if (side.given === side.bytes && side.tcb.state !== 'SYN_SENT') {
        side.shut = true;
        apply(side, { kind: 'shutdown' });
      }
    }
  };

  const done = (side: Side) => side.finished;
  while (!(done(sides[0]) && done(sides[1]))) {
    check(events < 400_000, () => `no end after ${events} events: ${sides.map((s) => `${s.tcb.state} read ${s.read} of ${s.placed.length} given ${s.given}`).join('; ')}`);
    let next = Infinity;
    let what: (() => void) | undefined;
    for (const side of sides) {
      if (side.appAt < next) {
        next = side.appAt;
        what = () => application(side);
      }
      if (side.grantAt < next) {
        next = side.grantAt;
        what = () => {
          side.grantAt = Infinity;
          apply(side, { kind: 'grant' });
        };
      }
      const deadline = nextDeadline(side.tcb);
      if (deadline < next) {
        next = deadline;
        what = () => {
          const timer = TIMERS.find((timer) => deadlineOf(side.tcb, timer) === deadline)!;
          apply(side, { kind: 'timer', timer, deadline });
        };
      }
      if (side.timeWait !== undefined && side.timeWait.expires * TICK < next) {
        next = side.timeWait.expires * TICK;
        what = () => {
          side.timeWait = undefined;
        };
      }
    }
    let first: Packet | undefined;
    for (const packet of packets) if (first === undefined || packet.at < first.at || (packet.at === first.at && packet.order < first.order)) first = packet;
    if (first !== undefined && first.at <= next) {
      const packet = first;
      next = packet.at;
      what = () => {
        packets = packets.filter((other) => other !== packet);
        deliver(packet);
      };
    }
    const stuck = packets.length === 0 && sides.every((side) => side.grantAt === Infinity && nextDeadline(side.tcb) === Infinity && side.timeWait === undefined);
    idleLooks = stuck ? idleLooks + 1 : 0;
    check(what !== undefined && idleLooks < 500, () => `deadlock: ${sides.map((s) => `${s.tcb.state} snd ${(s.tcb.snd_una - s.tcb.iss) | 0}/${(s.tcb.snd_nxt - s.tcb.iss) | 0}`).join('; ')}`);
    now = Math.max(now, next);
    what!();
  }
  for (const side of sides) {
    check(side.filled === side.placed.length, () => `side ${side.index} got ${side.filled} of ${side.placed.length} bytes`);
    check(side.peerClosed, () => `side ${side.index} never learned of the peer's FIN`);
  }
  return { events, microseconds: now, counters };
}

/** A run's options from a seed: sizes, windows, options and wraps of all kinds. */
export function randomRun(random: Random): RunOptions {
  const parameters = (): OpenParameters => {
    const rxSize = 2 ** (8 + random.below(6));
    return {
      // Half of them wrap within the first kilobytes.
      iss: random.chance(0.5) ? (2 ** 32 - 1 - random.below(4000)) : random.uint32(),
      tsOffset: random.chance(0.5) ? 2 ** 32 - 1 - random.below(2000) : random.uint32(),
      mss: [100, 256, 536, 1460][random.below(4)]!,
      rxSize, txSize: 2 ** (8 + random.below(6)),
      windowScale: random.chance(0.5) ? random.below(5) : undefined,
      timestamps: random.chance(0.5),
      nagle: random.chance(0.5),
    };
  };
  return {
    link: { loss: random.chance(0.3) ? 0 : random.unit() * 0.3, duplication: random.unit() * 0.1, jitter: random.below(400), delay: 10 + random.below(200) },
    a: parameters(), b: parameters(),
    bytesA: random.below(6000), bytesB: random.chance(0.3) ? 0 : random.below(6000),
    simultaneous: random.chance(0.2),
    readEvery: [20, 200, 3000, 100_000][random.below(4)]!,
    constants: { delayedAck: random.chance(0.2) ? 0 : 40_000 },
  };
}
