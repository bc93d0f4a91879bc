/** A design with one bus of each kind, as busy as the models let it: what their cost is measured on. */
import { Bool, cat, In, inst, lit, module, Out, reg, UInt, when } from '@vtoe/hdl';
import { Axi, AxiLite, AxiStream, axiStreamRegisterSlice, registerBank, registers, rw } from '@vtoe/hdl/lib';

const bank = registers({ name: 'scratch', doc: 'A word to write and to read.', registers: { word: rw('Anything.', 32) } });

/**
 * Frames go through a register slice; registers are a bank of one word; `m` reads and writes bursts of 16 full beats, one
 * beat each way in every cycle while `enable` is high.
 */
export const trafficTop = (streamWidth: number, dataWidth: number) => module('traffic_top', { s: streamWidth, d: dataWidth }, {
  rx: In(AxiStream(streamWidth), { prefix: 's_axis_rx_' }),
  tx: Out(AxiStream(streamWidth), { prefix: 'm_axis_tx_' }),
  axil: In(AxiLite(bank.layout.addressWidth), { prefix: 's_axil_' }),
  enable: In(Bool),
  m: Out(Axi({ dataWidth, idWidth: 4, userWidth: 7 }), { prefix: 'm_axi_' }),
  sum: Out(UInt(dataWidth)),
}, ({ rx, tx, axil, enable, m, sum: total }) => {
  const slice = inst(axiStreamRegisterSlice(streamWidth), { s: rx });
  tx.from(slice.m);
  const scratch = inst(registerBank(bank), { axil });

  const beatBits = Math.log2(dataWidth / 8);
  const [reads, writes] = [reg(UInt(8)), reg(UInt(8))];
  for (const [channel, count] of [[m.ar, reads], [m.aw, writes]] as const) {
    channel.valid.set(enable);
    channel.payload.set({
      id: count.trunc(4), addr: cat(count, lit(UInt(beatBits + 4), 0)).zext(64), len: 15, size: beatBits, burst: 'INCR', lock: false, cache: 2, prot: 0, qos: 0, user: count.trunc(7),
    });
    when(channel.fire, () => { count.next = count.add(1); });
  }
  const beat = reg(UInt(4));
  const [word, sum] = [reg(UInt(dataWidth)), reg(UInt(dataWidth))];
  m.w.valid.set(enable);
  m.w.payload.set({ data: word, strb: (1n << BigInt(dataWidth / 8)) - 1n, last: beat.eq(15) });
  when(m.w.fire, () => {
    beat.next = beat.add(1);
    word.next = word.add(1);
  });
  m.b.ready.set(true);
  m.r.ready.set(true);
  when(m.r.fire, () => { sum.next = sum.add(m.r.payload.data); });
  total.set(sum);
  return { slice, scratch, reads, writes, beat, word, sum };
});
