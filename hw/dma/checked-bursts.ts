/** The way of a burst through a DMA engine to the bus: one client is chosen, then its page is checked and translated. */
import { Bundle, cat, clog2, inst, lit, type Read, type Source, UInt, type ValidSource } from '@vtoe/hdl';
import { arbitrate, AxiAddress, map } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { burstLength, clientBits, DMA_ID_BITS, DMA_USER_BITS, type DmaBurstShape, type DmaClients, PAGE_BITS, PAGE_OFFSET_BITS } from './burst.ts';
import { DmaFlight } from './under-way.ts';
import { type DmaPageAnswer, DmaPageRequest, type DmaWindow, dmaWindows } from './windows.ts';

/** A burst and the number of its client. */
function RoutedBurst(parameters: DmaClients, burst: DmaBurstShape) {
  return Bundle(`DmaRoutedBurst_c${parameters.clients}_b${burst.width}`, { client: UInt(clientBits(parameters)), burst });
}
export type RoutedBurst = ReturnType<typeof RoutedBurst>;

/** Bursts of all clients, in turn. */
export function routedBursts(parameters: DmaClients, requests: readonly Source<DmaBurstShape>[]): Source<RoutedBurst> {
  const Routed = RoutedBurst(parameters, requests[0]!.payload.shape);
  return arbitrate(requests.map((request, client) => map(request, Routed, (burst) => ({ client, burst }))));
}

/** What of a burst its check does not look at. */
function CarriedBurst({ client, burst }: Read<RoutedBurst>) {
  return Bundle(`DmaCarriedBurst_c${client.width}_b${burst.width}`, { client: client.shape, tag: burst.tag.shape, offset: UInt(PAGE_OFFSET_BITS), bytes: burst.bytes.shape });
}
export type CheckedBurst = ReturnType<typeof DmaPageAnswer<ReturnType<typeof CarriedBurst>>>;

/** The same bursts with their host page, or the cause of their refusal, 3 cycles later. */
export function checkedBursts(config: Config, access: 'read' | 'write', routed: Source<RoutedBurst>, window: ValidSource<ReturnType<typeof DmaWindow>>) {
  const carried = CarriedBurst(routed.payload);
  const request = map(routed, DmaPageRequest(config, carried), ({ client, burst }) => ({
    owner: burst.owner, page: burst.address.bits(PAGE_BITS + PAGE_OFFSET_BITS - 1, PAGE_OFFSET_BITS),
    carried: { client, tag: burst.tag, offset: burst.address.trunc(PAGE_OFFSET_BITS), bytes: burst.bytes },
  }));
  return inst(dmaWindows(config, { access, carried }), { window, in: request });
}

/** AW or AR of a burst. */
export function axiAddressOf(config: Config, burst: Read<CheckedBurst>, id: UInt, cache: UInt) {
  return lit(AxiAddress(dmaAxi(config)), {
    id: id.zext(DMA_ID_BITS), addr: cat(burst.host_page, burst.carried.offset), len: burstLength(config, burst.carried.offset, burst.carried.bytes),
    size: clog2(derived(config).hostBytes), burst: 'INCR', lock: false, cache, prot: 0, qos: 0, user: burst.owner.zext(DMA_USER_BITS),
  });
}

/** What is remembered of a burst until its end. */
export function flightOf(config: Config, parameters: DmaClients, { owner, page, carried }: Read<CheckedBurst>) {
  return lit(DmaFlight(config, parameters), { client: carried.client, tag: carried.tag, owner, address: cat(page, carried.offset) });
}

/** Of the port to host memory. */
export function dmaAxi({ hostBits }: Config) {
  return { dataWidth: hostBits, idWidth: DMA_ID_BITS, userWidth: DMA_USER_BITS };
}
