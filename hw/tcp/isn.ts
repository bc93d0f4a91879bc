/**
 * Initial sequence numbers, RFC 6528 section 3: ISN = M + F(addresses, ports, secret), and from the same hash the
 * connection's timestamp offset, RFC 7323 section 5.4.
 *
 * 10 cycles a number, one at a time. M is the clock that ticks every 4 µs, F 32 bits of SipHash-2-4, the offset the other 32.
 * It keeps nothing: two connections of the same addresses and ports differ by the time between them, as they should.
 */
import { In, inst, module, Out, Stream, UInt } from '@vtoe/hdl';
import { serialSiphash } from '@vtoe/hdl/lib';
import { FLOW_KEY_BYTES, FlowHash, flowMessage, FlowSecret } from './flow-hash.ts';
import { FlowKey } from './flow-key.ts';
import { Now, Sequence } from './tcb.ts';

/** Microseconds of a tick of M, as a power of two. */
const TICK_LOG2 = 2;

export const isn = module('isn', {}, {
  /** Taken in the cycle in which `iss` and `ts_offset` are its own. */
  key: In(Stream(FlowKey)),
  /** Of its own, not that of the tables; never shown. Numbers before and after a change have nothing in common. */
  secret: In(FlowSecret),
  now: In(Now),
  iss: Out(Sequence),
  ts_offset: Out(UInt(32)),
  /** Of the key, under `secret`. */
  hash: Out(FlowHash),
}, (io) => {
  const hasher = inst(serialSiphash({ bytes: FLOW_KEY_BYTES }), { key: io.secret });
  hasher.in.valid.set(io.key.valid);
  hasher.in.payload.set(flowMessage(io.key.payload));
  io.key.ready.set(hasher.in.ready);
  io.iss.set(hasher.hash.trunc(32).add(io.now.bits(TICK_LOG2 + 31, TICK_LOG2)));
  io.ts_offset.set(hasher.hash.bits(63, 32));
  io.hash.set(hasher.hash);
  return { hasher };
});
