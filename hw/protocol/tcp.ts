/** TCP's header, and the pseudo-header that its checksum covers. Options: `tcp-options.ts`. */
import { IpProtocol } from './ipv4.ts';
import { code, flag, layout, preset, reserved, uint } from './layout.ts';

export const TcpHeader = layout({ name: 'TcpHeader', doc: 'TCP header without options.', source: 'RFC 9293, 3.1', order: 'network', bytes: 20 }, {
  source_port: uint(16, 'Port of the sender.'), destination_port: uint(16, 'Port of the receiver.'),
  sequence_number: uint(32, 'SEG.SEQ: of the first payload byte; with SYN, of the SYN.'),
  acknowledgment_number: uint(32, 'SEG.ACK: the byte that the sender of the segment expects next, if ACK is set.'),
  data_offset: preset(uint(4, 'Length of the header with options, in words of 4 bytes, from 5 up.'), 5), reserved: reserved(4),
  cwr: flag('Congestion window reduced (RFC 3168).'), ece: flag('Congestion was seen (RFC 3168).'), urg: flag('The urgent pointer counts.'), ack: flag('The acknowledgment number counts.'),
  psh: flag('The sender pushed.'), rst: flag('Reset.'), syn: flag('Synchronize sequence numbers.'), fin: flag('No more data.'),
  window: uint(16, 'SEG.WND: bytes that the sender of the segment accepts, scaled except with SYN (RFC 7323, 2.2).'),
  checksum: preset(uint(16, 'Over pseudo-header, header, options and payload.'), 0), urgent_pointer: preset(uint(16, 'Offset of the byte behind urgent data, if URG is set.'), 0),
});

export const TcpPseudoHeader = layout({ name: 'TcpPseudoHeader', doc: 'Counts in the checksum in front of the TCP header, and is never sent.', source: 'RFC 9293, 3.1', order: 'network', bytes: 12 }, {
  source: uint(32, 'Address of the sender.'),
  destination: uint(32, 'Address of the receiver.'),
  zero: reserved(8, 'Zero.'), protocol: preset(code(IpProtocol, 'PTCL.'), IpProtocol.value.TCP), tcp_length: uint(16, 'Bytes of TCP header, options and payload.'),
});
