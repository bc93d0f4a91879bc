/**
 * The transmit path: granted segments become frames, their payload read from guest memory while others are on their way.
 *
 * A frame of n words takes n cycles of the output while segments are at hand; `txSegments` segments and `txRingBytes` of payload
 * are under way at once. A segment without payload takes 9 cycles from grant to frame.
 * It decides nothing: what is sent, and in which order, is the grants' affair, and frames of others come in at `egress`.
 */
import { Bool, Bundle, In, inst, module, Out, reg, Stream, Valid } from '@vtoe/hdl';
import type { Config } from '../config.ts';
import { DmaBurst, DmaData, DmaDone } from '../dma/burst.ts';
import { txBuild } from './tx-build.ts';
import { txFetch, type TxFetchParameters, TxFault } from './tx-fetch.ts';
import { TxCharge, TxFrame, wireBytes } from './tx-frame.ts';
import { txHeader } from './tx-header.ts';
import { headerBytes, TxSegment } from './tx-segment.ts';

export function transmit(config: Config, parameters: TxFetchParameters) {
  const { txSegments, hostBits, datapathBits, checksumCuts, dmaBurstMostBytes, txRingBytes, vms, connections } = config;
  const { client, clients, tagBits } = parameters;
  return module('transmit', { s: txSegments, r: txRingBytes, d: hostBits, w: datapathBits, m: dmaBurstMostBytes, v: vms, n: connections, c: client, k: clients, t: tagBits, ...(checksumCuts.length > 0 && { cuts: checksumCuts.join('_') }) }, {
    segment: In(Stream(TxSegment(config))),
    freed: Out(Bool),
    charge: Out(Valid(TxCharge(config))),
    fault: Out(Valid(TxFault(config))),
    request: Out(Stream(DmaBurst(config, tagBits))),
    data: In(Valid(DmaData(config, parameters))),
    done: In(Valid(DmaDone(parameters))),
    frame: Out(Stream(TxFrame(config))),
  }, (io) => {
    const fetch = inst(txFetch(config, parameters), { segment: io.segment, data: io.data, done: io.done });
    io.freed.set(fetch.freed);
    // The cost is known as soon as the segment is cut, long before it is sent.
    const charge = reg(Bundle(`TxCharged_o${io.charge.payload.owner.width}`, { valid: Bool, of: TxCharge(config) }));
    const { owner, addresses, send } = io.segment.payload;
    charge.next = { valid: io.segment.fire, of: { owner, wire_bytes: wireBytes(headerBytes(addresses.tagged, send).zext(16).add(send.length)) } };
    io.charge.valid.set(charge.valid);
    io.charge.payload.set(charge.of);
    io.fault.from(fetch.fault);
    io.request.from(fetch.request);
    const header = inst(txHeader(config), { fetched: fetch.fetched });
    const build = inst(txBuild(config), { header: header.header, payload: fetch.payload });
    io.frame.from(build.frame);
    return { charged: charge, fetch, header, build };
  });
}
