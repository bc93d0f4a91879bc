/**
 * The simplest policy: the VMs take turns, a grant each.
 *
 * Its choice follows `active` within the cycle; the turn moves on when a grant is made.
 * It knows no weights and no bytes: a VM with larger segments gets more of the wire.
 */
import { module, mux, reg, UInt, when } from '@vtoe/hdl';
import { policyPorts, type VmPolicy } from './vm-policy.ts';

export function roundRobinVms(vms: number): VmPolicy {
  return module('round_robin_vms', { v: vms }, policyPorts(vms), (io) => {
    /** Those behind the VM that was served last come first. */
    const later = reg(UInt(vms));
    const rest = io.active.and(later);
    io.choice.valid.set(io.active.orR());
    io.choice.payload.set(mux(rest.orR(), rest, io.active).priority());
    const served = io.granted.payload.oneHot(vms);
    when(io.granted.valid, () => { later.next = served.or(served.sub(1)).not(); });
    io.idle.set(io.granted.valid.not());
    return { later };
  });
}
