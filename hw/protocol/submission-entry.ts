/**
 * Entries of a submission queue (SQ): what a guest wants of the engine.
 *
 * All entries have 32 bytes and begin alike, so hardware decodes `SubmissionEntry` and then the form of its opcode. Fields
 * that several forms have stand at the same place in each.
 *
 * Positions in rings are absolute: bytes since the connection began, modulo 2^32. So SEND and RECEIVE may be repeated and
 * merged: the last one counts.
 */
import { codes } from './codes.ts';
import { Handle } from './handle.ts';
import { code, type FieldRecord, flag, layout, part, preset, reserved, uint } from './layout.ts';
import { RingDescriptor } from './ring-descriptor.ts';

export const Opcode = codes('Opcode', { width: 8, doc: 'What a guest wants.', source: 'docs/reference/protocol/submission-entry.md' }, {
  NOP: [0x00, 'Nothing; with SIGNAL, to learn that the queue was served up to here.'],
  LISTEN: [0x01, 'Opens a local port for connections. Its status entry has the handle of the listener.'],
  UNLISTEN: [0x02, 'Closes a listener. Connections that it made stay; unused rings come back, each in a FINAL entry.'],
  ACCEPT: [0x03, 'Posts the rings for the next connection of a listener. Its command id comes back with ACCEPTED.'],
  CONNECT: [0x04, 'Opens a connection. Its status entry has the handle at once; CONNECTED follows.'],
  SEND: [0x05, 'The bytes of the TX ring up to `position` may be sent.'],
  RECEIVE: [0x06, 'The bytes of the RX ring up to `position` were read: their room is free.'],
  SHUTDOWN: [0x07, 'Sends FIN after the bytes that were given to SEND; receiving goes on.'],
  CLOSE: [0x08, 'As SHUTDOWN, and data that still come are answered by RST; with unread data RST at once.'],
  ABORT: [0x09, 'RST at once.'],
  SETOPT: [0x0a, 'Sets an option of a connection or listener.'],
});

export const SocketOption = codes('SocketOption', { width: 16, doc: 'What SETOPT sets.', source: 'docs/reference/protocol/submission-entry.md' }, {
  NO_DELAY: [1, '1: small segments go out at once; 0: they wait for what is in flight (RFC 9293, 3.7.4).'],
  KEEPALIVE: [2, '1: a silent peer is probed (RFC 9293, 3.8.4).'],
  USER_TIMEOUT: [3, 'Milliseconds that sent data may stay unacknowledged before the connection ends; 0: as the VMM set (RFC 9293, 3.8.3).'],
});

/** The first 4 bytes of any entry. */
const head = (label: keyof typeof Opcode.value) => ({
  opcode: preset(code(Opcode, 'Opcode.'), Opcode.value[label]), ...rest,
});
const rest = {
  signal: flag('Write a status entry also for the success of SEND, RECEIVE or NOP.'), ext: flag('The next entry continues this one, for addresses of 128 bits. Refused today.'), flags: reserved(6),
  command_id: uint(16, 'Comes back in the status entry.'),
};

const entry = <const F extends FieldRecord>(name: string, doc: string, fields: F) =>
  layout({ name, doc, source: 'docs/reference/protocol/submission-entry.md', order: 'little', bytes: 32 }, fields);

export const SubmissionEntry = entry('SubmissionEntry', 'What all entries begin with.', {
  opcode: code(Opcode, 'Opcode.'), ...rest,
  body: reserved(224, 'By opcode.'),
});

/** NOP. */
export const NopEntry = entry('NopEntry', 'NOP.', { ...head('NOP'), unused: reserved(224) });

export const ListenEntry = entry('ListenEntry', 'LISTEN.', {
  ...head('LISTEN'),
  unused: reserved(32),
  reserved: reserved(16), local_port: uint(16, 'In the range of the address.'),
  address_index: uint(8, "Which of the VM's local addresses, from 0."), rx_log2_bytes: uint(5, 'Size of the RX ring of each connection, as in a ring descriptor: it fixes window scale and first window.'), pad: reserved(3), backlog: uint(16, 'Half-open connections at a time.'),
  tx_log2_bytes: uint(5, 'Size of the TX ring of each connection: positions of SEND are checked against it before an ACCEPT is at hand.'), rest: reserved(123),
});

export const AcceptEntry = entry('AcceptEntry', 'ACCEPT.', {
  ...head('ACCEPT'),
  handle: part(Handle, 'The listener.'),
  unused: reserved(64),
  rx_ring: part(RingDescriptor, 'Ring that is received into; of the size that LISTEN told.'),
  tx_ring: part(RingDescriptor, 'Ring that is sent from; of the size that LISTEN told.'),
});

export const ConnectEntry = entry('ConnectEntry', 'CONNECT.', {
  ...head('CONNECT'),
  remote_address: uint(32, 'IPv4 address of the peer, as a number: 10.0.0.1 is 0x0a000001.'),
  remote_port: uint(16, 'Port of the peer.'), local_port: uint(16, 'In the range of the address; the driver picks it.'),
  address_index: uint(8, "Which of the VM's local addresses, from 0."), unused: reserved(24),
  rx_ring: part(RingDescriptor, 'Ring that is received into.'),
  tx_ring: part(RingDescriptor, 'Ring that is sent from.'),
});

const position = (label: 'SEND' | 'RECEIVE', what: string) => ({
  ...head(label),
  handle: part(Handle, 'The connection.'),
  position: uint(32, what),
  unused: reserved(160),
});

export const SendEntry = entry('SendEntry', 'SEND.', position('SEND', 'Absolute tail of the TX ring: behind the last byte to be sent.'));
export const ReceiveEntry = entry('ReceiveEntry', 'RECEIVE.', position('RECEIVE', 'Absolute head of the RX ring: behind the last byte that was read.'));

const handleOnly = (label: 'UNLISTEN' | 'SHUTDOWN' | 'CLOSE' | 'ABORT', what: string) => ({
  ...head(label),
  handle: part(Handle, what),
  unused: reserved(192),
});

export const UnlistenEntry = entry('UnlistenEntry', 'UNLISTEN.', handleOnly('UNLISTEN', 'The listener.'));
export const ShutdownEntry = entry('ShutdownEntry', 'SHUTDOWN.', handleOnly('SHUTDOWN', 'The connection.'));
export const CloseEntry = entry('CloseEntry', 'CLOSE.', handleOnly('CLOSE', 'The connection.'));
export const AbortEntry = entry('AbortEntry', 'ABORT.', handleOnly('ABORT', 'The connection.'));

export const SetOptionEntry = entry('SetOptionEntry', 'SETOPT.', {
  ...head('SETOPT'),
  handle: part(Handle, 'The connection or listener.'),
  option: code(SocketOption, 'Option.'), reserved: reserved(16),
  value: uint(32, 'By option.'),
  unused: reserved(128),
});

/** Bytes of an entry of a submission or a completion queue. */
export const QUEUE_ENTRY_BYTES = 32;
