/** TCP's options as bits. What a receiver makes of them is in `tcp-options-parser.ts`, what a sender writes in `tcp-options-writer.ts`. */
import { codes } from './codes.ts';
import { code, layout, preset, uint } from './layout.ts';

export const TcpOptionKind = codes('TcpOptionKind', { width: 8, doc: 'Kind of a TCP option: its first byte.', source: 'IANA, "TCP Option Kind Numbers"' }, {
  EOL: [0, 'End of the list: one byte; what follows is padding.'],
  NOP: [1, 'One byte, to align what follows.'],
  MSS: [2, 'Maximum segment size; in SYN segments only.'],
  WINDOW_SCALE: [3, 'Window scale; in SYN segments only.'],
  SACK_PERMITTED: [4, 'Selective acknowledgments are welcome; in SYN segments only.'],
  SACK: [5, 'Selective acknowledgment of up to four blocks.'],
  TIMESTAMPS: [8, 'Timestamps.'],
});

const kind = (label: keyof typeof TcpOptionKind.value) => preset(code(TcpOptionKind, 'Kind.'), TcpOptionKind.value[label]);
const length = (bytes: number) => preset(uint(8, 'Bytes of the option, this and the kind included.'), bytes);

export const MssOption = layout({ name: 'MssOption', doc: 'Maximum segment size.', source: 'RFC 9293, 3.1 and 3.7.1', order: 'network', bytes: 4 }, {
  kind: kind('MSS'), length: length(4), mss: uint(16, 'Largest payload that its sender accepts in a segment without options, in bytes.'),
});

export const WindowScaleOption = layout({ name: 'WindowScaleOption', doc: 'Window scale.', source: 'RFC 7323, 2.2', order: 'network', bytes: 3 }, {
  kind: kind('WINDOW_SCALE'), length: length(3), shift: uint(8, "Places by which its sender's windows are to be shifted left; more than 14 count as 14."),
});

export const SackPermittedOption = layout({ name: 'SackPermittedOption', doc: 'Selective acknowledgments are welcome.', source: 'RFC 2018, 2', order: 'network', bytes: 2 }, {
  kind: kind('SACK_PERMITTED'), length: length(2),
});

export const TimestampsOption = layout({ name: 'TimestampsOption', doc: 'Timestamps.', source: 'RFC 7323, 3.2', order: 'network', bytes: 10 }, {
  kind: kind('TIMESTAMPS'), length: length(10),
  tsval: uint(32, "The sender's clock."),
  tsecr: uint(32, "The receiver's `tsval`, returned; counts with ACK only."),
});

/** A SACK option is this, then 1 to 4 `SackBlock`s; its length is 2 + 8 x blocks. */
export const SackOption = layout({ name: 'SackOption', doc: 'Start of a selective acknowledgment; its blocks follow.', source: 'RFC 2018, 3', order: 'network', bytes: 2 }, {
  kind: kind('SACK'), length: uint(8, 'Bytes of the option: 2 + 8 x blocks.'),
});

export const SackBlock = layout({ name: 'SackBlock', doc: 'Received data beyond what is acknowledged.', source: 'RFC 2018, 3', order: 'network', bytes: 8 }, {
  left_edge: uint(32, 'First sequence number of the block.'),
  right_edge: uint(32, 'Sequence number behind the last one of the block.'),
});

/** The data offset is at most 15 words, 5 of which are fixed. */
export const TCP_OPTIONS_MOST_BYTES = 40;
export const SACK_MOST_BLOCKS = 4;
/** RFC 7323, 2.3. */
export const WINDOW_SCALE_MOST = 14;
