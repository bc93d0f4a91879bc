/**
 * Puts headers and payload together into frames, each padded to 60 bytes.
 *
 * A word a cycle, without a pause within a frame and without one between frames while segments are at hand; a frame begins 4
 * cycles after the first beat of its payload came, or 1 cycle after a header without payload.
 * It changes no byte and computes nothing: header and payload come complete, in the same order.
 *
 * Payload comes as it stood in memory. It is shifted down by the lanes before its first byte, cut into words, and shifted
 * up by the bytes of header that share its first word; there the header's last word is laid over it.
 */
import { assert, Bool, clog2, In, inst, module, mux, Out, Packet, reg, Stream, UInt, when, wire } from '@vtoe/hdl';
import { align, fifo, narrow, skid, stage } from '@vtoe/hdl/lib';
import { type Config, derived } from '../config.ts';
import { padFrames } from './pad-frames.ts';
import { TxPayload } from './tx-fetch.ts';
import { TxFrame } from './tx-frame.ts';
import { TxHeaderWord } from './tx-header.ts';

/** Payloads between both ends of the way, at most: one in each of its steps, and one that comes in. */
const UNDER_WAY = 4;

export function txBuild(config: Config) {
  const { datapathBits, hostBits } = config;
  const { datapathBytes, ownerBits } = derived(config);

  return module('tx_build', { w: datapathBits, d: hostBits, o: ownerBits }, {
    header: In(Stream(TxHeaderWord(config))),
    payload: In(Stream(TxPayload(config))),
    frame: Out(Stream(TxFrame(config))),
  }, (io) => {
    // How far each payload is to be shifted up, from its coming in to its end.
    const inserts = inst(fifo(UInt(clog2(datapathBytes)), UNDER_WAY, { form: 'lut' }));
    const fresh = reg(Bool, { init: true });
    const raw = wire(Stream(Packet(hostBits)));
    const { start, insert, beat } = io.payload.payload;
    const open = fresh.not().or(inserts.in.ready);
    raw.valid.set(io.payload.valid.and(open));
    raw.payload.set(beat);
    io.payload.ready.set(raw.ready.and(open));
    inserts.in.valid.set(raw.fire.and(fresh));
    inserts.in.payload.set(insert);
    when(raw.fire, () => { fresh.next = beat.last; });
    const lowered = align(raw, { remove: start });
    const words = narrow(stage(lowered), hostBits / datapathBits);
    const payload = align(stage(words), { insert: inserts.out.payload });
    inserts.out.ready.set(payload.fire.and(payload.payload.last));

    const { header } = io;
    const { payload: follows, owner } = header.payload;
    const word = header.payload.beat;
    // A frame begins when the first word of its payload is there: from then on there is one in every cycle.
    const began = reg(Bool), inPayload = reg(Bool);
    const mayGo = began.or(follows.not()).or(payload.valid);
    const joined = word.last.and(follows).and(word.keep.andR().not());
    const built = wire(Stream(TxFrame(config)));
    const ownerNow = reg(UInt(ownerBits), { reset: false });
    built.valid.set(mux(inPayload, payload.valid, header.valid.and(mayGo)));
    built.payload.set({
      owner: mux(inPayload, ownerNow, owner),
      beat: {
        user: false,
        last: mux(inPayload, payload.payload.last, word.last.and(mux(joined, payload.payload.last, follows.not()))),
        keep: mux(inPayload.or(joined), payload.payload.keep, word.keep),
        // Zeros were inserted where the header is, and behind the header are zeros.
        data: mux(inPayload, payload.payload.data, mux(joined, word.data.or(payload.payload.data), word.data)),
      },
    });
    header.ready.set(inPayload.not().and(mayGo).and(built.ready));
    payload.ready.set(built.ready.and(inPayload.or(header.valid.and(mayGo).and(joined))));
    when(built.fire, () => {
      began.next = built.payload.beat.last.not();
      ownerNow.next = built.payload.owner;
      when(built.payload.beat.last, () => { inPayload.next = false; }).elsewhen(word.last.and(inPayload.not()), () => { inPayload.next = true; });
    });
    when(began, () => { assert(built.valid, 'txBuild: a frame goes on without a pause'); });
    const padded = inst(padFrames(config), { in: built });
    const out = skid(padded.out);
    io.frame.from(out);
    return { inserts, fresh, raw, lowered, words, payloadWords: payload, began, inPayload, built, ownerNow, padded, out };
  });
}
