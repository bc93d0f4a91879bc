/** TCP options: values and bytes. */
import { MssOption, TcpOptionKind, TimestampsOption, WINDOW_SCALE_MOST, WindowScaleOption } from '../../hw/protocol/index.ts';

export interface TcpOptions {
  readonly mss?: number;
  readonly windowScale?: number;
  readonly timestamps?: { readonly value: number; readonly echo: number };
}

const { EOL, NOP, MSS, WINDOW_SCALE, TIMESTAMPS } = TcpOptionKind.value;

/** Padded to words of four bytes. */
export function optionBytes({ mss, windowScale, timestamps }: TcpOptions): Uint8Array {
  return padded([
    ...(mss === undefined ? [] : [MssOption.encode({ mss })]),
    ...(timestamps === undefined ? [] : [TimestampsOption.encode({ tsval: timestamps.value, tsecr: timestamps.echo })]),
    ...(windowScale === undefined ? [] : [WindowScaleOption.encode({ shift: windowScale })]),
  ]);
}

/** Options one behind the other; NOPs come first, as they usually do. */
export function padded(options: readonly Uint8Array[]): Uint8Array {
  const length = options.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(Math.ceil(length / 4) * 4).fill(NOP);
  let at = bytes.length - length;
  for (const option of options) {
    bytes.set(option, at);
    at += option.length;
  }
  return bytes;
}

/** What can be read; a length that makes no sense ends the list (RFC 9293, MUST-7: nothing else comes of it). */
export function readOptions(bytes: Uint8Array): TcpOptions {
  let options: TcpOptions = {};
  for (let at = 0; at < bytes.length;) {
    const kind = bytes[at]!;
    if (kind === EOL) break;
    if (kind === NOP) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) break;
    if (kind === MSS && length === MssOption.bytes) options = { ...options, mss: MssOption.get(bytes, 'mss', at) };
    else if (kind === WINDOW_SCALE && length === WindowScaleOption.bytes) options = { ...options, windowScale: Math.min(WINDOW_SCALE_MOST, WindowScaleOption.get(bytes, 'shift', at)) };
    else if (kind === TIMESTAMPS && length === TimestampsOption.bytes) {
      const { tsval, tsecr } = TimestampsOption.decode(bytes, at);
      options = { ...options, timestamps: { value: tsval, echo: tsecr } };
    }
    at += length;
  }
  return options;
}
