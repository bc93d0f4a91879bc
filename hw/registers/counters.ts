/**
 * All that is dropped, goes wrong or overflows, by cause: the one list from which registers, hardware, readers and the reference
 * follow. A counter's number is its place in the list, its name is `<block>_<cause>`.
 */
import { RX_DROPS } from '../net/rx-store.ts';
import { ROUTE_COUNTERS } from '../net/rx-route.ts';
import { ARP_COUNTERS } from '../net/arp.ts';
import { NEIGHBOUR_COUNTERS } from '../net/neighbours.ts';
import { PUNT_DROPS } from '../net/punt.ts';
import { RAW_DROPS } from '../net/raw-send.ts';
import { PATH_MTU_COUNTERS } from '../tcp/path-mtu.ts';

/** Bits of a counter. */
export const COUNTER_BITS = 32;

/** Who counts: its page in the reference, and what it counts. */
interface Counting {
  readonly page: string;
  readonly causes: Readonly<Record<string, string>>;
}

const { overflow, conflict, not_ours } = ARP_COUNTERS;
const { full, failed, unknown } = NEIGHBOUR_COUNTERS;
const { off, full: punt_full, overflow: punt_overflow, received_full, received_overflow, sent_full, sent_overflow } = PUNT_DROPS;

export const COUNTED = {
  rx: { page: 'net/rx-store.md', causes: RX_DROPS },
  option: { page: 'net/rx-store.md', causes: { fault: 'A segment was taken, but an option of it was malformed or misplaced, and ignored.' } },
  route: { page: 'net/rx-route.md', causes: ROUTE_COUNTERS },
  punt: { page: 'net/punt.md', causes: { off, full: punt_full, overflow: punt_overflow } },
  mirror: { page: 'net/punt.md', causes: { received_full, received_overflow, sent_full, sent_overflow } },
  raw: { page: 'net/raw-send.md', causes: RAW_DROPS },
  too_big: { page: 'tcp/path-mtu.md', causes: PATH_MTU_COUNTERS },
  arp: { page: 'net/arp.md', causes: { overflow, conflict, not_ours } },
  neighbour: { page: 'net/neighbours.md', causes: { full, failed, unknown } },
  echo: { page: 'net/icmp.md', causes: { dropped: 'An echo request found no room, or is longer than the room that there is.' } },
  egress: { page: 'net/egress.md', causes: { infrastructure_bad: 'A frame of ARP or ICMP that its source marked bad: not sent.', raw_bad: 'A frame of the VMM that could not be read: not sent.' } },
  flow: {
    page: 'tcp/slow-path.md', causes: {
      overflow: 'A segment for the slow path while its queue had no place for it, or frames little room: dropped.',
      ignored: 'A RST, or a segment that says nothing, without a connection: dropped (RFC 9293, 3.10.7.1 and 3.10.7.2).',
      reset: 'A segment without a connection, answered by a RST unless `flow_reset_dropped` counts too.',
      reset_dropped: 'Of those: no room for the RST, not answered.',
      over_budget: 'A SYN while all half-open connections that may be are there: dropped.',
      over_backlog: 'A SYN while all that its listener may have are there: dropped.',
      no_slot: 'A SYN while all connections are in use: dropped.',
      table_full: 'A SYN for which the flow table found no place: dropped.',
    },
  },
  accept: { page: 'tcp/acceptor.md', causes: { no_hop: 'A SYN while all next hops are in use: dropped.' } },
  time_wait: {
    page: 'tcp/time-wait.md', causes: {
      evicted: 'A connection in TIME_WAIT was forgotten early, for one that came later.',
      insert_dropped: 'A connection that had ended found no room to wait at the cache: forgotten at once.',
      overflow: 'A connection ended while 16 before it waited to be told to the cache: forgotten at once.',
      dropped: 'A segment to a connection in TIME_WAIT: dropped.',
      ack_dropped: 'An ACK of TIME_WAIT was due while the one before still waited: not sent.',
    },
  },
  segment: { page: 'tcp/pipeline.md', causes: { stale: 'A segment found its connection gone when its turn came: dropped.' } },
  tcp: {
    page: 'tcp/step.md', causes: {
      closed_segment: 'A segment to a connection that had ended: answered by a RST, or was one (RFC 9293, 3.10.7.1).',
      outside_window: 'A segment outside of the window (RFC 9293, 3.10.7.4, first).',
      paws: 'A timestamp older than the last one (RFC 7323, 5.3 R1).',
      ts_missing: 'No timestamp, although agreed on (RFC 7323, 3.2).',
      rst_outside: 'A RST outside of the window (RFC 5961, 3.2).',
      rst_inexact: 'A RST in the window, but not at its left edge (RFC 5961, 3.2).',
      rst_accepted: 'A RST that ended its connection.',
      syn_in_sync: 'A SYN to a connection that is open (RFC 5961, 4.2).',
      syn_repeated: "The peer's SYN again, before its handshake was complete.",
      no_ack: 'Neither SYN nor RST nor ACK (RFC 9293, 3.10.7.4, fifth).',
      ack_unacceptable: 'An ACK of what was never sent, in a handshake: answered by a RST.',
      ack_range: 'An ACK of what was not sent yet, or of what is too old (RFC 5961, 5).',
      ack_old: 'An ACK of what was acknowledged already.',
      syn_sent_ignored: 'Neither SYN nor RST while a SYN waits for its answer.',
      no_prepost: 'The last ACK of a handshake found no posted ACCEPT: dropped, the peer repeats it.',
      text_ignored: 'Payload where none can be: on a SYN, or after a FIN.',
      text_after_close: 'Payload after CLOSE: the connection was reset.',
      trimmed: 'Payload cut at an edge of what is expected.',
      duplicate: 'A segment with payload, none of it new.',
      out_of_order: 'Payload ahead of what is expected, kept.',
      intervals_full: 'Payload ahead of what is expected, dropped: it would have been in a fifth piece.',
      fin_conflict: 'A FIN before payload that is kept, or a second one elsewhere: ignored.',
      dupack_saturated: 'An eighth ACK was owed: one fewer is sent.',
      challenge_ack: 'A challenge ACK was sent (RFC 5961, 7).',
      challenge_suppressed: 'A challenge ACK was due too soon after the one before: not sent.',
      fast_retransmit: 'A third duplicate ACK: sent again.',
      partial_ack: 'An ACK of a part of what was sent before a loss: the next segment is sent again.',
      recovery_refused: 'A third duplicate ACK that does not say of a new loss (RFC 6582, 3.2 step 2).',
      timeout: 'Nothing was acknowledged in time: sent again.',
      probe: 'A probe of a closed window, or a segment into a small one.',
      keepalive_probe: 'A keepalive probe was sent.',
      gave_up: 'A connection ended for want of answers.',
      path_doubted: 'A segment was repeated so often that its path is in doubt (RFC 9293, 3.8.3).',
      rtt_bogus: 'A timestamp came back that was never sent, or long ago: not measured.',
    },
  },
  reset: {
    page: 'net/stateless-sends.md', causes: {
      dropped: 'The RST of a connection that had ended found no room: not sent.',
      no_hop: 'The next hop of such a RST is not known any more: not sent.',
    },
  },
  send: {
    page: 'tcp/outcome.md', causes: {
      no_hop: 'A segment whose next hop was given up meanwhile: not sent.',
      fault: 'A segment whose payload could not be read: not sent, and its connection ends.',
      fault_forgotten: 'Of those: too many at once, the connection goes on until it finds the fault again.',
    },
  },
  place: {
    page: 'net/rx-place.md', causes: {
      fault: 'Payload of a segment could not be written: its VM is stopped, and its connection ends.',
      fault_forgotten: 'Of those: too many at once, the connection does not end by this one.',
    },
  },
  dma: { page: 'dma/windows.md', causes: { write_fault: 'A write was refused by the windows of its VM, answered with an error, or not answered in time.', read_fault: 'A read was refused by the windows of its VM, answered with an error, or not answered in time.' } },
  completion: { page: 'host/completion.md', causes: { dropped: 'An entry for the completion queue of a VM that was disabled meanwhile.' } },
  register: { page: 'registers.md', causes: { read_fault: 'A read of a hole, of an address that is misaligned, or of one beyond the map.', write_fault: 'A write to one of those, or to a register that cannot be written.' } },
} as const satisfies Readonly<Record<string, Counting>>;

type Counted = typeof COUNTED;
export type CountingBlock = keyof Counted;
export type CauseOf<B extends CountingBlock> = Extract<keyof Counted[B]['causes'], string>;
export type CounterName = { [B in CountingBlock]: `${B}_${CauseOf<B>}` }[CountingBlock];

export interface Counter {
  readonly name: CounterName;
  readonly block: CountingBlock;
  readonly cause: string;
  readonly page: string;
  readonly doc: string;
}

/** By number. */
export const COUNTERS: readonly Counter[] = Object.entries(COUNTED).flatMap(([block, { page, causes }]: [string, Counting]) =>
  Object.entries(causes).map(([cause, doc]) => ({ name: `${block}_${cause}` as CounterName, block: block as CountingBlock, cause, page, doc })));
