/** The VMM's rings behind the registers of its page: the punt ring, and the raw ring whose frames it sends itself. Wires, and both blocks. */
import { allOf, Bool, inst, lit, type Read, scope, type Source, type UIntShape, type ValidSource } from '@vtoe/hdl';
import type { PacketShape } from '@vtoe/hdl/lib';
import type { Config } from '../config.ts';
import type { DmaBurstShape, DmaData, DmaDone } from '../dma/burst.ts';
import { punt, PUNT_DROPS } from '../net/punt.ts';
import { RAW_DROPS, rawSend, type RawSendParameters } from '../net/raw-send.ts';
import type { EngineRegisters } from './bank.ts';

type Flags<T> = { readonly [K in keyof T]: Bool };

/** A client of a DMA engine. */
interface Client {
  readonly request: Source<DmaBurstShape>;
  readonly data: Source<UIntShape>;
}

interface Frames {
  readonly now: Read<UIntShape>;
  readonly punted: ValidSource<PacketShape>;
  /** All that comes and goes, for copies. */
  readonly received: { readonly valid: Bool; readonly payload: Read<PacketShape> };
  readonly sent: { readonly valid: Bool; readonly payload: Read<PacketShape> };
  readonly reader: { readonly data: ValidSource<ReturnType<typeof DmaData>>; readonly done: ValidSource<ReturnType<typeof DmaDone>> };
  readonly writer: { readonly done: ValidSource<ReturnType<typeof DmaDone>> };
  /** Who they are for the DMA engines. */
  readonly clients: { readonly rawRead: number; readonly punt: number; readonly rawWrite: number };
  readonly tags: RawSendParameters;
}

export interface VmmFrames {
  /** What is to be sent. */
  readonly frame: Source<PacketShape>;
  readonly rawRead: Source<DmaBurstShape>;
  readonly punt: Client;
  readonly rawWrite: Client;
  /** Interrupts of the VMM that are due. */
  readonly raised: { readonly punt: Bool; readonly raw: Bool };
  readonly drops: { readonly punt: Flags<typeof PUNT_DROPS>; readonly raw: Flags<typeof RAW_DROPS> };
}

/** Both rings. */
export const vmmFrames = (c: Config, regs: EngineRegisters, { now, punted, received, sent, reader, writer, clients, tags }: Frames) => scope('vmm', () => {
  const { punt: wanted, punt_ring, raw_ring } = regs;
  const settings = ({ control, base, size }: Pick<typeof punt_ring, 'control' | 'base' | 'size'>) => ({ enable: control.enable, base, size_log2: size.log2 });
  const ofClient = (done: ValidSource<ReturnType<typeof DmaDone>>, client: number): Bool => allOf(done.valid, done.payload.client.eq(client));

  const in_ring = inst(punt(c, tags.writeTagBits), { now });
  in_ring.ring.set(settings(punt_ring));
  in_ring.head_bell.valid.set(punt_ring.head.valid);
  in_ring.head_bell.payload.set(punt_ring.head.payload);
  in_ring.mirror.set({ received: wanted.mirror_received, sent: wanted.mirror_sent });
  for (const [port, source] of [[in_ring.punted, punted], [in_ring.received, received], [in_ring.sent, sent]] as const) {
    port.valid.set(source.valid);
    port.payload.set(source.payload);
  }
  in_ring.done.valid.set(ofClient(writer.done, clients.punt));
  in_ring.done.payload.set({ tag: writer.done.payload.tag, error: writer.done.payload.error });
  punt_ring.status.set({ running: in_ring.status.running, cause: in_ring.status.cause.toUInt() });
  punt_ring.tail.set(in_ring.tail);

  const out_ring = inst(rawSend(c, tags), {});
  out_ring.ring.set(settings(raw_ring));
  out_ring.tail_bell.valid.set(raw_ring.tail.valid);
  out_ring.tail_bell.payload.set(raw_ring.tail.payload);
  out_ring.data.valid.set(allOf(reader.data.valid, reader.data.payload.client.eq(clients.rawRead)));
  out_ring.data.payload.set({ index: reader.data.payload.index, data: reader.data.payload.data });
  out_ring.done.valid.set(ofClient(reader.done, clients.rawRead));
  out_ring.done.payload.set(reader.done.payload.error);
  out_ring.refusal_done.valid.set(ofClient(writer.done, clients.rawWrite));
  out_ring.refusal_done.payload.set(writer.done.payload.error);
  raw_ring.status.set({ running: out_ring.status.running, cause: out_ring.status.cause.toUInt() });
  raw_ring.head.set(out_ring.head);

  const frames: VmmFrames = {
    frame: out_ring.frame, rawRead: out_ring.request, punt: { request: in_ring.request, data: in_ring.data }, rawWrite: { request: out_ring.refusal, data: out_ring.refusal_data },
    raised: { punt: in_ring.raised, raw: out_ring.raised }, drops: { punt: in_ring.drops, raw: out_ring.drops },
  };
  return { in_ring, out_ring, frames };
}).frames;

/** A build without them: their registers are there, and say that they do not run. */
export function noVmmFrames({ punt_ring, raw_ring }: EngineRegisters): Pick<VmmFrames, 'raised' | 'drops'> {
  for (const { status } of [punt_ring, raw_ring]) status.set({ running: false, cause: 0 });
  punt_ring.tail.set(0);
  raw_ring.head.set(0);
  const none = lit(Bool, false);
  const all = <T extends object>(causes: T): Flags<T> => Object.fromEntries(Object.keys(causes).map((name) => [name, none])) as Flags<T>;
  return { raised: { punt: none, raw: none }, drops: { punt: all(PUNT_DROPS), raw: all(RAW_DROPS) } };
}
