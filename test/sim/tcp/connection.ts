/** Connections for tests: brought into their state by events alone, never by writing a record. */
import type { Actions } from '../../../sim/tcp/actions.ts';
import { TCP_CONSTANTS, type TcpConstants } from '../../../sim/tcp/constants.ts';
import type { OpenParameters, SegmentEvent, TcpEvent, Timer } from '../../../sim/tcp/events.ts';
import { ACK, FIN, RST, type SegmentOptions, type SentSegment, SYN } from '../../../sim/tcp/segment.ts';
import { step as model } from '../../../sim/tcp/step.ts';
import { CLOSED_TCB, type State, type Tcb } from '../../../sim/tcp/tcb.ts';
import { deadlineOf } from '../../../sim/tcp/timers.ts';

export const ISS = 0xffff_f000; // wraps in most tests
export const IRS = 0xffff_ff00;

export const PARAMETERS: OpenParameters = { iss: ISS, tsOffset: 7, mss: 1460, rxSize: 32_768, txSize: 65_536, windowScale: undefined, timestamps: false, nagle: false };

export interface SegmentFields {
  /** Relative to IRS + 1: 0 is the first byte. */
  readonly seq?: number;
  /** Relative to ISS + 1; undefined: no ACK. */
  readonly ack?: number | undefined;
  readonly flags?: number;
  readonly window?: number;
  readonly length?: number;
  readonly options?: SegmentOptions;
}

/** One connection, and what its steps did. */
export class Connection {
  tcb: Tcb = CLOSED_TCB;
  now = 1_000_000;
  readonly counters: string[] = [];
  readonly step: typeof model;
  readonly constants: TcpConstants;

  constructor(constants: Partial<TcpConstants> = {}, step = model) {
    this.constants = { ...TCP_CONSTANTS, ...constants };
    this.step = step;
  }

  do(event: TcpEvent): Actions {
    const { tcb, actions } = this.step(this.tcb, event, this.now, this.constants);
    this.tcb = tcb;
    this.counters.push(...actions.counters);
    return actions;
  }

  segment({ seq = 0, ack, flags = 0, window = 60_000, length = 0, options = {} }: SegmentFields): Actions {
    return this.do(segmentEvent({ seq, ack, flags, window, length, options }));
  }

  /** One grant. */
  grant(): SentSegment | undefined {
    return this.do({ kind: 'grant' }).send;
  }

  /** Grants until nothing is left to send. */
  drain(): SentSegment[] {
    const sent: SentSegment[] = [];
    while (this.tcb.eligible) {
      const segment = this.grant();
      if (segment === undefined) throw new Error('eligible, but the grant sends nothing');
      sent.push(segment);
      if (sent.length > 1000) throw new Error('a thousand segments and no end');
    }
    return sent;
  }

  /** Time passes until this deadline, which fires. */
  fire(timer: Timer): Actions {
    const deadline = deadlineOf(this.tcb, timer);
    if (deadline === Infinity) throw new Error(`${timer} is not armed`);
    this.now = Math.max(this.now, deadline);
    return this.do({ kind: 'timer', timer, deadline });
  }

  send(tail: number): void {
    this.do({ kind: 'send', tail });
  }
}

/** The event of these fields; numbers relative as in `SegmentFields`. */
export function segmentEvent({ seq = 0, ack, flags = 0, window = 60_000, length = 0, options = {} }: SegmentFields): SegmentEvent {
  return {
    kind: 'segment', seq: (IRS + 1 + seq) >>> 0, ack: ack === undefined ? 0 : (ISS + 1 + ack) >>> 0,
    flags: flags | (ack === undefined ? 0 : ACK), window, length, options,
  };
}

export interface Setup {
  readonly constants?: Partial<TcpConstants>;
  readonly parameters?: Partial<OpenParameters>;
  /** Options of the peer's SYN. */
  readonly peer?: SegmentOptions;
  readonly window?: number;
  readonly passive?: boolean;
  readonly step?: typeof model;
}

const PEER: SegmentOptions = { mss: 1460 };

/** Both SYNs are exchanged and acknowledged. */
export function established(setup: Setup = {}): Connection {
  const connection = new Connection(setup.constants, setup.step);
  const parameters = { ...PARAMETERS, ...setup.parameters };
  const { window = 60_000, peer = PEER } = setup;
  const ts = parameters.timestamps && peer.tsval !== undefined ? { tsval: peer.tsval, tsecr: 0 } : {};
  if (setup.passive === true) {
    const { kind: _kind, ...syn } = segmentEvent({ seq: -1, flags: SYN, window, options: peer });
    connection.do({ kind: 'accept', ...parameters, syn });
    const answer = connection.grant()!;
    connection.segment({ seq: 0, ack: 0, window, options: 'tsval' in ts ? { tsval: ts.tsval, tsecr: answer.options.tsval! } : {} });
  } else {
    connection.do({ kind: 'open', ...parameters });
    const syn = connection.grant()!;
    connection.segment({ seq: -1, ack: 0, flags: SYN, window, options: 'tsval' in ts ? { ...peer, tsecr: syn.options.tsval! } : peer });
    connection.grant();
  }
  connection.counters.length = 0;
  return connection;
}

export type NamedState = State | 'SYN_RECEIVED_PASSIVE';

/** A connection in this state, nothing due, nothing in flight but what the state says (SYN or FIN). */
export function inState(state: NamedState, setup: Setup = {}): Connection {
  switch (state) {
    case 'CLOSED':
      return new Connection(setup.constants, setup.step);
    case 'SYN_SENT': {
      const connection = new Connection(setup.constants, setup.step);
      connection.do({ kind: 'open', ...PARAMETERS, ...setup.parameters });
      connection.grant();
      return connection;
    }
    case 'SYN_RECEIVED': {
      const connection = inState('SYN_SENT', setup);
      connection.segment({ seq: -1, flags: SYN, options: setup.peer ?? PEER });
      connection.grant();
      return connection;
    }
    case 'SYN_RECEIVED_PASSIVE': {
      const connection = new Connection(setup.constants, setup.step);
      const { kind: _kind, ...syn } = segmentEvent({ seq: -1, flags: SYN, options: setup.peer ?? PEER });
      connection.do({ kind: 'accept', ...PARAMETERS, ...setup.parameters, syn });
      connection.grant();
      return connection;
    }
    case 'ESTABLISHED':
      return established(setup);
    case 'FIN_WAIT_1': {
      const connection = established(setup);
      connection.do({ kind: 'shutdown' });
      connection.drain();
      return connection;
    }
    case 'FIN_WAIT_2': {
      const connection = inState('FIN_WAIT_1', setup);
      connection.segment({ ack: 1 });
      return connection;
    }
    case 'CLOSE_WAIT': {
      const connection = established(setup);
      connection.segment({ ack: 0, flags: FIN });
      connection.drain();
      return connection;
    }
    case 'CLOSING': {
      const connection = inState('FIN_WAIT_1', setup);
      connection.segment({ ack: 0, flags: FIN });
      connection.drain();
      return connection;
    }
    case 'LAST_ACK': {
      const connection = inState('CLOSE_WAIT', setup);
      connection.do({ kind: 'shutdown' });
      connection.drain();
      return connection;
    }
    case 'TIME_WAIT': {
      // Its last ACK not yet sent.
      const connection = inState('FIN_WAIT_2', setup);
      connection.segment({ ack: 1, flags: FIN });
      return connection;
    }
  }
}

export { ACK, FIN, RST, SYN };
