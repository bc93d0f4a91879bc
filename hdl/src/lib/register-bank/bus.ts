/**
 * The bus side of a bank: an AXI4-Lite slave that takes one write and one read at a time, independently.
 *
 * A write takes effect in the cycle after address and data have both come, in either order, and is answered in the next;
 * a read looks up one or two cycles after its address and is answered in the next. One access in two (three) cycles each.
 * All outputs come from registers (IHI 0022E, A3.2.1: no combinational path from input to output).
 */
import { Bool, type BoolShape, type EnumShape, type OuterPorts, type Port, type Reg, reg, UInt, type UIntShape, wire, type Wire, when } from '../../index.ts';
import { type AxiLiteShape, AxiResponse } from '../axi-lite.ts';

type Members<S> = S extends { readonly members: infer M extends { readonly [name: string]: Port } } ? OuterPorts<M> : never;
type Response = typeof AxiResponse extends EnumShape<infer L> ? Wire<EnumShape<L>> : never;

export interface WriteAccess {
  /** The one cycle in which the write happens. */
  readonly fire: Bool;
  readonly address: UInt;
  readonly data: UInt;
  readonly strobes: UInt;
  /** To be driven while `fire`. */
  readonly answer: Response;
}

export interface ReadAccess {
  /** The cycle before `fire`, in which memories get their address; undefined if there are none. */
  readonly issue: Bool | undefined;
  /** The one cycle in which the value is taken. */
  readonly fire: Bool;
  readonly address: UInt;
  /** To be driven while `fire`. */
  readonly data: Wire<UIntShape>;
  readonly answer: Response;
}

export function writeAccess({ aw, w, b }: Pick<Members<AxiLiteShape>, 'aw' | 'w' | 'b'>): WriteAccess & { readonly names: object } {
  const addressHeld = reg(Bool), dataHeld = reg(Bool), answered = reg(Bool);
  const address = reg(aw.payload.addr.shape, { reset: false });
  const data = reg(w.payload.data.shape, { reset: false });
  const strobes = reg(w.payload.strb.shape, { reset: false });
  const response = reg(AxiResponse);
  const answer = wire(AxiResponse);
  const fire = addressHeld.and(dataHeld).and(answered.not());

  aw.ready.set(addressHeld.not());
  w.ready.set(dataHeld.not());
  b.valid.set(answered);
  b.payload.resp.set(response);
  when(aw.fire, () => {
    addressHeld.next = true;
    address.next = aw.payload.addr;
  });
  when(w.fire, () => {
    dataHeld.next = true;
    data.next = w.payload.data;
    strobes.next = w.payload.strb;
  });
  when(fire, () => {
    addressHeld.next = false;
    dataHeld.next = false;
    answered.next = true;
    response.next = answer;
  });
  when(b.fire, () => { answered.next = false; });
  return { fire, address, data, strobes, answer, names: { addressHeld, dataHeld, answered, address, data, strobes, response, answer, fire } };
}

/** @param memories the bank has memories, so the address must come a cycle before the value */
export function readAccess({ ar, r }: Pick<Members<AxiLiteShape>, 'ar' | 'r'>, memories: boolean): ReadAccess & { readonly names: object } {
  const held = reg(Bool), answered = reg(Bool);
  const address = reg(ar.payload.addr.shape, { reset: false });
  const response = reg(AxiResponse);
  const value = reg(UInt(32), { reset: false });
  const answer = wire(AxiResponse);
  const data = wire(UInt(32));
  const ready = held.and(answered.not());
  const { issue, fire } = memories ? twoSteps(ready) : { issue: undefined, fire: ready };

  ar.ready.set(held.not());
  r.valid.set(answered);
  r.payload.resp.set(response);
  r.payload.data.set(value);
  when(ar.fire, () => {
    held.next = true;
    address.next = ar.payload.addr;
  });
  when(fire, () => {
    held.next = false;
    answered.next = true;
    response.next = answer;
    value.next = data;
  });
  when(r.fire, () => { answered.next = false; });
  return { issue, fire, address, data, answer, names: { held, answered, address, response, value, answer, data, issue, fire } };
}

function twoSteps(ready: Bool) {
  const issued: Reg<BoolShape> = reg(Bool);
  const issue = ready.and(issued.not());
  issued.next = issue;
  return { issue, fire: issued };
}
