/**
 * Brings frames to the least length that Ethernet has, 60 bytes without frame check sequence, with zeros at their end.
 *
 * One beat a cycle, latency 0; a frame that gets n beats more makes its source wait for n cycles, and goes on without a pause.
 * It cuts nothing off and adds no frame check sequence: that is the MAC's.
 */
import { Bool, cat, clog2, In, lit, module, mux, Out, type Read, reg, Stream, UInt, type UIntShape, when } from '@vtoe/hdl';
import { type Config, derived } from '../config.ts';
import { ETHERNET_LEAST_BYTES } from '../protocol/ethernet.ts';
import { TxFrame } from './tx-frame.ts';

export function padFrames(config: Config) {
  const { datapathBits } = config;
  const { datapathBytes } = derived(config);
  // The beat in which byte 60 is, and the lanes that it needs there.
  const end = Math.floor((ETHERNET_LEAST_BYTES - 1) / datapathBytes);
  const needed = (1n << BigInt(ETHERNET_LEAST_BYTES - end * datapathBytes)) - 1n;
  const allLanes = (1n << BigInt(datapathBytes)) - 1n;

  return module('pad_frames', { o: derived(config).ownerBits, w: datapathBits }, {
    in: In(Stream(TxFrame(config))),
    out: Out(Stream(TxFrame(config))),
  }, (io) => {
    // Beats of this frame so far, up to `end` + 1.
    const position = reg(UInt(clog2(end + 2)));
    const filling = reg(Bool);
    const owner = reg(io.in.payload.owner.shape, { reset: false });
    const { beat } = io.in.payload;
    const before = position.lt(end), at = position.eq(end);
    const short = beat.last.and(before);

    io.out.valid.set(filling.or(io.in.valid));
    io.in.ready.set(filling.not().and(io.out.ready));
    const own = mux(short, allLanes, mux(beat.last.and(at), beat.keep.or(needed), beat.keep));
    const last = mux(filling, at, beat.last.and(short.not()));
    io.out.payload.set({
      owner: mux(filling, owner, io.in.payload.owner),
      beat: { user: mux(filling, false, beat.user), last, keep: mux(filling, mux(at, lit(UInt(datapathBytes), needed), allLanes), own), data: mux(filling, 0, beat.data.and(byteMask(beat.keep))) },
    });
    when(io.out.fire, () => {
      position.next = mux(last, 0, mux(position.gt(end), position, position.add(1)));
      filling.next = mux(filling, last.not(), short);
    });
    when(io.in.fire, () => { owner.next = io.in.payload.owner; });
    return { position, filling, owner, last };
  });
}

/** Each lane's bit, eight times. */
function byteMask(keep: Read<UIntShape>): Read<UIntShape> {
  return cat(...Array.from({ length: keep.width }, (_, i) => keep.bit(keep.width - 1 - i).repeat(8)));
}
