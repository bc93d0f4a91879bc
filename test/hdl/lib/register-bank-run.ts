/** A master on a simulated bank, and accesses that run to their end. */
import type { Process, Simulation, Wait } from '@vtoe/hdl';
import { axiLiteMaster, type BankPorts, type Items } from '@vtoe/hdl/lib';

export function masterOf<R extends Items>({ io, sampled }: Simulation<BankPorts<R>>, timing?: Parameters<typeof axiLiteMaster>[2]) {
  return axiLiteMaster(io.axil, sampled.axil, timing);
}

/** Runs a bus access to its end and gives its result. */
export function run<R extends Items, T>(sim: Simulation<BankPorts<R>>, work: Generator<Wait, T, void>): T {
  let result: { readonly value: T } | undefined;
  sim.start((function* (): Process { result = { value: yield* work }; })());
  sim.until(() => result !== undefined, 1000);
  return result!.value;
}
