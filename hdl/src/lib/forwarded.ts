/**
 * A block RAM for read-modify-write in every cycle: a read sees all writes that are on their way into the memory.
 *
 * One read a port and one write a cycle, the same address included; latency 1, or 2 with `outputRegister`: a read
 * issued in cycle t gives, in cycle t + latency, the word as written up to and including cycle t + latency - 1.
 * It forwards whole words only, and nothing that the user computes over several cycles before it is written: with n
 * registers between data and write, keep reads of one address n + 1 cycles apart.
 */
import { usage } from '../check/error.ts';
import { type Attributes, Bool, clog2, type Data, type Like, type Literal, mem, mux, type Read, reg, UInt, when, wire } from '../index.ts';
import { current } from '../lang/context.ts';

export interface ForwardedOptions<T extends Data> {
  /** The RAM's own output register is used: latency 2 and the clock rate of a block RAM; false by default. */
  readonly outputRegister?: boolean;
  /** Hint for synthesis; `block` by default. */
  readonly style?: 'block' | 'distributed' | 'registers' | 'auto';
  /** Start contents of the first words. */
  readonly init?: readonly Literal<NoInfer<T>>[];
  readonly attributes?: Attributes;
}

export interface ReadRequest {
  /** Whether a read is issued in this cycle; true by default. Otherwise the last one stays, and keeps seeing writes. */
  readonly enable?: Bool;
  /** max(1, clog2(depth)) bits, below `depth` (asserted). */
  readonly address: UInt;
}

export interface WriteRequest<T extends Data> {
  readonly enable: Bool;
  readonly address: UInt;
  readonly data: Like<NoInfer<T>>;
}

export interface Forwarded<T extends Data> {
  readonly shape: T;
  readonly depth: number;
  /** Cycles from a read to its data: 1 or 2. */
  readonly latency: number;
  /** A read port of its own; outside of `when`, since it works in every cycle. */
  read(request: ReadRequest): Read<T>;
  /** The write port: called once. `data` may depend on a read's data of the same cycle. */
  write(request: WriteRequest<T>): void;
}

/**
 * `depth` words of `shape`. Return it from the module's body like a memory: under the key `sessions` there are
 * `sessions_ram`, `sessions_wr_enable`, `sessions_rd_hit`, ….
 *
 * The memory's collision mode is `asserted`: the simulator proves in every cycle that a word that is read while it is
 * written is never looked at.
 */
export function forwarded<T extends Data>(shape: T, depth: number, options: ForwardedOptions<T> = {}): Forwarded<T> {
  const { outputRegister = false, style = 'block', ...others } = options;
  const ram = mem(shape, depth, { collision: 'asserted', outputRegister, style, ...others });
  const address = UInt(Math.max(1, clog2(depth)));
  const wr = { enable: wire(Bool), address: wire(address), data: wire(shape) };
  let [written, reads] = [false, 0];

  const read = ({ enable, address: at }: ReadRequest): Read<T> => {
    outsideWhen('read');
    let word: Read<T> | undefined;
    if (enable === undefined) word = ram.readSync(at);
    else when(enable, () => { word = ram.readSync(at); });
    // What the RAM's first stage holds: a copy of `wr.data` counts in its place if `hit`.
    const rd = { hit: reg(Bool), copy: reg(shape, { reset: false }) };
    const held = enable === undefined && !outputRegister ? undefined : reg(address, { reset: false });
    const target = enable === undefined ? at : mux(enable, at, held!);
    const match = wr.enable.and(wr.address.eq(target));
    if (held !== undefined) held.next = target;
    rd.hit.next = enable === undefined ? match : match.or(rd.hit.and(enable.not()));
    when(match, () => { rd.copy.next = wr.data; });
    if (!outputRegister) {
      keep({ ...rd, address: held });
      return mux(rd.hit, rd.copy, word!);
    }

    // The output register takes the first stage in every cycle; a write in that cycle is the newest there is.
    const out = { hit: reg(Bool), copy: reg(shape, { reset: false }) };
    const overtaken = wr.enable.and(wr.address.eq(held!));
    out.hit.next = overtaken.or(rd.hit);
    out.copy.next = mux(overtaken, wr.data, rd.copy);
    keep({ ...rd, address: held, out });
    return mux(out.hit, out.copy, word!);
  };
  const write = ({ enable, address: at, data }: WriteRequest<T>): void => {
    outsideWhen('write');
    if (written) usage('forwarded: write was called before; the memory has one write port, so choose between writers before it');
    written = true;
    wr.enable.set(enable);
    wr.address.set(at);
    wr.data.set(data);
    when(wr.enable, () => { ram.write(wr.address, wr.data); });
  };
  const self: Forwarded<T> & Record<string, unknown> = { shape, depth, latency: outputRegister ? 2 : 1, read, write, ram, wr };
  /** Registers of a port get their names through the object that the caller returns. */
  const keep = (port: object): void => {
    self[reads === 0 ? 'rd' : `rd_${reads}`] = port;
    reads += 1;
  };
  return self;
}

function outsideWhen(what: string): void {
  if (current(`forwarded.${what}`).path.length > 0) usage(`forwarded: ${what} stands inside when or match, but works in every cycle; call it outside, with the condition as enable`);
}
