/**
 * Brings the frames of all who send onto one wire: TCP, infrastructure (ARP, ICMP, resets and ACKs without a connection)
 * within its share, and frames that the VMM made itself.
 *
 * One beat a cycle, without a pause within a frame and without one between frames while any are at hand; a TCP frame passes
 * in 1 cycle, the others are stored whole before, and padded to 60 bytes.
 * It does not schedule VMs: TCP frames come in the order in which they were granted. What finds no room waits at its source.
 *
 * Infrastructure comes first while it has tokens; after it TCP and the VMM's frames take turns, frame by frame. Tokens are bytes of
 * the wire: a frame may go while there is one, and may leave a debt that is paid before the next one.
 */
import { assert, Bool, Bundle, In, inst, lit, module, mux, Out, Packet, reg, type Source, Stream, UInt, Valid, Vec, when } from '@vtoe/hdl';
import { arbitratePackets, AxiStream, dropPackets, halt, map, type PacketShape, skid } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { padFrames } from './pad-frames.ts';
import { TxCharge, TxFrame, wireBytes } from './tx-frame.ts';

export interface EgressParameters {
  /** Streams of infrastructure frames. */
  readonly infrastructure: number;
  /** Longest infrastructure frame, and room for such frames: a power of two; 2048 by default. */
  readonly infrastructureBytes?: number;
  /** Frames of those that can wait there; 16 by default. */
  readonly infrastructureFrames?: number;
}

/** Bits of a token that are below a byte. */
const FRACTION_BITS = 16;
/** Tokens that can be saved up, in bytes: 48 of the shortest frames. */
const MOST_TOKENS_BYTES = 4096;
/** With sign: a saved-up bucket, or a debt of the longest frame, and one cycle's tokens beyond. */
const TOKEN_BITS = FRACTION_BITS + 16;
/** Frames of the VMM that can wait. */
const RAW_FRAMES = 4;

/** Of `rate`: 2^-16 bytes a cycle, up to the 64 bytes of the widest word. */
export const INFRASTRUCTURE_RATE_BITS = FRACTION_BITS + 7;

/** The rate that is a share of the wire, 0 to 1, if the wire takes a word a cycle. */
export function infrastructureRate({ datapathBits }: Config, share: number): number {
  return Math.round(share * (datapathBits / 8) * 2 ** FRACTION_BITS);
}

/** Frames that their source marked bad, as one that DMA could not read; a bit for one cycle. */
export const EgressDrops = Bundle('EgressDrops', { infrastructure_bad: Bool, raw_bad: Bool });

export function egress(config: Config, { infrastructure, infrastructureBytes = 2048, infrastructureFrames = 16 }: EgressParameters) {
  const { datapathBits } = config;
  const { datapathBytes, frameMostBytes, ownerBits } = derived(config);
  const rawBytes = 2 ** Math.ceil(Math.log2(frameMostBytes));

  return module('egress', { w: datapathBits, o: ownerBits, n: infrastructure, b: infrastructureBytes, f: infrastructureFrames, r: rawBytes }, {
    tcp: In(Stream(TxFrame(config))),
    infrastructure: In(Vec(Stream(Packet(datapathBits)), infrastructure)),
    raw: In(Stream(Packet(datapathBits))),
    rate: In(UInt(INFRASTRUCTURE_RATE_BITS)),
    tx: Out(AxiStream(datapathBits), { prefix: 'm_axis_tx_' }),
    sent: Out(Valid(TxCharge(config))),
    drops: Out(EgressDrops),
  }, (io) => {
    const drops = { infrastructure: lit(Bool, false), raw: lit(Bool, false) };
    const stored = (source: Source<PacketShape>, name: keyof typeof drops, depth: number, packets: number) =>
      dropPackets(source, lit(Bool, false), { decide: 'last', depth: depth / datapathBytes, packets, onDrop: (packet) => { drops[name] = packet; } });
    const own = (source: Source<PacketShape>) => inst(padFrames(config), { in: map(source, TxFrame(config), (beat) => ({ owner: 0, beat })) });

    // Infrastructure: a frame begins only while there are tokens.
    const infrastructureStore = stored(arbitratePackets(io.infrastructure), 'infrastructure', infrastructureBytes, infrastructureFrames);
    const begins = reg(Bool, { init: true });
    const most = MOST_TOKENS_BYTES * 2 ** FRACTION_BITS;
    const tokens = reg(UInt(TOKEN_BITS), { init: most });
    const sent = reg(Bundle(`EgressSent_o${ownerBits}`, { valid: Bool, infrastructure: Bool, of: TxCharge(config) }));
    const owed = sent.valid.and(sent.infrastructure);
    const infrastructurePadded = own(infrastructureStore);
    const allowed = halt(infrastructurePadded.out, begins.and(tokens.sle(0).or(owed)));
    when(allowed.fire, () => { begins.next = allowed.payload.beat.last; });

    const rawStore = stored(io.raw, 'raw', rawBytes, RAW_FRAMES);
    const rawPadded = own(rawStore);
    io.drops.set({ infrastructure_bad: drops.infrastructure, raw_bad: drops.raw });

    const beatOf = (source: Source<ReturnType<typeof TxFrame>>) => map(source, ({ beat }) => beat);
    const scheduled = arbitratePackets([beatOf(io.tcp), beatOf(rawPadded.out)]);
    const merged = arbitratePackets([beatOf(allowed), scheduled], { policy: 'fixedPriority' });

    // The cost, with the last beat.
    const { last, keep } = merged.payload;
    const earlier = reg(UInt(16));
    const bytes = earlier.add(keep.popcount().zext(16));
    when(merged.fire, () => { earlier.next = mux(last, 0, earlier.add(datapathBytes)); });
    sent.next = { valid: merged.fire.and(last), infrastructure: allowed.fire, of: { owner: mux(io.tcp.fire, io.tcp.payload.owner, 0), wire_bytes: wireBytes(bytes) } };
    io.sent.valid.set(sent.valid);
    io.sent.payload.set(sent.of);
    const refilled = mux(tokens.slt(most), tokens.add(io.rate.zext(TOKEN_BITS)), tokens);
    tokens.next = refilled.sub(mux(owed, sent.of.wire_bytes, 0).zext(TOKEN_BITS).shl(FRACTION_BITS));

    const midway = reg(Bool);
    when(merged.fire, () => { midway.next = last.not(); });
    when(midway, () => { assert(merged.valid, 'egress: a frame goes on without a pause'); });
    const out = skid(merged);
    io.tx.from(out);
    return { infrastructureStore, begins, tokens, infrastructurePadded, allowed, rawStore, rawPadded, scheduled, merged, earlier, sent, midway, out };
  });
}
