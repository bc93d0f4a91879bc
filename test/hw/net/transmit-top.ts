/** The transmit path with its read engine, as in the top: for tests of both together. */
import { Bool, connect, In, inst, module, Out, Stream, UInt, Valid } from '@vtoe/hdl';
import { AxiRead, AxiStream, checkAxiRead, checkAxiStream, map } from '@vtoe/hdl/lib';
import { type Config, derived } from '../../../hw/config.ts';
import { dmaAxi } from '../../../hw/dma/checked-bursts.ts';
import { dmaRead } from '../../../hw/dma/read.ts';
import { DmaWindow } from '../../../hw/dma/windows.ts';
import { transmit } from '../../../hw/net/transmit.ts';
import { TxCharge } from '../../../hw/net/tx-frame.ts';
import { TxFault, txTagBits } from '../../../hw/net/tx-fetch.ts';
import { TxSegment } from '../../../hw/net/tx-segment.ts';

export function transmitTop(config: Config) {
  const clients = { clients: 1, tagBits: txTagBits(config) };
  const { datapathBits, hostBits, txSegments, txRingBytes, dmaBurstMostBytes, dmaReads, checksumCuts } = config;
  return module('transmit_top', { w: datapathBits, d: hostBits, s: txSegments, r: txRingBytes, m: dmaBurstMostBytes, o: dmaReads, cuts: checksumCuts.length }, {
    segment: In(Stream(TxSegment(config))),
    freed: Out(Bool),
    charge: Out(Valid(TxCharge(config))),
    fault: Out(Valid(TxFault(config))),
    window: In(Valid(DmaWindow(config))),
    busy: Out(UInt(config.vms + 1)),
    m: Out(AxiRead(dmaAxi(config)), { prefix: 'm_axi_' }),
    tx: Out(AxiStream(datapathBits), { prefix: 'm_axis_' }),
    owner: Out(UInt(derived(config).ownerBits)),
  }, (io) => {
    const engine = inst(dmaRead(config, clients), { period: false, window: io.window, cache: 3 });
    const tx = inst(transmit(config, { ...clients, client: 0 }), { segment: io.segment, data: engine.data, done: engine.done });
    engine.request[0]!.from(tx.request);
    connect(io.m, engine.m);
    io.busy.set(engine.busy);
    io.freed.set(tx.freed);
    io.charge.from(tx.charge);
    io.fault.from(tx.fault);
    io.owner.set(tx.frame.payload.owner);
    io.tx.from(map(tx.frame, ({ beat }) => beat));
    return { engine, tx, read: checkAxiRead(engine.m, { incrementing: true, maximumBytes: dmaBurstMostBytes, outstanding: dmaReads }), stream: checkAxiStream(io.tx, { gapless: true }) };
  });
}
