/**
 * Register slices: modules that cut the combinational paths of an AXI4-Stream, AXI4-Lite or AXI4 connection, channel by channel.
 *
 * Each channel takes one transfer a cycle; `bypass` adds no cycle, `stage` and `skid` add one.
 * They store one transfer (`skid` a second while stalled): they do not buffer bursts, convert widths or cross clocks.
 */
import { describe } from '../check/describe.ts';
import { usage } from '../check/error.ts';
import { type Data, In, module, Out, type Source } from '../index.ts';
import { Axi, type AxiParameters, axiParameters } from './axi.ts';
import { AxiLite } from './axi-lite.ts';
import { AxiStream } from './axi-stream.ts';
import { skid, stage } from './stream-register.ts';

/**
 * What stands in a channel: `bypass` wires; `stage` a register for valid and payload, ready stays combinational;
 * `skid` registers for valid, payload and ready, nothing is combinational from side to side.
 */
export type Slice = 'bypass' | 'stage' | 'skid';

/** A slice a channel; `skid` where none is given. */
export interface AxiSlices {
  readonly aw?: Slice;
  readonly w?: Slice;
  readonly b?: Slice;
  readonly ar?: Slice;
  readonly r?: Slice;
}

/** Of an AXI4-Stream of `width` bits of data. */
export function axiStreamRegisterSlice(width: number, slice: Slice = 'skid') {
  const checked = checkedSlice('axiStreamRegisterSlice', 'slice', slice);
  return module('axi_stream_register_slice', { d: width, slice: checked }, {
    s: In(AxiStream(width), { prefix: 's_axis_' }),
    m: Out(AxiStream(width), { prefix: 'm_axis_' }),
  }, (io) => {
    io.m.from(sliced(checked, io.s));
  });
}

/** Of an AXI4-Lite connection. */
export function axiLiteRegisterSlice(addressWidth: number, dataWidth = 32, slices: AxiSlices = {}) {
  const { aw, w, b, ar, r } = checkedSlices('axiLiteRegisterSlice', slices);
  return module('axi_lite_register_slice', { a: addressWidth, d: dataWidth, aw, w, b, ar, r }, {
    s: In(AxiLite(addressWidth, dataWidth), { prefix: 's_axil_' }),
    m: Out(AxiLite(addressWidth, dataWidth), { prefix: 'm_axil_' }),
  }, (io) => {
    io.m.aw.from(sliced(aw, io.s.aw));
    io.m.w.from(sliced(w, io.s.w));
    io.s.b.from(sliced(b, io.m.b));
    io.m.ar.from(sliced(ar, io.s.ar));
    io.s.r.from(sliced(r, io.m.r));
  });
}

/** Of an AXI4 connection. */
export function axiRegisterSlice(parameters: AxiParameters, slices: AxiSlices = {}) {
  const { addressWidth, dataWidth, idWidth, userWidth } = axiParameters(parameters);
  const { aw, w, b, ar, r } = checkedSlices('axiRegisterSlice', slices);
  return module('axi_register_slice', { i: idWidth, a: addressWidth, d: dataWidth, u: userWidth, aw, w, b, ar, r }, {
    s: In(Axi(parameters), { prefix: 's_axi_' }),
    m: Out(Axi(parameters), { prefix: 'm_axi_' }),
  }, (io) => {
    io.m.aw.from(sliced(aw, io.s.aw));
    io.m.w.from(sliced(w, io.s.w));
    io.s.b.from(sliced(b, io.m.b));
    io.m.ar.from(sliced(ar, io.s.ar));
    io.s.r.from(sliced(r, io.m.r));
  });
}

function sliced<T extends Data>(slice: Slice, source: Source<T>): Source<T> {
  switch (slice) {
    case 'bypass': return source;
    case 'stage': return stage(source);
    case 'skid': return skid(source);
  }
}

function checkedSlices(what: string, slices: AxiSlices): Required<AxiSlices> {
  const { aw = 'skid', w = 'skid', b = 'skid', ar = 'skid', r = 'skid' } = slices;
  const all = { aw, w, b, ar, r };
  for (const [channel, slice] of Object.entries(all)) checkedSlice(what, channel, slice);
  return all;
}

function checkedSlice(what: string, name: string, slice: Slice): Slice {
  if (slice === 'bypass' || slice === 'stage' || slice === 'skid') return slice;
  return usage(`${what}: ${name} must be 'bypass', 'stage' or 'skid', not ${describe(slice)}`);
}
