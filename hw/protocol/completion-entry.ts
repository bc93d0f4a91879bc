/**
 * Entries of a completion queue (CQ): answers to commands, and events of connections. Both have one form.
 *
 * An entry is valid when its phase bit, in the last bits that are written, has changed since the queue went round before.
 */
import { codes } from './codes.ts';
import { Handle } from './handle.ts';
import { code, flag, layout, part, reserved, uint } from './layout.ts';

/** The names in brackets are those of errno that a socket call returns. */
export const Status = codes('Status', { width: 8, doc: 'How a command or a connection ended. Below 0x40: a command was refused and changed nothing; from 0x40: the end of a connection.', source: 'docs/reference/protocol/completion-entry.md' }, {
  OK: [0x00, 'Done.'],
  BAD_OPCODE: [0x01, 'No such opcode. (EINVAL)'],
  BAD_FIELD: [0x02, 'A field is out of its range, or EXT is set. (EINVAL)'],
  BAD_HANDLE: [0x03, "The handle is none of this VM's, or of an earlier use of its slot. (EBADF)"],
  BAD_STATE: [0x04, 'The connection is in no state for this command. (ENOTCONN)'],
  BAD_POSITION: [0x05, 'A position goes back, or beyond what the ring holds. (EINVAL)'],
  BAD_RING: [0x06, "A ring's size is out of range or not the listener's, or it is not aligned or not in the VM's windows. (EFAULT)"],
  ADDRESS_NOT_AVAILABLE: [0x07, 'The VM has no such address, or the port is out of its range. (EADDRNOTAVAIL)'],
  ADDRESS_IN_USE: [0x08, 'Another connection or listener has these addresses and ports. (EADDRINUSE)'],
  NO_RESOURCES: [0x09, "The VM's quota or the table is full. (ENOBUFS)"],
  CANCELED: [0x0a, 'The listener was closed before the rings were used. (ECANCELED)'],
  REFUSED: [0x40, 'The peer answered the SYN by RST. (ECONNREFUSED)'],
  RESET: [0x41, 'RST from the peer. (ECONNRESET)'],
  TIMED_OUT: [0x42, 'Too many retransmissions or keepalive probes, or the user timeout. (ETIMEDOUT)'],
  HOST_UNREACHABLE: [0x43, 'The next hop does not answer ARP. (EHOSTUNREACH)'],
  ABORTED: [0x44, 'ABORT, or a reset of the VM. (ECONNABORTED)'],
  DMA_ERROR: [0x45, 'A ring could not be read or written. (EIO)'],
});

export const CompletionEntry = layout({ name: 'CompletionEntry', doc: 'An answer to a command, or what happened to a connection.', source: 'docs/reference/protocol/completion-entry.md', order: 'little', bytes: 32 }, {
  handle: part(Handle, 'The connection or listener; 0 if there is none.'),
  command_id: uint(16, 'Of the command that is answered; with ACCEPTED or CANCELED, of the ACCEPT that posted the rings.'), status: code(Status, 'How it ended.'), queue_id: uint(8, 'Submission queue of the command: 0, as long as a VM has one.'),
  connected: flag('CONNECT has succeeded.'), accepted: flag('A connection took posted rings.'), data: flag('`rx_filled` has advanced.'), sent: flag('`tx_freed` has advanced.'),
  peer_closed: flag('FIN from the peer: no data after `rx_filled`.'), closed: flag('Both directions have ended in order.'), reset: flag('RST from the peer.'), error: flag('The connection has failed: `status` says why.'),
  response: flag('Answers the command `command_id`; else an event entry.'), final: flag('The engine never touches the rings of this connection, or of this ACCEPT, again.'), ext: flag('The next entry continues this one, for addresses of 128 bits. 0 today.'), flags: reserved(5),
  sq_head: uint(16, 'Entries of the submission queue up to this index, modulo its size, were fetched: their places are free.'),
  unused: reserved(32),
  rx_filled: uint(32, 'Absolute position: the RX ring holds data up to here.'),
  tx_freed: uint(32, 'Absolute position: the TX ring is free up to here, acknowledged by the peer.'),
  remote_address: uint(32, 'IPv4 address of the peer, as a number.'),
  remote_port: uint(16, 'Port of the peer.'), reserved: reserved(15), phase: flag('1 in the first round of the queue, 0 in the second, and so on.'),
});
