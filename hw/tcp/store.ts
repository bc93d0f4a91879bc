/**
 * The memories of all connections' records, a group of fields each (`tcb.ts`), with forwarding.
 *
 * One read and one write a cycle; a read gives its record two cycles later, as written up to the cycle before it. After reset
 * a walker writes the record of a free slot everywhere, one a cycle.
 * It does not keep apart events of one connection: that is `admit.ts`.
 */
import { type Bool, cat, clog2, type Data, lit, mux, pack, type Read, reg, UInt, unpack, when } from '@vtoe/hdl';
import { forwarded } from '@vtoe/hdl/lib';
import { CLOSED_RECORD } from './step/closed-record.ts';
import { Tcb, TcbDeadlines, TcbFixed, TcbHot, TcbOutOfOrder } from './tcb.ts';

/** Cycles from a read to its record. */
export const READ_CYCLES = 2;

export interface RecordRead {
  readonly enable: Bool;
  readonly connection: UInt;
}

export interface RecordWrite {
  readonly enable: Bool;
  readonly connection: UInt;
  readonly record: Read<typeof Tcb>;
}

/** Called once each, outside of `when`. */
export function tcbStore(connections: number) {
  const index = UInt(clog2(connections));
  const memory = <T extends Data>(shape: T) => forwarded(shape, connections, { outputRegister: true });
  const [hot, outOfOrder, fixed, deadlines] = [memory(TcbHot), memory(TcbOutOfOrder), memory(TcbFixed), memory(TcbDeadlines)];
  const walking = reg(UInt(1), { init: 1 });
  const walker = reg(index);
  const ready = walking.eq(0);
  when(ready.not(), () => {
    walker.next = walker.add(1);
    when(walker.eq(connections - 1), () => { walking.next = 0; });
  });

  const read = ({ enable, connection: address }: RecordRead): Read<typeof Tcb> => {
    const at = { enable, address };
    // The record's fields in order of the groups.
    return unpack(Tcb, cat(pack(hot.read(at)), pack(outOfOrder.read(at)), pack(fixed.read(at)), pack(deadlines.read(at))));
  };
  const write = ({ enable, connection, record }: RecordWrite): void => {
    const word = pack(mux(ready, record, lit(Tcb, { ...CLOSED_RECORD, generation: 0 })));
    const at = { enable: enable.or(ready.not()), address: mux(ready, connection, walker) };
    let top = Tcb.width;
    const next = <T extends Data>(shape: T): Read<T> => {
      top -= shape.width;
      return unpack(shape, word.bits(top + shape.width - 1, top));
    };
    hot.write({ ...at, data: next(TcbHot) });
    outOfOrder.write({ ...at, data: next(TcbOutOfOrder) });
    fixed.write({ ...at, data: next(TcbFixed) });
    deadlines.write({ ...at, data: next(TcbDeadlines) });
  };
  return { hot, outOfOrder, fixed, deadlines, walking, walker, ready, read, write };
}
