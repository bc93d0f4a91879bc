/**
 * Ends periods by which DMA engines tell that memory does not answer: each as many ticks of 1024 µs long as a register says.
 *
 * `period` is high for one cycle, in the first cycle of a tick. No ticks: no period ever ends. It sleeps while nothing is under way.
 * It knows no accesses: what was under way during all of a period has waited for once to twice as long.
 */
import { allOf, Bool, In, module, mux, Out, reg, UInt, when } from '@vtoe/hdl';

/** The longest is 67 seconds. */
export const DmaTimeout = UInt(16);

export const dmaTimeout = module('dma_timeout', {}, {
  /** Another value in each tick. */
  tick: In(Bool),
  ticks: In(DmaTimeout),
  /** An access is under way. */
  busy: In(Bool),
  period: Out(Bool),
}, (io) => {
  const [awake, was] = [reg(Bool), reg(Bool)];
  awake.next = io.busy;
  when(io.busy, () => { was.next = io.tick; });
  // The tick in which it wakes has begun before.
  const begins = allOf(awake, io.busy, io.tick.ne(was));
  const passed = reg(DmaTimeout);
  const last = passed.addc(1).ge(io.ticks.zext(DmaTimeout.width + 1));
  when(io.busy.not(), () => { passed.next = 0; }).elsewhen(begins, () => { passed.next = mux(last, 0, passed.add(1)); });
  io.period.set(allOf(begins, last, io.ticks.ne(0)));
  return { awake, was, passed };
});
