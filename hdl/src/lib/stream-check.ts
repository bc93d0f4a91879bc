/**
 * Checks the one rule of a stream on a connection that it only watches: what is offered stays until it is taken.
 *
 * It checks every cycle outside of reset, adds no latency and makes no hardware: assertions are left out of synthesis.
 * It does not look for a deadlock, nor into the payload (packets: `checkAxiStream`).
 */
import { assert, assume, type Bool, type Data, past, type Read, when } from '../index.ts';

export interface StreamCheckOptions {
  /** Put before each sentence, to tell several streams of a module apart. */
  readonly name?: string;
  /** `assume` for what the environment promises: the same in simulation, but a proof takes it for granted. */
  readonly verdict?: 'assert' | 'assume';
}

/** The rule of AXI4-Stream (AMBA IHI 0051A, 2.2.1), for any payload: valid does not fall and the payload does not change before ready. */
export function checkStream<T extends Data>(
  stream: { readonly valid: Bool; readonly ready: Bool; readonly payload: Read<T> }, options: StreamCheckOptions = {},
): void {
  const { name, verdict = 'assert' } = options;
  const say = (condition: Bool, sentence: string) => (verdict === 'assert' ? assert : assume)(condition, name === undefined ? sentence : `${name}: ${sentence}`);
  when(past(stream.valid.and(stream.ready.not())), () => {
    say(stream.valid, 'valid must not fall before ready');
    say(stream.payload.eq(past(stream.payload)), 'the payload must not change while it waits for ready');
  });
}
