/**
 * A receive buffer behind a MAC: the library's packet FIFO between two AXI4-Streams.
 *
 * One beat in and one out per cycle; latency is that of `packetFifo`. `s_axis_rx_tready` is constantly 1.
 * It does not look into frames.
 */
import { clog2, In, inst, module, Out, UInt } from '@vtoe/hdl';
import { AxiStream, packetFifo } from '@vtoe/hdl/lib';

export interface MacBufferOptions {
  /** Bits of a beat. */
  readonly width: number;
  /** Beats, a power of two. */
  readonly depth: number;
  readonly packets: number;
}

export function macBuffer({ width, depth, packets }: MacBufferOptions) {
  return module('mac_buffer', { w: width, d: depth, p: packets }, {
    rx: In(AxiStream(width), { prefix: 's_axis_rx_' }),
    out: Out(AxiStream(width), { prefix: 'm_axis_' }),
    level: Out(UInt(clog2(depth) + 1)),
    /** Frames that found no room; frames whose FCS was wrong. */
    overflow: Out(UInt(32)),
    bad: Out(UInt(32)),
  }, (io) => {
    const buffer = inst(packetFifo(width, { depth, packets }));
    buffer.in.valid.set(io.rx.valid);
    buffer.in.payload.set(io.rx.payload);
    io.rx.ready.set(true);
    io.out.from(buffer.out);
    io.level.set(buffer.level);
    io.overflow.set(buffer.dropped.overflow);
    io.bad.set(buffer.dropped.bad);
    return { buffer };
  });
}
