/**
 * The life of each VM: enabled, running, stopped by a fault, and what was the matter.
 *
 * A VM begins a cycle after its register, and its page's bit `running` stays until nothing of it is under way; a fault stops it
 * in the next cycle, and is told then, one VM a cycle. It knows no queues: who serves them looks at `active` and says when he is `quiet`.
 */
import { allOf, anyOf, Bool, Bundle, Enum, In, module, Out, reg, UInt, Valid, Vec, when, wire } from '@vtoe/hdl';
import { VM_FAULTS } from '../registers/vm-page.ts';
import { indexBits } from './events.ts';

export const VmFault = Enum('VmFault', Object.keys(VM_FAULTS) as (keyof typeof VM_FAULTS)[]);

export const VmStatus = Bundle('VmStatus', { running: Bool, faulted: Bool });

/** @param sources who may find a fault, in order of precedence */
export function lifeCycle({ vms, sources }: { readonly vms: number; readonly sources: number }) {
  const Vm = UInt(indexBits(vms));
  return module('life_cycle', { v: vms, s: sources }, {
    /** By VM: its register and the VMM's. */
    enable: In(Vec(Bool, vms)),
    /** By VM: nothing of it is under way. */
    quiet: In(Vec(Bool, vms)),
    fault: In(Vec(Valid(Bundle('FoundFault', { vm: Vm, cause: VmFault })), sources)),
    /** By VM: it is served. Rises only when all is quiet. */
    active: Out(Vec(Bool, vms)),
    status: Out(Vec(VmStatus, vms)),
    cause: Out(Vec(VmFault, vms)),
    /** This VM was stopped by a fault: once for each, the lowest number first. */
    stopped: Out(Valid(Vm)),
  }, (io) => {
    const active = reg(Vec(Bool, vms));
    const cause = reg(Vec(VmFault, vms));
    /** By VM: it was stopped, and nobody was told yet. More than one may be found in a cycle; one a cycle is told. */
    const untold = reg(Vec(Bool, vms));
    const told = wire(Vm);
    told.set(0);
    const found = [...io.fault];
    for (let v = vms - 1; v >= 0; v--) when(untold.at(v), () => { told.set(v); });
    for (let v = 0; v < vms; v++) {
      when(told.eq(v), () => { untold.at(v).next = false; });
      const hits = found.map(({ valid, payload }) => allOf(valid, payload.vm.eq(v)));
      const faults = allOf(active.at(v), anyOf(...hits));
      active.at(v).next = allOf(io.enable.at(v), cause.at(v).eq('None'), active.at(v).or(io.quiet.at(v)), faults.not());
      // Once only: until the guest disables itself and begins anew.
      when(io.enable.at(v).not(), () => { cause.at(v).next = 'None'; });
      when(faults, () => {
        for (let s = sources - 1; s >= 0; s--) when(hits[s]!, () => { cause.at(v).next = found[s]!.payload.cause; });
        untold.at(v).next = true;
      });
      io.status.at(v).set({ running: active.at(v).or(io.quiet.at(v).not()), faulted: cause.at(v).ne('None') });
    }
    io.active.set(active);
    io.cause.set(cause);
    io.stopped.valid.set(anyOf(...Array.from({ length: vms }, (_, v) => untold.at(v))));
    io.stopped.payload.set(told);
    return { active_q: active, cause_q: cause, untold };
  });
}
