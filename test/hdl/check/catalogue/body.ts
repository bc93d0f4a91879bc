/** A module to make mistakes in: inputs of each shape, and no outputs that would have to be driven. */
import { Bool, Bundle, elaborate, Enum, In, type InnerPorts, module, type PortRecord, Stream, UInt, Valid, Vec } from '@vtoe/hdl';

export const State = Enum('State', ['Idle', 'Run', 'Drain']);
export const Pair = Bundle('Pair', { high: UInt(8), low: UInt(8) });
export const Other = Bundle('Other', { high: UInt(8), low: UInt(4), last: Bool });

const PORTS = {
  x: In(UInt(8)), y: In(UInt(8)), n: In(UInt(4)), on: In(Bool), state: In(State), pair: In(Pair), other: In(Other), row: In(Vec(UInt(8), 3)),
};

/** Elaborates a module whose body is `body`. */
export function inBody(body: (io: InnerPorts<typeof PORTS>) => { readonly [name: string]: unknown } | void): void {
  elaborate(module('subject', {}, PORTS, body));
}

/** The same with ports of its own. */
export function withPorts<const P extends PortRecord>(ports: P, body: (io: InnerPorts<P>) => { readonly [name: string]: unknown } | void): void {
  elaborate(module('subject', {}, ports, body));
}

/** A module with a stream on both sides, to instantiate. */
export const stage = module('stage', {}, { in: In(Stream(Pair)), rx: In(Valid(Pair)), level: In(UInt(8)) }, (io) => {
  io.in.ready.set(true);
});
