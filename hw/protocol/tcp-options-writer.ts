/** The options of a segment that is sent. */
import type { TcpOptions } from './tcp-options-parser.ts';
import { MssOption, SACK_MOST_BLOCKS, SackBlock, SackOption, SackPermittedOption, TCP_OPTIONS_MOST_BYTES, TcpOptionKind, TimestampsOption, WINDOW_SCALE_MOST, WindowScaleOption } from './tcp-options.ts';

const NOP = Uint8Array.of(TcpOptionKind.value.NOP);

/**
 * Options in the order MSS, SACK permitted, timestamps, window scale, SACK, with NOPs that bring each to a multiple of 4
 * bytes; SACK permitted takes the place of the two NOPs in front of timestamps (RFC 7323, appendix A). An option is always
 * written as asked: whether the segment may carry it is for the caller to know.
 *
 * @throws RangeError for more than 40 bytes, more or less than 1 to 4 blocks, a shift above 14 or a value that does not fit its field
 */
export function tcpOptions({ mss, window_scale, sack_permitted, sack, timestamps }: TcpOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  if (mss !== undefined) parts.push(MssOption.encode({ mss }));
  if (sack_permitted) parts.push(SackPermittedOption.encode({}));
  if (timestamps !== undefined) {
    if (!sack_permitted) parts.push(NOP, NOP);
    parts.push(TimestampsOption.encode(timestamps));
  } else if (sack_permitted) parts.push(NOP, NOP);
  if (window_scale !== undefined) {
    if (window_scale > WINDOW_SCALE_MOST) throw new RangeError(`window_scale must be a whole number from 0 to ${WINDOW_SCALE_MOST}, not ${window_scale}`);
    parts.push(NOP, WindowScaleOption.encode({ shift: window_scale }));
  }
  if (sack !== undefined) {
    if (sack.length < 1 || sack.length > SACK_MOST_BLOCKS) throw new RangeError(`sack must have 1 to ${SACK_MOST_BLOCKS} blocks, not ${sack.length}`);
    parts.push(NOP, NOP, SackOption.encode({ length: SackOption.bytes + sack.length * SackBlock.bytes }), ...sack.map((block) => SackBlock.encode(block)));
  }
  const bytes = concatenated(parts);
  if (bytes.length > TCP_OPTIONS_MOST_BYTES) throw new RangeError(`options of a segment have at most ${TCP_OPTIONS_MOST_BYTES} bytes, but these have ${bytes.length}`);
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
