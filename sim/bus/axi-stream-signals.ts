/** The signals of an AXI4-Stream (AMBA, IHI 0051A), and what both of its ends need to know of them. */
import { bits, type Signal, type Signals } from './signals.ts';

export interface AxiStreamSignals {
  readonly data: Signal;
  readonly valid: Signal;
  /** Without it, TREADY is 1 in every cycle. */
  readonly ready: Signal | undefined;
  readonly last: Signal;
  /** Without it, all bytes of all beats are there. */
  readonly keep: Signal | undefined;
  readonly user: Signal | undefined;
  /** Bytes of a beat. */
  readonly lanes: number;
}

/** @param direction of the data, as the design sees it */
export function axiStreamSignals(signals: Signals, direction: 'in' | 'out'): AxiStreamSignals {
  const data = signals.required('tdata', direction);
  if (data.width % 8 !== 0) throw new Error(`${data.name} has ${bits(data.width)}; AXI4-Stream data are whole bytes`);
  const lanes = data.width / 8;
  const user = signals.optional('tuser', direction);
  if (user !== undefined && user.width > 32) throw new Error(`${user.name} has ${bits(user.width)}; a stream model takes at most 32`);
  return {
    data, lanes, user,
    valid: signals.required('tvalid', direction, 1),
    ready: signals.optional('tready', direction === 'in' ? 'out' : 'in', 1),
    last: signals.required('tlast', direction, 1),
    keep: signals.optional('tkeep', direction, lanes),
  };
}

/** Word `i` of the TKEEP of a beat with `present` bytes, from lane 0 up. */
export function keepWord(present: number, i: number): number {
  const ones = present - 32 * i;
  if (ones >= 32) return 0xffff_ffff;
  return ones <= 0 ? 0 : 2 ** ones - 1;
}
